"""Builders of what a hub hears. The defaults are well: a stack of two zones that their own nodes serve."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from natkeeper.core.fleet.announcement import KIND, written
from natkeeper.core.fleet.hearing import StackKey
from natkeeper.core.fleet.standing import Known
from natkeeper.core.fleet.state import Identity, StackState, ZoneState
from natkeeper.core.model import ZoneName
from natkeeper.core.picture.overview import State
from tests.builders import NOW

ACCOUNT, REGION = "111122223333", "eu-west-1"


def an_identity(stack: str = "natkeeper", account: str = ACCOUNT, **changes: Any) -> Identity:
    """A stack of this account in Ireland."""
    arn = f"arn:aws:cloudformation:{REGION}:{account}:stack/{stack}/01234567-89ab-cdef-0123-456789abcdef"
    return replace(Identity(stack, arn, "0.2.0"), **changes)


def zones(*states: State) -> tuple[ZoneState, ...]:
    """Zones a, b, c of the region, in these states."""
    return tuple(
        ZoneState(ZoneName(f"{REGION}{letter}"), state) for letter, state in zip("abc", states, strict=False)
    )


def a_state(*states: State, **changes: Any) -> StackState:
    """A stack whose zones are in these states."""
    two = zones(*(states or (State.SERVED, State.SERVED)))
    return replace(StackState(an_identity(), NOW, two), **changes)


def known(state: StackState | None = None, heard_at: datetime = NOW, **changes: Any) -> Known:
    """What the hub keeps of it."""
    state = state or a_state()
    identity = state.identity
    account = identity.id.split(":")[4]
    return replace(Known(StackKey(account, REGION, identity.stack), state, heard_at), **changes)


def told(state: StackState | None = None, **changes: Any) -> dict[str, Any]:
    """The event of a state, as EventBridge delivers it from the stack's own account."""
    state = state or a_state()
    envelope = {
        "version": "0",
        "id": "3d9c1f0e-6a5b-4c7d-8e9f-0a1b2c3d4e5f",
        "detail-type": KIND,
        "source": "natkeeper",
        "account": state.identity.id.split(":")[4],
        "time": state.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [],
        "detail": written(state),
    }
    return {**envelope, **changes}


def answered(at: datetime = NOW, account: str = ACCOUNT, **changes: Any) -> dict[str, Any]:
    """The event of an answer to an order."""
    detail = {
        "stack": "natkeeper",
        "id": "5f0e7a4c-0000-4000-8000-000000000000",
        "order": "Failover",
        "time": at.isoformat(timespec="seconds"),
        "answer": "obeyed",
        "reason": "eu-west-1a: point route",
    }
    envelope = told(a_state(at=at))
    return {**envelope, "detail-type": "Order Answered", "account": account, "detail": {**detail, **changes}}
