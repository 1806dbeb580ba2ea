"""`natkeeper-probe [PEERS] URL...`: how this node is, as one line of JSON. It then learns who its peers are.
Of new ones, it waits until they have told of their flows, and tells how it is once more. It always exits
with 0.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress

from node.core import figures, peers, sight
from node.core.report import Checks, Report, line
from node.core.settings import CONNTRACK
from node.system import client, machine
from node.system.apply import apply
from node.system.machine import number, text

PATIENCE = 3
"""Seconds for what peers tell, if they are told of this node; one until the guard of a node alone looks. Who
takes a node's place after that has its flows, and waits for no other answer."""
SILENT = 30
"""Seconds without a beat after which the guard is taken for gone: applying may take a while."""


def main(arguments: list[str]) -> int:
    """Prints the report. Returns the exit code."""
    told = [each for each in arguments[:1] if "://" not in each]
    interface, egress, live, ena = machine.interface(), client.ask(arguments[len(told) :]), "", ""
    with suppress(OSError):
        live = machine.rules()
    with suppress(OSError):
        ena = machine.run("ethtool", "-S", interface)
    checks = Checks(
        interface=text(machine.INTERFACE) == f"{interface}\n",
        forwarding=machine.is_set({"net/ipv4/ip_forward": 1, f"net/ipv4/conf/{interface}/forwarding": 1}),
        rules=text(machine.RULES) == f"{live}\n" and sight.translates(live, interface),
        guard=machine.uptime() - number(machine.BEAT) < SILENT,
        egress=egress.ok > 0,
    )
    entries, exceeded = number(f"/proc/sys/{CONNTRACK}count"), sight.exceeded(ena)
    report = Report(
        checks,
        interface,
        egress,
        repairs=number(machine.REPAIRS),
        sent=sight.sent(text("/proc/net/dev"), interface) - number(machine.RING),
        entries=entries,
        most_entries=number(f"/proc/sys/{CONNTRACK}max"),
        ena=exceeded,
        gateway=_carried(entries, sum(exceeded.values())),
        flows=_flows(),
    )
    _say(report)
    if any(_learn(words) for words in told):
        _say(report._replace(flows=_flows()))
    return 0


def _say(report: Report) -> None:
    sys.stdout.write(f"{line(report)}\n")


def _learn(words: str) -> bool:
    """Returns whether there is news of flows."""
    sys.stdout.flush()  # Run Command may end this.
    try:
        now, own = machine.uptime(), machine.way_out(5)[1]
        known = peers.told(text(machine.PEERS), words, now)
        machine.note(machine.PEERS, known)
        # What is in force counts, not what was noted. Who is admitted beyond that does no harm.
        new = not all(f"-ring -s {each}/32" in text(machine.RULES) for each in peers.admitted(known, now))
        if new or text(machine.ENTRY) != f"{machine.entry(own)}\n":
            apply(5)
        end = time.monotonic() + PATIENCE
        while new and own in words and _flows() is None and time.monotonic() < end:
            time.sleep(0.05)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"natkeeper-probe: {error}\n")
        return False
    return new


def _flows() -> int | None:
    """Returns how many the guard knows of the peers that were told last."""
    at, _, known = text(machine.FLOWS).strip().partition(" ")
    return int(known) if at and at == text(machine.PEERS).partition(" ")[0] else None


def _carried(entries: int, exceeded: int) -> list[int]:
    """Returns what the node carried since this was asked last; nothing where that cannot be told."""
    before: object = None
    with suppress(OSError, ValueError), machine.alone("counted.lock", 5):
        with suppress(ValueError):
            before = json.loads(text(machine.COUNTED))
        saved, table = machine.run("iptables-save", "-c"), text("/proc/net/stat/nf_conntrack")
        now, peak = figures.counted(saved, table, exceeded), number(machine.PEAK)
        carried = [entries, peak, *figures.since(before, now)]
        machine.note(machine.COUNTED, now)
        machine.note(machine.PEAK, 0)
        return carried
    return []
