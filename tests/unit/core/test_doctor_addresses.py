"""What the doctor says of addresses that are brought along, and of zones where the region's cannot go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.addresses import border_group
from natkeeper.core.doctor.facts import Elastic, Gateway, Machine
from natkeeper.core.doctor.findings import Occasion
from natkeeper.core.model import AllocationId, InstanceId, SubnetId, Unread, VpcId, ZoneName
from tests.unit.core.doctor_situations import (
    OTHER_VPC,
    finding,
    place,
    table,
    with_subnets,
    with_tables,
    words,
)
from tests.unit.core.test_doctor import ASKED, NODE, NOW, PUBLIC, VPC, B, found

ONE, TWO = AllocationId("eipalloc-1"), AllocationId("eipalloc-2")
BRINGS = replace(ASKED, allocations=(ONE,))
LOCAL, FAR = ZoneName("us-east-1-bos-1a"), "us-east-1-bos-1"
WAVELENGTH = ZoneName("us-east-1-wl1-bos-wlz-1")
THEIRS = Machine(InstanceId("i-9"), "t3.micro", B, 2, ("eni-9",), NOW)
LISTS = "aws ec2 describe-addresses lists them"


def elastic(name: AllocationId = ONE, group: str = "us-east-1", **more: Any) -> Elastic:
    return Elastic(name, group, **more)


def gateway(vpc: VpcId = VPC, *allocations: AllocationId) -> Gateway:
    return Gateway("nat-1", vpc, PUBLIC, public=True, allocations=allocations)


def brought(asked: Any = BRINGS, /, **changed: Any) -> list[str]:
    """What is wrong with the addresses; the gateways are none, and the addresses one that is free."""
    facts = {"gateways": (), "addresses": (elastic(),), **changed}
    return [what for what, _ in words("addresses brought along", asked, **facts)]


# --- who has it


def test_an_address_that_nobody_has_is_taken() -> None:
    assert brought() == []


@pytest.mark.parametrize("target", ["eni-9", "i-9"])
def test_one_that_the_old_nat_has_is_taken_with_its_routes(target: str) -> None:
    old = with_tables(table("2", target, "subnet-private"))
    asked = replace(BRINGS, tables=(*ASKED.tables, old[-1].table.route.table))

    assert brought(asked, tables=old, machines=(THEIRS,), addresses=(elastic(holder="eni-9"),)) == []


def test_one_that_a_gateway_of_the_vpc_has_is_taken_once_that_is_gone() -> None:
    there = {"gateways": (gateway(VPC, ONE),), "addresses": (elastic(holder="eni-g"),)}

    assert brought(**there) == []
    assert words("addresses still held", BRINGS, **there) == [
        (
            "eipalloc-1 is at nat-1 until that gateway is deleted, and no zone can move before",
            "docs/adopt.md says when to delete it, under 'The gateway's address'",
        )
    ]
    assert words("addresses still held", BRINGS, gateways=(gateway(VPC),)) == []
    assert "addresses still held" not in found(Occasion.DEPLOYMENT, BRINGS, **there), "no deployment fails"


def test_one_that_the_stacks_own_node_has_stays_there() -> None:
    assert brought(machines=(NODE,), tables=(), addresses=(elastic(holder="eni-1"),)) == []


@pytest.mark.parametrize(
    "there",
    [
        {"machines": (THEIRS,)},
        {"machines": (replace(THEIRS, stack="other"),)},
        {"machines": ()},
        {"gateways": (gateway(OTHER_VPC, ONE),)},
        {"gateways": (gateway(VPC, TWO),)},
    ],
    ids=str,
)
def test_one_that_anything_else_has_is_refused(there: dict[str, Any]) -> None:
    (what,) = brought(addresses=(elastic(holder="eni-9"),), **there)

    assert what == (
        "eipalloc-1 is in use by eni-9, which is neither a NAT gateway of the VPC, nor where one of the "
        "route tables leads, nor a node of this stack"
    )


def test_without_a_stacks_name_no_machine_is_its_own() -> None:
    asked, nobodys = replace(BRINGS, stack=""), replace(THEIRS, stack="")

    assert brought(asked, machines=(nobodys,), addresses=(elastic(holder="eni-9"),))


# --- what it is


def test_one_that_is_not_there_is_told_once() -> None:
    assert words("addresses brought along", BRINGS, gateways=(), addresses=()) == [
        (
            "there is no elastic address eipalloc-1 of this account in us-east-1",
            f"look at ExistingAllocationIds: {LISTS}",
        )
    ]


@pytest.mark.parametrize("stack", ["other", "natkeeper"])
def test_one_that_a_stack_has_made_is_refused_for_that_stack_releases_it(stack: str) -> None:
    """Its own, too: CloudFormation deletes what the parameters leave out."""
    assert brought(addresses=(elastic(stack=stack),)) == [
        f"eipalloc-1 is of natkeeper stack {stack}, which releases it when it leaves it"
    ]


def test_more_addresses_than_zones_and_the_same_twice_are_told() -> None:
    assert brought(replace(BRINGS, allocations=(ONE, ONE))) == [
        "ExistingAllocationIds has 2 addresses for 1 zones",
        "ExistingAllocationIds has eipalloc-1 twice",
    ]


def test_fewer_than_zones_are_well() -> None:
    assert brought(replace(BRINGS, zones=3)) == []


def test_an_address_of_another_border_group_cannot_go_to_the_regions_zones() -> None:
    for asked in (BRINGS, replace(BRINGS, vpc=None, public_subnets=(), tables=())):
        assert brought(asked, addresses=(elastic(group=FAR),)) == [
            "eipalloc-1 is of the network border group us-east-1-bos-1, and cannot go to us-east-1"
        ]


def test_each_address_goes_to_the_zone_in_its_own_place() -> None:
    second = SubnetId("subnet-2")
    asked = replace(ASKED, public_subnets=(PUBLIC, second), zones=2, allocations=(ONE, TWO))
    subnets = with_subnets(subnet_2=place("10.0.9.0/24", zone=LOCAL))
    right, wrong = (elastic(ONE), elastic(TWO, FAR)), (elastic(ONE, FAR), elastic(TWO))

    assert brought(asked, subnets=subnets, addresses=right) == []
    assert brought(asked, subnets=subnets, addresses=wrong) == [
        "eipalloc-1 is of the network border group us-east-1-bos-1, and cannot go to us-east-1",
        "eipalloc-2 is of the network border group us-east-1, and cannot go to us-east-1-bos-1",
    ]


def test_of_a_subnet_that_is_not_there_no_address_is_blamed() -> None:
    asked = replace(BRINGS, public_subnets=(SubnetId("subnet-2"),))

    assert brought(asked, addresses=(elastic(group=FAR),)) == []


@pytest.mark.parametrize("unread", ["addresses", "gateways", "machines"])
def test_what_could_not_be_read_is_told_as_that(unread: str) -> None:
    facts = {"gateways": (), "addresses": (elastic(holder="eni-9"),), unread: Unread("no")}

    assert finding("addresses brought along", BRINGS, **facts).unread == "no"


# --- where it must go


@pytest.mark.parametrize(
    ("zone", "group"),
    [
        ("us-east-1a", "us-east-1"),
        ("us-east-1-bos-1a", "us-east-1-bos-1"),
        ("us-west-2-lax-1b", "us-west-2-lax-1"),
    ],
)
def test_a_zone_is_of_the_border_group_that_its_name_tells(zone: str, group: str) -> None:
    assert border_group(ZoneName(zone), zone[:9]) == group


# --- those that the stack has, when RetainAddresses changes

STAYS = replace(ASKED, retains_addresses=True)
MADE = elastic(holder="eni-1", stack="natkeeper")
RETAINED = elastic(holder="eni-1", retained_by="natkeeper")


def changed(asked: Any, *addresses: Elastic, **facts: Any) -> list[tuple[str, str]]:
    return words("addresses that stay", asked, addresses=addresses, **facts)


def test_a_stack_that_runs_does_not_lose_its_addresses_for_that_they_shall_stay() -> None:
    ((what, cure),) = changed(STAYS, MADE, elastic(TWO, retained_by="natkeeper"))

    assert what.startswith("eipalloc-1 was made without RetainAddresses")
    assert "Addresses that outlive the stack" in cure
    assert "KeepAddress=false first" in cure


def test_nor_for_that_they_need_not_stay_any_more() -> None:
    ((what, cure),) = changed(ASKED, RETAINED)

    assert what.startswith("eipalloc-1 serves, made with RetainAddresses")
    assert cure.startswith("put eipalloc-1 into ExistingAllocationIds")
    assert changed(BRINGS, RETAINED) == [], "it stays, brought along"


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        (ASKED, MADE),
        (STAYS, RETAINED),
        (STAYS, replace(MADE, lent=True)),
        (STAYS, replace(MADE, stack="other")),
        (ASKED, replace(RETAINED, holder="")),
        (ASKED, replace(RETAINED, holder="eni-9")),
        (ASKED, replace(RETAINED, retained_by="other")),
        (replace(STAYS, keeps_address=False), MADE),
        (replace(ASKED, keeps_address=False), RETAINED),
    ],
    ids=[
        "made, and goes with the stack", "made to stay", "a NAT gateway's", "another stack's",
        "left by a stack of this name that is gone", "and used by somebody", "left by another",
        "no zone keeps one", "nor keeps one that stays",
    ],
)  # fmt: skip
def test_no_other_address_holds_a_deployment_up(asked: Any, address: Elastic) -> None:
    assert changed(asked, address) == []


def test_one_that_a_deleted_stack_left_is_brought_along_by_the_next_of_its_name() -> None:
    assert brought(addresses=(elastic(retained_by="natkeeper"),)) == []


def zones(asked: Any, zone: ZoneName) -> list[tuple[str, str]]:
    subnets = with_subnets(subnet_public=place("10.0.0.0/24", zone=zone))
    return words("zones for addresses", asked, subnets=subnets)


def test_a_local_zone_is_served_without_an_address_or_with_one_of_its_own() -> None:
    ((what, cure),) = zones(ASKED, LOCAL)

    assert what == (
        "subnet-public is in the Local Zone us-east-1-bos-1a, where no elastic address of us-east-1 can go"
    )
    assert "KeepAddress=false" in cure
    assert "aws ec2 allocate-address --network-border-group us-east-1-bos-1" in cure
    assert zones(replace(ASKED, keeps_address=False), LOCAL) == []
    assert zones(BRINGS, LOCAL) == []


def test_a_wavelength_zone_is_refused_whatever_the_address() -> None:
    for asked in (ASKED, BRINGS, replace(ASKED, keeps_address=False)):
        ((what, _),) = zones(asked, WAVELENGTH)
        assert what.startswith("subnet-public is in the Wavelength Zone us-east-1-wl1-bos-wlz-1")


def test_a_public_subnet_that_is_not_there_is_another_checks() -> None:
    assert words("zones for addresses", replace(ASKED, public_subnets=(SubnetId("subnet-9"),))) == []
