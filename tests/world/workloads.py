"""What else lies in the private subnets: the port `Workloads`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from natkeeper.core.model import SubnetId
from natkeeper.core.workloads import Presence
from tests.world.gate import Gate


@dataclass
class Workloads:
    """Instances and interfaces of others; whoever plays the world puts them there and takes them away."""

    gate: Gate
    present: dict[str, Presence] = field(default_factory=dict)

    def find(self, subnets: Sequence[SubnetId]) -> tuple[Presence, ...]:
        """As the adapter: instances, then interfaces."""
        if not subnets:
            return ()
        with self.gate.read("DescribeInstances", "listing instances in private subnets", "them"):
            pass
        with self.gate.read("DescribeNetworkInterfaces", "listing network interfaces", "them"):
            return tuple(p for p in self.present.values() if p.subnet in subnets)
