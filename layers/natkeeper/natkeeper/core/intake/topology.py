"""From what AWS lists to zones: which node, route table and address belongs to which Availability Zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from natkeeper.core.intake.routing import Subnet, Table, served
from natkeeper.core.intake.workloads import Presence, workloads
from natkeeper.core.model import (
    Address,
    AllocationId,
    Lifecycle,
    Node,
    Observed,
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
class Listing:
    """One reading of AWS, not yet sorted into zones: `subnets` and `tables` are all that the VPC has."""

    subnets: Mapping[SubnetId, Subnet]
    tables: tuple[Table, ...]
    nodes: tuple[Node, ...]
    addresses: tuple[Address, ...]
    presences: tuple[Presence, ...] | Unread = ()


def assemble(layout: Layout, listing: Listing) -> Observed:
    """The zones of the stack, in order of name.

    A table belongs to the zone of most of its subnets; one in a zone without a public subnet is served by
    the first zone. A public subnet that AWS does not know, or a second one in a zone, is Unreadable.
    """
    subnets, unreadable = _public_subnets(layout, listing.subnets)
    if not subnets:
        return Observed(tuple(unreadable))
    serving = served(listing.tables, listing.subnets)
    ours = [table for table in listing.tables if table.route.table in layout.tables]
    homes = {t.route.table: _home(serving[t.route.table], listing.subnets, subnets) for t in ours}
    lost_tables = [table for table in layout.tables if table not in homes]
    first = min(subnets)
    zones: list[Zone | Unreadable] = list(unreadable)
    nodes = sorted(listing.nodes, key=lambda node: node.id)
    there = [node for node in nodes if node.lifecycle is not Lifecycle.TERMINATED]
    ended = [node for node in nodes if node.lifecycle is Lifecycle.TERMINATED]
    for name in sorted({*subnets, *(node.zone for node in there)}):
        address, lost_address = _address(layout, subnets.get(name), listing.addresses)
        tables = [table for table in ours if homes[table.route.table] == name]
        private = {subnet for table in tables for subnet in serving[table.route.table]}
        zones.append(
            Zone(
                name=name,
                subnet=subnets.get(name),
                routes=tuple(table.route for table in tables),
                nodes=tuple(node for node in there if node.zone == name),
                address=address,
                lost=(*lost_address, *(lost_tables if name == first else ())),
                workloads=_workloads(listing.presences, private),
                ended=tuple(node for node in ended if node.zone == name),
            )
        )
    return Observed(tuple(sorted(zones, key=lambda zone: zone.name)))


def needed_subnets(layout: Layout, tables: Iterable[Table]) -> frozenset[SubnetId] | None:
    """The subnets without which the zones cannot be told; None: all there are, for the main table is ours,
    and nobody names what it serves."""
    ours = [table for table in tables if table.route.table in layout.tables]
    if any(table.main for table in ours):
        return None
    return frozenset({*layout.public_subnets, *(subnet for table in ours for subnet in table.subnets)})


def private_subnets(
    layout: Layout, listed: Mapping[SubnetId, Subnet], tables: Iterable[Table]
) -> list[SubnetId]:
    """The subnets that the stack's route tables serve, in order."""
    serving = served(tables, listed)
    return sorted({subnet for table in layout.tables for subnet in serving.get(table, ())})


def _workloads(
    presences: tuple[Presence, ...] | Unread, subnets: Iterable[SubnetId]
) -> tuple[str, ...] | Unread:
    return presences if isinstance(presences, Unread) else workloads(presences, subnets)


def unreadable(layout: Layout, error: str, *, lasting: bool) -> Observed:
    """What is known when AWS could not be read: nothing, of every zone."""
    zones = (Unreadable(ZoneName(subnet), error, lasting) for subnet in layout.public_subnets)
    return Observed(tuple(zones))


def _public_subnets(
    layout: Layout, listed: Mapping[SubnetId, Subnet]
) -> tuple[dict[ZoneName, SubnetId], list[Unreadable]]:
    subnets: dict[ZoneName, SubnetId] = {}
    unreadable: list[Unreadable] = []
    for subnet in layout.public_subnets:
        zone = listed[subnet].zone if subnet in listed else None
        if zone is None:
            unreadable.append(Unreadable(ZoneName(subnet), f"AWS does not know the public subnet {subnet}"))
        elif zone in subnets:
            error = f"{subnets[zone]} and {subnet} are both in {zone}: name one public subnet a zone"
            unreadable.append(Unreadable(ZoneName(subnet), error))
        else:
            subnets[zone] = subnet
    return subnets, unreadable


def _home(
    private: Iterable[SubnetId], listed: Mapping[SubnetId, Subnet], possible: Iterable[ZoneName]
) -> ZoneName:
    zones = Counter(listed[subnet].zone for subnet in private if subnet in listed)
    here = [(-count, zone) for zone, count in zones.items() if zone in set(possible)]
    return min(here)[1] if here else min(possible)


def _address(
    layout: Layout, subnet: SubnetId | None, addresses: tuple[Address, ...]
) -> tuple[Address | None, tuple[str, ...]]:
    if subnet is None or not layout.allocations:
        return None, ()
    allocation = layout.allocations[layout.public_subnets.index(subnet)]
    found = next((address for address in addresses if address.allocation == allocation), None)
    return found, () if found else (allocation,)
