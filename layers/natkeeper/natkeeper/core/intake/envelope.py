"""An event as it came, and the questions that parsers ask of it; a stranger may have written any of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from natkeeper.core.model import InstanceId

Event = Mapping[str, Any]
INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
ZONE = re.compile(r"[a-z][a-z0-9-]{3,39}")
WORD = re.compile(r"[A-Za-z0-9 _-]{1,160}")
OLDEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its detail, and what it is read by."""

    event: Event
    detail: Event
    stack: str
    now: datetime


class BadEventError(ValueError):
    """The event lacks something or holds nonsense; all mistakes in one message."""


def instance_of(detail: Event) -> InstanceId:
    """The instance that the detail names. Raises BadEventError."""
    value = detail.get("instance-id")
    if not isinstance(value, str) or not INSTANCE.fullmatch(value):
        raise BadEventError(f"instance-id {shown(value)} is no instance id")
    return InstanceId(value)


def word(detail: Event, name: str, default: str) -> str:
    """A plain word of the detail. Raises BadEventError."""
    if not matches(WORD, value := detail.get(name, default)):
        raise BadEventError(f"{name} {shown(value)} is no plain word")
    return str(value)


def shown(value: object) -> str:
    """A stranger's value for our log: short, on one line, in ASCII."""
    if isinstance(value, str):
        return ascii(value[:60])
    return str(value)[:60] if isinstance(value, int | float | None) else type(value).__name__


def require_stack(e: Envelope) -> None:
    """Raises BadEventError when the event is meant for another stack."""
    if e.detail.get("stack") != e.stack:
        raise BadEventError(f"meant for stack {shown(e.detail.get('stack'))}, this is {e.stack!r}")


def matches(pattern: re.Pattern[str], value: object) -> bool:
    """Whether the value is text of this pattern."""
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def time_of(event: Event, now: datetime, later: timedelta = timedelta()) -> datetime:
    """So much later than the event's own time, which is never in the future: a warning that comes late leaves
    less of the two minutes. An event is never older than a day (EventBridge retries for 24 hours)."""
    try:
        at = datetime.fromisoformat(event["time"])
    except (KeyError, TypeError, ValueError):
        return now + later
    return max(now - OLDEST, min(now, at.replace(tzinfo=at.tzinfo or UTC))) + later


def health_time(detail: Event, now: datetime) -> datetime:
    """When AWS Health's change begins."""
    try:
        at = parsedate_to_datetime(str(detail["startTime"]))
    except (KeyError, ValueError, OverflowError):
        return now
    return at.replace(tzinfo=at.tzinfo or UTC)
