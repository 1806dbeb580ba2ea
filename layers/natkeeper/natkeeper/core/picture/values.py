"""An overview as JSON's values, for machines: the fields by their names, times in ISO 8601, durations in
seconds. What is added later stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any

from natkeeper.core.picture.overview import Overview

VERSION = 1
"""Goes up when a field changes its meaning or goes."""


def values(overview: Overview) -> dict[str, Any]:
    """All that the picture shows."""
    plain: dict[str, Any] = _plain(overview)
    return {"natkeeper_picture": VERSION, **plain}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else _text(value)


def _text(value: Any) -> Any:
    """Text as Lambda can send it: without halves of characters, which UTF-8 does not hold."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value
