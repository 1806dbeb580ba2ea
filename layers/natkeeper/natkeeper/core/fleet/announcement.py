"""A stack's state as the detail of an event: how it is written, and how it is read by who trusts nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from natkeeper.core.fleet.fields import Fields
from natkeeper.core.fleet.state import Identity, StackState, ZoneHeal, ZoneState
from natkeeper.core.model import ZoneName
from natkeeper.core.picture.overview import Saved, State

KIND = "Stack State"
"""The event's detail-type."""
STACK = r"[A-Za-z][A-Za-z0-9-]{0,127}"
_ARN = rf"arn:[a-z0-9-]{{1,20}}:cloudformation:[a-z0-9-]{{1,30}}:\d{{12}}:stack/{STACK}/[0-9a-f-]{{1,64}}"
_VERSION = r"[0-9A-Za-z.+-]{1,32}"
_ZONES, _HEALS, _COUNT = 6, 10, 1000
_DOLLARS, _SECONDS = 1e9, 1e9
_STATES = {state.name.lower(): state for state in State}


class BadStateError(ValueError):
    """It is no stack's state; every mistake in one message."""


def written(state: StackState) -> dict[str, Any]:
    """The detail of the event. What is not so is left out."""
    identity = state.identity
    detail: dict[str, Any] = {
        "stack": identity.stack,
        "id": identity.id,
        "version": identity.version,
        "at": state.at.isoformat(timespec="milliseconds"),
        "zones": [{"name": z.name, "state": z.state.name.lower()} for z in state.zones],
    }
    if state.saved:
        since = state.saved.since.isoformat()
        detail["saved"] = {"dollars": round(state.saved.dollars, 4), "days": state.saved.days, "since": since}
    if state.paused_until:
        detail["paused_until"] = state.paused_until.isoformat(timespec="seconds")
    if state.heals:
        detail["heals"] = [_heal(heal) for heal in state.heals]
    counts = {"overdue": state.overdue, "refused": state.refused}
    flags = {"takes_orders": identity.takes_orders, "removed": state.removed}
    return detail | {name: value for name, value in {**counts, **flags}.items() if value}


def _heal(heal: ZoneHeal) -> dict[str, Any]:
    at = heal.at.isoformat(timespec="milliseconds")
    return {"zone": heal.zone, "at": at, "seconds": round(heal.seconds, 3)}


def read(detail: Mapping[str, Any]) -> StackState:
    """The state. Keys that nobody knows are left aside, for a newer natkeeper may say more; so a zone in a
    state that nobody knows is not known. Raises BadStateError."""
    fields = Fields(detail)
    state = StackState(
        identity=Identity(
            stack=fields.text("stack", STACK),
            id=fields.text("id", _ARN),
            version=fields.text("version", _VERSION),
            takes_orders=fields.flag("takes_orders"),
        ),
        at=fields.moment("at"),
        zones=tuple(_read_zone(zone) for zone in fields.parts("zones", _ZONES)),
        overdue=fields.count("overdue", _COUNT),
        refused=fields.count("refused", _COUNT),
        paused_until=fields.moment("paused_until") if "paused_until" in detail else None,
        saved=_read_saved(fields.part("saved")),
        heals=tuple(_read_heal(heal) for heal in fields.parts("heals", _HEALS)),
        removed=fields.flag("removed"),
    )
    if fields.mistakes:
        raise BadStateError("; ".join(fields.mistakes))
    return state


def _read_zone(fields: Fields) -> ZoneState:
    known = _STATES.get(fields.text("state", r"[a-z_]{1,30}"), State.UNREAD)
    return ZoneState(ZoneName(fields.zone("name")), known)


def _read_heal(fields: Fields) -> ZoneHeal:
    zone = ZoneName(fields.zone("zone"))
    return ZoneHeal(zone, fields.moment("at"), fields.number("seconds", _SECONDS))


def _read_saved(fields: Fields | None) -> Saved | None:
    if fields is None:
        return None
    return Saved(fields.number("dollars", _DOLLARS), fields.count("days", _COUNT), fields.day("since"))
