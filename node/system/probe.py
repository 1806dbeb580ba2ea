"""`natkeeper-probe URL...`: how this node is, as one line of JSON. It always exits with 0."""

from __future__ import annotations

import json
import sys
from contextlib import suppress

from node.core import figures, sight
from node.core.report import Checks, Report, line
from node.core.settings import CONNTRACK
from node.system import client, machine
from node.system.machine import number, text

SILENT = 30
"""Seconds without a beat after which the guard is taken for gone: applying may take a while."""


def main(urls: list[str]) -> int:
    """Prints the report. Returns the exit code."""
    interface, egress, live, ena = machine.interface(), client.ask(urls), "", ""
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
    entries = number(f"/proc/sys/{CONNTRACK}count")
    exceeded = sight.exceeded(ena)
    report = Report(
        checks,
        interface,
        egress,
        repairs=number(machine.REPAIRS),
        sent=sight.sent(text("/proc/net/dev"), interface),
        entries=entries,
        most_entries=number(f"/proc/sys/{CONNTRACK}max"),
        ena=exceeded,
        gateway=_carried(entries, sum(exceeded.values())),
    )
    sys.stdout.write(f"{line(report)}\n")
    return 0


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
