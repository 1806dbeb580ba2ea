"""The planner. `plan` is pure: the same world, policy, memory and time always give the same actions.

For each zone the rules (`rules.py`) are asked in order:

    unreadable -> paused -> lost ids -> source/dest check -> egress (election, address, routes)
    -> repair -> capacity and succession -> surplus and dead nodes

What cannot hurt (launch, repair, check, notice) is all done; of what can (`Disruptive`: move routes or
the address, terminate) a zone gets only the first, each run. A converged world plans nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from natkeeper.core.actions import Action, Cause, Disruptive, Notify, Wait
from natkeeper.core.election import Fitness, Standing, elect, incumbent, stand
from natkeeper.core.health import judge
from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, Observed, Unreadable, Zone, ZoneName
from natkeeper.core.policy import Policy
from natkeeper.core.rules import RULES, tell
from natkeeper.core.view import COUNTED, PLANNED, Context, View


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
            actions += _one_disruption(action for rule in RULES for action in rule(view))
    return tuple(actions)


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
    return {node.id: stand(node, judgements[node.id], policy, now) for node in observed.nodes()}


def _view(zone: Zone, observed: Observed, standings: Mapping[InstanceId, Standing], context: Context) -> View:
    return View(
        zone=zone,
        own=tuple(standings[node.id] for node in zone.nodes),
        current=incumbent(zone, standings),
        elected=elect(zone, standings) if zone.subnet else None,
        elsewhere=frozenset(
            r.target for z in observed.readable() for r in z.routes if r.target and (z != zone or r.held)
        ),
        turn=_turn(observed, standings),
        context=context,
    )


def _one_disruption(actions: Iterable[Action]) -> Iterator[Action]:
    spent = False
    for action in actions:
        disruptive = isinstance(action, Disruptive)
        if not (disruptive and spent):
            yield action
        spent = spent or disruptive


def _turn(observed: Observed, standings: Mapping[InstanceId, Standing]) -> ZoneName | None:
    """The one zone that may go through a planned succession now: who has begun, then by name."""
    turns: list[tuple[bool, ZoneName]] = []
    for zone in observed.readable():
        own = [standings[node.id] for node in zone.nodes]
        if any(s.fitness is Fitness.WORN and s.cause in PLANNED for s in own):
            begun = any(s.fitness in COUNTED for s in own)
            turns.append((not begun, zone.name))
    return min(turns)[1] if turns else None
