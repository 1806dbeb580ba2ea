"""What the doctor says of a VPC and its public subnets: each mistake and its cure, word for word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.facts import Machine, Vpc
from natkeeper.core.doctor.findings import Occasion, Verdict
from natkeeper.core.model import InstanceId, SubnetId, Unread
from tests.unit.core.doctor_situations import (
    OTHER_VPC,
    Words,
    finding,
    place,
    table,
    with_subnets,
    words,
)
from tests.unit.core.test_doctor import ASKED, NODE, NOW, PUBLIC, VPC, B, found

SECOND = SubnetId("subnet-2")
TWO = replace(ASKED, public_subnets=(PUBLIC, SECOND))
UNNAMED = replace(ASKED, vpc=None)
"""The VPC is that of the first public subnet that is there."""

NO_SUBNET: Words = (
    "there is no subnet subnet-2 in us-east-1",
    "look at ExistingPublicSubnetIds: aws ec2 describe-subnets lists the subnets",
)


@pytest.mark.parametrize("occasion", Occasion)
def test_of_a_healthy_stack_whose_vpc_is_not_named_nothing_is_wrong(occasion: Occasion) -> None:
    assert found(occasion, UNNAMED) == {}


# --- the VPC


def test_a_vpc_that_is_not_there_is_told() -> None:
    cure = "look at ExistingVpcId and at the region: aws ec2 describe-vpcs lists the VPCs"
    owned = replace(ASKED, account="123456789012")

    for asked in (ASKED, owned):
        told = words("VPC", asked, vpcs=(Vpc(OTHER_VPC, (), owner="210987654321"),))
        assert told == [("there is no VPC vpc-1 in us-east-1", cure)]


def test_a_vpc_of_another_account_is_told() -> None:
    asked, theirs = replace(ASKED, account="123456789012"), Vpc(VPC, (), owner="210987654321")

    assert words("VPC", asked, vpcs=(Vpc(OTHER_VPC, ()), theirs)) == [
        (
            "vpc-1 belongs to account 210987654321: nobody else may change its route tables",
            "deploy in that account",
        )
    ]


@pytest.mark.parametrize(("account", "owner"), [("", "210987654321"), ("123456789012", "")])
def test_a_vpc_is_taken_for_ones_own_where_an_account_is_not_known(account: str, owner: str) -> None:
    assert words("VPC", replace(ASKED, account=account), vpcs=(Vpc(VPC, (), owner=owner),)) == []


# --- public subnets


def test_a_public_subnet_that_is_not_there_is_told_and_by_no_other_check() -> None:
    findings = found(Occasion.BEFORE, TWO)

    assert findings.keys() == {"public subnets"}
    assert words("public subnets", TWO) == [NO_SUBNET]


def test_of_subnets_that_are_not_there_no_vpc_is_known() -> None:
    assert words("public subnets", replace(UNNAMED, public_subnets=(SECOND,))) == [NO_SUBNET]


@pytest.mark.parametrize(
    ("asked", "strange", "vpc"),
    [(TWO, "subnet-2", "vpc-1"), (replace(TWO, vpc=None), "subnet-2", "vpc-1"),
     (replace(TWO, vpc=OTHER_VPC), "subnet-public", "vpc-2"),
     (replace(TWO, vpc=None, public_subnets=(SECOND, PUBLIC)), "subnet-public", "vpc-2"),
     (replace(TWO, vpc=None, public_subnets=(SubnetId("subnet-0"), PUBLIC, SECOND)), "subnet-2", "vpc-1")],
)  # fmt: skip
def test_a_public_subnet_of_another_vpc_is_told(asked: Any, strange: str, vpc: str) -> None:
    listed = with_subnets(subnet_2=place("10.1.0.0/24", zone=B, vpc=OTHER_VPC))
    home = {"vpc-1": "vpc-2", "vpc-2": "vpc-1"}[vpc]

    assert words("public subnets", asked, subnets=listed)[-1:] == [
        (
            f"subnet {strange} lies in {home}, not in {vpc}",
            "name the subnet's own VPC in ExistingVpcId, or a public subnet of that VPC",
        )
    ]


def test_two_public_subnets_of_a_zone_are_told_and_two_of_two_zones_are_not() -> None:
    crowded = with_subnets(subnet_2=place("10.0.2.0/24"))

    assert words("one public subnet a zone", TWO, subnets=crowded) == [
        (
            "subnets subnet-public and subnet-2 are both in us-east-1a",
            "name one public subnet for each zone in ExistingPublicSubnetIds",
        )
    ]
    apart = with_subnets(subnet_2=place("10.0.2.0/24", zone=B))
    assert words("one public subnet a zone", TWO, subnets=apart) == []


def test_a_subnet_with_ipv6_only_is_told() -> None:
    assert words("way out of the public subnets", subnets={**with_subnets(), PUBLIC: place()}) == [
        ("subnet-public has IPv6 only", "name a subnet that has IPv4: a node translates that alone")
    ]


@pytest.mark.parametrize(
    ("target", "state", "where"),
    [(None, {}, "is missing"), ("nat-1", {}, "leads to nat-1"),
     ("igw-1", {"blackhole": True}, "leads to igw-1, a black hole")],
)  # fmt: skip
def test_a_public_subnet_without_a_way_out_is_told(
    target: str | None, state: dict[str, Any], where: str
) -> None:
    tables = (table("public", target, PUBLIC, **state), table("private", "eni-1", "subnet-private"))

    assert words("way out of the public subnets", tables=tables) == [
        (
            (
                f"subnet-public is not public: the default route of its table rtb-public {where}, and should "
                "lead to an internet gateway"
            ),
            "name another subnet, or lead 0.0.0.0/0 of its route table to an internet gateway",
        )
    ]


@pytest.mark.parametrize(("free", "nodes", "needed"), [(1, 0, 2), (0, 0, 2), (0, 1, 1)])
def test_a_public_subnet_without_room_is_told(free: int, nodes: int, needed: int) -> None:
    subnets = {**with_subnets(), PUBLIC: place("10.0.0.0/24", free=free)}

    assert words("room in the public subnets", subnets=subnets, machines=(NODE,) * nodes) == [
        (
            f"subnet-public has {free} free addresses, and nodes need {needed} more",
            "name a larger public subnet of its zone, or free addresses in it",
        )
    ]


@pytest.mark.parametrize(
    "other",
    [replace(NODE, stack="another"), replace(NODE, runs=False), replace(NODE, stack=""),
     Machine(InstanceId("i-2"), "t4g.nano", B, 2, (), NOW, stack="natkeeper")],
    ids=["of another stack", "stopped", "nobody's", "of another zone"],
)  # fmt: skip
def test_only_the_stacks_own_nodes_in_the_zone_have_their_addresses_already(other: Machine) -> None:
    subnets = {**with_subnets(), PUBLIC: place("10.0.0.0/24", free=1)}

    assert words("room in the public subnets", subnets=subnets, machines=(NODE,)) == []
    assert words("room in the public subnets", subnets=subnets, machines=(other,))


def test_before_there_is_a_stack_no_instance_is_its_node() -> None:
    subnets = {**with_subnets(), PUBLIC: place("10.0.0.0/24", free=1)}
    nobodys = replace(NODE, stack="")

    assert words("room in the public subnets", replace(ASKED, stack=""), subnets=subnets, machines=(nobodys,))


def test_of_a_subnet_with_ipv6_only_no_room_is_asked() -> None:
    assert words("room in the public subnets", subnets={**with_subnets(), PUBLIC: place(free=0)}) == []


def test_without_subnets_that_could_be_read_no_vpc_is_known() -> None:
    for check in ("public subnets", "way out of the public subnets", "name server", "block public access"):
        unread = finding(check, UNNAMED, subnets=Unread("denied"))
        assert (unread.verdict, unread.unread) == (Verdict.UNREAD, "denied")
