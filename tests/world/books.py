"""The days in the stack's table, under a key that no sweep reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from natkeeper.core.savings.usage import Account, Day
from tests.world.gate import Gate


@dataclass
class Books:
    """The port `Books`."""

    gate: Gate
    entered: dict[date, Day] = field(default_factory=dict)
    spoilt: dict[date, str] = field(default_factory=dict)  # there, and not to be understood: why

    def days(self, since: date) -> Account:
        """From a date on, oldest first."""
        with self.gate.read("TableQuery", "reading the days", "the table"):
            days = tuple(self.entered[on] for on in sorted(self.entered) if on >= since)
            damaged = (f"usage#{on} ({why})" for on, why in sorted(self.spoilt.items()) if on >= since)
            return Account(days, tuple(damaged))

    def enter(self, day: Day) -> bool:
        """Once a day."""
        with self.gate.read("TableWrite", "writing down a day", "the table"):
            return day.on not in self.spoilt and self.entered.setdefault(day.on, day) is day
