"""The probe's report: one line of JSON, of which Run Command shows 2,500 characters. The controller, which
ships apart, reads it with a parser of its own and with suspicion (core/intake/evidence.py of the layer);
tests hold the two together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

VERSION = 1


class Checks(NamedTuple):
    """What must all be true of a node that is well."""

    interface: bool
    """The one that leads out is the one that the rules were made for."""
    forwarding: bool
    rules: bool
    guard: bool
    """It has beaten lately."""
    egress: bool
    """A client behind this node got an answer from outside."""


class Egress(NamedTuple):
    """What the client behind the node got."""

    ok: int
    tried: int
    address: str
    """As which address a target saw it; empty if none told."""


class Report(NamedTuple):
    """How a node is."""

    checks: Checks
    interface: str
    egress: Egress
    repairs: int
    """By the guard, since boot."""
    sent: int
    """Bytes out of the interface, since boot: each forwarded packet once, and the node's own."""
    entries: int
    most_entries: int
    """Of the connection table."""
    ena: Mapping[str, int]
    """Counters of packets that were over an allowance of this instance type, where above 0."""
    gateway: list[int]
    """What it carried since the last report (core/figures.py)."""
    flows: int | None
    """How many flows it knows from peers, by what they told; None where they tell one another nothing."""


def line(report: Report) -> str:
    """Returns the report in its grammar, without a line break."""
    return json.dumps(
        {
            "natkeeper": VERSION,
            "checks": report.checks._asdict(),
            "interface": report.interface,
            "egress": report.egress._asdict(),
            "repairs": report.repairs,
            "sent": report.sent,
            "conntrack": {"count": report.entries, "max": report.most_entries},
            "ena": dict(report.ena),
            "gateway": report.gateway,
            "flows": report.flows,
        }
    )
