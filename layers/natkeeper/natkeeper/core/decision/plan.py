"""The planner. `plan` is pure: the same world, policy, memory and time always give the same actions.

For each zone the rules (`rules.py`) are asked in order:

    unreadable -> paused -> asleep, if it wants no NAT (`wanting.py`, `sleeping.py`) -> lost ids
    -> source/dest check -> egress (election, address, routes) -> repair -> waking
    -> capacity and succession -> surplus and dead nodes

What cannot hurt (launch, repair, check, notice) is all done; of what can (`Disruptive`: move routes or
the address, terminate) a zone gets only the first, each run. A converged world plans nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from natkeeper.core.actions import Action, Cause, Disruptive, Notify, Wait
from natkeeper.core.decision.demand import demand_of, rests_from
from natkeeper.core.decision.election import Fitness, Standing, elect, incumbent, stand
from natkeeper.core.decision.goals import tell_goals
from natkeeper.core.decision.health import judge, since_start
from natkeeper.core.decision.rules import ASLEEP, DROWSY, RULES
from natkeeper.core.decision.sight import Sight
from natkeeper.core.decision.telling import tell
from natkeeper.core.decision.view import COUNTED, PLANNED, Context, View
from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, Observed, Unreadable, Zone, ZoneName
from natkeeper.core.policy import Policy


class Stage(StrEnum):
    """What becomes of a zone now."""

    AWAKE = "awake"
    DROWSY = "drowsy"  # not wanted any more, and not to be put to sleep yet
    ASLEEP = "asleep"


def plan(observed: Observed, policy: Policy, memory: Memory, now: datetime) -> tuple[Action, ...]:
    """What to do now, in order; empty when the world is as it should be."""
    context = Context(policy, memory, now)
    standings = assess(observed, policy, memory, now)
    actions: list[Action] = []
    for zone in observed.zones:
        if isinstance(zone, Unreadable):
            actions += _unreadable(zone, context)
        elif memory.paused_until and now < memory.paused_until:
            until = memory.paused_until
            actions.append(Wait(zone.name, until, Cause.PAUSED, f"paused until {until:%H:%M:%S}"))
        else:
            view = _view(zone, observed, standings, context)
            rules = {Stage.AWAKE: RULES, Stage.DROWSY: DROWSY, Stage.ASLEEP: ASLEEP}[_stage(zone, context)]
            actions += _one_disruption(action for rule in rules for action in rule(view))
            actions += tell_goals(Sight(zone, standings, context))
    return tuple(actions)


def stage(zone: Zone, policy: Policy, memory: Memory, now: datetime) -> Stage:
    """Whether the zone is awake, about to sleep, or to sleep. One that is no longer in the parameters has
    nothing to sleep with."""
    wanted = demand_of(zone, memory, policy, now)
    if wanted.wanted or zone.subnet is None:
        return Stage.AWAKE
    due = now >= rests_from(zone, wanted, memory, policy, now)
    return Stage.ASLEEP if due else Stage.DROWSY


def _unreadable(zone: Unreadable, context: Context) -> Iterator[Action]:
    """A zone that could not be read gets no action; a person hears of it unless it will pass."""
    if zone.lasting:
        yield from tell(Notify(zone.name, f"{zone.name} unreadable", Cause.UNREADABLE, zone.error), context)
    else:
        yield Wait(zone.name, None, Cause.UNREADABLE, zone.error)


def assess(
    observed: Observed, policy: Policy, memory: Memory, now: datetime
) -> Mapping[InstanceId, Standing]:
    """Every node's standing."""
    judgements = judge(observed.nodes(), policy, memory, now)
    nodes = (since_start(node, memory.node(node.id)) for node in observed.nodes())
    return {node.id: stand(node, judgements[node.id], policy, memory, now) for node in nodes}


def _view(zone: Zone, observed: Observed, standings: Mapping[InstanceId, Standing], context: Context) -> View:
    return View(
        zone=zone,
        own=tuple(standings[node.id] for node in zone.nodes),
        current=incumbent(zone, standings),
        elected=elect(zone, standings) if zone.subnet else None,
        elsewhere=frozenset(
            r.target
            for z in observed.readable()
            for r in z.routes
            if r.target and (r.held or (z != zone and _stage(z, context) is not Stage.ASLEEP))
        ),
        turn=_turn(observed, standings, context),
        demand=demand_of(zone, context.memory, context.policy, context.now),
        context=context,
    )


def _one_disruption(actions: Iterable[Action]) -> Iterator[Action]:
    spent = False
    for action in actions:
        disruptive = isinstance(action, Disruptive)
        if not (disruptive and spent):
            yield action
        spent = spent or disruptive


def _stage(zone: Zone, context: Context) -> Stage:
    return stage(zone, context.policy, context.memory, context.now)


def _turn(observed: Observed, standings: Mapping[InstanceId, Standing], context: Context) -> ZoneName | None:
    """The one zone that may go through a planned succession now: who has begun, then by name."""
    turns: list[tuple[bool, ZoneName]] = []
    for zone in observed.readable():
        own = [standings[node.id] for node in zone.nodes]
        worn = any(s.fitness is Fitness.WORN and s.cause in PLANNED for s in own)
        if worn and _stage(zone, context) is Stage.AWAKE:
            begun = any(s.fitness in COUNTED for s in own)
            turns.append((not begun, zone.name))
    return min(turns)[1] if turns else None
