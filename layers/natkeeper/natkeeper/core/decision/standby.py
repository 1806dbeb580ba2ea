"""The launch of a warm standby: planned, not by the budget of emergencies, and never the last planned one.

It proves itself as any node does, and then only waits: who serves is found by election, before any neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from natkeeper.core.actions import Action, Cause, Wait
from natkeeper.core.decision.failed_launches import rests_until
from natkeeper.core.decision.launching import launch
from natkeeper.core.decision.succession import is_held
from natkeeper.core.judgement.budget import spent_until
from natkeeper.core.judgement.election import Standing
from natkeeper.core.judgement.mute import shared_trouble
from natkeeper.core.judgement.standby import lacks_standby, old_standby, standby_markets
from natkeeper.core.judgement.view import PLANNED, View


def standby(view: View) -> Iterator[Action]:
    """One more node in a zone whose own node serves it. Who stood by before, and is to be succeeded, is ended
    (`surplus`) once the new one has proved itself."""
    subnet = view.zone.launchable
    if subnet is None or not lacks_standby(view) or not view.is_its_own_server() or is_held(view):
        return
    zone, old = view.zone.name, old_standby(view)
    reason = f"none stands by but {old.reason}" if old else "none stands by"
    if hindrance := _hindrance(view, old):
        yield Wait(zone, _rests_until(view), Cause.STANDBY, f"{reason}; {hindrance}")
    else:
        cause = Cause.MARKET if old and old.cause is Cause.MARKET else Cause.STANDBY
        yield launch(view, subnet, cause, reason, standby_markets(view, cause))


def _hindrance(view: View, old: Standing | None) -> str | None:
    """Why none is launched now."""
    cause = old.cause if old else Cause.STANDBY
    if cause in PLANNED and view.turn not in (None, view.zone.name):
        return f"first {view.turn} is done"
    if cause in (Cause.UNHEALTHY, Cause.CHECK) and (shared := shared_trouble(view)):
        return shared
    if view.is_crowded():
        return "first the old nodes go"
    return "the launches that are left are for others" if _rests_until(view) else None


def _rests_until(view: View) -> datetime | None:
    """Until when no launch is a standby's."""
    budget = spent_until(view, urgent=False, reserved=1)
    untils = (budget, view.unseen_until(), rests_until(view.past, view.now))
    return max((until for until in untils if until), default=None)
