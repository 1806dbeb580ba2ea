"""What serves a VPC's way out to the internet now, and what passed through it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from natkeeper.core.doctor.facts import Facts, Gateway, Machine
from natkeeper.core.doctor.findings import NotReadError, known
from natkeeper.core.doctor.network import ground_of
from natkeeper.core.intake.misfits import INTERNET
from natkeeper.core.intake.routing import Table
from natkeeper.core.model import RouteTableId, SubnetId, Unread, VpcId, ZoneName

GB = 2**30
"""Bytes of the gigabyte that AWS charges."""
DAY = 86_400.0


class Way(StrEnum):
    """By what a route table's subnets reach the internet."""

    GATEWAY = "NAT gateway"
    INSTANCE = "instance"
    NATKEEPER = "natkeeper"
    NOTHING = "nothing"
    LOST = "nothing (black hole)"
    PUBLIC = "internet gateway"
    ELSEWHERE = "another network"


REPLACEABLE = (Way.GATEWAY, Way.INSTANCE, Way.LOST)
"""What a stack can stand in for. Nothing may be nothing on purpose."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A route table that serves subnets, and where its default route leads; `by` is that in words."""

    table: RouteTableId
    way: Way
    by: str
    subnets: tuple[SubnetId, ...]
    zones: tuple[ZoneName, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What gateways processed in `days`, and on the busiest of them; in gigabytes."""

    gigabytes: float
    busiest: float
    days: int

    @property
    def busiest_mbps(self) -> float:
        """The mean of the busiest day, in megabits a second."""
        return self.busiest * GB * 8 / DAY / 1e6


def exits_of(facts: Facts, vpc: VpcId) -> tuple[Exit, ...]:
    """The tables of the VPC that serve any subnet, in order of their ids. Raises NotReadError."""
    ground = ground_of(facts, vpc)
    machines = () if isinstance(facts.machines, Unread) else facts.machines
    found: list[Exit] = []
    for table in ground.tables:
        subnets = tuple(s for s in ground.serving[table.route.table] if s in ground.subnets)
        zones = tuple(sorted({ground.subnets[subnet].zone for subnet in subnets}))
        way, by = _way(table, machines)
        if subnets:
            found.append(Exit(table.route.table, way, by, subnets, zones))
    return tuple(found)


def gateways_of(facts: Facts, vpc: VpcId) -> tuple[Gateway, ...]:
    """The VPC's NAT gateways that lead to the internet. Raises NotReadError."""
    return tuple(g for g in known(facts.gateways) if g.vpc == vpc and g.public)


def traffic_of(facts: Facts, vpc: VpcId) -> Traffic | Unread:
    """What the VPC's gateways processed, all together; why it is not known, if so."""
    try:
        carried = known(facts.carried)
        by_gateway = [carried.get(gateway.id, ()) for gateway in gateways_of(facts, vpc)]
    except NotReadError as error:
        return Unread(str(error))
    busiest = max((day for days in by_gateway for day in days), default=0.0)
    total = sum(day for days in by_gateway for day in days)
    return Traffic(total / GB, busiest / GB, 30)


def _way(table: Table, machines: tuple[Machine, ...]) -> tuple[Way, str]:
    target = table.route.target or ""
    if not target or table.route.blackhole:
        return (Way.LOST if target else Way.NOTHING), target
    if not target.startswith(("eni-", "i-")):
        known_ways = {**dict.fromkeys(INTERNET, Way.PUBLIC), "nat-": Way.GATEWAY}
        ways = (way for prefix, way in known_ways.items() if target.startswith(prefix))
        return next(ways, Way.ELSEWHERE), target
    machine = next((m for m in machines if target in (m.id, *m.interfaces)), None)
    if machine and machine.stack:
        return Way.NATKEEPER, f"stack {machine.stack}, {machine.id}"
    return Way.INSTANCE, f"{machine.id} {machine.name}".strip() if machine else target
