"""Whether a zone is beyond the help of any node: nothing serves it, and nothing that could is on its way."""

from __future__ import annotations

from collections.abc import Sequence

from natkeeper.core.judgement.demand import Stage
from natkeeper.core.judgement.election import Fitness
from natkeeper.core.judgement.view import View
from natkeeper.core.model import Route

_ON_THE_WAY = (Fitness.WAKING, Fitness.BOOTING, Fitness.ASLEEP)


def stranded(view: View) -> Sequence[Route]:
    """The zone's routes that are ours to care for, and lead nowhere. What somebody pointed elsewhere may
    work, and is none of them."""
    ours = (route for route in view.zone.routes if route.movable and not view.is_taken(route))
    return tuple(route for route in ours if view.leads_nowhere((route,)))


def is_hopeless(view: View) -> bool:
    """Whether the zone wants a way out, has none, and no node could be its way out soon."""
    awake = view.stage is Stage.AWAKE and view.zone.launchable is not None
    return awake and bool(stranded(view)) and not _has_hope(view)


def _has_hope(view: View) -> bool:
    """Who may well work is hope, and so is who comes, for a while: then more is wrong than its boot."""
    elected = view.elected
    if elected is not None and elected.fitness <= Fitness.AVOIDED:
        return True
    comes = elected is not None and elected.fitness in _ON_THE_WAY
    may_come = comes or view.help_comes or view.unseen_until() is not None
    since = view.past.broken_since or view.past.waking_since or view.now
    return may_come and view.now - since < view.policy.last_resort_patience
