"""What the corrections share: delays, faults, the clock, the guest, and where events go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from lab.ec2.clock import Clock, WallClock
from lab.ec2.events import Event
from lab.ec2.guest import Guest, PaperGuest


@dataclass
class Timings:
    """Seconds. The defaults are far quicker than AWS, in its proportions."""

    pending: float = 0.5
    shutting_down: float = 0.5
    stopping: float = 0.5
    interface_release: float = 0.2
    """From `terminated` until the interface is deleted: interfaces linger on AWS too."""
    registration: float = 0.5
    """From `running` until the SSM agent is known."""
    boot: float = 1.0
    """From `running` until user data has ended."""
    delivery: float = 0.05
    """From SendCommand until the agent has the command."""
    delivery_timeout: float = 0.0
    """Replaces a command's own TimeoutSeconds when above zero."""

    def change(self, **seconds: float) -> None:
        """Sets delays by name. Raises ValueError, naming every unknown one."""
        known = {f.name for f in fields(self)}
        unknown = sorted(set(seconds) - known)
        if unknown:
            raise ValueError(f"unknown delay {', '.join(unknown)}: one of {', '.join(sorted(known))}")
        for name, value in seconds.items():
            setattr(self, name, float(value))


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
    """Instance types that AWS has run out of."""
    impaired: dict[str, Impairment] = field(default_factory=dict)
    """Failed status checks."""
    scheduled: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Scheduled events, in DescribeInstanceStatus's shape."""
    silent_agents: set[str] = field(default_factory=set)
    """Instances whose SSM agent no longer answers."""


class World:
    """One account and region of EC2 and SSM."""

    def __init__(
        self,
        emit: Callable[[Event], None],
        clock: Clock | None = None,
        guest: Guest | None = None,
        timings: Timings | None = None,
    ) -> None:
        self.emit = emit
        self.clock: Clock = clock or WallClock()
        self.guest: Guest = guest or PaperGuest()
        self.timings = timings or Timings()
        self.faults = Faults()
        self.lock = threading.RLock()
        self.registered: set[str] = set()
        self.calls: list[dict[str, Any]] = []

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Runs `action` after a delay, never beside an API call that changes the same things."""

        def locked() -> None:
            with self.lock:
                action()

        self.clock.later(seconds, locked)


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
