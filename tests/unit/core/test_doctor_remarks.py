"""What a person reads beside a proposal, word for word, the line to paste, and of what type nodes are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts, PlacedTable, Vpc
from natkeeper.core.doctor.proposal import propose
from natkeeper.core.model import Unread
from natkeeper.doctor.request import asked_for
from tests.unit.core.test_doctor_proposals import (
    ID,
    KINDS,
    MODEL,
    PRIVATE,
    PUBLIC,
    READ,
    gateway,
    node,
    place,
    proposed,
    table,
    with_subnets,
)

FIXED = asked_for({"InstanceTypes": "m7g.large,m7g.xlarge"})
MEGABIT = 1e6 * 86_400 / 8
"""Bytes of a day in which a megabit passed in each second."""


def remarks(*tables: PlacedTable, facts: Facts = READ, model: Asked = MODEL) -> tuple[str, ...]:
    return proposed(replace(facts, tables=tables) if tables else facts, model).remarks


def carrying(megabits: float, **more: Any) -> Facts:
    """The busiest day of nat-a was so many megabits a second in the mean."""
    return replace(READ, carried={"nat-a": (megabits * MEGABIT,)}, **more)


# --- of tables


def test_tables_without_a_way_out_beside_others_stay_so_and_are_named() -> None:
    more = with_subnets(pri_c=place("us-east-1a", "10.0.12.0/24"))
    tables = (PUBLIC, PRIVATE[0], table("2", None, "pri-b"), table("3", None, "pri-c"))

    assert remarks(*tables, facts=more) == (
        "rtb-2, rtb-3 have no way out and stay so: add them to the line if they should have one",
    )


def test_where_no_table_has_a_way_out_all_are_in_the_line_and_that_is_told() -> None:
    assert remarks(PUBLIC, table("1", None, "pri-a"), table("2", None, "pri-b")) == (
        "these tables have no way out now: take out of the line what should have none",
    )


def test_a_way_that_could_not_be_read_and_one_that_a_stack_serves_are_told() -> None:
    unread = replace(READ, gateways=Unread("denied"))
    ours = replace(READ, machines=(node(stack="mine"),))

    assert remarks(PUBLIC, PRIVATE[0], table("2", "eni-9", "pri-b"), facts=unread) == (
        "rtb-1a is left out: what nat-a is, to which it leads, could not be read",
    )
    assert remarks(PUBLIC, table("1", "eni-1", "pri-a"), PRIVATE[1], facts=ours) == (
        "stack mine, i-1, serves rtb-1 already: its own parameters may take the other tables too",
    )


def test_tables_beyond_the_ranges_of_a_stack_stay_as_they_are() -> None:
    many = {f"pri_{n}": place("us-east-1a", f"10.{n}.1.0/24") for n in range(7)}
    facts = replace(with_subnets(**many), vpcs=(Vpc(ID, tuple(f"10.{n}.0.0/16" for n in range(7))),))
    tables = (PUBLIC, *(table(str(n), "nat-a", f"pri-{n}") for n in range(7)))

    assert remarks(*tables, facts=facts) == (
        "a stack takes 50 tables and 5 ranges: rtb-5, rtb-6 stay as they are",
    )


# --- of zones, of others


def test_zones_that_get_no_node_are_named_with_what_that_costs() -> None:
    tables = (table("0a", "igw-1", "pub-a"), table("1", "nat-a", "pri-a", "pri-b", "pri-c"))
    facts = with_subnets(pri_c=place("us-east-1c", "10.0.12.0/24"))

    assert remarks(*tables, facts=facts) == (
        (
            "us-east-1b, us-east-1c would be served across zones: no public subnet there, a Local Zone, or "
            "more than the 6 zones of a stack; AWS charges each gigabyte between zones, which no sum here has"
        ),
    )


def test_whoever_comes_by_a_transit_gateway_is_named_once_and_in_order() -> None:
    others = (("10.9.0.0/16", "tgw-1"), ("10.8.0.0/16", "arn:core"), ("10.7.0.0/16", "pcx-1"))
    tables = (
        table("0a", "igw-1", "pub-a", others=others),
        table("0b", "igw-1", "pub-b", others=others[:1]),
        *(replace(private, others=(("10.6.0.0/16", "tgw-1"),)) for private in PRIVATE),
    )

    assert remarks(*tables) == (
        (
            "the public subnets also lead to 10.8.0.0/16 (arn:core), 10.9.0.0/16 (tgw-1): if anything there "
            "uses this way out, nodes shut it out until its ranges are in PrivateCidrs"
        ),
    )


def test_what_else_leads_to_a_gateway_is_told_only_of_gateways_of_this_vpc_that_are_known() -> None:
    others = (("64:ff9b::/96", "nat-a"), ("10.9.0.0/16", "nat-p"), ("10.8.0.0/16", "nat-x"))
    tables = (PUBLIC, PRIVATE[0], replace(table("2", "eni-9", "pri-b"), others=others))
    known = replace(READ, gateways=(gateway("nat-a", "pub-a"), gateway("nat-p", "pub-a", public=False)))

    assert remarks(*tables, facts=known) == (
        "rtb-2 leads 64:ff9b::/96 to nat-a too: keep that gateway, for a stack moves 0.0.0.0/0 only",
    )
    unread = remarks(*tables[::2], facts=replace(READ, gateways=Unread("denied")))
    assert unread == ()


def test_that_stacks_could_not_be_read_is_told() -> None:
    assert remarks(facts=replace(READ, machines=Unread("denied"))) == (
        "whether there is a stack natkeeper-9abcdef0 could not be read; the line would take its tables",
    )


# --- of types


@pytest.mark.parametrize(
    ("megabits", "types"),
    [
        (0.0, MODEL.types),
        (16.0, MODEL.types),
        (16.01, ("t4g.micro", "t4g.small")),
        (32.0, ("t4g.micro", "t4g.small")),
        (32.01, ("t4g.small", "c6gn.medium")),
        (64.01, ("c6gn.medium", "c7gn.medium")),
        (800.01, ("c7gn.medium",)),
        (1562.5, ("c7gn.medium",)),
        (9999.0, ("c7gn.medium",)),
    ],
)
def test_a_node_is_of_the_smallest_type_with_room_for_twice_the_busiest_day_or_the_next(
    megabits: float, types: tuple[str, ...]
) -> None:
    asked = proposed(carrying(megabits)).asked

    assert asked.types == types
    assert asked.chosen is (types == MODEL.types)
    elsewhere = replace(carrying(megabits), gateways=(gateway("nat-a", None),))
    assert proposed(elsewhere).asked.types == types


def test_where_the_region_has_no_type_of_known_size_the_models_stay() -> None:
    facts = carrying(9999.0, kinds={"m7g.large": KINDS["t4g.nano"]})

    assert proposed(facts).asked.types == MODEL.types
    assert proposed(facts).asked.chosen
    two = {name: KINDS[name] for name in ("t4g.micro", "t4g.small")}
    assert proposed(carrying(9999.0, kinds=two)).asked.types == ("t4g.small",)
    assert proposed(carrying(20.0, kinds=Unread("denied"))).asked.types == ("t4g.micro", "t4g.small")


def test_types_that_a_person_chose_stay_whatever_passed() -> None:
    asked = proposed(carrying(9999.0), FIXED).asked

    assert (asked.types, asked.chosen) == (("m7g.large", "m7g.xlarge"), False)


@pytest.mark.parametrize(
    ("facts", "model", "told"),
    [
        (carrying(1562.5), MODEL, None),
        (carrying(1563.0), MODEL, ("1,563", "c7gn.medium")),
        (carrying(16.0), FIXED, None),
        (carrying(17.0), FIXED, ("17", "m7g.large")),
        (carrying(17.0), replace(FIXED, types=("t4g.micro",)), None),
    ],
    ids=["just enough", "too much for all", "as the smallest", "not known", "known"],
)
def test_a_type_that_is_not_known_to_send_as_much_is_told_from_just_above_its_room(
    facts: Facts, model: Asked, told: tuple[str, str] | None
) -> None:
    expected = told and (
        f"one node would have had {told[0]} Mbit/s in the mean of the busiest day: {told[1]} is not known "
        "to send 2 times that all day; larger ones go into InstanceTypes"
    )

    assert remarks(facts=facts, model=model) == ((expected,) if expected else ())


def test_of_traffic_that_could_not_be_read_nothing_is_told_and_nothing_follows() -> None:
    facts = carrying(9999.0)
    (vpc,) = facts.vpcs if not isinstance(facts.vpcs, Unread) else ()
    found = propose(facts, vpc, MODEL, Unread("denied"))

    assert found
    assert (found.asked.types, found.remarks) == (MODEL.types, ())


# --- the line


LINE = (
    "sam deploy --stack-name natkeeper-9abcdef0 --region us-east-1{profile} --parameter-overrides "
    "NetworkMode=existing ExistingVpcId=vpc-0123456789abcdef0 ExistingPublicSubnetIds=pub-a,pub-b "
    "ExistingPrivateRouteTableIds=rtb-1a,rtb-1b PrivateCidrs=10.0.0.0/16,10.1.0.0/16{more}"
)
OF_ITS_OWN = "InstanceTypes=m7g.large,m7g.xlarge ImageParameter=/own/image"
OWN = replace(FIXED, image_parameter="/own/image")


@pytest.mark.parametrize(
    ("model", "profile", "line"),
    [
        (MODEL, "", LINE.format(profile="", more="")),
        (MODEL, "team", LINE.format(profile=" --profile team", more="")),
        (
            OWN,
            "",
            LINE.format(profile="", more=" InstanceTypes=m7g.large,m7g.xlarge ImageParameter=/own/image"),
        ),
    ],
    ids=["auto", "profile", "own"],
)
def test_the_line_names_all_that_was_looked_at_and_nothing_that_the_template_says_itself(
    model: Asked, profile: str, line: str
) -> None:
    facts = replace(READ, vpcs=(Vpc(ID, ("10.0.0.0/16", "10.1.0.0/16")),))

    assert proposed(facts, model).command("us-east-1", profile) == line


def test_what_is_proposed_is_for_the_account_that_was_looked_at() -> None:
    assert proposed(READ, replace(MODEL, account="123456789012")).asked.account == "123456789012"
