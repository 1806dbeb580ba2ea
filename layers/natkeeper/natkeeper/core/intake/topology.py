"""From what AWS lists to zones: which node, route table and address belongs to which Availability Zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from natkeeper.core.intake.misfits import Grounds, barred, closed, remarks_on
from natkeeper.core.intake.routing import Subnet, Table, served
from natkeeper.core.intake.workloads import Presence, workloads
from natkeeper.core.model import (
    Address,
    AllocationId,
    Lifecycle,
    Node,
    Observed,
    Remark,
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
    """What the stack's parameters name. `allocations` is empty, or one for each public subnet; `ranges` are
    let in by nodes (none: all are); `template` and `group` are what nodes are made of (empty: whatever)."""

    public_subnets: tuple[SubnetId, ...]
    tables: tuple[RouteTableId, ...]
    allocations: tuple[AllocationId, ...] = ()
    ranges: tuple[str, ...] = ()
    template: str = ""
    group: str = ""


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
    the first zone. A public subnet that AWS does not list, or a second one in a zone, is Unreadable, and so
    is a zone with nodes that may be that subnet's: not listed is not left out. Nor does a table that works go
    to another zone because something was not listed.
    """
    subnets, unreadable = _public_subnets(layout, listing.subnets)
    if not subnets:
        return Observed(tuple(unreadable))
    serving = served(listing.tables, listing.subnets)
    aside, lost = _unplaced(layout, listing, serving, subnets), _lost_tables(layout, listing)
    there, ended, copies = _told_apart(n for n in listing.nodes if n.copied or not n.role)
    ours = [t for t in listing.tables if t.route.table in layout.tables and t not in aside]
    homes = {t.route.table: _home(serving[t.route.table], listing.subnets, subnets) for t in ours}
    first, grounds = min(subnets), _grounds(layout, listing.subnets, there)
    zones: list[Zone | Unreadable] = list(unreadable)
    for name in sorted({*subnets, *(node.zone for node in there)}):
        if name not in subnets and not _lists_all(layout, listing):
            zones.append(Unreadable(name, "one of the public subnets was not listed", lasting=False))
            continue
        address, lost_address = _address(layout, subnets.get(name), listing.addresses)
        tables = [table for table in ours if homes[table.route.table] == name]
        zone = Zone(
            name=name,
            subnet=subnets.get(name),
            routes=(),
            nodes=tuple(_compared(node, layout, subnets) for node in there if node.zone == name),
            address=address,
            lost=(*lost_address, *(lost if name == first else ())),
            remarks=tuple(_copy(n) for n in copies if (n.zone if n.zone in subnets else first) == name),
            workloads=_workloads(listing.presences, {s for t in tables for s in serving[t.route.table]}),
            ended=tuple(node for node in ended if node.zone == name),
        )
        zones.append(_examined(zone, tables, listing.tables, serving, grounds))
    in_order = tuple(sorted(zones, key=lambda zone: zone.name))
    return Observed(in_order, tuple(t.route for t in aside), _bakers(layout, listing, subnets), lost)


def _lists_all(layout: Layout, listing: Listing) -> bool:
    return listing.subnets.keys() >= set(layout.public_subnets)


def _lost_tables(layout: Layout, listing: Listing) -> tuple[RouteTableId, ...]:
    listed = {table.route.table for table in listing.tables}
    return tuple(table for table in layout.tables if table not in listed)


def _unplaced(
    layout: Layout,
    listing: Listing,
    serving: Mapping[RouteTableId, Sequence[SubnetId]],
    subnets: Mapping[ZoneName, SubnetId],
) -> list[Table]:
    """Our tables that work and whose zone cannot be told now, for something was not listed: a subnet of
    theirs, a public one, or a table whose subnets would seem to be the main one's. Of one that does not work,
    nothing can get worse by a guess."""
    whole, lost = _lists_all(layout, listing), _lost_tables(layout, listing)

    def is_placed(table: Table) -> bool:
        private = serving[table.route.table]
        if (table.main and lost) or any(subnet not in listing.subnets for subnet in private):
            return False
        zones = {listing.subnets[subnet].zone for subnet in private}
        return whole or (bool(zones) and zones <= subnets.keys())

    ours = (table for table in listing.tables if table.route.table in layout.tables)
    return [t for t in ours if t.route.target and not t.route.blackhole and not is_placed(t)]


