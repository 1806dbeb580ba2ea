"""What the doctor says of other natkeeper stacks, and of networks beyond the VPC."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.facts import Machine, PlacedTable, Vpc
from natkeeper.core.doctor.findings import Occasion
from natkeeper.core.model import InstanceId
from tests.unit.core.doctor_situations import table, words
from tests.unit.core.test_doctor import ASKED, INSIDE, NODE, NOW, PRIVATE, PUBLIC, VPC, B, found

OTHER = Machine(InstanceId("i-9"), "t4g.nano", B, 2, ("eni-8", "eni-9"), NOW, stack="other")
EGRESS = replace(ASKED, ranges=("10.0.0.0/16", "10.7.0.0/16"))
"""A central egress VPC, through which a spoke's hosts leave."""


def stacks(target: str, **more: Any) -> list[str]:
    """What is wrong where the private table leads to the target."""
    tables = (table("public", "igw-1", PUBLIC), table("private", target, PRIVATE, **more))
    asked = replace(ASKED, stack=more.pop("stack", "natkeeper"))
    return [what for what, _ in words("other stacks", asked, tables=tables, machines=(NODE, OTHER))]


@pytest.mark.parametrize("target", ["i-9", "eni-8", "eni-9"])
def test_a_table_that_another_stack_serves_is_told(target: str) -> None:
    assert stacks(target) == [f"route table {INSIDE} is served by natkeeper stack other"]


@pytest.mark.parametrize("target", ["i-1", "eni-1", "eni-3", "nat-1"])
def test_ones_own_node_and_what_is_no_stacks_are_well(target: str) -> None:
    assert stacks(target) == []


def test_a_table_that_is_held_is_nobodys_to_take() -> None:
    assert stacks("eni-9", held=True) == []


def test_a_table_that_is_not_asked_for_may_be_anybodys() -> None:
    tables = (table("public", "igw-1", PUBLIC), table("9", "eni-9", PRIVATE))

    assert words("other stacks", tables=tables, machines=(OTHER,)) == []


def test_who_does_not_say_which_stack_it_is_meets_its_own_as_another() -> None:
    ((what, cure),) = words("other stacks", replace(ASKED, stack=""), machines=(NODE,))

    assert what == "route table rtb-private is served by natkeeper stack natkeeper"
    assert cure.endswith("--stack natkeeper")


def networks(asked: Any = EGRESS, /, *others: tuple[str, str]) -> list[str]:
    """What is wrong when the nodes' own table has these routes beside its default one."""
    public: PlacedTable = replace(table("public", "igw-1", PUBLIC), others=others)
    tables = (public, table("private", "eni-1", PRIVATE))
    return [what for what, _ in words("other networks", asked, tables=tables)]


def test_spokes_with_a_way_back_are_served() -> None:
    assert networks(EGRESS, ("10.7.0.0/16", "tgw-1")) == []
    assert networks(EGRESS, ("10.0.0.0/8", "tgw-1")) == [], "a wider route does as well"
    assert networks(EGRESS, ("10.7.1.0/24", "tgw-1"), ("10.7.2.0/24", "pcx-1")) == [], "or narrower ones"


def test_spokes_without_a_way_back_are_told() -> None:
    lost = (
        "PrivateCidrs has 10.7.0.0/16, which is not of the VPC, and rtb-public, the nodes' own table, has no "
        "route there: no answer comes back"
    )

    assert networks() == [lost]
    assert networks(EGRESS, ("10.7.0.0/16", "igw-1"), ("fd00::/8", "tgw-1")) == [lost]


def test_another_network_that_nodes_do_not_let_in_is_told_where_some_are() -> None:
    routes = (("10.7.0.0/16", "tgw-1"), ("10.8.0.0/16", "tgw-1"))

    assert networks(EGRESS, *routes) == [
        "rtb-public leads 10.8.0.0/16 to another network, from which nodes let nothing in"
    ]
    assert networks(ASKED, *routes) == [], "who serves its own VPC alone may lead elsewhere as it likes"


def test_a_list_whose_contents_nobody_knows_is_not_judged() -> None:
    assert networks(EGRESS, ("pl-1", "tgw-1")) == []


@pytest.mark.parametrize("ranges", [("10.0.0.0/16",), ("10.0.0.0/8",), ("10.0.0.0/17", "100.64.0.0/16")])
def test_the_vpcs_own_ranges_need_no_route(ranges: tuple[str, ...]) -> None:
    vpcs = (Vpc(VPC, ("10.0.0.0/16", "100.64.0.0/10"), resolves=True),)

    assert words("other networks", replace(ASKED, ranges=ranges), vpcs=vpcs) == []


def test_no_deployment_fails_for_it() -> None:
    assert "other networks" in found(Occasion.BEFORE, EGRESS)
    assert "other networks" in found(Occasion.RUNNING, EGRESS)
    assert "other networks" not in found(Occasion.DEPLOYMENT, EGRESS)
