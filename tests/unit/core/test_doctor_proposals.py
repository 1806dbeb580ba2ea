"""What the doctor proposes for a VPC, of facts as values: whom it serves, where nodes stand, and the line."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from natkeeper.core.doctor.asked import DEFAULT_IMAGE, Asked
from natkeeper.core.doctor.checks import examine
from natkeeper.core.doctor.egress import Traffic, Way, exits_of, traffic_of
from natkeeper.core.doctor.facts import Facts, Gateway, InstanceKind, Machine, PlacedSubnet, PlacedTable, Vpc
from natkeeper.core.doctor.findings import Occasion, Verdict
from natkeeper.core.doctor.proposal import BASELINES, Proposal, propose
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.model import InstanceId, Route, RouteTableId, SubnetId, Unread, VpcId, ZoneName
from natkeeper.doctor.request import asked_for
from tests.template.cfn import template
from tests.unit.core.test_doctor import HEALTHY, NOW

ID, VPC_RANGE = VpcId("vpc-0123456789abcdef0"), "10.0.0.0/16"
MODEL = asked_for({})
KIND = InstanceKind(2, frozenset(("arm64",)), free_plan=True)
KINDS = dict.fromkeys((*MODEL.types, *(name for name, _ in BASELINES)), KIND)


def place(zone: str, *ranges: str, free: int = 200) -> PlacedSubnet:
    return PlacedSubnet(ID, Subnet(ZoneName(zone), ranges), free)


def table(
    name: str, target: str | None, *subnets: str, others: tuple[tuple[str, str], ...] = (), **more: Any
) -> PlacedTable:
    route = Route(RouteTableId(f"rtb-{name}"), target, **more)
    return PlacedTable(ID, Table(route, tuple(SubnetId(s) for s in subnets)), others)


def gateway(name: str, subnet: str | None, **more: Any) -> Gateway:
    return Gateway(name, ID, SubnetId(subnet) if subnet else None, **{"public": True, **more})


SUBNETS = {
    SubnetId("pub-a"): place("us-east-1a", "10.0.0.0/24"),
    SubnetId("pub-b"): place("us-east-1b", "10.0.1.0/24"),
    SubnetId("pri-a"): place("us-east-1a", "10.0.10.0/24"),
    SubnetId("pri-b"): place("us-east-1b", "10.0.11.0/24"),
}
PUBLIC = table("0a", "igw-1", "pub-a", "pub-b")
PRIVATE = (table("1a", "nat-a", "pri-a"), table("1b", "nat-b", "pri-b"))
READ = replace(
    HEALTHY,
    vpcs=(Vpc(ID, (VPC_RANGE,), resolves=True),),
    subnets=SUBNETS,
    tables=(PUBLIC, *PRIVATE),
    gateways=(gateway("nat-a", "pub-a"), gateway("nat-b", "pub-b")),
    carried={},
    machines=(),
    kinds=KINDS,
)
"""A VPC of two zones with a NAT gateway in each."""


def with_subnets(**more: PlacedSubnet) -> Facts:
    made = {SubnetId(name.replace("_", "-")): subnet for name, subnet in more.items()}
    return replace(READ, subnets={**SUBNETS, **made})


def proposed(facts: Facts = READ, model: Any = MODEL) -> Proposal:
    (vpc,) = facts.vpcs if not isinstance(facts.vpcs, Unread) else ()
    found = propose(facts, vpc, model, traffic_of(facts, vpc.id))
    assert found
    return found


def nothing(facts: Facts) -> bool:
    (vpc,) = facts.vpcs if not isinstance(facts.vpcs, Unread) else ()
    return propose(facts, vpc, MODEL, Unread("not asked")) is None


def ways(facts: Facts) -> dict[str, Way]:
    return {e.table: e.way for e in exits_of(facts, ID)}


def node(**more: Any) -> Machine:
    zone = ZoneName("us-east-1a")
    return Machine(InstanceId("i-1"), "t4g.nano", zone, 2, ("eni-1",), NOW, **more)


# --- whom it takes over


def test_a_stack_that_sleeps_is_not_taken_over_for_a_black_hole() -> None:
    asleep = node(stack="mine", runs=False)
    facts = replace(READ, tables=(PUBLIC, table("1a", "eni-1", "pri-a", blackhole=True)), machines=(asleep,))

    assert ways(facts)["rtb-1a"] is Way.NATKEEPER
    assert nothing(facts)
    assert ways(replace(facts, machines=(replace(asleep, stack=""),)))["rtb-1a"] is Way.LOST


def test_an_interface_of_which_nothing_could_be_read_may_be_a_natkeepers() -> None:
    facts = replace(READ, tables=(PUBLIC, table("1a", "eni-1", "pri-a")), machines=Unread("denied"))

    assert ways(facts)["rtb-1a"] is Way.UNREAD
    assert nothing(facts)


def test_a_gateway_of_which_nothing_could_be_read_may_lead_to_a_private_network() -> None:
    facts = replace(READ, gateways=Unread("denied"))

    assert set(ways(facts).values()) == {Way.PUBLIC, Way.UNREAD}
    assert nothing(facts)


def test_what_could_not_be_read_is_left_out_of_the_line_and_told() -> None:
    lost = table("1c", "nat-gone", "pri-b", blackhole=True)
    facts = replace(READ, tables=(PUBLIC, table("1a", "eni-1", "pri-a"), lost), machines=Unread("denied"))

    assert proposed(facts).asked.tables == ("rtb-1c",)
    assert any("rtb-1a" in remark and "read" in remark for remark in proposed(facts).remarks)


def test_a_private_gateway_leads_to_another_network_which_a_node_does_not() -> None:
    facts = replace(READ, gateways=(gateway("nat-a", "pub-a", public=False), gateway("nat-b", "pub-b")))

    assert ways(facts)["rtb-1a"] is Way.ELSEWHERE
    assert proposed(facts).asked.tables == ("rtb-1b",)


@pytest.mark.parametrize(
    ("target", "way"), [("igw-1", Way.PUBLIC), ("tgw-1", Way.ELSEWHERE), ("nat-x", Way.LOST)]
)
def test_a_black_hole_is_a_way_lost_only_where_a_nat_was(target: str, way: Way) -> None:
    facts = replace(READ, tables=(PUBLIC, table("1a", target, "pri-a", blackhole=True)))

    assert ways(facts)["rtb-1a"] is way
    assert nothing(facts) is (way is not Way.LOST)


def test_a_table_of_subnets_with_ipv6_only_has_nothing_for_a_nat_to_serve() -> None:
    facts = with_subnets(six=place("us-east-1a"))
    facts = replace(facts, tables=(PUBLIC, table("6", None, "six")))

    assert "rtb-6" not in ways(facts)
    assert nothing(facts)


def test_beside_a_stack_that_serves_already_a_person_hears_of_it() -> None:
    ours = table("1a", "eni-1", "pri-a")
    facts = replace(READ, tables=(PUBLIC, ours, PRIVATE[1]), machines=(node(stack="mine"),))

    assert any("mine" in remark and "rtb-1a" in remark for remark in proposed(facts).remarks)


def test_whoever_comes_in_by_a_transit_gateway_would_be_shut_out_and_that_is_told() -> None:
    public = table("0a", "igw-1", "pub-a", "pub-b", others=(("10.8.0.0/13", "tgw-1"), ("fd00::/8", "tgw-1")))
    told = proposed(replace(READ, tables=(public, *PRIVATE))).remarks

    (remark,) = told
    assert "10.8.0.0/13 (tgw-1)" in remark
    assert "fd00" not in remark
    assert proposed().remarks == ()


@pytest.mark.parametrize("destination", ["64:ff9b::/96", "192.0.2.0/24", "pl-1"])
def test_what_else_a_gateway_is_there_for_is_told(destination: str) -> None:
    private = table("1a", "nat-a", "pri-a", others=((destination, "nat-a"), ("10.9.0.0/16", "pcx-1")))
    (remark,) = proposed(replace(READ, tables=(PUBLIC, private, PRIVATE[1]))).remarks

    assert f"rtb-1a leads {destination} to nat-a" in remark


# --- where nodes stand


def test_a_private_subnet_behind_a_firewall_is_no_place_for_a_node() -> None:
    facts = with_subnets(wall_a=place("us-east-1a", "10.0.20.0/24"))
    walled = table("2a", "vpce-1", "wall-a")
    facts = replace(facts, tables=(table("0a", "igw-1", "pub-b"), walled, *PRIVATE), gateways=())

    facts = replace(facts, gateways=(gateway("nat-a", "pub-b"), gateway("nat-b", "pub-b")))
    assert proposed(facts).asked.public_subnets == ("pub-b",)


def test_where_a_gateway_stands_behind_a_firewall_a_node_can_stand_too() -> None:
    facts = replace(READ, tables=(table("0a", "vpce-1", "pub-a", "pub-b"), *PRIVATE))

    assert proposed(facts).asked.public_subnets == ("pub-a", "pub-b")


def test_one_gateway_in_another_zone_than_whom_it_serves_can_be_stood_in_for_there() -> None:
    facts = replace(READ, tables=(table("0a", "igw-1", "pub-a"), table("1b", "nat-a", "pri-b")))

    assert proposed(facts).asked.public_subnets == ("pub-a",)
    assert any("us-east-1b would be served across zones" in r for r in proposed(facts).remarks)


def test_a_zone_without_a_public_subnet_takes_no_other_zones_place() -> None:
    facts = with_subnets(
        pub_c=place("us-east-1c", "10.0.2.0/24"), pri_c=place("us-east-1c", "10.0.12.0/24"),
        pri_0=place("us-east-1d", "10.0.13.0/24"), pri_1=place("us-east-1d", "10.0.14.0/24"),
    )  # fmt: skip
    private = table("1a", "nat-a", "pri-a", "pri-b", "pri-c", "pri-0", "pri-1")
    facts = replace(facts, tables=(table("0a", "igw-1", "pub-a", "pub-b", "pub-c"), private))

    assert proposed(facts).asked.public_subnets == ("pub-a", "pub-b", "pub-c")


@pytest.mark.parametrize("zone", ["us-east-1-bos-1a", "us-east-1-wl1-bos-wlz-1"])
def test_a_local_zone_is_served_across_zones_for_a_regions_address_cannot_go_there(zone: str) -> None:
    facts = with_subnets(pub_l=place(zone, "10.0.2.0/24"), pri_l=place(zone, "10.0.12.0/24"))
    open_ = table("0a", "igw-1", "pub-a", "pub-b", "pub-l")
    facts = replace(facts, tables=(open_, *PRIVATE, table("1l", "nat-a", "pri-l")))

    assert proposed(facts).asked.public_subnets == ("pub-a", "pub-b")
    assert any(f"{zone} would be served across zones" in r for r in proposed(facts).remarks)


def test_a_subnet_with_room_for_a_node_and_its_successor_comes_first() -> None:
    facts = with_subnets(
        pub_a=place("us-east-1a", "10.0.0.0/24", free=1), big_a=place("us-east-1a", "10.0.5.0/24", free=9)
    )
    facts = replace(facts, tables=(table("0a", "igw-1", "pub-a", "pub-b", "big-a"), *PRIVATE))

    assert proposed(facts).asked.public_subnets == ("big-a", "pub-b")


def test_the_line_never_changes_a_stack_that_is_there() -> None:
    """Deployed again under the same name, the stack would lose the tables that it has."""
    name = proposed().asked.stack
    facts = replace(READ, tables=(PUBLIC, table("1a", "eni-1", "pri-a"), PRIVATE[1]))

    assert name == f"natkeeper-{ID[-8:]}"
    assert proposed(replace(facts, machines=(node(stack=name),))).asked.stack == f"{name}-2"
    asleep = replace(READ, machines=(node(stack=name, runs=False), node(stack=f"{name}-2")))
    assert proposed(asleep).asked.stack == f"{name}-3"
    unread = proposed(replace(READ, machines=Unread("denied")))
    assert any(f"whether there is a stack {name}" in remark for remark in unread.remarks)


# --- of what type


def test_a_type_that_the_region_does_not_have_is_not_proposed() -> None:
    busy = replace(READ, carried={"nat-a": (700 * 2.0**30,)})
    assert proposed(busy).asked.types[0] == "c6gn.medium"

    without = {name: kind for name, kind in KINDS.items() if name != "c6gn.medium"}
    assert proposed(replace(busy, kinds=without)).asked.types == ("c7gn.medium",)


def test_a_node_carries_what_all_gateways_of_its_zone_carried() -> None:
    day = 300 * 2.0**30
    facts = replace(READ, carried={"nat-a": (day,), "nat-b": (day,)})
    assert proposed(facts).type == "t4g.micro"

    both = replace(facts, gateways=(gateway("nat-a", "pub-a"), gateway("nat-b", "pub-a")))
    assert proposed(both).type == "t4g.small"


def test_a_node_carries_what_gateways_carried_where_no_node_will_stand() -> None:
    day = 300 * 2.0**30
    facts = replace(READ, carried={"nat-a": (day,), "nat-b": (day,)})
    local = with_subnets(pub_b=place("us-east-1-bos-1a", "10.0.1.0/24")).subnets

    assert proposed(replace(facts, subnets=local)).type == "t4g.small"


@pytest.mark.parametrize(
    ("model", "gigabytes", "told"),
    [
        (MODEL, 50_000.0, True),
        (MODEL, 700.0, False),
        (asked_for({"InstanceTypes": "t4g.nano"}), 300.0, True),
        (asked_for({"InstanceTypes": "m7g.large"}), 300.0, True),
        (asked_for({"InstanceTypes": "m7g.large"}), 1.0, False),
    ],
)
def test_a_type_that_is_not_known_to_carry_the_busiest_day_is_told(
    model: Asked, gigabytes: float, told: bool
) -> None:
    remarks = proposed(replace(READ, carried={"nat-a": (gigabytes * 2**30,)}), model).remarks

    assert any("Mbit/s" in remark for remark in remarks) is told


def test_the_traffic_of_a_vpc_without_gateways_is_known_though_the_metrics_are_not() -> None:
    none = replace(READ, gateways=(), carried=Unread("denied"))

    assert traffic_of(none, ID) == Traffic(0.0, {}, 30)
    assert traffic_of(replace(none, gateways=Unread("no")), ID) == Unread("no")


# --- the line


def parameters_of(line: str) -> dict[str, str]:
    words = shlex.split(line)
    return dict(word.split("=", 1) for word in words[words.index("--parameter-overrides") + 1 :])


X86 = asked_for({"ImageParameter": "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"})
OWN = asked_for({"InstanceTypes": "c7gn.medium", "ImageParameter": "/own/image"})


@pytest.mark.parametrize("model", [MODEL, X86, OWN], ids=["auto", "x86_64", "own"])
def test_the_line_asks_for_what_was_looked_at_and_the_template_takes_it(model: Any) -> None:
    found = proposed(READ, model)
    given = parameters_of(found.command("us-east-1"))

    assert asked_for(given, found.asked.stack) == found.asked
    assert (given.get("ImageParameter") or DEFAULT_IMAGE) == model.image_parameter
    declared = template()["Parameters"]
    assert all(re.fullmatch(declared[name].get("AllowedPattern", ".*"), text)
               for name, text in given.items() if not name.startswith("Existing"))  # fmt: skip


def test_the_line_deploys_into_the_account_that_was_looked_at_and_is_safe_in_a_shell() -> None:
    line = proposed().command("us-east-1", profile="team; rm -rf $HOME")
    words = shlex.split(line)

    assert words[words.index("--profile") + 1] == "team; rm -rf $HOME"
    assert "; rm" not in line.replace("'team; rm -rf $HOME'", "")
    hostile = proposed(READ, replace(MODEL, types=("t4g.nano;id",), chosen=False)).command("us-east-1")
    assert parameters_of(hostile)["InstanceTypes"] == "t4g.nano;id"
    assert "--profile" not in hostile


def test_the_ranges_of_whom_is_served_come_first_and_whom_they_leave_out_stays_with_its_gateway() -> None:
    ranges = tuple(f"10.{n}.0.0/16" for n in range(7))
    seven = with_subnets(pri_a=place("us-east-1a", "10.6.0.0/24"), pri_b=place("us-east-1b", "10.5.0.0/24"))
    facts = replace(seven, vpcs=(Vpc(ID, ranges),))
    asked = proposed(facts).asked

    assert {"10.5.0.0/16", "10.6.0.0/16"} < set(asked.ranges)
    assert len(asked.ranges) == 5
    assert asked.tables == ("rtb-1a", "rtb-1b")

    many = {f"pri_{n}": place("us-east-1a", f"10.{n}.1.0/24") for n in range(7)}
    wide = replace(with_subnets(**many), vpcs=facts.vpcs)
    tables = (PUBLIC, *(table(str(n), "nat-a", f"pri-{n}") for n in range(7)))
    found = proposed(replace(wide, tables=tables))

    assert len(found.asked.tables) == 5
    assert any("rtb-6" in remark for remark in found.remarks)


def test_what_is_proposed_is_never_what_the_checks_of_the_network_refuse() -> None:
    ranges = tuple(f"10.{n}.0.0/16" for n in range(7))
    many = {f"pri_{n}": place("us-east-1a", f"10.{n}.1.0/24") for n in range(7)}
    facts = replace(with_subnets(**many), vpcs=(Vpc(ID, ranges, resolves=True),))
    tables = (PUBLIC, *(table(str(n), "nat-a", f"pri-{n}") for n in range(7)))
    facts = replace(facts, tables=tables)
    asked = proposed(facts).asked

    wrong = [f.check.name for f in examine(facts, asked, Occasion.BEFORE) if f.verdict is Verdict.WRONG]
    assert "ranges" not in wrong
    assert "private route tables" not in wrong
