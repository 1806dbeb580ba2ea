"""From what AWS lists to zones: which node, route table and address belongs to which Availability Zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from natkeeper.core.intake.workloads import Presence, workloads
from natkeeper.core.model import (
    Address,
    AllocationId,
    Lifecycle,
    Node,
    Observed,
    Route,
    RouteTableId,
    SubnetId,
    Unread,
    Unreadable,
    Zone,
    ZoneName,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the stack's parameters name. `allocations` is empty, or one for each public subnet."""

    public_subnets: tuple[SubnetId, ...]
    tables: tuple[RouteTableId, ...]
    allocations: tuple[AllocationId, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A private route table as listed: its default route and the subnets associated with it."""

    route: Route
    subnets: tuple[SubnetId, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One reading of AWS, not yet sorted into zones."""

    zone_of: Mapping[SubnetId, ZoneName]
    tables: tuple[Table, ...]
    nodes: tuple[Node, ...]
    addresses: tuple[Address, ...]
    presences: tuple[Presence, ...] | Unread = ()


def assemble(layout: Layout, listing: Listing) -> Observed:
    """The zones of the stack, in order of name.

    A table belongs to the zone of most of its subnets; one in a zone without a public subnet is served by
    the first zone. A public subnet that AWS does not know, or a second one in a zone, is Unreadable.
    """
    subnets, unreadable = _public_subnets(layout, listing.zone_of)
    if not subnets:
        return Observed(tuple(unreadable))
    homes = {table.route.table: _home(table, listing.zone_of, subnets) for table in listing.tables}
    lost_tables = [table for table in layout.tables if table not in homes]
    first = min(subnets)
    zones: list[Zone | Unreadable] = list(unreadable)
    nodes = sorted(listing.nodes, key=lambda node: node.id)
    there = [node for node in nodes if node.lifecycle is not Lifecycle.TERMINATED]
    ended = [node for node in nodes if node.lifecycle is Lifecycle.TERMINATED]
    for name in sorted({*subnets, *(node.zone for node in there)}):
        address, lost_address = _address(layout, subnets.get(name), listing.addresses)
        tables = [table for table in listing.tables if homes[table.route.table] == name]
        zones.append(
            Zone(
                name=name,
                subnet=subnets.get(name),
                routes=tuple(table.route for table in tables),
                nodes=tuple(node for node in there if node.zone == name),
                address=address,
                lost=(*lost_address, *(lost_tables if name == first else ())),
                workloads=_workloads(listing.presences, tables),
                ended=tuple(node for node in ended if node.zone == name),
            )
        )
    return Observed(tuple(sorted(zones, key=lambda zone: zone.name)))


def _workloads(presences: tuple[Presence, ...] | Unread, tables: list[Table]) -> tuple[str, ...] | Unread:
    if isinstance(presences, Unread):
        return presences
    return workloads(presences, (subnet for table in tables for subnet in table.subnets))


def unreadable(layout: Layout, error: str, *, lasting: bool) -> Observed:
    """What is known when AWS could not be read: nothing, of every zone."""
    zones = (Unreadable(ZoneName(subnet), error, lasting) for subnet in layout.public_subnets)
    return Observed(tuple(zones))


def _public_subnets(
    layout: Layout, zone_of: Mapping[SubnetId, ZoneName]
) -> tuple[dict[ZoneName, SubnetId], list[Unreadable]]:
    subnets: dict[ZoneName, SubnetId] = {}
    unreadable: list[Unreadable] = []
    for subnet in layout.public_subnets:
        zone = zone_of.get(subnet)
        if zone is None:
            unreadable.append(Unreadable(ZoneName(subnet), f"AWS does not know the public subnet {subnet}"))
        elif zone in subnets:
            error = f"{subnets[zone]} and {subnet} are both in {zone}: name one public subnet a zone"
            unreadable.append(Unreadable(ZoneName(subnet), error))
        else:
            subnets[zone] = subnet
    return subnets, unreadable


def _home(table: Table, zone_of: Mapping[SubnetId, ZoneName], served: Iterable[ZoneName]) -> ZoneName:
    zones = Counter(zone_of[subnet] for subnet in table.subnets if subnet in zone_of)
    here = [(-count, zone) for zone, count in zones.items() if zone in set(served)]
    return min(here)[1] if here else min(served)


def _address(
    layout: Layout, subnet: SubnetId | None, addresses: tuple[Address, ...]
) -> tuple[Address | None, tuple[str, ...]]:
    if subnet is None or not layout.allocations:
        return None, ()
    allocation = layout.allocations[layout.public_subnets.index(subnet)]
    found = next((address for address in addresses if address.allocation == allocation), None)
    return found, () if found else (allocation,)
