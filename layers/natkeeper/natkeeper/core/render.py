"""Actions as text for people and as flat records for logs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime

from natkeeper.core.actions import Action

NOTHING = "nothing to do"


def record(action: Action) -> Mapping[str, object]:
    """One flat record: the action's name, then its fields; times in ISO 8601."""
    values = {field.name: getattr(action, field.name) for field in fields(action)}
    flat = {key: _plain(value) for key, value in values.items() if value is not None}
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


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return list(value) if isinstance(value, tuple) else value
