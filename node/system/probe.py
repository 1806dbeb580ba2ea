"""`natkeeper-probe URL...`: how this node is, as one line of JSON. It always exits with 0."""

from __future__ import annotations

import sys
from contextlib import suppress

from node.core import sight
from node.core.report import Checks, Report, line
from node.system import client, machine
from node.system.machine import number, text

SILENT = 30
"""Seconds without a beat after which the guard is taken for gone: applying may take a while."""
CONNTRACK = "/proc/sys/net/netfilter/nf_conntrack_"


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
    report = Report(
        checks,
        interface,
        egress,
        repairs=number(machine.REPAIRS),
        sent=sight.sent(text("/proc/net/dev"), interface),
        entries=number(f"{CONNTRACK}count"),
        most_entries=number(f"{CONNTRACK}max"),
        ena=sight.exceeded(ena),
    )
    sys.stdout.write(f"{line(report)}\n")
    return 0
