"""What a check says, word for word, when one thing differs from a stack that does what it should."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.checks import CHECKS, examine
from natkeeper.core.doctor.facts import PlacedSubnet, PlacedTable
from natkeeper.core.doctor.findings import Finding, Verdict
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.model import Route, RouteTableId, SubnetId, Unread, VpcId, ZoneName
from tests.unit.core.test_doctor import ASKED, HEALTHY, VPC, A

OTHER_VPC = VpcId("vpc-2")
Words = tuple[str, str]
"""What is wrong, and what to do."""


def finding(check: str, asked: Asked = ASKED, /, **changed: Any) -> Finding:
    """What this check comes to, on the first occasion on which it is made."""
    (listed,) = (listed for listed in CHECKS if listed.name == check)
    occasion = min(listed.occasions, key=lambda occasion: occasion.value)
    findings = examine(replace(HEALTHY, **changed), asked, occasion)
    return next(found for found in findings if found.check.name == check)


def words(check: str, asked: Asked = ASKED, /, **changed: Any) -> list[Words]:
    """Each mistake that this check finds, and its cure; none: it found all well, and could read all."""
    found = finding(check, asked, **changed)
    assert found.verdict is (Verdict.WRONG if found.mistakes else Verdict.OK)
    assert found.unread == ""
    return [(mistake.what, mistake.cure) for mistake in found.mistakes]


def with_subnets(**more: PlacedSubnet) -> dict[SubnetId, PlacedSubnet]:
    """The healthy stack's subnets and others: `subnet_x` is subnet-x."""
    assert not isinstance(HEALTHY.subnets, Unread)
    return {**HEALTHY.subnets, **{SubnetId(name.replace("_", "-")): subnet for name, subnet in more.items()}}


def with_tables(*more: PlacedTable) -> tuple[PlacedTable, ...]:
    """The healthy stack's route tables and others."""
    assert not isinstance(HEALTHY.tables, Unread)
    return (*HEALTHY.tables, *more)


def place(*ranges: str, zone: ZoneName = A, vpc: VpcId = VPC, free: int = 200) -> PlacedSubnet:
    """A subnet."""
    return PlacedSubnet(vpc, Subnet(zone, ranges), free)


def table(name: str, target: str | None, *subnets: str, vpc: VpcId = VPC, **more: Any) -> PlacedTable:
    """A route table rtb-`name` whose default route leads to the target."""
    route = Route(RouteTableId(f"rtb-{name}"), target, **more)
    return PlacedTable(vpc, Table(route, tuple(SubnetId(subnet) for subnet in subnets)))
