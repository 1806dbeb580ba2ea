"""What the doctor says of route tables, of ranges and of a VPC's name server: word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.doctor.facts import Vpc
from natkeeper.core.doctor.findings import Occasion
from natkeeper.core.model import RouteTableId, SubnetId, Unread, VpcId
from tests.unit.core.doctor_situations import (
    OTHER_VPC,
    Words,
    finding,
    place,
    table,
    with_subnets,
    with_tables,
    words,
)
from tests.unit.core.test_doctor import ASKED, PUBLIC, VPC, found

SECOND = SubnetId("subnet-2")
NO_TABLE: Words = (
    "there is no route table rtb-2 in us-east-1",
    "look at ExistingPrivateRouteTableIds: aws ec2 describe-route-tables lists them",
)


def test_a_route_table_that_is_not_there_is_told_and_by_no_other_check() -> None:
    asked = replace(ASKED, tables=(*ASKED.tables, RouteTableId("rtb-2")))

    assert found(Occasion.BEFORE, asked).keys() == {"route tables"}
    assert words("route tables", asked) == [NO_TABLE]


@pytest.mark.parametrize("vpc", [VPC, None])
def test_a_route_table_of_another_vpc_is_told(vpc: VpcId | None) -> None:
    asked = replace(ASKED, vpc=vpc, tables=(*ASKED.tables, RouteTableId("rtb-2")))

    assert words("route tables", asked, tables=with_tables(table("2", None, vpc=OTHER_VPC))) == [
        (
            "route table rtb-2 is of vpc-2, not of vpc-1",
            "name route tables of the VPC that is served; another VPC needs a stack of its own",
        )
    ]


def test_a_public_subnets_table_as_a_private_one_is_told() -> None:
    asked = replace(ASKED, tables=(*ASKED.tables, RouteTableId("rtb-public")))

    assert words("private route tables", asked) == [
        (
            (
                "rtb-public serves subnet-public, where nodes stand: they would lose their own way out; "
                "take the table out of the private ones, or give public subnets one of their own"
            ),
            "name only the tables of private subnets in ExistingPrivateRouteTableIds",
        )
    ]


def test_a_table_that_leads_to_an_internet_gateway_is_told_and_one_that_works_elsewhere_is_not() -> None:
    asked = replace(ASKED, tables=(RouteTableId("rtb-2"),), ranges=("10.9.0.0/16",))
    listed = with_subnets(subnet_2=place("10.0.2.0/24"))

    def told(target: str) -> list[Words]:
        tables = with_tables(table("2", target, SECOND))
        return words("private route tables", asked, subnets=listed, tables=tables)

    assert told("igw-1") == [
        (
            (
                "the default route of rtb-2 leads to the internet gateway igw-1: take the table out of the "
                "private ones, or take that route away"
            ),
            "name only the tables of private subnets in ExistingPrivateRouteTableIds",
        )
    ]
    assert told("nat-1") == []


@pytest.mark.parametrize("vpc", [VPC, None])
def test_subnets_from_which_nodes_let_nothing_in_are_told_with_their_ranges(vpc: VpcId | None) -> None:
    asked = replace(ASKED, vpc=vpc, ranges=("10.9.0.0/16", "10.8.0.0/16"))
    tables = (table("public", "igw-1", PUBLIC), table("private", "eni-1", "subnet-private", "subnet-2"))
    listed = with_subnets(subnet_2=place("10.0.2.0/24", "10.9.2.0/24", "10.0.3.0/24"))

    assert words("ranges", asked, subnets=listed, tables=tables) == [
        (
            (
                "route table rtb-private serves subnet-private (10.0.1.0/24), subnet-2 (10.0.2.0/24), "
                "subnet-2 (10.0.3.0/24), outside 10.9.0.0/16, 10.8.0.0/16"
            ),
            "add the range to PrivateCidrs, or leave out the table",
        )
    ]


@pytest.mark.parametrize("vpc", [VPC, None])
def test_a_vpc_without_a_name_server_is_told_and_no_other_vpc_is_looked_at(vpc: VpcId | None) -> None:
    deaf, strange = Vpc(VPC, (), resolves=False), Vpc(OTHER_VPC, (), resolves=False)
    asked = replace(ASKED, vpc=vpc)

    assert words("name server", asked, vpcs=(strange, deaf)) == [
        ("vpc-1 has DNS resolution off", "aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support")
    ]
    assert words("name server", asked, vpcs=(strange, replace(deaf, resolves=True))) == []
    assert finding("name server", asked, vpcs=(Vpc(VPC, (), resolves=Unread("denied")),)).unread == "denied"
