"""The days in the stack's table, under a key that no sweep reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from natkeeper.core.savings.usage import Day
from tests.world.gate import Gate


@dataclass
class Books:
    """The port `Books`."""

    gate: Gate
    entered: dict[date, Day] = field(default_factory=dict)

    def days(self, since: date) -> tuple[Day, ...]:
        """From a date on, oldest first."""
        with self.gate.read("TableQuery", "reading the days", "the table"):
            return tuple(self.entered[on] for on in sorted(self.entered) if on >= since)

    def enter(self, day: Day) -> bool:
        """Once a day."""
        with self.gate.read("TableWrite", "writing down a day", "the table"):
            return self.entered.setdefault(day.on, day) is day
