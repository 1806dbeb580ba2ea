"""Weekly windows in the user's own time zone, and whether one of them is open.

    Mon-Fri 08:00-12:00, Mon-Fri 13:00-20:00, Sat 22:00-02:00 Europe/Berlin

On a night in which the clocks change no minute of a window is missed: a start that does not exist is the
moment at which the clocks leap; of a start that comes twice the first counts, of an end the second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = 24 * 60
_WEEK = 7 * _DAY
_HORIZON = 16  # days: a window swallowed by the clocks' leap comes again a week later
_WINDOW = re.compile(r"(\w+)(?:-(\w+))?\s+(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")


class OfficeHoursError(ValueError):
    """The text is not usable; `mistakes` has every one."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


@dataclass(frozen=True, slots=True)
class Window:
    """Open on one day of the week (0 is Monday), from `start` to `end`, in minutes after its midnight. An
    end past 1440 lies on the next day."""

    day: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether it is open, and when that changes; None: it never does."""

    is_open: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The windows of a week, in a time zone."""

    windows: tuple[Window, ...]
    zone: tzinfo

    def look(self, at: datetime) -> Opening:
        """Whether a window is open at that instant, and until when it stays so."""
        periods = self._periods(at)
        for start, end in periods:
            if at < start:
                return Opening(is_open=False, until=start)
            if at < end:
                lasts = end - at > timedelta(days=_HORIZON - 2)
                return Opening(is_open=True, until=None if lasts else end)
        return Opening(is_open=False, until=None)

    def _periods(self, at: datetime) -> list[tuple[datetime, datetime]]:
        """The open periods around that instant, in order, those that touch made one."""
        today = at.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        found: list[tuple[datetime, datetime]] = []
        for days in range(-2, _HORIZON):
            midnight = today + timedelta(days=days)
            for window in self.windows:
                if window.day == midnight.weekday():
                    start = self._instant(midnight + timedelta(minutes=window.start), fold=0)
                    end = self._instant(midnight + timedelta(minutes=window.end), fold=1)
                    found.append((start, end))
        return _merge(sorted(found))

    def _instant(self, wall: datetime, fold: int) -> datetime:
        """When the clocks show this, the first time (`fold` 0) or the last; or when they leap over it."""
        instant = wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
        if instant.astimezone(self.zone).replace(tzinfo=None) == wall:
            return instant
        early, late = (wall.replace(tzinfo=self.zone, fold=f).astimezone(UTC) for f in (1, 0))
        return self._leap(early, late)

    def _leap(self, early: datetime, late: datetime) -> datetime:
        """The instant between these two at which the offset changes, by halving."""
        before = early.astimezone(self.zone).utcoffset()
        while late - early > timedelta(seconds=1):
            middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
            if middle.astimezone(self.zone).utcoffset() == before:
                early = middle
            else:
                late = middle
        return late


def parse(text: str, zone_of: Callable[[str], tzinfo | None]) -> OfficeHours:
    """The hours that a text means. Raises OfficeHoursError with every mistake."""
    listed, _, zone_name = text.strip().rpartition(" ")
    zone = zone_of(zone_name)
    mistakes = [] if zone else [f"{zone_name!r} is no time zone: it should be one like Europe/Berlin"]
    windows: list[Window] = []
    for part in listed.split(","):
        try:
            windows += _windows(part.strip())
        except OfficeHoursError as error:
            mistakes += error.mistakes
    mistakes += _overlaps(windows)
    if mistakes or zone is None:
        raise OfficeHoursError(mistakes)
    return OfficeHours(tuple(sorted(windows, key=lambda w: (w.day, w.start))), zone)


def _windows(text: str) -> list[Window]:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise OfficeHoursError([f"{text!r} should be days and hours like Mon-Fri 08:00-20:00"])
    first, last, *hours = found.groups()
    last = last or first
    strange = [day for day in dict.fromkeys((first, last)) if day not in DAYS]
    mistakes = [f"{day!r} in {text!r} is no day: it should be one of {', '.join(DAYS)}" for day in strange]
    start, end = (_minutes(*hours[i : i + 2]) for i in (0, 2))
    if start is None or start == _DAY or end is None:
        mistakes.append(f"{text!r} should begin from 00:00 to 23:59 and end by 24:00")
    elif start == end:
        mistakes.append(f"{text!r} never opens: a whole day is 00:00-24:00")
    if mistakes or start is None or end is None:
        raise OfficeHoursError(mistakes)
    begin, count = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7 + 1
    length = end if end > start else end + _DAY
    return [Window((begin + i) % 7, start, length) for i in range(count)]


def _minutes(hour: str, minute: str) -> int | None:
    total = int(hour) * 60 + int(minute)
    return total if int(minute) < 60 and total <= _DAY else None


def _overlaps(windows: Iterable[Window]) -> list[str]:
    """One line for each pair of windows that share a minute of the week."""
    spans = sorted((w.day * _DAY + w.start, w.day * _DAY + w.end) for w in windows)
    if not spans:
        return []
    around = [*spans, (spans[0][0] + _WEEK, spans[0][1] + _WEEK)]
    pairs = pairwise(around)
    return [f"the windows at {_shown(a)} and {_shown(b)} overlap" for a, b in pairs if b[0] < a[1]]


def _shown(span: tuple[int, int]) -> str:
    day, minute = divmod(span[0] % _WEEK, _DAY)
    return f"{DAYS[day]} {minute // 60:02}:{minute % 60:02}"


def _merge(periods: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in periods:
        if end <= start:
            continue  # the clocks leapt over all of it
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
