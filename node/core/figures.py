"""What a node carries, as a NAT gateway counts it. The names are the controller's (core/intake/figures.py of
the layer); here are numbers in that order, for room.
"""

from __future__ import annotations

import re

RULES = (
    ".*INVALID -j",
    ".*ACK SYN -j",
    ".*ACK SYN,ACK -j",
    # Of an established flow each way has a rule of its own, and its first packet another one.
    "(?!.*(REPLY|-i )).*-j ACC",
    ".*REPLY -j",
)
INSERT_FAILED = 9
"""Its column. Names of others have changed, the order never (net/netfilter/nf_conntrack_standalone.c)."""


def counted(saved: str, table: str, exceeded: int) -> list[int]:
    """Returns counts since rules were applied, of what `iptables-save -c` and /proc/net/stat/nf_conntrack
    say and how many packets were over an allowance: flows that got no port; packets dropped; openings of TCP
    connections; their answers; packets and bytes from within; the same from outside."""
    found = [re.findall(rf"^\[(\d+):(\d+)\] -A FORWARD {rule}", saved, re.MULTILINE) for rule in RULES]
    (dropped, _), (begun, _), (stood, _), source, back = [
        [sum(int(each[n]) for each in rule) for n in (0, 1)] for rule in found
    ]
    return [_without_port(table), dropped + exceeded, begun, stood, *source, *back]


def since(before: object, now: list[int]) -> list[int]:
    """Returns what has come to each count; one that has begun anew counts from 0, as do all after
    a note that is not of this program."""
    if not isinstance(before, list) or [type(each) for each in before] != [int] * len(now):
        before = [0] * len(now)
    return [new - old if new >= old else new for old, new in zip(before, now)]  # noqa: B905


def _without_port(table: str) -> int:
    """Sums insert_failed, in hexadecimal, over all processors."""
    rows = [row.split() for row in table.splitlines()[1:]]
    return sum(int(row[INSERT_FAILED], 16) for row in rows if len(row) > INSERT_FAILED)
