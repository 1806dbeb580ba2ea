"""What one stack says in some days: it is looked at each minute, and speaks by the product's own rule.

Deaths, sleep, refused reads and new processes are drawn with a seed; between them nothing changes, so only
the minutes in which something may be said are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from natkeeper.core.fleet.standing import HEARTBEAT
from natkeeper.core.fleet.state import HEALS, Identity, StackState, ZoneHeal, ZoneState
from natkeeper.core.fleet.telling import Telling
from natkeeper.core.model import ZoneName
from natkeeper.core.picture.overview import Saved, State

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DEATHS_A_MONTH = 1.0
"""Of a zone's node, in the mean: assumed."""
REFUSED_READS_A_DAY = 1.0
PROCESS = 2 * HOUR
"""So long a process of Lambda lives, in the mean: it is not published; a new one speaks again."""


@dataclass
class StackLife:
    """One stack of two zones. A stack that sleeps does so from 20 to 8 o'clock."""

    identity: Identity
    begin: datetime
    days: int
    random: Random
    sleeps: bool
    changes: list[tuple[datetime, str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        region = self.identity.id.split(":")[3]
        self.names = [ZoneName(f"{region}{letter}") for letter in "ab"]
        for name in self.names:
            self._deaths(name)
        for day in range(self.days):
            midnight = self.begin + day * DAY
            self.changes.append((midnight + timedelta(minutes=11), "saved", 0.9 * (day + 1)))
            if self.sleeps:
                self._night(midnight)
        self._now_and_then(DAY / REFUSED_READS_A_DAY, "unread")
        self._now_and_then(PROCESS, "process")
        self.changes.sort(key=lambda change: change[0])

    def _deaths(self, name: ZoneName) -> None:
        for at in self._times(30 * DAY / DEATHS_A_MONTH):
            if self.random.random() < 0.3:  # a look happens to fall into the seconds without a way out
                self.changes.append((at, "zone", (name, State.BROKEN)))
            self.changes.append((at + MINUTE, "healed", ZoneHeal(name, at, 2 + 60 * self.random.random())))
            self.changes.append((at + MINUTE, "zone", (name, State.COVERED)))
            self.changes.append((at + 2 * MINUTE, "zone", (name, State.CHANGING)))
            self.changes.append((at + 4 * MINUTE, "zone", (name, State.SERVED)))

    def _night(self, midnight: datetime) -> None:
        for name in self.names:
            self.changes.append((midnight + 8 * HOUR, "zone", (name, State.CHANGING)))
            self.changes.append((midnight + 8 * HOUR + 2 * MINUTE, "zone", (name, State.SERVED)))
            self.changes.append((midnight + 20 * HOUR, "zone", (name, State.ASLEEP)))

    def _now_and_then(self, mean: timedelta, what: str) -> None:
        self.changes += [(at, what, None) for at in self._times(mean)]

    def _times(self, mean: timedelta) -> Iterator[datetime]:
        """Whole minutes, at random, so far apart in the mean."""
        passed = 0.0
        while True:
            passed += self.random.expovariate(1 / (mean / MINUTE))
            at = self.begin + int(passed) * MINUTE
            if at >= self.begin + self.days * DAY:
                return
            yield at

    def told(self) -> Iterator[StackState]:
        """What it says, each with its moment; none of it twice in a minute."""
        at = self.begin + self.random.random() * HOUR
        state = StackState(self.identity, at, tuple(ZoneState(name, State.SERVED) for name in self.names))
        telling, left = Telling(), list(reversed(self.changes))
        while at < self.begin + self.days * DAY:
            unread = False
            while left and left[-1][0] <= at:
                _, what, value = left.pop()
                unread = unread or what == "unread"
                telling = Telling() if what == "process" else telling
                state = self._changed(state, what, value)
            state = replace(state, at=at)
            seen = replace(state, zones=tuple(replace(z, state=State.UNREAD) for z in state.zones))
            seen = seen if unread else state
            why, telling = telling.why(seen), telling.looking(seen)
            if why:
                telling = telling.having_told(seen)
                yield seen
            due = telling.told.at + HEARTBEAT if telling.told else at
            coming = left[-1][0] if left else due
            at += max(MINUTE, MINUTE * -(-(min(due, coming) - at) // MINUTE))  # the minute that has it

    @staticmethod
    def _changed(state: StackState, what: str, value: object) -> StackState:
        match what, value:
            case "zone", (str() as name, State() as zone_state):
                zones = tuple(replace(z, state=zone_state) if z.name == name else z for z in state.zones)
                return replace(state, zones=zones)
            case "healed", ZoneHeal():
                return replace(state, heals=(value, *state.heals)[:HEALS])
            case "saved", float():
                since = state.at.date().replace(day=1)
                return replace(state, saved=Saved(value, state.at.day, since))
            case _:
                return state
