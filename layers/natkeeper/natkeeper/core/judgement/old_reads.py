"""EC2's reads may be older than what we have seen or done already: such an answer is no news.

By tag they lag by seconds, and each look may be answered by another of EC2's servers
(https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from natkeeper.core.memory import Memory, NodeMemory, Placed
from natkeeper.core.model import GOING, Address, Lifecycle, Node, Observed, Unreadable, Zone

LAG = timedelta(seconds=30)
"""EC2's reads may show for so long what was there before we wrote."""


def without_old_reads(observed: Observed, memory: Memory, now: datetime) -> Observed:
    """What was observed, as memory knows it better."""
    zones = tuple(
        zone if isinstance(zone, Unreadable) else _known_better(zone, memory, now) for zone in observed.zones
    )
    return replace(observed, zones=zones)


def _known_better(zone: Zone, memory: Memory, now: datetime) -> Zone:
    nodes = tuple(_as_far_as_seen(node, memory.node(node.id)) for node in zone.nodes)
    return replace(zone, nodes=nodes, address=_as_placed(zone.address, memory.zone(zone.name).placed, now))


def _as_far_as_seen(node: Node, past: NodeMemory) -> Node:
    """No instance comes back from its end, and none that runs is pending before it was stopped."""
    ended = past.seen in GOING and node.lifecycle not in GOING
    ran = past.seen is Lifecycle.RUNNING and node.lifecycle is Lifecycle.PENDING
    return replace(node, lifecycle=past.seen) if past.seen and (ended or ran) else node


def _as_placed(address: Address | None, placed: Placed | None, now: datetime) -> Address | None:
    """Who takes it from there within that time is noticed after it."""
    if address is None or placed is None or now - placed.at >= LAG:
        return address
    return replace(address, holder=placed.interface, private=placed.private)
