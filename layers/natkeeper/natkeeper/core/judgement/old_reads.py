"""EC2's reads may be older than what we have seen or done already: such an answer is no news (docs/adr/0034).

By tag they lag by seconds, and each look may be answered by another of EC2's servers
(https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from natkeeper.core.memory import Memory, NodeMemory, Placed, ZoneMemory
from natkeeper.core.model import (
    GOING,
    Address,
    InterfaceId,
    Lifecycle,
    Node,
    Observed,
    Route,
    Unreadable,
    Zone,
)

LAG = timedelta(seconds=30)
"""EC2's reads may show for so long what was there before we wrote."""


def without_old_reads(observed: Observed, memory: Memory, now: datetime) -> Observed:
    """What was observed, as memory knows it better."""
    ours = {node.interface: node.lifecycle not in GOING for node in observed.nodes() if node.interface}

    def known_better(zone: Zone) -> Zone:
        nodes = tuple(_as_far_as_seen(node, memory.node(node.id)) for node in zone.nodes)
        past, address = memory.zone(zone.name), zone.address
        if past.placed and now - past.placed.at < LAG:
            address = _as_placed(address, past.placed, ours)
        routes = tuple(_as_pointed(route, past, ours, now) for route in zone.routes)
        return replace(zone, nodes=nodes, address=address, routes=routes)

    zones = (zone if isinstance(zone, Unreadable) else known_better(zone) for zone in observed.zones)
    return replace(observed, zones=tuple(zones))


def may_lead_to(routes: Iterable[Route]) -> frozenset[str]:
    """Where these routes lead, and where EC2 shows them: nobody is ended there."""
    return frozenset(target for route in routes for target in (route.target, route.shown) if target)


def _as_far_as_seen(node: Node, past: NodeMemory) -> Node:
    """No instance comes back from its end; and one that has proved itself and runs is not pending: at each
    start it has another time of launch."""
    ended = past.seen in GOING and node.lifecycle not in GOING
    proven = past.verified_at is not None and node.launched_at <= past.verified_at
    ran = proven and past.seen is Lifecycle.RUNNING and node.lifecycle is Lifecycle.PENDING
    return replace(node, lifecycle=past.seen) if past.seen and (ended or ran) else node


def _as_placed(address: Address | None, placed: Placed, ours: Mapping[InterfaceId, bool]) -> Address | None:
    """`ours`: whether the node of each interface lives. On another's it was not before: that is news."""
    if address is None or address.allocation != placed.address:
        return address
    moved = address.holder is not None and address.holder not in ours
    if moved or not ours.get(placed.interface):
        return address
    return replace(address, holder=placed.interface, private=placed.private)


def _as_pointed(route: Route, past: ZoneMemory, ours: Mapping[InterfaceId, bool], now: datetime) -> Route:
    """One that leads nowhere, or to what is not ours, is pointed once more, which changes nothing if it leads
    to us already. One that seems to lead to another node of ours that lives would have the address follow it;
    but somebody may have put it there since, so that node is still in use. What is held is as a person says.
    """
    pointed = past.pointed.get(route.table)
    if pointed is None or now - pointed.at >= LAG or not route.movable:
        return route
    elsewhere = route.target != pointed.interface and ours.get(InterfaceId(route.target or ""))
    if not (elsewhere and ours.get(pointed.interface)):
        return route
    return replace(route, target=pointed.interface, blackhole=False, shown=route.target)
