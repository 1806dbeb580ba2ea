"""Follows EC2: what the API has changed, the kernel does a moment later, in the same order."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass
from typing import Any

from lab.ec2.world import World
from lab.packets.machine import Machines
from lab.packets.network import KernelError, Network
from lab.packets.picture import Vpc
from lab.packets.survey import survey

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """What EC2 said at one moment."""

    vpcs: tuple[Vpc, ...]
    user_data: dict[str, str]  # of every instance that is not terminated: base64


class Follower:
    """Looks after every accepted change, under the world's lock, and applies on a thread of its own."""

    def __init__(self, world: World, backend: Any, network: Network, machines: Machines) -> None:
        self._world = world
        self._backend = backend
        self._network = network
        self._machines = machines
        self._last: Seen | None = None
        self._due: queue.Queue[tuple[float, Seen]] = queue.Queue()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="follower")
        self._thread.start()

    def look(self) -> None:
        """Takes what has changed, to be applied after the propagation time. Hold the world's lock."""
        seen = Seen(survey(self._backend, midstream=self._world.midstream), self._user_data())
        if seen != self._last:
            self._last = seen
            self._due.put((time.monotonic() + self._world.timings.propagation, seen))

    def settle(self) -> None:
        """Returns when everything seen so far has been applied. Never call it under the world's lock."""
        self._due.join()

    def close(self) -> None:
        """Applies nothing more."""
        self._ended.set()
        self._due.put((0.0, Seen((), {})))
        self._thread.join(5)

    def _user_data(self) -> dict[str, str]:
        return {
            instance.id: str(instance.user_data or "")
            for reservation in self._backend.reservations.values()
            for instance in reservation.instances
            if instance._state.name != "terminated"
        }

    def _run(self) -> None:
        disks: set[str] = set()
        while True:
            due, seen = self._due.get()
            if self._ended.wait(max(0.0, due - time.monotonic())):
                return
            self._apply(seen, disks - set(seen.user_data))
            self._world.late.append((time.time(), time.monotonic() - due))
            disks = set(seen.user_data)
            self._due.task_done()

    def _apply(self, seen: Seen, thrown_away: set[str]) -> None:
        for last in (False, False, True):
            try:
                self._network.apply(seen.vpcs, seen.user_data)
                for instance in thrown_away:
                    self._machines.scrap(instance)
            except KernelError as error:
                # An instance that died in the middle took its end of a link along: the next try sees that.
                if last:
                    LOG.exception("the kernel did not follow")
                    self._world.refusals.append(str(error))
            else:
                return
