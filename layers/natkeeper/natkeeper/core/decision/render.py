"""Actions as text for people and as flat records for logs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime

from natkeeper.core.actions import Action
from natkeeper.core.decision.outcome import Outcome
from natkeeper.core.model import Address

NOTHING = "nothing to do"


def as_fields(action: Action) -> Mapping[str, object]:
    """The action's name, then its fields, but what is not there or not so; times in ISO 8601."""
    values = {field.name: getattr(action, field.name) for field in fields(action)}
    flat = {k: _plain(value) for k, value in values.items() if value not in (None, "") and value is not False}
    return {"action": type(action).__name__, **flat}


def sentence(action: Action) -> str:
    """One line a person can read: "eu-west-1a: point route at i-0a1 (unhealthy: ...)"."""
    words = re.sub(r"(?<!^)([A-Z])", r" \1", type(action).__name__).lower()
    target = getattr(action, "node", None)
    return f"{action.zone}: {words}{f' {target}' if target else ''} ({action.cause}: {action.reason})"


def text(actions: Iterable[Action]) -> str:
    """A whole plan as text, a line an action."""
    lines = [sentence(action) for action in actions]
    return "\n".join(lines) or NOTHING


def summary(outcome: Outcome) -> str:
    """A run as text: what it decided, a line an action, then what was refused and who else is at work."""
    lines = [sentence(action) for action in outcome.decided]
    lines += [f"{refused.action.zone}: refused: {refused.error}" for refused in outcome.refused]
    lines += [f"{action.zone}: left to the next sweep, for lack of time" for action in outcome.left]
    if outcome.held_elsewhere:
        lines.append("another run holds the lease; it was asked for one more pass")
    return "\n".join(lines) or NOTHING


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Address):
        return f"{value.holder} {value.private}".strip()
    return list(value) if isinstance(value, tuple) else value
