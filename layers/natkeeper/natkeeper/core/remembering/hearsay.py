"""What memory keeps of what nodes say of each other: who is silent, who was wrong, and who watches whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from natkeeper.core.decision.look import Look
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.silence import ring_of, stands, unlisted, wrong_reporters
from natkeeper.core.memory import Memory
from natkeeper.core.model import Node
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
    return replace(memory, ring=_ring(nodes, replace(context, memory=memory)))


def _ring(nodes: Sequence[Node], context: Context) -> tuple[Peer, ...]:
    """Who is not seen this once keeps its place."""
    memory, kept = context.memory, unlisted(nodes, context) if context.policy.peer_watch else ()
    peers = [Peer(n.id, n.private_address) for n in ring_of(nodes, context) if n.private_address]
    there = {peer.id: peer for peer in (*peers, *kept)}
    return tuple(there[name] for name in in_order({n: str(memory.node(n).zone) for n in there})[:MOST])
