"""The planner. `plan` is pure: the same look always gives the same actions.

For each zone the rules (`rules.py`) are asked in order:

    unreadable -> paused -> asleep, if it wants no NAT (`demand.py`, `sleeping.py`) -> lost ids
    -> source/dest check -> last resort -> egress (election, address, routes) -> repair -> waking
    -> capacity and succession (`budget.py`, `succession.py`) -> CPU credits -> surplus and dead nodes
    -> last resorts that are over

What cannot hurt (launch, repair, check, notice) is all done; of what can (`Disruptive`: move routes or
the address, terminate) a zone gets only the first, each run. A converged world plans nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from natkeeper.core.actions import (
    Action,
    Cause,
    DisableSourceDestCheck,
    Disruptive,
    LaunchNode,
    Notify,
    PointRoute,
    StartNode,
    Wait,
)
from natkeeper.core.decision.baking import bake
from natkeeper.core.decision.goals import tell_goals
from natkeeper.core.decision.hearsay import tell_hearsay
from natkeeper.core.decision.last_resort import abandoned
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.remarks import has_lasted
from natkeeper.core.decision.rules import ASLEEP, DROWSY, RULES
from natkeeper.core.decision.telling import tell
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.demand import Stage
from natkeeper.core.judgement.dependence import depends, step_of
from natkeeper.core.judgement.sight import Sight
from natkeeper.core.judgement.view import View
from natkeeper.core.last_resort_actions import CreateNatGateway, PointAtGateway
from natkeeper.core.model import Unreadable


def plan(look: Look) -> tuple[Action, ...]:
    """What to do now, in order; empty when the world is as it should be."""
    paused = look.context.memory.paused_until
    rules = {Stage.AWAKE: RULES, Stage.DROWSY: DROWSY, Stage.ASLEEP: ASLEEP}
    actions: list[Action] = []
    for zone in look.observed.zones:
        if isinstance(zone, Unreadable):
            actions += _unreadable(zone, look.context)
        elif paused and look.context.now < paused:
            actions.append(Wait(zone.name, paused, Cause.PAUSED, f"paused until {paused:%H:%M:%S}"))
        else:
            view = look.views[zone.name]
            wanted = (action for rule in rules[view.stage] for action in rule(view))
            actions += _one_disruption(_but_the_resting(view, wanted))
            news = tell_goals(Sight(zone, look.standings, look.context, look.resorts.of(zone.name).ids()))
            actions += (notice for notice in news if not look.context.resting_until(step_of(notice)))
    if not (paused and look.context.now < paused):
        actions += abandoned(look)
        actions += bake(look)
        actions += tell_hearsay(look)
    return tuple(actions)


def _unreadable(zone: Unreadable, context: Context) -> Iterator[Action]:
    """A zone that could not be read gets no action; a person hears of it unless it will pass."""
    if zone.lasting and (not zone.unlisted or has_lasted(zone.name, context)):
        yield from tell(Notify(zone.name, f"{zone.name} unreadable", Cause.UNREADABLE, zone.error), context)
    else:
        yield Wait(zone.name, None, Cause.UNREADABLE, zone.error)


def _one_disruption(actions: Iterable[Action]) -> Iterator[Action]:
    spent = False
    for action in actions:
        disruptive = isinstance(action, Disruptive)
        if not (disruptive and spent):
            yield action
        spent = spent or disruptive


def _is_urgent(view: View, action: Action) -> bool:
    """Whether somebody has no way out until this is done, or may have none: it rests for a moment only."""
    match action:
        case LaunchNode():
            return action.urgent or view.is_doubted()
        case PointRoute():
            return action.even_without_address
        case DisableSourceDestCheck():
            routes = tuple(route for route in view.zone.routes if route.movable)
            drops = any(route.target == action.interface for route in routes)
            return drops or view.leads_nowhere(routes)
    return isinstance(action, StartNode | CreateNatGateway | PointAtGateway)


def _but_the_resting(view: View, actions: Iterable[Action]) -> Iterator[Action]:
    """What AWS refused a moment ago is waited for, and so is what depends on it."""
    held: list[Action] = []
    for action in actions:
        until = view.context.resting_until(step_of(action), urgent=_is_urgent(view, action))
        if until:
            refusal = view.memory.refusals[step_of(action)]
            reason = f"{action.reason}; refused {refusal.count} times, again from {until:%H:%M:%S}"
            yield Wait(action.zone, until, action.cause, reason)
        if until or any(depends(action, on) for on in held):
            held.append(action)
        else:
            yield action
