"""From a look at the stack to what the picture shows. It judges nothing anew: verdicts, goals and the plan
are the controller's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from natkeeper.core.actions import Action
from natkeeper.core.decision.goals import GOALS, overdue
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.render import sentence
from natkeeper.core.examined import Examined
from natkeeper.core.judgement.cover import covering
from natkeeper.core.judgement.demand import Ground, is_asleep
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.traffic import rate
from natkeeper.core.last_resort import NatGateway
from natkeeper.core.memory import Memory
from natkeeper.core.model import Node, Observed, Route, RouteTableId, Unreadable, Zone, ZoneName
from natkeeper.core.picture.overview import (
    MissedGoal,
    NodeView,
    Overview,
    Part,
    RefusedStep,
    Saved,
    State,
    Way,
    ZoneView,
)
from natkeeper.core.policy import Standby

DOUBTED = frozenset({Part.NODES, Part.NETWORK, Part.RECORDS})
"""Without one of these nobody can say how a zone stands."""
_TOLD = (Ground.WISH, Ground.HOURS)
"""Grounds whose reason is as true in the picture as in a sweep; others need reads that it does not make."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A look, what would be done about it, and what of it could not be read and why."""

    look: Look
    planned: Sequence[Action] = ()
    unread: Mapping[Part, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    saved: Saved | None = None
    examined: Examined | None = None
    removed: bool = False

    @property
    def memory(self) -> Memory:
        """What is remembered of the stack."""
        return self.look.context.memory

    def lacks(self, part: Part) -> bool:
        """Whether it could not be read."""
        return part in self.unread


def compose(stack: str, reading: Reading) -> Overview:
    """The overview of a stack."""
    now, memory = reading.look.context.now, reading.memory
    paused = memory.paused_until
    return Overview(
        stack=stack,
        at=now,
        zones=tuple(_zone(zone, reading) for zone in reading.look.observed.zones),
        unread=reading.unread,
        notes=(*reading.notes, *_notes(reading.look.observed)),
        paused_until=paused if paused and now < paused else None,
        planned=tuple(sentence(action) for action in reading.planned),
        refused=tuple(_refused(memory)),
        saved=reading.saved,
        heals=tuple(reversed(memory.heals)),
        examined=reading.examined,
    )


def _notes(observed: Observed) -> Iterator[str]:
    """What belongs to no zone, and would be named nowhere."""
    for route in observed.aside:
        yield f"{route.table} leads to {route.target}; its zone cannot be told now, so it is left alone."
    for node in observed.bakers:
        yield f"{node.id} ({node.lifecycle}) is no node: {node.role} of the stack's own."


def _zone(zone: Zone | Unreadable, reading: Reading) -> ZoneView:
    if isinstance(zone, Unreadable):
        return ZoneView(zone.name, State.UNREAD, error=zone.error)
    ways = tuple(_ways(zone, reading))
    past = reading.memory.zone(zone.name)
    return ZoneView(
        name=zone.name,
        state=_state(zone, ways, reading),
        ways=ways,
        nodes=tuple(_node(reading.look.standings[node.id], reading) for node in zone.nodes),
        rest=_rest(zone, reading),
        goals=tuple(_goals(zone.name, reading)),
        remarks=tuple(_remarks(zone, reading)),
        launched=tuple(launch.at for launch in past.launches),
    )


def _state(zone: Zone, ways: Sequence[Way], reading: Reading) -> State:
    """The first that is true of it, in the order in which a person wants to know. Tables that are left alone
    on purpose do not count."""
    own = {node.id for node in zone.nodes}
    ours = [way for way in ways if not way.remark]
    grounds = (
        (bool(DOUBTED & reading.unread.keys()), State.UNREAD),
        (is_asleep(zone, reading.memory.zone(zone.name)), State.ASLEEP),
        (not ours, State.IDLE),
        (any(way.works is False for way in ours), State.BROKEN),
        (any(_is_last_resort(way, zone, reading) for way in ours), State.LAST_RESORT),
        (any(way.node is None for way in ours), State.FOREIGN),
        (any(way.works is None for way in ours), State.DOUBTED),
        (any(way.node not in own for way in ours), State.COVERED),
    )
    found = next((state for is_so, state in grounds if is_so), None)
    return found or (State.SERVED if reading.look.views[zone.name].is_well() else State.CHANGING)


def _is_last_resort(way: Way, zone: Zone, reading: Reading) -> bool:
    gateway = reading.memory.zone(zone.name).resort.gateway
    return gateway is not None and way.leads_to == gateway.id


def _ways(zone: Zone, reading: Reading) -> Iterator[Way]:
    """One for all tables that lead to the same, in order of the first."""
    together: dict[Way, list[RouteTableId]] = {}
    for route in zone.routes:
        together.setdefault(_way(route, zone, reading), []).append(route.table)
    for way, tables in together.items():
        yield replace(way, tables=tuple(tables))


def _way(route: Route, zone: Zone, reading: Reading) -> Way:
    """Without its table: it is the same for all that lead there. A route to a node that is stopped is a black
    hole, too. That a node works is what its judge says, not what nobody has found out yet."""
    remark = route.barred or ("held by a tag" if route.held else "")
    if route.target is None:
        return Way("no default route", works=False, remark=remark)
    standings = reading.look.standings.values()
    found = next((s for s in standings if s.node.interface == route.target), None)
    if found is None and route.blackhole:
        return Way(str(route.target), works=False, being="a black hole", remark=remark)
    gateway = reading.memory.zone(zone.name).resort.gateway
    if found is None and gateway is not None and route.target == gateway.id:
        return Way(gateway.id, works=True, being=_cost(gateway, reading), remark=remark)
    if found is None:
        being = "" if reading.lacks(Part.NODES) else "not natkeeper's"
        return Way(str(route.target), works=None, being=being, remark=remark)
    node = found.node
    works = False if route.blackhole else _works(found, reading)
    way = Way(node.id, works, node.id, "", remark, _verdict(found, reading), node.lifecycle)
    if node.zone == zone.name:
        return way
    return replace(way, being=f"of {node.zone}", seen_as=_seen_as(node, zone.name, reading))


def _seen_as(node: Node, zone: ZoneName, reading: Reading) -> str:
    """By which public address a neighbour sends the zone's clients: as it was told, or by its own."""
    if reading.lacks(Part.RECORDS):
        return ""
    return node.covers_as if node.id in covering(reading.memory, zone) else node.public_address


def _works(s: Standing, reading: Reading) -> bool | None:
    if reading.lacks(Part.RECORDS):
        return None
    return (s.judgement.verdict is Verdict.HEALTHY or None) if s.works else False


def _verdict(s: Standing, reading: Reading) -> str:
    return State.UNREAD if reading.lacks(Part.RECORDS) else s.judgement.verdict


def _cost(gateway: NatGateway, reading: Reading) -> str:
    policy = reading.look.context.policy
    price = f"at ${policy.gateway_hour:.3f} an hour and ${policy.gateway_gb:.3f} a gigabyte"
    return f"the last resort since {gateway.created_at:%Y-%m-%d %H:%M} UTC, {price}"


def _node(s: Standing, reading: Reading) -> NodeView:
    """A node that was fit and is stopped stands by, or sleeps: neither is against it."""
    node, unread = s.node, reading.lacks(Part.RECORDS)
    good = s.fitness in (Fitness.FIT, Fitness.ASLEEP)
    context, last = reading.look.context, node.probes[-1] if node.probes else None
    fresh = last is not None and context.now - last.at <= context.policy.stale
    return NodeView(
        id=node.id,
        verdict=_verdict(s, reading),
        lifecycle=node.lifecycle,
        age=reading.look.context.now - node.launched_at,
        kind=f"{node.instance_type}{' spot' if node.spot else ''}",
        address=node.public_address,
        reason=_being(s, reading) if good or unread else s.reason.removeprefix(f"{node.id}: "),
        connections=last.connections if last and fresh else None,
        rate=rate(node, context.policy, context.now),
    )


def _being(s: Standing, reading: Reading) -> str:
    """What a node is about that is well, where that is not to serve."""
    stands_by = s.fitness is Fitness.FIT and reading.look.context.policy.standby is Standby.ZONE
    idle = s.node.interface not in reading.look.in_use()
    return "stands by" if stands_by and idle and not reading.lacks(Part.NETWORK) else ""


def _remarks(zone: Zone, reading: Reading) -> Iterator[str]:
    yield from (f"the stack names {lost}, but AWS does not know it" for lost in zone.lost)
    yield from (remark.text for remark in zone.remarks)
    if zone.subnet is None and not reading.lacks(Part.NETWORK):
        yield "the stack names no public subnet here any more: only nodes are left"


def _rest(zone: Zone, reading: Reading) -> str:
    past = reading.memory.zone(zone.name)
    if past.unwanted is None:
        return ""
    view = reading.look.views.get(zone.name)
    told = view.demand.reason if view and view.demand.ground in _TOLD else past.unwanted.ground
    since = past.asleep_since or past.unwanted.since
    return f"{told}, since {since:%Y-%m-%d %H:%M} UTC"


def _goals(name: ZoneName, reading: Reading) -> Iterator[MissedGoal]:
    context = reading.look.context
    missed = reading.memory.zone(name).goals
    late = overdue(missed, context.policy, context.now)
    for goal in GOALS:
        if goal.name in missed:
            yield MissedGoal(goal.means, missed[goal.name], goal in late)


def _refused(memory: Memory) -> Iterable[RefusedStep]:
    """The last refused first."""
    newest = sorted(memory.refusals.items(), key=lambda item: item[1].last, reverse=True)
    return (RefusedStep(step, r.count, r.first, r.error) for step, r in newest)
