"""Ways out of a zone that are no node of the stack: a stranger's, or our own last resort."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from natkeeper.core.model import RouteTableId, Zone


class Way(StrEnum):
    """By what else a zone gets out."""

    GATEWAY = "our own last resort"
    FOREIGN = "a stranger's"
    TAKEN = "a stranger's, who took the tables just now"


def foreign_and_alive(zone: Zone, ours: Collection[str | None]) -> frozenset[RouteTableId]:
    """The tables whose default route leads to something alive that is none of `ours`."""
    open_routes = (r for r in zone.routes if r.movable)
    return frozenset(r.table for r in open_routes if r.target and r.target not in ours and not r.blackhole)


def way_of(
    zone: Zone, nodes: Collection[str | None], gateways: Collection[str], taken: Collection[RouteTableId]
) -> Way | None:
    """By what a zone gets out whose routes lead to no node of ours; None: not at all, or in part only."""
    if any(route.movable and route.target in gateways and not route.blackhole for route in zone.routes):
        return Way.GATEWAY
    foreign = foreign_and_alive(zone, nodes)
    if not foreign or foreign != {route.table for route in zone.routes if route.movable}:
        return None
    return Way.TAKEN if foreign <= set(taken) else Way.FOREIGN
