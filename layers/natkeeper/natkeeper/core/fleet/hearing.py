"""What arrives at the hub: a stack's state, or what became of an order there. Whose it is says the envelope,
which EventBridge fills in itself: an account speaks for its own stacks alone. So it is where nobody but the
bus may call (fleet/hub.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from natkeeper.core.fleet.announcement import KIND, STACK, BadStateError, read
from natkeeper.core.fleet.fields import Fields
from natkeeper.core.fleet.state import StackState
from natkeeper.core.intake.envelope import shown
from natkeeper.core.picture.markup import shorten

ANSWERED = "Order Answered"
AHEAD, AGE = timedelta(minutes=5), timedelta(days=1)
"""So far a time may lie ahead of our clock, and behind it: no longer does EventBridge try to deliver."""
REASON = 300
"""So many characters of an answer are kept."""


@dataclass(frozen=True, slots=True, order=True)
class StackKey:
    """Which stack: names are unique in an account and region."""

    account: str
    region: str
    stack: str

    def __str__(self) -> str:
        """Its key in the table."""
        return f"{self.account}/{self.region}/{self.stack}"


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """What became of an order, and when that was said."""

    order: str
    reply: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """News of a stack."""

    key: StackKey
    news: StackState | OrderAnswer


@dataclass(frozen=True, slots=True)
class Unheard:
    """An event that is not believed, and why."""

    reason: str


def hear(event: Mapping[str, Any], now: datetime) -> Heard | Unheard:
    """The news, or why it is none."""
    kind, detail = event.get("detail-type"), event.get("detail")
    if event.get("source") != "natkeeper" or kind not in (KIND, ANSWERED):
        return Unheard(f"unknown source and detail-type: {shown(event.get('source'))} and {shown(kind)}")
    if not isinstance(detail, Mapping):
        return Unheard(f"{kind}: detail is no JSON object")
    envelope = Fields(event)
    account, region = envelope.text("account", r"\d{12}"), envelope.text("region", r"[a-z0-9-]{1,30}")
    at, said = envelope.moment("time"), Fields(detail, envelope.mistakes)
    key = StackKey(account, region, said.text("stack", STACK))
    if envelope.mistakes:
        return Unheard(f"{kind}: {'; '.join(envelope.mistakes)}")
    heard = _answer(key, detail, at) if kind == ANSWERED else _state(key, detail)
    return _timely(heard, now) if isinstance(heard, Heard) else heard


def _state(key: StackKey, detail: Mapping[str, Any]) -> Heard | Unheard:
    try:
        state = read(detail)
    except BadStateError as error:
        return Unheard(f"{KIND} of {key.account}: {error}")
    own = rf"arn:[a-z0-9-]+:cloudformation:{key.region}:{key.account}:stack/{key.stack}/.*"
    if not re.fullmatch(own, state.identity.id):
        return Unheard(f"account {key.account} in {key.region} speaks for {state.identity.id}, not its own")
    return Heard(key, state)


def _answer(key: StackKey, detail: Mapping[str, Any], at: datetime) -> Heard | Unheard:
    fields = Fields(detail)
    order, reply = fields.text("order", r"[A-Za-z ]{1,30}"), fields.text("answer", r"[a-z ]{1,30}")
    reason = fields.text("reason", r"[\s\S]*")
    if fields.mistakes:
        return Unheard(f"{ANSWERED} of {key.account}: {'; '.join(fields.mistakes)}")
    return Heard(key, OrderAnswer(order, reply, shorten(reason, REASON), at))


def _timely(heard: Heard, now: datetime) -> Heard | Unheard:
    if -AHEAD <= now.astimezone(UTC) - heard.news.at <= AGE:
        return heard
    return Unheard(
        f"{heard.key}: said at {heard.news.at:%Y-%m-%d %H:%M:%S}, and now is {now:%Y-%m-%d %H:%M:%S}"
    )