def _bakers(layout: Layout, listing: Listing, subnets: Mapping[ZoneName, SubnetId]) -> tuple[Node, ...]:
    """The stack's instances that are no nodes: no zone has them."""
    there = (n for n in listing.nodes if n.role and not n.copied)
    living = (n for n in there if n.lifecycle is not Lifecycle.TERMINATED)
    return tuple(_compared(node, layout, subnets) for node in living)


def _told_apart(nodes: Iterable[Node]) -> tuple[list[Node], list[Node], list[Node]]:
    """The stack's nodes that are there, those that have ended, and what has only copied their tags."""
    nodes = sorted(nodes, key=lambda node: node.id)
    there = [node for node in nodes if node.lifecycle is not Lifecycle.TERMINATED]
    ended = [node for node in nodes if node.lifecycle is Lifecycle.TERMINATED and not node.copied]
    return [n for n in there if not n.copied], ended, [n for n in there if n.copied]


def _examined(
    zone: Zone,
    tables: Iterable[Table],
    everything: Iterable[Table],
    serving: Mapping[RouteTableId, Sequence[SubnetId]],
    grounds: Grounds,
) -> Zone:
    """The zone with its routes, and what does not fit there."""
    shut = closed(zone.subnet, everything, serving) if zone.subnet else None
    told = [remark for t in tables for remark in remarks_on(t, serving[t.route.table], grounds)]
    told += [Remark(zone.subnet, shut)] if zone.subnet and shut else []
    routes = tuple(_route(table, serving[table.route.table], grounds) for table in tables)
    return replace(zone, routes=routes, remarks=(*told, *zone.remarks), closed=shut is not None)


def _route(table: Table, private: Sequence[SubnetId], grounds: Grounds) -> Route:
    """The table's default route, with whom it serves, and why it is not to be moved."""
    ranges = (
        text for subnet in private if subnet in grounds.subnets for text in grounds.subnets[subnet].ranges
    )
    return replace(table.route, barred=barred(table, private, grounds), clients=tuple(ranges))


def _copy(node: Node) -> Remark:
    reason = "has this stack's tag, but was not launched from its template: it is left alone"
    return Remark(node.id, f"{node.id} {reason}; take the tag natkeeper:stack off it")


def _grounds(layout: Layout, listed: Mapping[SubnetId, Subnet], nodes: Iterable[Node]) -> Grounds:
    nodes = tuple(nodes)
    public = {*layout.public_subnets, *(node.subnet for node in nodes if node.subnet)}
    interfaces = {node.interface for node in nodes if node.interface}
    return Grounds(listed, public, interfaces, layout.ranges)


def _compared(node: Node, layout: Layout, subnets: Mapping[ZoneName, SubnetId]) -> Node:
    """The node, with how it differs from what is asked for. Its image needs no look: the template names that
    by its SSM parameter, so another parameter is another version of the template. A group beside ours is
    somebody's business, and might come back on every successor."""
    wanted = subnets.get(node.zone)
    differs: str | None = None
    if layout.template and node.template and node.template != layout.template:
        differs = f"it is of launch template {node.template}, now {layout.template}"
    elif wanted and node.subnet and node.subnet != wanted:
        differs = f"it stands in {node.subnet}, now {wanted}"
    elif layout.group and node.groups and layout.group not in node.groups:
        differs = f"it has not the security group {layout.group}"
    return replace(node, outdated=differs)


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
            error = f"AWS does not know the public subnet {subnet}"
            unreadable.append(Unreadable(ZoneName(subnet), error, unlisted=True))
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
