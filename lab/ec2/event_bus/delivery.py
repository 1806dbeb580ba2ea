"""Events on their way to the bus: late, lost, twice or out of order, as AWS's best effort allows."""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from lab.ec2.clock import Clock
from lab.ec2.event_bus.events import Event

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What goes wrong on the way. Raises ValueError for a probability outside 0 to 1, or a time below 0."""

    loss: float = 0.0
    """Probability that an event never arrives."""
    duplicate: float = 0.0
    """Probability that an event that arrives does so twice."""
    reorder: float = 0.0
    """Seconds: each event is late by up to so much more, at random, so that one may pass another."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if not (0 <= self.loss <= 1 and 0 <= self.duplicate <= 1 and self.reorder >= 0):
            raise ValueError(f"a probability is between 0 and 1, and a time not below 0: {self}")


class Delivery:
    """Takes events and posts them after a delay, in order unless disturbed."""

    def __init__(self, post: Callable[[Event], None], clock: Clock, delay: Callable[[], float]) -> None:
        self._post = post
        self._clock = clock
        self._delay = delay
        self._lock = threading.RLock()
        self._waiting: deque[Event] = deque()
        self.disturb(Disturbance())

    def disturb(self, disturbance: Disturbance) -> None:
        """Treats every later event so; `Disturbance()` is calm."""
        with self._lock:
            self._disturbance = disturbance
            self._random = random.Random(disturbance.seed)

    def __call__(self, event: Event) -> None:
        """Takes an event. With no delay, no disturbance and nothing waiting it is posted at once."""
        with self._lock:
            if self._random.random() < self._disturbance.loss:
                LOG.warning("lost on purpose: %s %s", event.detail_type, event.detail)
                return
            self._send(event)
            if self._random.random() < self._disturbance.duplicate:
                LOG.warning("twice on purpose: %s %s", event.detail_type, event.detail)
                self._send(event)

    def _send(self, event: Event) -> None:
        delay = self._delay()
        if self._disturbance.reorder:
            late = self._random.uniform(0, self._disturbance.reorder)
            self._clock.later(delay + late, lambda: self._post(event))
        elif delay > 0 or self._waiting:
            self._waiting.append(event)
            self._clock.later(delay, self._next)
        else:
            self._post(event)

    def _next(self) -> None:
        # Not the event whose time has come but the oldest: two timers may go off in either order.
        with self._lock:
            self._post(self._waiting.popleft())
