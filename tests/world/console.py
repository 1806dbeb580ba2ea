"""The account as tests handle it: ports that note each call and refuse on demand, and what anybody with a console
can do. It has no behaviour of its own: all of that is the world's."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    MutableSet,
    Sequence,
)
from dataclasses import dataclass, field
from typing import TypeVar

from natkeeper.core.actions import LaunchBaker, LaunchNode
from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.errors import AwsError
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.intake.workloads import Presence
from natkeeper.core.judgement.market import pool
from natkeeper.core.model import (
    Address,
    AllocationId,
    InstanceId,
    InterfaceId,
    Market,
    Node,
    Route,
    RouteTableId,
    SubnetId,
    VpcId,
    ZoneName,
)
from natkeeper.core.ring import Peer
from natkeeper.ports import Answer, Launched
from tests.world.instances import Instance
from tests.world.past import Past
from tests.world.workloads import Workloads
from tests.world.world import World

K = TypeVar("K")
V = TypeVar("V")


@dataclass
class Console:
    """One stack's ports (but for the store), and verbs for tests. `failing` raises by the verb of a call
    ("point"), or by the verb and what it is done to ("point rtb-a")."""

    world: World
    failing: dict[str, AwsError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    repaired: list[InstanceId] = field(default_factory=list)

    def _call(self, verb: str, *on: str) -> None:
        self.calls.append(" ".join((verb, *on)))
        for name in (verb, " ".join((verb, *on[:1]))):
            if error := self.failing.get(name):
                raise error

    # --- Nodes

    def find(self, known: Collection[InstanceId] = ()) -> tuple[Node, ...]:
        self._call("find")
        return self.world.instances.find(known)

    def launch(self, action: LaunchNode | LaunchBaker, market: Market, instance_type: str) -> Launched:
        self._call("launch")
        if error := self.failing.get(f"launch {pool(market, instance_type)}"):
            raise error
        return self.world.instances.launch(action, market, instance_type)

    def terminate(self, node: InstanceId) -> None:
        self._call("terminate", node)
        self.world.instances.terminate(node)

    def stop(self, node: InstanceId) -> None:
        self._call("stop", node)
        self.world.instances.stop(node)

    def start(self, node: InstanceId) -> None:
        self._call("start", node)
        self.world.instances.start(node)

    def set_source_dest_check(self, interface: InterfaceId, *, on: bool) -> None:
        self._call("source_dest_check", "on" if on else "off", interface)
        self.world.instances.set_source_dest_check(interface, on=on)

    def set_public_address(self, interface: InterfaceId, *, on: bool) -> None:
        self._call("public_address", "on" if on else "off", interface)
        self.world.instances.set_public_address(interface, on=on)

    def public_address(self, interface: InterfaceId) -> str:
        self._call("public_address_of", interface)
        return self.world.instances.public_address(interface)

    def set_cpu_credits(self, node: InstanceId, mode: CpuCredits) -> None:
        self._call("cpu_credits", node, mode)
        self.world.instances.set_cpu_credits(node, mode)

    # --- Network

    def vpc_of(self, subnets: Sequence[SubnetId]) -> VpcId | None:
        return self.world.network.vpc_of(subnets)

    def tables(self, vpc: VpcId) -> tuple[Table, ...]:
        self._call("tables")
        return self.world.network.tables(vpc)

    def subnets(self, vpc: VpcId, needed: Collection[SubnetId] | None) -> Mapping[SubnetId, Subnet]:
        self._call("subnets")
        return self.world.network.subnets(vpc, needed)

    def addresses(self, ids: Sequence[AllocationId]) -> tuple[Address, ...]:
        self._call("addresses")
        return self.world.network.addresses(ids)

    def point(self, table: RouteTableId, interface: InterfaceId) -> None:
        self._call("point", table, interface)
        self.world.network.point(table, interface)

    def associate(self, address: AllocationId, interface: InterfaceId, private: str = "") -> None:
        self._call("associate", address, interface, *filter(None, (private,)))
        self.world.network.associate(address, interface, private)

    # --- Repairs and Probing

    def repair(self, node: InstanceId) -> None:
        self._call("repair", node)
        self.repaired.append(node)
        self.world.commands.repair(node)

    def ask(
        self, nodes: Sequence[InstanceId], time_left: Callable[[], float], ring: Sequence[Peer] = ()
    ) -> tuple[Answer, ...]:
        self._call("ask")
        return self.world.commands.ask(nodes, time_left, ring)

    # --- Workloads

    def presences_in(self, subnets: Sequence[SubnetId]) -> tuple[Presence, ...]:
        """See `Private`, whose `find` this is."""
        self._call("presences")
        return self.world.workloads.find(subnets)

    # --- what a test does to the world

    def advance(self, seconds: float) -> None:
        """Time goes on, and with it whatever is under way."""
        self.world.advance(seconds)

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Something happens, or becomes visible, after a while."""
        self.world.agenda.after(seconds, act)

    def change(self, name: InstanceId, **changes: object) -> None:
        """Changes a node as AWS, or somebody with a console, might."""
        self.world.instances.write(self.instance(name), **changes)

    def instance(self, name: InstanceId) -> Instance:
        """A node with its inside, while EC2 knows it."""
        return self.world.instances.all[name]

    def ever(self) -> tuple[Node, ...]:
        """Every node that there has been."""
        return tuple(instance.node for instance in self.world.instances.owners.values())

    @property
    def zones(self) -> Mapping[SubnetId, ZoneName]:
        """The zone of each subnet."""
        return self.world.instances.zones

    @property
    def reports(self) -> dict[InstanceId, str | None]:
        """What nodes say instead of the truth, until they are repaired; None: they are silent."""
        return self.world.commands.spoken

    @reports.setter
    def reports(self, said: dict[InstanceId, str | None]) -> None:
        self.world.commands.spoken = said

    @property
    def associations(self) -> dict[RouteTableId, tuple[SubnetId, ...]]:
        """The subnets of each table."""
        return self.world.network.associations

    @property
    def routes(self) -> MutableMapping[RouteTableId, Route]:
        """Each table's default route."""
        return Current(self.world, self.world.network.routes)

    @property
    def holders(self) -> MutableMapping[AllocationId, InterfaceId | None]:
        """Who holds each address."""
        return Current(self.world, self.world.network.holders)

    @property
    def full(self) -> Full:
        """Pools without room in any zone: "t4g.nano", "spot t4g.nano"."""
        return Full(self.world)

    @full.setter
    def full(self, pools: Iterable[str]) -> None:
        self.full.clear()
        self.full.update(pools)

    @property
    def presences(self) -> Presences:
        """What lies in the private subnets."""
        return Presences(self.world.workloads)

    @presences.setter
    def presences(self, lying: Iterable[Presence]) -> None:
        kept = list(lying)
        self.presences.clear()
        for presence in kept:
            self.presences.append(presence)


