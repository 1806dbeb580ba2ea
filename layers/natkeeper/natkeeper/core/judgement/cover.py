"""By whose address a zone is seen while a neighbour covers it (docs/adr/0024).

A node sends what comes from the ranges that it was told of by its cover address, and nothing leaves from
there without the elastic address of the zone that they are of. So no node is told of a zone that it serves
already without that, and each is told of one zone only: a third one's clients leave as its own do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, collapse_addresses

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.dependence import step_of_cover, step_of_table
from natkeeper.core.memory import Memory
from natkeeper.core.model import Address, InstanceId, Node, Outcome, Route, Zone, ZoneName
from natkeeper.core.ring import MOST_RANGES, Peer

SAVED = timedelta(seconds=20)
"""After a look what it found is in the table, and the next question brings it."""


def sits(address: Address | None, node: Node) -> bool:
    """Whether the elastic address is on the node's cover address."""
    if address is None or not node.cover_address:
        return False
    return (address.holder, address.private) == (node.interface, node.cover_address)


def is_at_home(address: Address | None, node: Node) -> bool:
    """Whether the elastic address is on the node's primary private address."""
    if address is None or address.holder is None:
        return False
    return address.holder == node.interface and address.private in ("", node.private_address)


def is_left_behind(zone: Zone, aside: Iterable[Route], nodes: Iterable[Node]) -> bool:
    """Whether the zone's elastic address is on a cover address, and neither a table of the zone nor one that
    was set aside leads there: it serves nobody, and keeps others from that place. Of a zone without tables
    nobody knows: they may not have been read."""
    holder = next((node for node in nodes if sits(zone.address, node)), None)
    if holder is None or not zone.routes:
        return False
    return all(route.target != holder.interface for route in (*zone.routes, *aside))


def covering(memory: Memory, zone: ZoneName) -> frozenset[InstanceId]:
    """Who is told to send this zone's clients by a cover address."""
    return frozenset(peer.id for peer in memory.ring if peer.of == zone)


def may_send(node: Node, zone: ZoneName, context: Context) -> bool:
    """Whether the node sends this zone's clients by its cover address, as far as anybody knows: it is told
    to, or may not have heard yet that it is not; or nobody remembers what it was told."""
    peer = _peer(node, context)
    told = peer is None or peer.of == zone
    return bool(node.cover_address) and (told or not knows(node, context))


def surely_sends(node: Node, zone: ZoneName, context: Context) -> bool:
    """Whether the node is known to send this zone's clients by its cover address: told to, it knows."""
    return node.id in covering(context.memory, zone) and knows(node, context)


def knows(node: Node, context: Context) -> bool:
    """Whether the node knows what it is to be told: it has answered since, or had the time to."""
    peer = _peer(node, context)
    if peer is None:
        return False
    if peer.since is None or context.now - peer.since >= context.policy.ring_told:
        return True
    saved = peer.since + SAVED
    return any(p.outcome is not Outcome.SILENT and p.at > saved for p in node.probes)


def _peer(node: Node, context: Context) -> Peer | None:
    return next((peer for peer in context.memory.ring if peer.id == node.id), None)


def ranges_of(zone: Zone, memory: Memory) -> tuple[str, ...]:
    """Whose packets a neighbour is to send by the zone's address: what a table serves that somebody holds, or
    AWS will not move, stays where it is, and leaves as it does."""
    routes = (r for r in zone.routes if r.movable and step_of_table(r.table) not in memory.refusals)
    nets = collapse_addresses(IPv4Network(text) for route in routes for text in route.clients)
    return tuple(map(str, nets))[:MOST_RANGES]


def deal(ring: Sequence[Node], zones: Iterable[Zone], memory: Memory) -> Mapping[InstanceId, ZoneName]:
    """Which zone each node of the ring is to be told of: the one whose address it has on its cover address
    (none, if that has no ranges: who else would leave by it?), or the one of before, or one that has the
    fewest."""
    everywhere = tuple(zones)
    zones = [zone for zone in everywhere if zone.address and ranges_of(zone, memory)]
    before = {peer.id: peer.of for peer in memory.ring}
    able = [node for node in ring if node.cover_address and node.interface]
    guests = {n.id: z for n in able for z in everywhere if sits(z.address, n) and z.name != n.zone}
    dealt = {name: zone.name for name, zone in guests.items() if zone in zones}
    seated = frozenset(guests)
    options = {n.id: [z.name for z in zones if _may_be_told(n, z, before, memory)] for n in able}
    dealt |= {
        n.id: last
        for n in able
        if n.id not in seated and (last := before.get(n.id)) in options[n.id] and last
    }
    for node in able:
        number = Counter(dealt.values())
        fewest = min(
            options[node.id], key=lambda zone: (number[zone], _distance(node, zone, zones)), default=None
        )
        last = dealt.get(node.id)
        spare = node.id not in seated and (last is None or number[last] > 1)
        if fewest and spare and (last is None or not number[fewest]):
            dealt[node.id] = fewest
    return dealt


def _may_be_told(
    node: Node, zone: Zone, before: Mapping[InstanceId, ZoneName | None], memory: Memory
) -> bool:
    if zone.address is None or zone.name == node.zone:
        return False
    refused = step_of_cover(zone.address.allocation) in memory.refusals
    serves = any(route.target == node.interface for route in zone.routes)
    return not refused and (not serves or before.get(node.id) == zone.name)


def _distance(node: Node, zone: ZoneName, zones: Sequence[Zone]) -> int:
    """From the zone to the node's own, in the order of the ring: each covers the one before."""
    names = sorted({node.zone, *(z.name for z in zones)})
    return (names.index(node.zone) - names.index(zone)) % len(names)
