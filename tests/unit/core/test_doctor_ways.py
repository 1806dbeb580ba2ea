"""What the doctor finds as a VPC's way out now, in words, and what passed through it, in figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.egress import GB, Exit, Traffic, Way, exits_of, gateways_of, mbps, traffic_of
from natkeeper.core.doctor.facts import Facts, Gateway
from natkeeper.core.model import InstanceId, RouteTableId, SubnetId, Unread, VpcId, ZoneName
from tests.unit.core.test_doctor_proposals import ID, PUBLIC, READ, gateway, node, table

DAY = 86_400


def way(target: str | None, facts: Facts = READ) -> tuple[Way, str]:
    """What the table rtb-1a leads to, and that in words."""
    (found,) = exits_of(replace(facts, tables=(table("1a", target, "pri-a"),)), ID)
    return found.way, found.by


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (None, (Way.NOTHING, "")),
        ("igw-1", (Way.PUBLIC, "igw-1")),
        ("cagw-1", (Way.PUBLIC, "cagw-1")),
        ("nat-a", (Way.GATEWAY, "nat-a")),
        ("nat-p", (Way.ELSEWHERE, "nat-p, private")),
        ("eni-9", (Way.INSTANCE, "eni-9")),
        ("eni-1", (Way.INSTANCE, "i-1 my nat")),
        ("i-1", (Way.INSTANCE, "i-1 my nat")),
        ("eni-2", (Way.INSTANCE, "i-2")),
        ("eni-3", (Way.NATKEEPER, "stack mine, i-3")),
        ("tgw-1", (Way.ELSEWHERE, "tgw-1")),
    ],
)
def test_each_way_out_has_its_words(target: str | None, told: tuple[Way, str]) -> None:
    named, plain = node(name="my nat"), replace(node(), id=InstanceId("i-2"), interfaces=("eni-8", "eni-2"))
    ours = replace(node(stack="mine"), id=InstanceId("i-3"), interfaces=("eni-3",))
    gateways = (gateway("nat-a", "pub-a"), gateway("nat-p", "pub-a", public=False))

    assert way(target, replace(READ, machines=(named, plain, ours), gateways=gateways)) == told


def test_a_table_is_listed_with_the_subnets_that_it_serves_and_their_zones() -> None:
    facts = replace(READ, tables=(PUBLIC, table("1", "nat-a", "pri-b", "pri-a", "elsewhere")))

    assert exits_of(facts, ID)[1:] == (
        Exit(
            RouteTableId("rtb-1"),
            Way.GATEWAY,
            "nat-a",
            (SubnetId("pri-b"), SubnetId("pri-a")),
            (ZoneName("us-east-1a"), ZoneName("us-east-1b")),
        ),
    )


def test_gateways_of_another_vpc_and_private_ones_lead_to_no_internet_from_here() -> None:
    elsewhere = Gateway("nat-x", VpcId("vpc-2"), None, public=True)
    private = gateway("nat-p", "pub-a", public=False)

    assert gateways_of(replace(READ, gateways=(elsewhere, private, gateway("nat-a", "pub-a"))), ID) == (
        gateway("nat-a", "pub-a"),
    )


# --- what passed


def test_traffic_is_the_sum_of_all_days_and_its_peak_each_gateways_busiest_day() -> None:
    facts = replace(
        READ,
        gateways=(
            gateway("nat-a", "pub-a"),
            gateway("nat-b", "pub-b"),
            gateway("nat-c", "pub-b"),
            gateway("nat-r", None),
            gateway("nat-n", "pub-a"),
        ),
        carried={
            "nat-a": (1.0 * GB, 3.0 * GB),
            "nat-b": (4.0 * GB,),
            "nat-c": (5.0 * GB,),
            "nat-r": (GB / 2,),
            "nat-x": (99.0 * GB,),
        },
    )

    assert traffic_of(facts, ID) == Traffic(13.5, {"us-east-1a": 3.0, "us-east-1b": 9.0, "nat-r": 0.5}, 30)


def test_a_gateway_without_figures_carried_nothing() -> None:
    facts = replace(READ, gateways=(gateway("nat-a", "pub-a"), gateway("nat-g", "gone")))

    assert traffic_of(facts, ID) == Traffic(0.0, {"us-east-1a": 0.0, "nat-g": 0.0}, 30)


@pytest.mark.parametrize("unread", ["gateways", "carried", "subnets"])
def test_traffic_of_which_anything_could_not_be_read_is_not_known(unread: str) -> None:
    changed: dict[str, Any] = {unread: Unread("denied")}

    assert traffic_of(replace(READ, **changed), ID) == Unread("denied")


@pytest.mark.parametrize(("megabits", "gigabytes"), [(0.0, 0.0), (8.0, DAY * 1e6 / GB)])
def test_the_mean_of_a_day_is_told_in_megabits_a_second(megabits: float, gigabytes: float) -> None:
    assert mbps(gigabytes) == pytest.approx(megabits, rel=1e-9)
    assert Traffic(0.0, {"a": gigabytes, "b": gigabytes / 2}, 30).busiest_mbps == mbps(gigabytes)
    assert Traffic(0.0, {}, 30).busiest_mbps == 0.0
