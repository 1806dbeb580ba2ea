"""Where the doctor would let nodes stand: in which zones, and in which public subnet of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.facts import Facts, PlacedSubnet
from natkeeper.core.model import Unread
from tests.unit.core.test_doctor_proposals import (
    PRIVATE,
    PUBLIC,
    READ,
    gateway,
    nothing,
    place,
    proposed,
    table,
    with_subnets,
)

SEVEN = "abcdefg"


def seven_zones(*counts: int, gateways: Any = (), **far: PlacedSubnet) -> Facts:
    """A public subnet in each of seven zones, and so many private ones, all behind one instance."""
    more, private = dict(far), list(far)
    for number, (zone, count) in enumerate(zip(SEVEN, counts, strict=True)):
        more[f"open_{zone}"] = place(f"us-east-1{zone}", f"10.0.{number}.0/24")
        for each in range(count):
            private.append(f"shut-{zone}{each}")
            more[f"shut_{zone}{each}"] = place(f"us-east-1{zone}", f"10.0.{10 * (number + 1) + each}.0/24")
    tables = (table("0", "igw-1", *(f"open-{zone}" for zone in SEVEN)), table("1", "eni-9", *private))
    return replace(with_subnets(**more), tables=tables, gateways=gateways)


def zones_of(facts: Facts) -> str:
    return "".join(subnet.removeprefix("open-") for subnet in proposed(facts).asked.public_subnets)


@pytest.mark.parametrize(
    ("counts", "chosen"),
    [
        ((1, 2, 3, 4, 5, 6, 7), "bcdefg"),
        ((7, 6, 5, 4, 3, 2, 1), "abcdef"),
        ((1, 1, 1, 1, 1, 1, 1), "abcdef"),
        ((2, 2, 1, 2, 2, 1, 2), "abcdeg"),
        ((0, 1, 0, 2, 0, 0, 0), "bd"),
        ((0, 0, 0, 1, 0, 0, 0), "d"),
    ],
)
def test_nodes_stand_in_the_six_zones_with_the_most_subnets_to_serve_and_in_none_without(
    counts: tuple[int, ...], chosen: str
) -> None:
    asked = proposed(seven_zones(*counts)).asked

    assert asked.public_subnets == tuple(f"open-{zone}" for zone in chosen)
    assert asked.zones == len(chosen)


def test_of_zones_with_as_many_those_with_a_gateway_come_first() -> None:
    facts = seven_zones(*[1] * 7, gateways=(gateway("nat-g", "open-g"), gateway("nat-b", "open-b")))

    assert zones_of(facts) == "abcdeg"


@pytest.mark.parametrize(("home", "chosen"), [(None, "a"), ("open-c", "c")])
def test_where_no_zone_has_both_one_is_enough_and_best_one_with_a_gateway(
    home: str | None, chosen: str
) -> None:
    gateways = (gateway("nat-c", home),) if home else ()
    far = place("us-east-1h", "10.0.9.0/24")

    assert zones_of(seven_zones(*[0] * 7, gateways=gateways, far=far)) == chosen


@pytest.mark.parametrize(
    ("free", "chosen"),
    [((2, 3), "pub-a"), ((1, 2), "sub-a"), ((1, 9), "sub-a"), ((1, 1), "pub-a"), ((200, 250), "pub-a")],
    ids=str,
)
def test_a_subnet_with_room_in_which_a_gateway_stands_is_best(free: tuple[int, int], chosen: str) -> None:
    two = with_subnets(
        pub_a=place("us-east-1a", "10.0.0.0/24", free=free[0]),
        sub_a=place("us-east-1a", "10.0.5.0/24", free=free[1]),
    )
    facts = replace(two, tables=(table("0a", "igw-1", "pub-a", "sub-a"), *PRIVATE))

    assert proposed(facts).asked.public_subnets == (chosen,)


def test_without_a_gateway_the_emptiest_subnet_is_best_and_then_the_first_by_name() -> None:
    def chosen(first: int, second: int) -> str:
        two = with_subnets(
            aaa=place("us-east-1a", "10.0.0.0/24", free=first),
            bbb=place("us-east-1a", "10.0.5.0/24", free=second),
        )
        tables = (table("0a", "igw-1", "bbb", "aaa"), table("1a", "eni-9", "pri-a"))
        (found,) = proposed(replace(two, tables=tables, gateways=())).asked.public_subnets
        return found

    assert chosen(5, 9) == "bbb"
    assert chosen(9, 5) == "aaa"
    assert chosen(9, 9) == "aaa"
    assert chosen(2, 3) == "bbb"


def test_the_way_of_a_public_subnet_must_not_be_lost() -> None:
    lost = table("0a", "igw-1", "pub-a", "pub-b", blackhole=True)

    assert nothing(replace(READ, tables=(lost, *PRIVATE)))
    half = (table("0b", "igw-1", "pub-b"), table("0a", "igw-1", "pub-a", blackhole=True), *PRIVATE)
    assert proposed(replace(READ, tables=half)).asked.public_subnets == ("pub-b",)


def test_a_private_gateway_shows_no_way_through_a_firewall() -> None:
    open_ = (table("0a", "vpce-1", "pub-a"), table("0b", "igw-1", "pub-b"))
    walled = (*open_, table("1a", "eni-9", "pri-a"), PRIVATE[1])
    private = (gateway("nat-a", "pub-a", public=False), gateway("nat-b", "pub-b"))

    assert proposed(replace(READ, tables=walled, gateways=private)).asked.public_subnets == ("pub-b",)
    shown = (gateway("nat-a", "pub-a"), gateway("nat-b", "pub-b"))
    assert proposed(replace(READ, tables=walled, gateways=shown)).asked.public_subnets == ("pub-a", "pub-b")


def test_gateways_that_could_not_be_read_stand_nowhere() -> None:
    tables = (PUBLIC, table("1a", "eni-9", "pri-a"))

    assert proposed(replace(READ, tables=tables, gateways=Unread("denied"))).asked.public_subnets == (
        "pub-a",
    )
