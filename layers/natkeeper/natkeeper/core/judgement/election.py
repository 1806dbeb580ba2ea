"""Who should serve a zone. Stable: a working node keeps its zone until a verified, better one exists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import chain

from natkeeper.core.actions import Cause
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.dependence import step_of_check
from natkeeper.core.judgement.health import Judgement, Verdict
from natkeeper.core.judgement.market import spot_may_have_room
from natkeeper.core.judgement.strangers import Way, way_of
from natkeeper.core.model import DoomKind, InstanceId, Lifecycle, Node, RouteTableId, Verb, Zone

STUBBORN = 2
"""Refusals to turn a node's check off after which it is left, for whoever forwards."""


class Fitness(IntEnum):
    """How much a node is worth as a server, best first."""

    FIT = 0  # verified, nothing against it
    DOUBTFUL = 1  # may well work: not to be abandoned on one signal
    WORN = 2  # works, and is to be succeeded
    AVOIDED = 3  # works, and is to be left as soon as anything else is verified
    SHUT = 4  # well, and forwards nothing, for its source/dest check stays on
    WAKING = 5  # stopped by us, and starting again: routes that lead to it are left with it
    BOOTING = 6
    LEAVING = 7  # boots, and is to go already: it counts for nothing, and serves as the very last resort
    ASLEEP = 8
    DEAD = 9


@dataclass(frozen=True, slots=True)
class Standing:
    """A node with its judgement, its fitness, and why it is not simply fit."""

    node: Node
    judgement: Judgement
    fitness: Fitness
    cause: Cause
    reason: str

    @property
    def works(self) -> bool:
        """Whether it forwards, as far as anybody knows."""
        return self.fitness <= Fitness.AVOIDED and self.judgement.verdict is not Verdict.SILENT


def stand(node: Node, judgement: Judgement, context: Context) -> Standing:
    """The standing of one node."""
    if judgement.verdict is Verdict.DEAD:
        found = (Fitness.DEAD, Cause.UNHEALTHY, judgement.reason)
    elif judgement.verdict is Verdict.ASLEEP:
        found = (Fitness.ASLEEP, Cause.ASLEEP, judgement.reason)
    elif judgement.verdict is Verdict.BOOTING:
        found = _on_its_way(node, judgement, context)
    elif shut := _shut(node, context):
        found = shut
    elif judgement.verdict is Verdict.SILENT:
        found = (Fitness.AVOIDED, Cause.SILENT, judgement.reason)
    elif against := _announced(node, context) or _wear(node, judgement, context):
        found = against
    else:
        fitness = Fitness.FIT if judgement.verdict is Verdict.HEALTHY else Fitness.DOUBTFUL
        found = (fitness, Cause.UNHEALTHY, judgement.reason)
    fitness, cause, reason = found
    return Standing(node, judgement, fitness, cause, f"{node.id}: {reason}")


def _on_its_way(node: Node, judgement: Judgement, context: Context) -> tuple[Fitness, Cause, str]:
    """A node that does not work yet. What is announced of it makes it worth less, never more."""
    if against := _announced(node, context):
        _, cause, reason = against
        return Fitness.LEAVING, cause, f"{reason}, and {judgement.reason}"
    started = context.memory.node(node.id).started_at
    waking = started is not None and context.now - started <= context.policy.waking
    return Fitness.WAKING if waking else Fitness.BOOTING, Cause.NO_NODE, judgement.reason


def _shut(node: Node, context: Context) -> tuple[Fitness, Cause, str] | None:
    """A node that forwards nothing, well as it is: AWS refuses again and again to turn its check off."""
    refusal = context.memory.refusals.get(step_of_check(node.interface)) if node.interface else None
    if refusal is None or refusal.count < STUBBORN or not node.source_dest_check:
        return None
    reason = f"its source/dest check is on, and AWS refuses to turn it off: {refusal.error}"
    return Fitness.SHUT, Cause.CHECK, reason


def _announced(node: Node, context: Context) -> tuple[Fitness, Cause, str] | None:
    """What a person ordered, or AWS announced."""
    if node.order:
        fitness = Fitness.AVOIDED if node.order.verb is Verb.FAILOVER else Fitness.WORN
        return fitness, Cause.ORDERED, f"{node.order.verb} ordered by event"
    if node.doom:
        soon = context.now >= node.doom.at - context.policy.last_minute
        imminent = node.doom.kind is DoomKind.INTERRUPTION and soon
        fitness = Fitness.AVOIDED if imminent else Fitness.WORN
        return fitness, Cause.DOOMED, f"{node.doom.kind} at {node.doom.at:%H:%M:%S}"
    return None


def _wear(node: Node, judgement: Judgement, context: Context) -> tuple[Fitness, Cause, str] | None:
    """Why a node that works should be succeeded all the same."""
    policy, memory, now = context.policy, context.memory, context.now
    if judgement.doubt:
        return Fitness.WORN, Cause.UNHEALTHY, judgement.reason
    if old := outdated(node, context):
        return Fitness.WORN, Cause.OUTDATED, old
    if policy.max_lifetime and age(node, context) > policy.max_lifetime:
        return Fitness.WORN, Cause.LIFETIME, f"older than {policy.max_lifetime.days} days"
    dear = not node.spot and now - node.launched_at >= policy.spot_return
    if dear and spot_may_have_room(memory.zone(node.zone), policy, now):
        return Fitness.WORN, Cause.MARKET, "on demand, and spot may have room again"
    return None


