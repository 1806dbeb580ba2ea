"""A command's identity and age: the event's own id and time (EventBridge, events reference). They say when it
was put on the bus, not when it reached us; so what comes late, twice or from an archive is known as such.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from natkeeper.core.intake.commands import Origin
from natkeeper.core.intake.envelope import Envelope, matches, shown

AGE = timedelta(minutes=15)
"""An older order is refused. EventBridge and Lambda try again for two minutes each (template.yaml)."""
AHEAD = timedelta(minutes=5)
"""So far a time may lie ahead of our clock: AWS refuses a caller whose clock is further off (Signature
Version 4)."""
ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def origin_of(kind: str, e: Envelope) -> tuple[Origin, list[str]]:
    """Where it comes from, and what is wrong with that. A direct call has no id, and may have no time: it is
    given now."""
    name, said = e.event.get("id", ""), e.event.get("time", e.now.isoformat())
    known, at = name == "" or matches(ID, name), _time(said)
    origin = Origin(kind, str(name) if known else "", e.now if at is None else min(at, e.now))
    mistakes = [] if known else [f"id {shown(name)} is no event's id"]
    if at is None:
        mistakes.append(f"time {shown(said)} is no time")
    elif "replay-name" in e.event:
        mistakes.append(f"it is a replay of what was ordered at {at:%Y-%m-%d %H:%M:%S}")
    elif not -AHEAD <= e.now - at <= AGE:
        mistakes.append(_untimely(at, e.now))
    return origin, mistakes


def _time(said: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)  # type: ignore[arg-type]
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _untimely(at: datetime, now: datetime) -> str:
    given = f"it was given at {at:%Y-%m-%d %H:%M:%S}"
    if at > now:
        return f"{given}, ahead of the clock, which says {now:%Y-%m-%d %H:%M:%S} (UTC)"
    minutes = AGE // timedelta(minutes=1)
    return f"{given}, more than {minutes} minutes ago: give it again if it is still wanted"
