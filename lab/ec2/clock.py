"""When delayed things happen: by the wall clock in the server, by hand in tests."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Protocol

Action = Callable[[], None]


class Clock(Protocol):
    """Runs actions later."""

    def later(self, seconds: float, action: Action) -> None:
        """Runs `action` after `seconds`, on some thread."""
        ...


class WallClock:
    """Real time: each action on a thread of its own, so that a slow one delays no other."""

    def later(self, seconds: float, action: Action) -> None:
        """Runs `action` on a new thread after `seconds`."""
        timer = threading.Timer(max(seconds, 0), action)
        timer.daemon = True
        timer.start()


class ManualClock:
    """Time that moves only when told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._due: list[tuple[float, int, Action]] = []

    def later(self, seconds: float, action: Action) -> None:
        """Keeps `action` until time has been moved past it."""
        heapq.heappush(self._due, (self.now + seconds, next(self._order), action))

    def advance(self, seconds: float) -> None:
        """Moves time on and runs what falls due, in order."""
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, _, action = heapq.heappop(self._due)
            action()
        self.now = end


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Polls `condition` for at most `seconds`. Returns whether it came true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(pause)
    return condition()
