"""What a node says of itself, read with suspicion: a taken-over node must not be able to make the
controller do anything but replace that node.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from natkeeper.core.model import Outcome, Probe

CHECKS = ("interface", "forwarding", "rules", "guard", "egress")
KEPT = 10
"""So many probes of a node are kept."""
_LONGEST = 4000  # characters; natkeeper-probe prints less than 2,000
_LONGEST_NOTE = 300  # characters: a refusal with the names of a role and a resource
_MOST = 10**18  # more bytes than any instance forwards in its life
_MUCH = 80  # percent of the connection table from which on it is noted: each byte of evidence is paid for
_NOT_FOUND = 127  # bash: the script is not there (yet)


def read(output: str | None, exit_code: int, now: datetime, reason: str = "") -> Probe:
    """The probe that an answer amounts to. Only the known checks count; nonsense counts as a failure.
    `reason` is AWS's word for why there is none."""
    if output is None:
        return Probe(now, Outcome.SILENT, note=reason[:_LONGEST_NOTE])
    if exit_code == _NOT_FOUND:
        return Probe(now, Outcome.UNREADY)
    report = report_of(output)
    checks = report.get("checks")
    if not isinstance(checks, dict):
        return Probe(now, Outcome.FAILED, ("report",))
    failing = tuple(name for name in CHECKS if checks.get(name) is not True)
    outcome = Outcome.FAILED if failing else Outcome.PASSED
    flows = number(report.get("flows"))
    return Probe(now, outcome, failing, number(report.get("sent")), _filled(report), flows=flows)


def append(probes: tuple[Probe, ...], probe: Probe) -> tuple[Probe, ...]:
    """The probes with one more, the oldest forgotten. Only the last tells of connections: each byte of
    evidence is paid for, every minute."""
    last = (replace(p, connections=None, flows=None) for p in probes[-1:])
    return (*probes[:-1], *last, probe)[-KEPT:]


def is_news(probes: tuple[Probe, ...], probe: Probe) -> bool:
    """Whether the reconciler should look at once: something changed, or still fails, or the node was told of
    its peers' connections."""
    before = probes[-1] if probes else None
    if before is None or probe.outcome is Outcome.FAILED:
        return True
    changed = (before.outcome, before.failing) != (probe.outcome, probe.failing)
    return changed or (before.flows is None and probe.flows is not None)


def report_of(output: str) -> Mapping[str, object]:
    """The last line of a probe's output that is a JSON object of ours, or an empty one."""
    for line in reversed(output[:_LONGEST].splitlines()):
        try:
            report = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(report, dict) and report.get("natkeeper") == 1:
            return report
    return {}


def _filled(report: Mapping[str, object]) -> int | None:
    table = report.get("conntrack")
    told = table if isinstance(table, dict) else {}
    count, most = number(told.get("count")), number(told.get("max"))
    if not count or not most:
        return None
    percent = min(100, 100 * count // most)
    return percent if percent >= _MUCH else None


def number(value: object) -> int | None:
    """A whole number that a node may count to, if it is one."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MOST else None
