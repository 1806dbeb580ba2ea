"""Planned successions: an update, a lifetime, a better market. One zone at a time, and never for ever.

The turn is of the zone that has begun, then by name. It passes on when the zone cannot go on: a hold keeps
its routes where they are, its launches rest or are used up, or it has taken longer than `Policy.turn`.
A zone under a hold begins none at all: it would have two nodes for as long as the hold stands.
"""

from __future__ import annotations

from collections.abc import Iterable

from natkeeper.core.decision.failed_launches import rests_until
from natkeeper.core.judgement.budget import spent_until
from natkeeper.core.judgement.dependence import step_of_launch
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.view import PLANNED, View
from natkeeper.core.model import ZoneName

_COMING = (Fitness.WAKING, Fitness.BOOTING)


def turn_of(views: Iterable[View]) -> ZoneName | None:
    """The one zone that may go through a planned succession now; None: none wants to, or none can."""
    wanting = (view for view in views if is_worn(view.own) and _can_go_on(view))
    turns = [(not has_begun(view), view.zone.name) for view in wanting]
    return min(turns)[1] if turns else None


def is_worn(own: Iterable[Standing]) -> bool:
    """Whether one of these nodes is to be succeeded for a planned reason."""
    return any(map(_is_worn, own))


def has_begun(view: View) -> bool:
    """Whether a successor comes, or is there: then the zone has more nodes than it wants."""
    coming = any(s.fitness in _COMING for s in view.own)
    return coming or len(view.counted()) + sum(map(_is_worn, view.own)) > view.policy.nodes_per_zone


def _is_worn(s: Standing) -> bool:
    return s.fitness is Fitness.WORN and s.cause in PLANNED


def is_held(view: View) -> bool:
    """Whether a hold keeps the zone's routes where they are: all of them, or one at a node of its own."""
    held = {route.target for route in view.zone.routes if not route.movable}
    all_held = bool(view.zone.routes) and all(not route.movable for route in view.zone.routes)
    return all_held or any(s.node.interface in held for s in view.own)


def _can_go_on(view: View) -> bool:
    since = view.past.succeeding_since
    overdue = since is not None and view.now - since > view.policy.turn
    if is_held(view) or overdue:
        return False
    if has_begun(view):
        return True
    reserved = 1 if view.counted() else 0  # it is the standby that is to be succeeded
    spent = spent_until(view, urgent=False, reserved=reserved) or rests_until(view.past, view.now)
    refused = view.is_resting(step_of_launch(view.zone.name, urgent=False))
    return not spent and not refused and not view.is_crowded()
