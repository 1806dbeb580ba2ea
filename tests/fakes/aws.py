"""EC2 and Run Command as the ports see them: nodes, routes and addresses that follow one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count, product

from natkeeper.core.actions import LaunchNode
from natkeeper.core.decision.market import pool
from natkeeper.core.errors import AwsError, CapacityError, NotReadyError, RefusedError
from natkeeper.core.intake.topology import Table
from natkeeper.core.intake.workloads import Presence
from natkeeper.core.model import (
    GOING,
    UP,
    Address,
    AllocationId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Market,
    Node,
    Route,
    RouteTableId,
    SubnetId,
    ZoneName,
)
from natkeeper.ports import Answer, Launched
from tests.builders import listed
from tests.fakes.clock import FakeClock

GOOD = (
    '{"natkeeper": 1, "checks": {"interface": true, "forwarding": true, '
    '"rules": true, "guard": true, "egress": true}}'
)
PENDING, ENDING, STOPPING = timedelta(seconds=5), timedelta(seconds=5), timedelta(seconds=10)


@dataclass
class FakeAws:
    """One stack's world. Faults are plain attributes: set them and go on."""

    clock: FakeClock
    zones: Mapping[SubnetId, ZoneName]
    routes: dict[RouteTableId, Route] = field(default_factory=dict)
    associations: dict[RouteTableId, tuple[SubnetId, ...]] = field(default_factory=dict)
    holders: dict[AllocationId, InterfaceId | None] = field(default_factory=dict)
    template_version: int = 1
    full: set[str] = field(default_factory=set)  # pools: "t4g.nano", "spot t4g.nano"
    presences: list[Presence] = field(default_factory=list)
    failing: dict[str, AwsError] = field(default_factory=dict)  # verb -> what it raises
    reports: dict[InstanceId, str | None] = field(default_factory=dict)
    repaired: list[InstanceId] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    _nodes: dict[InstanceId, Node] = field(default_factory=dict)
    _changes: dict[InstanceId, tuple[datetime, Lifecycle]] = field(default_factory=dict)
    _due: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    _tokens: dict[object, InstanceId] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    # --- Nodes

    def find(self) -> tuple[Node, ...]:
        self._call("find")
        return tuple(listed(node) for node in self._nodes.values())

    def launch(self, action: LaunchNode) -> Launched:
        self._call("launch")
        tried: list[str] = []
        for market, instance_type in product(action.markets, action.instance_types):
            if pool(market, instance_type) in self.full:
                tried.append(pool(market, instance_type))
                continue
            token = (action.zone, action.generation, market, instance_type, self.template_version)
            name = self._tokens.get(token) or self._create(action, market, instance_type)
            self._tokens[token] = name
            return Launched(name, self._nodes[name].lifecycle, tuple(tried))
        raise CapacityError("launching a node", action.zone, "InsufficientInstanceCapacity", "full")

    def _create(self, action: LaunchNode, market: Market, instance_type: str) -> InstanceId:
        number = next(self._numbers)
        name = InstanceId(f"i-{number:017x}")
        self._nodes[name] = Node(
            id=name,
            zone=action.zone,
            lifecycle=Lifecycle.PENDING,
            launched_at=self.clock(),
            interface=InterfaceId(f"eni-{number:017x}"),
            source_dest_check=True,
            template_version=self.template_version,
            generation=action.generation,
            instance_type=instance_type,
            spot=market is Market.SPOT,
        )
        self._changes[name] = (self.clock() + PENDING, Lifecycle.RUNNING)
        return name

    def terminate(self, node: InstanceId) -> None:
        self._call(f"terminate {node}")
        found = self._nodes.get(node)
        if found and found.lifecycle not in GOING:
            self._nodes[node] = replace(found, lifecycle=Lifecycle.SHUTTING_DOWN)
            self._changes[node] = (self.clock() + ENDING, Lifecycle.TERMINATED)

    def stop(self, node: InstanceId) -> None:
        self._call(f"stop {node}")
        found = self._nodes[node]
        if found.lifecycle in (Lifecycle.STOPPING, Lifecycle.STOPPED):
            return
        if found.spot:
            raise RefusedError("stopping", node, "UnsupportedOperation", "a one-time spot instance")
        if found.lifecycle is not Lifecycle.RUNNING:
            raise NotReadyError("stopping", node, "IncorrectInstanceState", f"it is {found.lifecycle}")
        self.change(node, lifecycle=Lifecycle.STOPPING)
        self._changes[node] = (self.clock() + STOPPING, Lifecycle.STOPPED)

    def start(self, node: InstanceId) -> None:
        self._call(f"start {node}")
        found = self._nodes[node]
        if found.lifecycle in UP:
            return
        if found.lifecycle is not Lifecycle.STOPPED:
            raise NotReadyError("starting", node, "IncorrectInstanceState", f"it is {found.lifecycle}")
        if found.instance_type in self.full:
            raise CapacityError("starting", node, "InsufficientInstanceCapacity", "full")
        self.change(node, lifecycle=Lifecycle.PENDING, launched_at=self.clock())
        self._changes[node] = (self.clock() + PENDING, Lifecycle.RUNNING)

    def set_source_dest_check(self, interface: InterfaceId, *, on: bool) -> None:
        self._call(f"source_dest_check {'on' if on else 'off'} {interface}")
        self.change(self._owner(interface).id, source_dest_check=on)

    # --- Network

    def zones_of(self, subnets: Iterable[SubnetId]) -> Mapping[SubnetId, ZoneName]:
        self._call("zones_of")
        return {s: self.zones[s] for s in subnets if s in self.zones}

    def tables(self, ids: Sequence[RouteTableId]) -> tuple[Table, ...]:
        self._call("tables")
        found = sorted(i for i in ids if i in self.routes)
        return tuple(Table(self._seen(self.routes[i]), self.associations.get(i, ())) for i in found)

    def _seen(self, route: Route) -> Route:
        ours = [n for n in self._nodes.values() if n.interface == route.target]
        gone = any(n.lifecycle not in UP for n in ours)
        return replace(route, blackhole=route.blackhole or gone)

    def addresses(self, ids: Sequence[AllocationId]) -> tuple[Address, ...]:
        self._call("addresses")
        return tuple(Address(i, self.holders[i]) for i in ids if i in self.holders)

    def point(self, table: RouteTableId, interface: InterfaceId) -> None:
        self._call(f"point {table} {interface}")
        self.routes[table] = replace(self.routes[table], target=interface, blackhole=False)

    def associate(self, address: AllocationId, interface: InterfaceId) -> None:
        self._call(f"associate {address} {interface}")
        if self._owner(interface).lifecycle is Lifecycle.PENDING:
            raise NotReadyError("associating", address, "IncorrectInstanceState", "it is pending")
        self.holders[address] = interface

    # --- Workloads

    def presences_in(self, subnets: Sequence[SubnetId]) -> tuple[Presence, ...]:
        self._call("presences")
        return tuple(p for p in self.presences if p.subnet in subnets)

    # --- Repairs and Probing

    def repair(self, node: InstanceId) -> None:
        self._call(f"repair {node}")
        self.repaired.append(node)
        self.reports.pop(node, None)

    def ask(self, nodes: Sequence[InstanceId]) -> tuple[Answer, ...]:
        self._call("ask")
        return tuple(self._answer(node) for node in nodes)

    def _answer(self, name: InstanceId) -> Answer:
        node = self._nodes.get(name)
        if node is None or node.lifecycle is not Lifecycle.RUNNING:
            return Answer(name, -1, None)
        return Answer(name, 0, self.reports.get(name, GOOD))

    # --- what a test does to the world

    def advance(self, seconds: float) -> None:
        """Time goes on, and with it whatever is under way."""
        self.clock.advance(seconds)
        due, self._due = self._due, []
        for at, act in due:
            if self.clock() >= at:
                act()
            else:
                self._due.append((at, act))
        for name, (at, lifecycle) in list(self._changes.items()):
            if self.clock() >= at:
                del self._changes[name]
                self.change(name, lifecycle=lifecycle)
                if lifecycle is Lifecycle.TERMINATED:
                    self._release(self._nodes[name])

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Something happens, or becomes visible, after a while."""
        self._due.append((self.clock() + timedelta(seconds=seconds), act))

    def change(self, name: InstanceId, **changes: object) -> None:
        """Changes a node as AWS, or somebody with a console, might."""
        self._nodes[name] = replace(self._nodes[name], **changes)  # type: ignore[arg-type]

    def _release(self, node: Node) -> None:
        for allocation, holder in self.holders.items():
            if holder == node.interface:
                self.holders[allocation] = None

    def _owner(self, interface: InterfaceId) -> Node:
        return next(n for n in self._nodes.values() if n.interface == interface)

    def _call(self, verb: str) -> None:
        self.calls.append(verb)
        if error := self.failing.get(verb.partition(" ")[0]):
            raise error


@dataclass(frozen=True)
class FakeWorkloads:
    """The private subnets of a FakeAws; its own `find` finds nodes."""

    aws: FakeAws

    def find(self, subnets: Sequence[SubnetId]) -> tuple[Presence, ...]:
        return self.aws.presences_in(subnets)
