"""What else lies in the private subnets: the port `Workloads`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from natkeeper.core.intake.workloads import Presence
from natkeeper.core.model import SubnetId
from tests.world.gate import Gate
from tests.world.past import Past


@dataclass
class Workloads:
    """Instances and interfaces of others; whoever plays the world lets them come and go. Reads lag behind."""

    gate: Gate
    pasts: dict[str, Past[Presence | None]] = field(default_factory=dict)

    def find(self, subnets: Sequence[SubnetId]) -> tuple[Presence, ...]:
        """As the adapter: instances, then interfaces."""
        if not subnets:
            return ()
        with self.gate.read("DescribeInstances", "listing instances in private subnets", "them"):
            pass
        with self.gate.read("DescribeNetworkInterfaces", "listing network interfaces", "them"):
            timings = self.gate.timings
            at = self.gate.agenda.at - timings.draw_lag(self.gate.random, timings.lag)
            seen = (past.seen(at) for past in self.pasts.values())
            return tuple(p for p in seen if p and p.subnet in subnets)

    def present(self, subnet: SubnetId) -> tuple[Presence, ...]:
        """What really lies there now."""
        return tuple(p for past in self.pasts.values() if (p := past.now) and p.subnet == subnet)

    def come(self, presence: Presence) -> None:
        """Something is launched there."""
        self._set(presence.id, presence)

    def go(self, name: str) -> None:
        """It is no longer there."""
        self._set(name, None)

    def _set(self, name: str, presence: Presence | None) -> None:
        at = self.gate.agenda.at
        if name in self.pasts:
            self.pasts[name].set(at, presence)
        elif presence:
            self.pasts[name] = Past(at, presence)
