"""NAT gateways: made in minutes, listed on when they are gone, and fond of their address until then."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count

from natkeeper.core.last_resort import (
    Allocation,
    GatewayState,
    LastResorts,
    NatGateway,
    NatGatewayId,
)
from natkeeper.core.last_resort_actions import CreateNatGateway
from natkeeper.core.model import AllocationId, InterfaceId, RouteTableId, ZoneName
from tests.world.gate import Gate, Refusal
from tests.world.network import Network
from tests.world.past import Past

LISTED = 3600.0
"""So long EC2 lists one that is gone, or failed."""
FAILS = 20.0
"""Seconds after which EC2 tells that it could not make one; assumed."""


@dataclass
class Gateways:
    """The port `Gateways` for one stack. `failure`: what comes of those that are made now."""

    gate: Gate
    network: Network
    all: dict[NatGatewayId, Past[NatGateway | None]] = field(default_factory=dict)
    allocated: dict[AllocationId, tuple[ZoneName, float]] = field(default_factory=dict)  # for whom, and when
    failure: str = ""
    most_addresses: int = 50
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _tokens: dict[tuple[object, ...], NatGatewayId] = field(default_factory=dict)

    # --- the port

    def find(self) -> LastResorts:
        """As the adapter: by tag, so further behind than other reads; two calls."""
        with self.gate.read("DescribeNatGateways", "listing the NAT gateways", "the stack"):
            at = self._looking()
            seen = [past.seen(at) for name, past in self.all.items() if not self.gate.omits(name)]
            gateways = tuple(gateway for gateway in seen if gateway)
        with self.gate.read("DescribeAddresses", "listing the addresses of NAT gateways", "the stack"):
            at = self._looking()
            there = ((a, zone) for a, (zone, since) in self.allocated.items() if since <= at)
            return LastResorts(gateways, tuple(self._allocation(a, zone, at) for a, zone in there))

    def create(self, action: CreateNatGateway) -> NatGateway:
        """One for a token; with an address that is allocated for it, if it is told none."""
        if action.allocation:
            return self._create(action, action.allocation)
        allocation = self._allocate(action.zone)
        try:
            return self._create(action, allocation)
        except Exception:
            self.release(allocation)
            raise

    def _create(self, action: CreateNatGateway, allocation: AllocationId) -> NatGateway:
        with self.gate.write("CreateNatGateway", "making a NAT gateway", action.zone, allocation):
            token = (action.zone, action.subnet, allocation, action.number)
            before = self._tokens.get(token)
            if before and self.all[before].now:  # once it is forgotten, so is who asked for it
                return self._now(before)
            if allocation not in self.network.holders:
                raise Refusal("InvalidAllocationID.NotFound", f"{allocation} does not exist")
            number = next(self._numbers)
            name = self._tokens[token] = NatGatewayId(f"nat-{number}")
            taken = self.network.holders[allocation].now is not None
            interface = InterfaceId(f"eni-nat-{number}")
            made = NatGateway(
                name,
                action.zone,
                action.subnet,
                GatewayState.PENDING,
                self.gate.agenda(),
                allocation,
                interface,
            )
            self.all[name] = Past(self.gate.agenda.at, made)
            failure = "Resource.AlreadyAssociated: it is taken" if taken else self.failure
            if not failure:
                self.network.give_address(allocation, interface)
            seconds = self.gate.timings.draw(self.gate.random, self.gate.timings.gateway)
            self.gate.agenda.after(FAILS if failure else seconds, lambda: self._made(name, failure))
            return made

    def _allocate(self, zone: ZoneName) -> AllocationId:
        with self.gate.write("AllocateAddress", "allocating an elastic address", zone):
            if len(self.network.holders) >= self.most_addresses:
                raise Refusal("AddressLimitExceeded", "The maximum number of addresses has been reached.")
            allocation = AllocationId(f"eipalloc-resort-{next(self._numbers)}")
            self.allocated[allocation] = (zone, self.gate.agenda.at)
            self.network.holders[allocation] = Past(self.gate.agenda.at, None)
            return allocation

    def point(self, table: RouteTableId, gateway: NatGatewayId) -> None:
        """As the adapter: replace what is there, else create it. EC2 takes one that is pending, too."""
        self.network.lead(table, gateway, lambda: self._reachable(gateway))

    def _reachable(self, gateway: NatGatewayId) -> None:
        if gateway not in self.all or not self._now(gateway).lives:
            raise Refusal("NatGatewayNotFound", f"The Nat Gateway {gateway} was not found")

    def delete(self, gateway: NatGatewayId) -> None:
        """It goes in a while; one that is gone already is as good."""
        with self.gate.write("DeleteNatGateway", "deleting the NAT gateway", gateway):
            self.end(gateway)

    def release(self, address: AllocationId) -> None:
        """Gone at once, if nothing has it; one that is gone already is as good."""
        with self.gate.write("ReleaseAddress", "releasing the elastic address", address):
            if address not in self.network.holders:
                return
            if self.network.holders[address].now is not None:
                raise Refusal("IncorrectState", "as the adapter: it is not free yet")
            self.allocated.pop(address)
            del self.network.holders[address]

    # --- what others do, and what is so

    def end(self, gateway: NatGatewayId) -> None:
        """Somebody deletes it, or we do."""
        if gateway not in self.all or self._now(gateway).state in (
            GatewayState.DELETING,
            GatewayState.DELETED,
        ):
            return
        self._enter(gateway, GatewayState.DELETING)
        seconds = self.gate.timings.draw(self.gate.random, self.gate.timings.gateway_deletion)
        self.gate.agenda.after(seconds, lambda: self._deleted(gateway))

    def living(self) -> tuple[NatGateway, ...]:
        """Every one that serves, or is about to, whatever a read shows."""
        now = (past.now for past in self.all.values())
        return tuple(gateway for gateway in now if gateway and gateway.lives)

    def serves(self, target: str | None) -> bool:
        """Whether packets get out by this target."""
        return any(g.id == target and g.state is GatewayState.AVAILABLE for g in self.living())

    def since(self, name: str) -> float:
        """When it became what it is."""
        return self.all[NatGatewayId(name)].since

    def _made(self, name: NatGatewayId, failure: str) -> None:
        if self._now(name).state is not GatewayState.PENDING:
            return
        gateway = replace(self._now(name), failure=failure, interface=self._now(name).interface)
        self.all[name].set(self.gate.agenda.at, gateway)
        self._enter(name, GatewayState.FAILED if failure else GatewayState.AVAILABLE)
        if failure:
            self.gate.agenda.after(LISTED, lambda: self._forgotten(name))

    def _deleted(self, name: NatGatewayId) -> None:
        gateway = self._now(name)
        self._enter(name, GatewayState.DELETED)
        if gateway.allocation and self.network.holders[gateway.allocation].now == gateway.interface:
            self.network.give_address(gateway.allocation, None)
        self.gate.agenda.after(LISTED, lambda: self._forgotten(name))

    def _forgotten(self, name: NatGatewayId) -> None:
        self.all[name].set(self.gate.agenda.at, None)

    def _enter(self, name: NatGatewayId, state: GatewayState) -> None:
        self.all[name].set(self.gate.agenda.at, replace(self._now(name), state=state))
        self.network.blind = frozenset(n for n, past in self.all.items() if past.now and not past.now.lives)
        self.gate.written()

    def _now(self, name: NatGatewayId) -> NatGateway:
        gateway = self.all[name].now
        assert gateway, f"{name} is forgotten"
        return gateway

    def _allocation(self, name: AllocationId, zone: ZoneName, at: float) -> Allocation:
        return Allocation(name, zone, held=self.network.holders[name].seen(at) is not None)

    def _looking(self) -> float:
        timings = self.gate.timings
        return self.gate.agenda.at - timings.draw_lag(self.gate.random, timings.tag_lag)
