"""What memory keeps of what nodes say of each other: who is silent, who was wrong, and who watches whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from natkeeper.core.decision.look import Look
from natkeeper.core.decision.remarks import is_blip
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.cover import covering, deal, ranges_of
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.silence import proven, stands, unlisted, wrong_reporters
from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, Node, Observed, ZoneName
from natkeeper.core.ring import MOST, Peer, in_order


def learn_hearsay(look: Look, memory: Memory) -> Memory:
    """The memory after a look; `memory` is what that has taught of the nodes already."""
    context, now = look.context, look.context.now
    for s in look.standings.values():
        past, silent = memory.node(s.node.id), s.judgement.verdict is Verdict.SILENT
        before = past.silent_since if stands(s.node, context) else None
        if silent and before is None:
            zone = memory.zone(s.node.zone)
            memory = memory.with_zone(s.node.zone, replace(zone, silences=(*zone.silences, now)))
        since = (before or now) if silent else None
        if since != past.silent_since:
            memory = memory.with_node(s.node.id, replace(past, silent_since=since))
    nodes = [s.node for s in look.standings.values()]
    for reporter in wrong_reporters(nodes, look.hearsay.words, context):
        memory = memory.with_node(reporter, replace(memory.node(reporter), disbelieved_at=now))
    return replace(memory, ring=_ring(nodes, look.observed, replace(context, memory=memory)))


def seat(memory: Memory, zone: ZoneName, node: InstanceId, now: datetime) -> Memory:
    """The memory after the zone's address came to this node's cover address: that is the zone it is to be
    told of, and no other takes its place, though the next look may still show the address elsewhere."""
    return _tell(memory, (node,), zone, now)


def untell(memory: Memory, zone: ZoneName, now: datetime) -> Memory:
    """The memory in which nobody is told any more to send this zone's clients by a cover address."""
    return _tell(memory, covering(memory, zone), None, now)


def _tell(memory: Memory, nodes: Collection[InstanceId], of: ZoneName | None, now: datetime) -> Memory:
    ring = (
        replace(peer, of=of, ranges=(), since=now) if peer.id in nodes and peer.of != of else peer
        for peer in memory.ring
    )
    return replace(memory, ring=tuple(ring))


def _ring(nodes: Sequence[Node], observed: Observed, context: Context) -> tuple[Peer, ...]:
    """Who is not seen this once keeps its place. Where nobody watches, it is who has to be told of itself."""
    memory, kept, watches = context.memory, unlisted(nodes, context), context.policy.peer_watch
    ring = [node for node in proven(nodes, context) if node.private_address]
    dealt, zones = deal(ring, observed.readable(), memory), {zone.name: zone for zone in observed.readable()}
    before = {peer.id: peer for peer in memory.ring}
    blip, whole = is_blip(context, observed) or bool(observed.aside), len(zones) == len(observed.zones)

    def peer(node: Node) -> Peer:
        found = Peer(node.id, node.private_address, node.cover_address, watches=watches)
        last = before.get(node.id, found)
        of = dealt.get(node.id)
        if last.of and (blip or not (whole or last.of in zones)):  # it stands: the zone was not read now
            found = replace(found, of=last.of, ranges=last.ranges)
        elif of:
            found = replace(found, of=of, ranges=ranges_of(zones[of], memory))
        same = node.id in before and (found.of, found.ranges) == (last.of, last.ranges)
        since = (last.since if same else context.now) if node.cover_address else None
        return replace(found, since=since)

    peers = [peer(node) for node in ring]
    still = (replace(peer, watches=watches) for peer in kept)
    told = {peer.id: peer for peer in (*peers, *still) if watches or peer.cover}
    return tuple(told[name] for name in in_order({n: str(memory.node(n).zone) for n in told})[:MOST])