@dataclass(frozen=True)
class Private:
    """The port `Workloads`; the console's own `find` finds nodes."""

    console: Console

    def find(self, subnets: Sequence[SubnetId]) -> tuple[Presence, ...]:
        return self.console.presences_in(subnets)


@dataclass(frozen=True)
class Current(MutableMapping[K, V]):
    """Things with a past, as they are now."""

    world: World
    pasts: dict[K, Past[V]]

    def __getitem__(self, key: K) -> V:
        return self.pasts[key].now

    def __setitem__(self, key: K, value: V) -> None:
        at = self.world.agenda.at
        self.pasts.setdefault(key, Past(at, value)).set(at, value)

    def __delitem__(self, key: K) -> None:
        del self.pasts[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self.pasts)

    def __len__(self) -> int:
        return len(self.pasts)


@dataclass(frozen=True)
class Full(MutableSet[str]):
    """Pools that are full in every zone."""

    world: World

    def __contains__(self, name: object) -> bool:
        return name in {pool for _, pool in self.world.instances.full}

    def __iter__(self) -> Iterator[str]:
        return iter({pool for _, pool in self.world.instances.full})

    def __len__(self) -> int:
        return len({pool for _, pool in self.world.instances.full})

    def add(self, value: str) -> None:
        self.world.instances.full |= {(zone, value) for zone in self.world.zones}

    def discard(self, value: str) -> None:
        self.world.instances.full -= {(zone, value) for zone in self.world.zones}

    def update(self, pools: Iterable[str]) -> None:
        for name in pools:
            self.add(name)


@dataclass(frozen=True)
class Presences:
    """What lies in the private subnets now."""

    workloads: Workloads

    def __iter__(self) -> Iterator[Presence]:
        return iter([p for past in self.workloads.pasts.values() if (p := past.now)])

    def append(self, presence: Presence) -> None:
        self.workloads.come(presence)

    def clear(self) -> None:
        for presence in self:
            self.workloads.go(presence.id)
