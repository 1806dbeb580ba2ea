"""Subnets, private route tables and elastic addresses, which follow what happens to instances."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.model import (
    UP,
    Address,
    AllocationId,
    InterfaceId,
    Lifecycle,
    Route,
    RouteTableId,
    SubnetId,
    VpcId,
)
from tests.world.gate import Gate, Refusal
from tests.world.instances import Instance, Instances
from tests.world.past import Past

VPC, MAIN = VpcId("vpc-1"), RouteTableId("rtb-main")
INTERNET_GATEWAY = "igw-1"


@dataclass
class Network:
    """The port `Network`. `routes` and `holders` have everything of the account, strangers' too; `places`: on which
    private address of its holder each elastic address is."""

    gate: Gate
    instances: Instances
    listed: dict[SubnetId, Subnet]
    associations: dict[RouteTableId, tuple[SubnetId, ...]] = field(default_factory=dict)
    routes: dict[RouteTableId, Past[Route]] = field(default_factory=dict)
    holders: dict[AllocationId, Past[InterfaceId | None]] = field(default_factory=dict)
    places: dict[AllocationId, Past[str]] = field(default_factory=dict)
    displaced: list[tuple[AllocationId, AllocationId]] = field(
        default_factory=list
    )  # who was pushed off by whom, by a call of the port
    blind: frozenset[str] = frozenset()  # gateways that are gone: a route to one is a black hole
    _known: bool = False
    _read: set[SubnetId] = field(default_factory=set)

    # --- the port

    def vpc_of(self, subnets: Sequence[SubnetId]) -> VpcId | None:
        """As the adapter: a subnet never changes its VPC, so it is asked once."""
        if not self._known:
            with self.gate.read("DescribeSubnets", "reading subnets", ", ".join(subnets)):
                self._known = any(s in self.listed and not self.gate.omits(s) for s in subnets)
        return VPC if self._known else None

    def tables(self, vpc: VpcId) -> tuple[Table, ...]:
        """Every route table, with its default route."""
        with self.gate.read("DescribeRouteTables", "reading route tables", vpc):
            at = self._looking()
            found = [(i, r.seen(at)) for i, r in sorted(self.routes.items()) if not self.gate.omits(i)]
            return tuple(self._table(i, self._as_seen(r, at)) for i, r in found if r)

    def subnets(self, vpc: VpcId, needed: Collection[SubnetId] | None) -> Mapping[SubnetId, Subnet]:
        """As the adapter: read again only when one that is needed was not listed."""
        if needed is None or not self._read >= set(needed):
            with self.gate.read("DescribeSubnets", "reading subnets", vpc):
                self._read = {subnet for subnet in self.listed if not self.gate.omits(subnet)}
        return {subnet: self.listed[subnet] for subnet in sorted(self._read)}

    def _table(self, name: RouteTableId, route: Route) -> Table:
        return Table(route, self.associations.get(name, ()), main=name == MAIN)

    def _as_seen(self, route: Route, at: float) -> Route:
        owner = self.instances.owners.get(InterfaceId(route.target or ""))
        node = owner.past.seen(at) if owner else None
        gone = (node is not None and node.lifecycle not in UP) or route.target in self.blind
        return replace(route, blackhole=True) if gone and not route.blackhole else route

    def addresses(self, ids: Sequence[AllocationId]) -> tuple[Address, ...]:
        """Those that exist, and who holds them."""
        if not ids:
            return ()
        with self.gate.read("DescribeAddresses", "reading elastic addresses", f"{len(ids)} addresses"):
            at = self._looking()
            there = [i for i in ids if i in self.holders and not self.gate.omits(i)]
            held = [(i, self.holders[i].seen(at), self._place(i).seen(at)) for i in there]
            return tuple(Address(i, holder, (holder and place) or "") for i, holder, place in held)

    def point(self, table: RouteTableId, interface: InterfaceId) -> None:
        """As the adapter: replace what is there, else create it."""
        self.lead(table, interface, lambda: self.instances.reachable(interface))

    def lead(self, table: RouteTableId, target: str, check: Callable[[], object]) -> None:
        """The same to any target, which `check` may refuse."""
        with self.gate.write("ReplaceRoute", "replacing the default route", table, target):
            if table not in self.routes:
                raise Refusal("InvalidRouteTableID.NotFound", f"{table} does not exist")
            missing = self.routes[table].now.target is None
            if not missing:
                check()
                self.change_route(table, target=target, blackhole=False)
        if missing:
            with self.gate.write("CreateRoute", "creating the default route", table, target):
                if self.routes[table].now.target is not None:
                    raise Refusal("RouteAlreadyExists", f"{table} has a default route")
                check()
                self.change_route(table, target=target, blackhole=False)

    def associate(self, address: AllocationId, interface: InterfaceId, private: str = "") -> None:
        """Gives the address to the interface, taking it from whoever holds it."""
        attempted = "associating the elastic address"
        with self.gate.write(
            "AssociateAddress", attempted, address, ", ".join(filter(None, (interface, private)))
        ):
            if address not in self.holders:
                raise Refusal("InvalidAllocationID.NotFound", f"{address} does not exist")
            if str(self.holders[address].now).startswith("eni-nat-"):
                raise Refusal("AuthFailure", "You do not have permission to access the specified resource.")
            owner = self.instances.reachable(interface)
            if owner.node.lifecycle is not Lifecycle.RUNNING:
                raise Refusal("IncorrectInstanceState", "the instance is not in a valid state")
            if private not in ("", owner.node.private_address, owner.node.cover_address):
                raise Refusal("InvalidParameterValue", f"{private} is not an address of {interface}")
            other = self.at(interface, private or owner.node.private_address)
            if other not in (None, address):
                self.displaced.append((other, address))
            self._hand_over(address, interface, private)

    # --- what others do

    def change_route(self, table: RouteTableId, **changes: object) -> None:
        """A route becomes another, by whatever hand."""
        route = replace(self.routes[table].now, **changes)  # type: ignore[arg-type]
        self.routes[table].set(self.gate.agenda.at, route)
        self.gate.written()

    def forget_subnets(self) -> None:
        """The process that had read them is gone: the next one reads them anew."""
        self._known = False
        self._read.clear()

    def give_address(self, address: AllocationId, holder: InterfaceId | None, private: str = "") -> None:
        """An address goes to somebody, or to nobody."""
        self._hand_over(address, holder, private)
        self.gate.written()

    def _hand_over(self, address: AllocationId, holder: InterfaceId | None, private: str) -> None:
        """A private address has one at most. Instances show those of theirs, as long as they have them."""
        owner = self.instances.owners.get(holder) if holder else None
        place = (private or owner.node.private_address) if owner else ""
        if holder and (other := self.at(holder, place)) not in (None, address):
            assert other
            self._sit(other, None, "")
        self._sit(address, holder, place)

    def _sit(self, address: AllocationId, holder: InterfaceId | None, place: str) -> None:
        shown = f"203.0.113.{list(self.holders).index(address) + 1}"
        before, was = self.holders[address].now, self._place(address).now
        self.holders[address].set(self.gate.agenda.at, holder)
        self._place(address).set(self.gate.agenda.at, place)
        for interface, private, public in ((before, was, ""), (holder, place, shown)):
            owner = self.instances.owners.get(interface) if interface else None
            if owner and private == owner.node.private_address:
                self.instances.write(owner, public_address=public)
                self.instances.renew(owner)
            elif owner and private == owner.node.cover_address:
                self.instances.write(owner, covers_as=public)

    def _place(self, address: AllocationId) -> Past[str]:
        return self.places.setdefault(address, Past(-1e9, ""))

    def at(self, interface: InterfaceId, private: str) -> AllocationId | None:
        """The elastic address on this private address of the interface."""
        return next(
            (a for a, h in self.holders.items() if h.now == interface and self._place(a).now == private), None
        )

    def follow(self, instance: Instance) -> None:
        """A terminated instance loses its addresses."""
        if instance.node.lifecycle is Lifecycle.TERMINATED:
            for address, holder in self.holders.items():
                if holder.now == instance.node.interface:
                    self.give_address(address, None)

    def holds(self, interface: InterfaceId | None) -> AllocationId | None:
        """The elastic address of an interface, on its primary private address."""
        owner = self.instances.owners.get(interface) if interface else None
        return self.at(interface, owner.node.private_address) if interface and owner else None

    def _looking(self) -> float:
        timings = self.gate.timings
        return self.gate.agenda.at - timings.draw_lag(self.gate.random, timings.lag)
