"""The timelines' axes: seconds since the fault, the whole run or a close-up of where much happens."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lab.report.run import Run

LEFT, RIGHT = 158.0, 1064.0
STEPS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600, 7200)
CLOSE_UPS = 3
TELLING = ("you", "decision", "route")


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds since the fault, from left to right."""

    start: float
    end: float

    @property
    def span(self) -> float:
        """Returns the seconds from end to end."""
        return self.end - self.start

    def x(self, seconds: float) -> float:
        """Returns where a point in time is drawn; what lies outside is drawn at the edge."""
        part = (min(max(seconds, self.start), self.end) - self.start) / self.span
        return LEFT + part * (RIGHT - LEFT)

    def shows(self, begin: float, end: float) -> bool:
        """Returns whether a stretch of time is at least partly on the axis."""
        return begin <= self.end and end >= self.start

    def ticks(self) -> list[float]:
        """Returns round points in time, some eight of them."""
        step = next((s for s in STEPS if self.span / s <= 10), self.span / 8)
        first, last = math.ceil(self.start / step), math.floor(self.end / step)
        return [n * step for n in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A point or stretch of interest; `telling` when it is one that explains the others."""

    begin: float
    end: float
    outage: bool = False
    telling: bool = False


def whole(run: Run) -> Axis:
    """Returns the axis from a bit before the fault until all is healed and said."""
    points = [s for each in _stretches(run) for s in (each.begin, each.end)]
    points.append((run.ended if run.healed is None else run.healed) - run.struck)
    first, last = min(0.0, *points), max(0.0, *points)
    margin = max(0.2, 0.03 * (last - first))
    return Axis(first - margin, last + margin)


def close_ups(run: Run) -> list[Axis]:
    """Returns axes for short bursts that the whole run's axis would press together; often none."""
    axis = whole(run)
    short = [s for s in _stretches(run) if s.end - s.begin < axis.span / 8]
    groups = [g for g in _groups(short, axis.span / 30) if _is_burst(g, axis)]
    weightiest = sorted(groups, key=lambda g: (-sum(s.outage for s in g), -len(g)))[:CLOSE_UPS]
    return [_around(group) for group in groups if group in weightiest]


def _stretches(run: Run) -> list[Stretch]:
    found = [Stretch(o.began, o.ended, outage=True) for o in run.outages]
    for moment in run.moments:
        end = moment.at if moment.until is None else moment.until
        found.append(Stretch(moment.at, end, telling=moment.lane in TELLING))
    relative = (replace(s, begin=s.begin - run.struck, end=s.end - run.struck) for s in found)
    return sorted(relative, key=lambda s: (s.begin, s.end))


def _groups(stretches: Sequence[Stretch], gap: float) -> Iterator[tuple[Stretch, ...]]:
    """What lies no further apart than `gap` seconds, together."""
    group: list[Stretch] = []
    for each in stretches:
        if group and each.begin - max(s.end for s in group) > gap:
            yield tuple(group)
            group = []
        group.append(each)
    if group:
        yield tuple(group)


def _is_burst(group: Sequence[Stretch], axis: Axis) -> bool:
    length = max(s.end for s in group) - group[0].begin
    crowded = len(group) >= 5 and any(s.telling for s in group)
    return (crowded or any(s.outage for s in group)) and length < axis.span / 4


def _around(group: Sequence[Stretch]) -> Axis:
    begin, end = group[0].begin, max(s.end for s in group)
    if 0 < begin < 2 * (end - begin):
        begin = 0.0  # the fault itself is near: show it too
    margin = max(0.15, 0.12 * (end - begin))
    return Axis(begin - margin, end + 2 * margin)