def outdated(node: Node, context: Context) -> str | None:
    """How the node differs from one that would be launched now; None: it does not."""
    version = context.policy.template_version
    if node.outdated or node.template_version == version:
        return node.outdated
    return f"launch template version {node.template_version}, now {version}"


def aged(node: Node, context: Context) -> str | None:
    """Why a stopped node is too old to stand by: another should; None: it is not."""
    if old := outdated(node, context):
        return old
    life = min(context.policy.spare_life, context.policy.max_lifetime or context.policy.spare_life)
    return f"older than {life.days} days" if age(node, context) > life else None


def age(node: Node, context: Context) -> timedelta:
    """Since its first launch: each start renews EC2's launch time."""
    born = context.memory.node(node.id).born_at or node.launched_at
    return context.now - min(born, node.launched_at)


def elect(
    zone: Zone,
    standings: Mapping[InstanceId, Standing],
    taken: Collection[RouteTableId] = (),
    told: Collection[InstanceId] = (),
    gateways: Collection[str] = (),
) -> Standing | None:
    """The node that should serve the zone now: its own, a neighbour's, or None when nobody can.

    Returns None also when all routes point at something foreign that is alive and no own node is
    verified: a working path is not broken for an unproven one. From who has just `taken` the tables of the
    zone a verified neighbour takes them back, too, and a node of its own that may well work: it served
    before. Of several tables each stands alone (`View.is_spared`). Of neighbours that are as good, one that
    is `told` to send the zone's clients by its address. From the zone's own NAT gateway, one of `gateways`,
    a verified node takes over, its own or a neighbour's.
    """
    current = incumbent(zone, standings)
    own = _ranked(zone, (standings[node.id] for node in zone.nodes))
    others = _ranked(zone, (s for s in standings.values() if s.node.zone != zone.name), told)
    if current and current.node.zone == zone.name and current.fitness <= Fitness.DOUBTFUL:
        return current
    if own and own[0].fitness is Fitness.FIT:
        return own[0]
    if current and current.node.zone == zone.name and _wakes_in_a_moment(current):
        return current
    nodes = {s.node.interface for s in standings.values()}
    way = None if current else way_of(zone, nodes, gateways, taken)
    if way:
        return next(_against(way, own, others), None)
    if current and current.fitness <= Fitness.SHUT:
        return next(_better(zone, current, own, others), current)
    return next(
        chain(
            _of(own, Fitness.DOUBTFUL, Fitness.WORN),
            _of(others, Fitness.FIT),
            _of(own, Fitness.AVOIDED),
            _of(others, Fitness.DOUBTFUL, Fitness.WORN),
            _of((s for s in own if s == current), Fitness.LEAVING),  # not left for one that proved no more
            _of(own, Fitness.WAKING, Fitness.BOOTING),
            _of(others, Fitness.AVOIDED),
            _of(own, Fitness.SHUT),
            _of(own, Fitness.LEAVING),
        ),
        None,
    )


def _against(way: Way, own: list[Standing], others: list[Standing]) -> Iterator[Standing]:
    yield from _verified(own)
    if way in (Way.GATEWAY, Way.TAKEN):
        yield from _of(others, Fitness.FIT)
    if way is Way.TAKEN:
        yield from _of(own, Fitness.DOUBTFUL, Fitness.WORN)
        yield from _verified(others)


def incumbent(zone: Zone, standings: Mapping[InstanceId, Standing]) -> Standing | None:
    """The node that the zone's routes point at; the fittest, should they disagree."""
    targets = {route.target for route in zone.routes if route.barred is None}
    serving = (s for s in standings.values() if s.node.interface in targets and s.node.interface)
    return next(iter(_ranked(zone, serving)), None)


def _better(zone: Zone, current: Standing, own: list[Standing], others: list[Standing]) -> Iterator[Standing]:
    """Verified nodes for which a zone without a fit node of its own leaves a node that works."""
    covered, avoided = current.node.zone != zone.name, current.fitness >= Fitness.AVOIDED
    if avoided or (covered and current.fitness is not Fitness.FIT):
        yield from _verified(own)
    if avoided or (covered and current.fitness is Fitness.WORN):
        yield from _of(others, Fitness.FIT)
    if avoided:
        yield from _verified(others)


def _wakes_in_a_moment(s: Standing) -> bool:
    """One that still stops can only be started when it has: meanwhile a neighbour may serve."""
    stopping = s.node.lifecycle is Lifecycle.STOPPING
    return s.fitness is Fitness.WAKING or (s.fitness is Fitness.ASLEEP and not stopping)


def _of(standings: Iterable[Standing], *fitnesses: Fitness) -> Iterator[Standing]:
    return (s for s in standings if s.fitness in fitnesses and s.node.interface)


def _verified(standings: Iterable[Standing]) -> Iterator[Standing]:
    worn = _of(standings, Fitness.WORN)
    return (s for s in worn if s.judgement.verdict is Verdict.HEALTHY)


def _ranked(zone: Zone, standings: Iterable[Standing], told: Collection[InstanceId] = ()) -> list[Standing]:
    """Fittest first; then who holds the zone's address, who is told of it, who runs already, who is older."""
    holder = zone.address.holder if zone.address else None

    def rank(s: Standing) -> tuple[int, bool, bool, bool, datetime, str]:
        node = s.node
        waiting = node.lifecycle is not Lifecycle.RUNNING
        holds = holder is not None and node.interface == holder
        return (s.fitness, not holds, node.id not in told, waiting, node.launched_at, node.id)

    return sorted(standings, key=rank)
