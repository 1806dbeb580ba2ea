"""Which checks the doctor makes, what each looks at, and how machines are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.checks import CHECKS, examine
from natkeeper.core.doctor.facts import Vpc
from natkeeper.core.doctor.findings import Occasion
from natkeeper.core.model import AllocationId, RouteTableId, SubnetId, Unread
from tests.unit.core.doctor_situations import finding
from tests.unit.core.test_doctor import ASKED, HEALTHY, VPC

TWICE = replace(
    ASKED,
    public_subnets=(SubnetId("subnet-public"), SubnetId("subnet-2")),
    tables=(RouteTableId("rtb-private"), RouteTableId("rtb-2")),
    allocations=(AllocationId("eipalloc-1"), AllocationId("eipalloc-2")),
)
SUBNETS, TABLES = "subnet-public, subnet-2", "rtb-private, rtb-2"
TYPES, ACCOUNT = "t4g.nano, t4g.micro", "the account, in this region"
LOOKED_AT = {
    "parameters": "all of them together",
    "VPC": "vpc-1",
    "public subnets": SUBNETS,
    "one public subnet a zone": SUBNETS,
    "way out of the public subnets": SUBNETS,
    "room in the public subnets": SUBNETS,
    "route tables": TABLES,
    "private route tables": TABLES,
    "ranges": TABLES,
    "other networks": "10.0.0.0/16",
    "other stacks": TABLES,
    "zones for addresses": SUBNETS,
    "addresses brought along": "eipalloc-1, eipalloc-2",
    "addresses still held": "eipalloc-1, eipalloc-2",
    "addresses that stay": "natkeeper",
    "name server": SUBNETS,
    "network ACLs": SUBNETS,
    "block public access": SUBNETS,
    "image": "/aws/image",
    "instance types": TYPES,
    "types in each zone": SUBNETS,
    "account plan": TYPES,
    "vCPU quota": ACCOUNT,
    "address quota": ACCOUNT,
    "gateway quota": SUBNETS,
    "key for disks": ACCOUNT,
    "served": "natkeeper",
    "agents": "natkeeper",
    "goals": "natkeeper",
    "refusals": "natkeeper",
    "owners of the routes": "natkeeper",
}
NOTHING_NAMED = {
    Occasion.BEFORE: ["vCPU quota", "address quota", "key for disks"],
    Occasion.DEPLOYMENT: ["parameters"],
    Occasion.RUNNING: ["vCPU quota", "key for disks"],
}


def test_every_check_says_what_it_looked_at() -> None:
    assert {check.name: finding(check.name, TWICE).on for check in CHECKS} == LOOKED_AT


@pytest.mark.parametrize("occasion", Occasion)
def test_the_checks_of_an_occasion_are_made_in_order_and_no_others(occasion: Occasion) -> None:
    made = [found.check for found in examine(HEALTHY, TWICE, occasion)]

    assert made == [check for check in CHECKS if occasion in check.occasions]


@pytest.mark.parametrize("occasion", Occasion)
def test_where_nothing_is_named_only_the_account_is_looked_at(occasion: Occasion) -> None:
    made = [found.check.name for found in examine(HEALTHY, Asked(), occasion)]

    assert made == NOTHING_NAMED[occasion]


def test_machines_are_told_what_was_looked_at_and_why_though_all_is_well() -> None:
    assert finding("agents").figures() == {
        "check": "agents",
        "looked_at": "natkeeper",
        "verdict": "ok",
        "why_it_matters": "a node that cannot be asked is never verified, nor repaired",
        "mistakes": [],
        "could_not_be_read": "",
    }


def test_machines_are_told_what_could_not_be_read() -> None:
    assert finding("agents", online=Unread("AccessDenied: no")).figures() == {
        "check": "agents",
        "looked_at": "natkeeper",
        "verdict": "could not be read",
        "why_it_matters": "a node that cannot be asked is never verified, nor repaired",
        "mistakes": [],
        "could_not_be_read": "AccessDenied: no",
    }


def test_machines_are_told_each_mistake_and_what_to_do() -> None:
    figures = finding("name server", vpcs=(Vpc(VPC, (), resolves=False),)).figures()

    assert (figures["verdict"], figures["mistakes"]) == (
        "wrong",
        [
            {
                "what": "vpc-1 has DNS resolution off",
                "what_to_do": "aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support",
            }
        ],
    )
