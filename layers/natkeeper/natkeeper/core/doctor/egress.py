"""What serves a VPC's way out to the internet now, and what passed through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from natkeeper.core.doctor.facts import Facts, Gateway
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
    UNREAD = "could not be read"


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
    """What gateways processed in `days`, in gigabytes. `peaks` are those of the busiest days, for each place
    together: a zone, or a gateway that has none."""

    gigabytes: float
    peaks: Mapping[str, float]
    days: int

    @property
    def busiest_mbps(self) -> float:
        """The mean of the busiest day of a place, in megabits a second."""
        return mbps(max(self.peaks.values(), default=0.0))


def mbps(gigabytes: float) -> float:
    """So much in a day, as megabits a second."""
    return gigabytes * GB * 8 / DAY / 1e6


def exits_of(facts: Facts, vpc: VpcId) -> tuple[Exit, ...]:
    """The tables of the VPC that serve any subnet with IPv4, in order of their ids. Raises NotReadError."""
    ground = ground_of(facts, vpc)
    found: list[Exit] = []
    for table in ground.tables:
        listed = (s for s in ground.serving[table.route.table] if s in ground.subnets)
        subnets = tuple(s for s in listed if ground.subnets[s].ranges)
        zones = tuple(sorted({ground.subnets[subnet].zone for subnet in subnets}))
        if subnets:
            found.append(Exit(table.route.table, *_way(table, facts), subnets, zones))
    return tuple(found)


def gateways_of(facts: Facts, vpc: VpcId) -> tuple[Gateway, ...]:
    """The VPC's NAT gateways that lead to the internet. Raises NotReadError."""
    return tuple(g for g in known(facts.gateways) if g.vpc == vpc and g.public)


def traffic_of(facts: Facts, vpc: VpcId) -> Traffic | Unread:
    """What the VPC's gateways processed, all together; why it is not known, if so."""
    try:
        gateways = gateways_of(facts, vpc)
        carried = known(facts.carried) if gateways else {}
        placed = known(facts.subnets)
    except NotReadError as error:
        return Unread(str(error))
    peaks: dict[str, float] = {}
    for gateway in gateways:
        home = placed.get(gateway.subnet) if gateway.subnet else None
        where = home.subnet.zone if home else gateway.id
        # not on one day, perhaps: a zone must bear it if it is
        peaks[where] = peaks.get(where, 0.0) + max(carried.get(gateway.id, ()), default=0.0) / GB
    total = sum(day for gateway in gateways for day in carried.get(gateway.id, ()))
    return Traffic(total / GB, peaks, 30)


def _way(table: Table, facts: Facts) -> tuple[Way, str]:
    """A black hole is a way lost where a NAT was. What is behind any other may come back."""
    target = table.route.target or ""
    if not target:
        return Way.NOTHING, ""
    if target.startswith(INTERNET):
        return Way.PUBLIC, target
    if target.startswith("nat-"):
        way, by = _of_gateway(target, facts)
    elif target.startswith(("eni-", "i-")):
        way, by = _of_machine(target, facts)
    else:
        return Way.ELSEWHERE, target
    return (Way.LOST if table.route.blackhole and way in REPLACEABLE else way), by


def _of_gateway(target: str, facts: Facts) -> tuple[Way, str]:
    if isinstance(facts.gateways, Unread):
        return Way.UNREAD, target
    private = any(gateway.id == target and not gateway.public for gateway in facts.gateways)
    return (Way.ELSEWHERE, f"{target}, private") if private else (Way.GATEWAY, target)


def _of_machine(target: str, facts: Facts) -> tuple[Way, str]:
    if isinstance(facts.machines, Unread):
        return Way.UNREAD, target
    machine = next((m for m in facts.machines if target in (m.id, *m.interfaces)), None)
    if machine and machine.stack:
        return Way.NATKEEPER, f"stack {machine.stack}, {machine.id}"
    return Way.INSTANCE, f"{machine.id} {machine.name}".strip() if machine else target
