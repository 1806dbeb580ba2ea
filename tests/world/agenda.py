"""Virtual time: what is due, in order. It passes only from one item to the next."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from tests.builders import NOW


@dataclass
class Agenda:
    """Items by time, then by the order in which they came. `at` is the time in seconds since `start`."""

    start: datetime = NOW
    at: float = 0.0
    _items: list[tuple[float, int, bool, Callable[[], object]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def __call__(self) -> datetime:
        """The time, as a clock tells it."""
        return self.start + timedelta(seconds=self.at)

    def when(self, moment: datetime) -> float:
        """A moment in seconds since the start."""
        return (moment - self.start).total_seconds()

    def after(self, seconds: float, act: Callable[[], object], *, tick: bool = False) -> None:
        """Puts something down for later. A tick comes again and again: a jump takes it along."""
        heapq.heappush(self._items, (self.at + seconds, next(self._numbers), tick, act))

    def advance(self, seconds: float) -> None:
        """Time goes on by so much, and with it whatever is due."""
        until = self.at + seconds
        while self.step(until):
            pass

    def go_to(self, moment: datetime) -> None:
        """Time goes on until then."""
        self.advance(self.when(moment) - self.at)

    def step(self, until: float) -> bool:
        """Does the next item that is due by then; False, and it is then, when there is none."""
        if not self._items or self._items[0][0] > until:
            self.at = max(self.at, until)
            return False
        self.at, _, _, act = heapq.heappop(self._items)
        act()
        return True

    def next(self) -> float:
        """When the next item is due that is no tick."""
        return min((at for at, _, tick, _ in self._items if not tick), default=float("inf"))

    def jump(self, seconds: float) -> None:
        """Leaves out so much time, in which nothing but ticks is due."""
        assert self.at + seconds <= self.next(), "a jump must not pass over anything"
        self.at += seconds
        self._items = [(at + seconds if tick else at, n, tick, act) for at, n, tick, act in self._items]
        heapq.heapify(self._items)
