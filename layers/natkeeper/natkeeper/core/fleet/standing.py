"""All stacks that the hub knows, and how each stands: worst first. Pure: the moment is a parameter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from natkeeper.core.fleet.hearing import OrderAnswer, StackKey
from natkeeper.core.fleet.state import StackState, ZoneHeal
from natkeeper.core.picture.overview import Saved, State

HEARTBEAT = timedelta(hours=1)
"""A stack in which nothing changes speaks so often (picture/announcer.py)."""
SILENT = timedelta(hours=2, minutes=15)
"""Heard last so long ago, a stack has missed two: one may be lost on the way."""


class Standing(StrEnum):
    """How a stack stands, in words that need no colour. The worst is the first."""

    BROKEN = "no way out"
    SILENT = "not heard of"
    UNREAD = "not known"
    OVERDUE = "a goal is missed for too long"
    REFUSED = "AWS refuses a step"
    LAST_RESORT = "served by a NAT gateway, the last resort"
    FOREIGN = "served by what is not natkeeper's"
    DOUBTED = "served by a node in doubt"
    COVERED = "served by another zone's node"
    PAUSED = "paused"
    CHANGING = "served, and something is under way"
    SERVED = "served"
    ASLEEP = "asleep"
    IDLE = "nothing to serve"
    REMOVED = "being deleted"


ORDER = {standing: number for number, standing in enumerate(Standing)}
GRAVE = (Standing.BROKEN, Standing.SILENT, Standing.UNREAD, Standing.OVERDUE, Standing.REFUSED)
"""What a person should look at."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the hub keeps of a stack."""

    key: StackKey
    state: StackState
    heard_at: datetime
    answer: OrderAnswer | None = None

    def standing(self, now: datetime) -> Standing:
        """The worst that is true of it."""
        state, zones = self.state, {zone.state for zone in self.state.zones}
        grounds = (
            (Standing.REMOVED, state.removed),
            (Standing.BROKEN, State.BROKEN in zones),
            (Standing.SILENT, now - self.heard_at > SILENT),
            (Standing.UNREAD, State.UNREAD in zones or not zones),
            (Standing.OVERDUE, state.overdue > 0),
            (Standing.REFUSED, state.refused > 0),
            (Standing.LAST_RESORT, State.LAST_RESORT in zones),
            (Standing.FOREIGN, State.FOREIGN in zones),
            (Standing.DOUBTED, State.DOUBTED in zones),
            (Standing.COVERED, State.COVERED in zones),
            (Standing.PAUSED, state.paused_until is not None and now < state.paused_until),
            (Standing.CHANGING, State.CHANGING in zones),
            (Standing.SERVED, State.SERVED in zones),
            (Standing.ASLEEP, State.ASLEEP in zones),
        )
        return next((standing for standing, is_so in grounds if is_so), Standing.IDLE)

    def saved(self, now: datetime) -> Saved | None:
        """What it has saved this month; None when it has said nothing of this month yet."""
        told = self.state.saved
        return told if told and (told.since.year, told.since.month) == (now.year, now.month) else None


@dataclass(frozen=True, slots=True)
class Row:
    """A stack on the page."""

    known: Known
    standing: Standing


@dataclass(frozen=True, slots=True)
class Savings:
    """Dollars that all stacks together saved this month, and how many of them told so."""

    dollars: float
    stacks: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """All stacks at one moment, the worst first; `damaged` names what could not be read of them."""

    at: datetime
    rows: tuple[Row, ...]
    damaged: tuple[str, ...] = ()

    def accounts(self) -> int:
        """In how many accounts they are."""
        return len({row.known.key.account for row in self.rows})

    def counted(self) -> dict[Standing, int]:
        """How many stand so, the worst first."""
        counts = Counter(row.standing for row in self.rows)
        return {standing: counts[standing] for standing in Standing if counts[standing]}

    def versions(self) -> dict[str, int]:
        """How many run which version, the most frequent first."""
        return dict(Counter(row.known.state.identity.version for row in self.rows).most_common())

    def saved(self) -> Savings:
        """What was saved this month: a stack that has said nothing since it began is not counted."""
        told = [saved.dollars for row in self.rows if (saved := row.known.saved(self.at))]
        return Savings(sum(told), len(told))

    def heals(self) -> list[tuple[StackKey, ZoneHeal]]:
        """The last heals of all, the newest first."""
        return sorted(self._heals(), key=lambda pair: pair[1].at, reverse=True)

    def _heals(self) -> Iterator[tuple[StackKey, ZoneHeal]]:
        for row in self.rows:
            yield from ((row.known.key, heal) for heal in row.known.state.heals)


def rank(known: tuple[Known, ...], now: datetime, damaged: tuple[str, ...] = ()) -> Fleet:
    """The fleet as it stands now."""
    rows = [Row(one, one.standing(now)) for one in known]
    rows.sort(key=lambda row: (ORDER[row.standing], row.known.key))
    return Fleet(now, tuple(rows), damaged)
