"""The planner. `plan` is pure: the same look always gives the same actions.

For each zone the rules (`rules.py`) are asked in order:

    unreadable -> paused -> asleep, if it wants no NAT (`demand.py`, `sleeping.py`) -> lost ids
    -> source/dest check -> egress (election, address, routes) -> repair -> waking
    -> capacity and succession (`budget.py`, `succession.py`) -> surplus and dead nodes

What cannot hurt (launch, repair, check, notice) is all done; of what can (`Disruptive`: move routes or
the address, terminate) a zone gets only the first, each run. A converged world plans nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from natkeeper.core.actions import Action, Cause, Disruptive, Notify, Wait
from natkeeper.core.decision.context import Context
from natkeeper.core.decision.demand import Stage
from natkeeper.core.decision.goals import tell_goals
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.rules import ASLEEP, DROWSY, RULES
from natkeeper.core.decision.sight import Sight
from natkeeper.core.decision.telling import tell
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
            actions += _one_disruption(action for rule in rules[view.stage] for action in rule(view))
            actions += tell_goals(Sight(zone, look.standings, look.context))
    return tuple(actions)


def _unreadable(zone: Unreadable, context: Context) -> Iterator[Action]:
    """A zone that could not be read gets no action; a person hears of it unless it will pass."""
    if zone.lasting:
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
