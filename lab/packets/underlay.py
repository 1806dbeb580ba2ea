"""The packet path under one EC2, all of it: a corner, its machines, its network, and what follows the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab.ec2.event_bus.events import Event
from lab.ec2.world import World
from lab.packets.corner import Corner, KernelError
from lab.packets.follower import Follower
from lab.packets.guest import KernelGuest
from lab.packets.machine import Machines
from lab.packets.network import Network


class Underlay:
    """Stands when made. Raises KernelError where the kernel grants no namespaces."""

    def __init__(self, logs: Path) -> None:
        self._corner = Corner()
        self._machines = Machines(self._corner)
        self._follower: Follower | None = None
        try:
            self._network = Network(self._corner, self._machines, logs)
        except KernelError:
            self._corner.close()
            raise
        self.guest = KernelGuest(self._corner, self._machines, self._network)

    def follow(self, world: World, backend: Any) -> None:
        """From now on the kernel does what this world's EC2 is told."""
        self.guest.package_seconds = lambda: world.timings.packages
        self.guest.note = lambda text: world.note("node", text)
        self._network.put = lambda entry: world.put(_event(entry))
        self._follower = Follower(world, backend, self._network, self._machines)
        world.changed.append(self._follower.look)

    def close(self) -> None:
        """Takes everything away."""
        if self._follower is not None:
            self._follower.close()
        self._machines.close()
        self._corner.close()


def _event(entry: dict[str, str]) -> Event:
    """An instance's own, of PutEvents' entry."""
    return Event(entry["Source"], entry["DetailType"], json.loads(entry["Detail"]))
