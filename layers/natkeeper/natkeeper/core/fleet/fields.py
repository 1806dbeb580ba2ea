"""Fields of what another account wrote: each is looked at before it is believed, each mistake is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from natkeeper.core.intake.envelope import ZONE, shown

T = TypeVar("T")


@dataclass(slots=True)
class Fields:
    """An object of somebody else's, and every mistake that was found in it."""

    given: Mapping[str, Any]
    mistakes: list[str] = field(default_factory=list)

    def text(self, name: str, pattern: str) -> str:
        """Text that fits the pattern as a whole; empty after a mistake."""
        value = self.given.get(name)
        if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
            return value
        return self._wrong(name, "")

    def zone(self, name: str) -> str:
        """A zone's name."""
        return self.text(name, ZONE.pattern)

    def flag(self, name: str) -> bool:
        """A boolean; False when there is none."""
        value = self.given.get(name, False)
        return value if isinstance(value, bool) else self._wrong(name, False)  # noqa: FBT003

    def count(self, name: str, most: int) -> int:
        """A whole number from 0 to `most`; 0 when there is none."""
        value = self.given.get(name, 0)
        whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
        return int(value) if whole else self._wrong(name, 0)

    def number(self, name: str, most: float) -> float:
        """A finite number, no further from 0 than `most`."""
        value = self.given.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return self._wrong(name, 0.0)
        return float(value) if abs(value) <= most else self._wrong(name, 0.0)  # NaN is in no range

    def moment(self, name: str) -> datetime:
        """A time, in UTC."""
        try:
            at = datetime.fromisoformat(self.given[name])
            return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
        except (KeyError, TypeError, ValueError, OverflowError):
            return self._wrong(name, datetime.min.replace(tzinfo=UTC))

    def day(self, name: str) -> date:
        """A day."""
        try:
            return date.fromisoformat(self.given[name])
        except (KeyError, TypeError, ValueError):
            return self._wrong(name, date.min)

    def part(self, name: str) -> Fields | None:
        """An object within it, whose mistakes are this one's; None when there is none."""
        value = self.given.get(name)
        if value is None:
            return None
        return Fields(value if isinstance(value, Mapping) else self._wrong(name, {}), self.mistakes)

    def parts(self, name: str, most: int) -> list[Fields]:
        """A list of at most so many objects, whose mistakes are this one's; empty when there is none."""
        value = self.given.get(name, [])
        if not isinstance(value, list) or len(value) > most:
            return self._wrong(name, [])
        if not all(isinstance(one, Mapping) for one in value):
            return self._wrong(name, [])
        return [Fields(one, self.mistakes) for one in value]

    def _wrong(self, name: str, default: T) -> T:
        self.mistakes.append(f"{name} {shown(self.given.get(name))} is not what it should be")
        return default
