"""EC2's status checks look from outside, once an interval, and say `impaired` after failures in a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from moto.ec2.models import ec2_backends

from lab.ec2.world import Impairment, World

TICK = 1.0
"""Seconds at most until a changed interval counts."""


@dataclass
class _Failures:
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    in_a_row: int = 0


def begin(world: World) -> None:
    """Checks every running instance from now on, for as long as the process lives."""
    _StatusChecks(world).arm()


class _StatusChecks:
    def __init__(self, world: World) -> None:
        self._world = world
        self._waited = self._step = 0.0
        self._failures: dict[str, _Failures] = {}
        self._said: dict[str, Impairment] = {}

    def arm(self) -> None:
        self._step = min(TICK, max(self._world.timings.status_interval - self._waited, 0.01))
        self._world.clock.later(self._step, self._tick)

    def _tick(self) -> None:
        self._waited += self._step
        try:
            if self._waited >= self._world.timings.status_interval:
                self._waited = 0.0
                self._check_all()
        finally:
            self.arm()

    def _check_all(self) -> None:
        with self._world.lock:
            running = _running()
        # Not under the world's lock: an answer that does not come is waited for.
        reachable = {instance: self._world.guest.reachable(instance) for instance in running}
        with self._world.lock:
            for instance in [i for i in self._failures if i not in reachable]:
                self._pass(instance)
            for instance, passed in reachable.items():
                (self._pass if passed else self._fail)(instance)

    def _fail(self, instance: str) -> None:
        failures = self._failures.setdefault(instance, _Failures())
        failures.in_a_row += 1
        impaired = self._world.faults.impaired
        found = impaired.get(instance)
        # What was impaired through the control endpoint stays as it was put.
        free = found is None or (found.instance, found.system) == ("ok", "ok")
        if free and failures.in_a_row >= self._world.timings.status_failures:
            impaired[instance] = self._said[instance] = Impairment("impaired", "ok", failures.since)

    def _pass(self, instance: str) -> None:
        self._failures.pop(instance, None)
        said = self._said.pop(instance, None)
        if said is not None and self._world.faults.impaired.get(instance) is said:
            del self._world.faults.impaired[instance]


def _running() -> list[str]:
    return [
        instance.id
        for account in list(ec2_backends.values())
        for backend in list(account.values())
        for reservation in backend.reservations.values()
        for instance in reservation.instances
        if instance._state.name == "running"
    ]
