"""What the corrections share: delays, faults, the clock, the guest, and where events go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lab.ec2.clock import Clock, WallClock
from lab.ec2.event_bus.delivery import Delivery
from lab.ec2.event_bus.events import Event
from lab.ec2.guest import Guest, PaperGuest
from lab.ec2.throttling import Throttle
from lab.ec2.timings import Timings


@dataclass(frozen=True)
class Impairment:
    """Instance status and system status, and since when they are as they are."""

    instance: str
    system: str
    since: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Faults:
    """What is wrong on purpose, by instance id where it belongs to an instance."""

    no_capacity: set[str] = field(default_factory=set)
    """Instance types that AWS has run out of; "spot t4g.nano" of spot alone."""
    ineligible: set[str] = field(default_factory=set)
    """Instance types that the account's plan does not let it have."""
    impaired: dict[str, Impairment] = field(default_factory=dict)
    """Failed status checks."""
    scheduled: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Scheduled events, in DescribeInstanceStatus's shape."""
    silent_agents: set[str] = field(default_factory=set)
    """Instances whose SSM agent no longer answers."""
    throttle: Throttle = field(default_factory=Throttle)
    """Calls of the functions that AWS refuses as too many."""


class World:
    """One account and region of EC2 and SSM."""

    def __init__(
        self,
        emit: Callable[[Event], None],
        clock: Clock | None = None,
        guest: Guest | None = None,
        timings: Timings | None = None,
    ) -> None:
        self.clock: Clock = clock or WallClock()
        self.guest: Guest = guest or PaperGuest()
        self.timings = timings or Timings()
        self.happened: list[dict[str, Any]] = []
        """Moments that no API call shows: events as they reach the bus, and what instances do inside."""
        self._bus = emit
        self.emit = Delivery(self._post, self.clock, lambda: self.timings.event)
        """Takes what AWS's services tell."""
        self.put = Delivery(self._post, self.clock, lambda: self.timings.put_events)
        """Takes what instances tell."""
        self.faults = Faults()
        self.lock = threading.RLock()
        self.registered: set[str] = set()
        self.internet_block = "off"
        """VPC Block Public Access, as the region has it; nothing is excluded."""
        self.midstream = True
        """Whether a security group begins to track a TCP flow that it sees first in its middle: AWS does not
        say."""
        self.calls: list[dict[str, Any]] = []
        self.late: list[tuple[float, float]] = []
        """When the kernel had followed a change, and by how many seconds later than it should have."""
        self.refusals: list[str] = []
        """What the kernel would not do when it followed a change; empty when all is well."""
        self.changed: list[Callable[[], None]] = []
        """Called, under the lock, whenever anything may have changed."""

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Runs `action` after a delay, never beside an API call that changes the same things."""

        def locked() -> None:
            with self.lock:
                action()
                self.notify()

        self.clock.later(seconds, locked)

    def note(self, lane: str, text: str) -> None:
        """Writes a moment down: `aws` for an event, `node` for the inside of an instance."""
        self.happened.append({"time": time.time(), "lane": lane, "text": text})

    def _post(self, event: Event) -> None:
        detail = event.detail
        if "Command" not in event.detail_type:
            where = detail.get("instance-id") or ", ".join(event.resources)
            self.note("aws", f"{event.detail_type}: {where} {detail.get('state', '')}".strip())
        self._bus(event)

    def notify(self) -> None:
        """Tells everyone in `changed`. The caller holds the lock."""
        for observer in self.changed:
            observer()


_current: list[World] = []


def enter(world: World) -> None:
    """Makes `world` the one that the corrections use."""
    _current.append(world)


def leave() -> None:
    """Forgets the current world."""
    _current.pop()


def current() -> World:
    """Returns the world in force. Raises IndexError outside `corrected()`."""
    return _current[-1]
