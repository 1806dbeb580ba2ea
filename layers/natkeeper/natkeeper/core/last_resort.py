"""The last resort: a NAT gateway for a zone that nothing else can serve, as values. It is the stack's own, by
its tag; what it costs is told, counted and bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import NewType

from natkeeper.core.model import AllocationId, InterfaceId, Route, SubnetId, ZoneName

NatGatewayId = NewType("NatGatewayId", str)

LAST_RESORT = "last-resort"
"""The role that its address is tagged with, if that was allocated for it: the zone's own never is."""
MONTH = timedelta(days=30)
HOUR = timedelta(hours=1)


class GatewayState(StrEnum):
    """EC2's states of a NAT gateway."""

    PENDING = "pending"
    FAILED = "failed"  # it was never made; EC2 deletes it by itself in about an hour (VPC User Guide)
    AVAILABLE = "available"
    DELETING = "deleting"
    DELETED = "deleted"


LIVE = (GatewayState.PENDING, GatewayState.AVAILABLE)
"""It serves, or is about to, and is paid for."""


HOLDING = (*LIVE, GatewayState.DELETING)
"""It has its address, and its interface in the subnet."""


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway of this stack; `zone` is what it was made for, `failure` why EC2 could not make it."""

    id: NatGatewayId
    zone: ZoneName
    subnet: SubnetId
    state: GatewayState
    created_at: datetime
    allocation: AllocationId | None = None
    interface: InterfaceId | None = None
    failure: str = ""

    @property
    def lives(self) -> bool:
        """Whether it serves, or is about to."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Allocation:
    """An elastic address that was allocated for a last resort, and whether something holds it."""

    id: AllocationId
    zone: ZoneName
    held: bool


@dataclass(frozen=True, slots=True)
class LastResorts:
    """What EC2 lists of a stack's last resorts, or a zone's. With `unread`, why it could not be asked:
    then these are as they were last seen, and nothing is made or ended."""

    gateways: tuple[NatGateway, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    unread: str = ""

    def of(self, zone: ZoneName) -> LastResorts:
        """Those of one zone."""
        gateways = tuple(g for g in self.gateways if g.zone == zone)
        return LastResorts(gateways, tuple(a for a in self.allocations if a.zone == zone), self.unread)

    def first(self) -> NatGateway | None:
        """The one that is kept: it serves, or will; then the oldest."""
        living = (g for g in self.gateways if g.lives)
        rank = lambda g: (g.state is not GatewayState.AVAILABLE, g.created_at, g.id)  # noqa: E731
        return min(living, key=rank, default=None)

    def serving(self) -> NatGateway | None:
        """The one that a route may lead to."""
        first = self.first()
        return first if first and first.state is GatewayState.AVAILABLE else None

    def carries(self, route: Route) -> bool:
        """Whether the route leads to the one that serves."""
        serving = self.serving()
        return serving is not None and route.target == serving.id and not route.blackhole

    def ids(self) -> frozenset[str]:
        """All of them, whatever their state: none is a stranger's."""
        return frozenset(gateway.id for gateway in self.gateways)

    def hold(self, allocation: AllocationId, holder: InterfaceId | None) -> bool:
        """Whether one of them has this address: nobody else can be given it before it is deleted."""
        holding = (g for g in self.gateways if g.state in HOLDING)
        interfaces = {g.interface for g in self.gateways if g.interface}
        return holder in interfaces or any(g.allocation == allocation for g in holding)


NOTHING = LastResorts()
"""Of a stack, or a zone, that has none."""


@dataclass(frozen=True, slots=True)
class Resort:
    """What is remembered of a zone's last resort: the gateway as last seen, and since when it is not listed;
    how many were made, and when the last; since when nothing could serve the zone; and the hours that are
    paid for gateways that have gone, by the day on which they went."""

    gateway: NatGateway | None = None
    missing_since: datetime | None = None
    made: int = 0
    made_at: datetime | None = None
    hopeless_since: datetime | None = None
    hours: Mapping[str, int] = field(default_factory=dict)


UNUSED = Resort()
"""Of a zone that never had one."""


def paid_hours(since: datetime, until: datetime) -> int:
    """The hours that are paid for a gateway: one that was begun is paid whole (AWS's pricing page)."""
    return max(ceil((until - since) / HOUR), 1)


def used_hours(resort: Resort, now: datetime) -> int:
    """The hours of the last 30 days, with those of the one that is there."""
    past = sum(hours for day, hours in resort.hours.items() if is_recent(day, now))
    return past + (paid_hours(resort.gateway.created_at, now) if resort.gateway else 0)


def is_recent(day: str, now: datetime) -> bool:
    """Whether a day (ISO 8601) is one of the last 30."""
    return day > (now - MONTH).date().isoformat()


def remembered(resorts: Iterable[Resort]) -> tuple[NatGateway, ...]:
    """The gateways that zones are remembered to have."""
    return tuple(resort.gateway for resort in resorts if resort.gateway)
