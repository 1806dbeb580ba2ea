"""What the parameters name and the VPC do not fit: told, and no working path is made worse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.actions import LaunchNode, Notify, PointRoute
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.intake.topology import Layout, Listing, assemble
from natkeeper.core.memory import Memory
from natkeeper.core.model import Node, Remark, Route, RouteTableId, SubnetId, Zone
from tests.builders import NOW, POLICY, A, ago, decided, node, remembering, route, served, world, zone

PUBLIC, PRIVATE, FAR = SubnetId("subnet-a"), SubnetId("private-a"), SubnetId("private-far")
SUBNETS = {
    PUBLIC: Subnet(A, ("10.0.0.0/24",)),
    PRIVATE: Subnet(A, ("10.0.100.0/24",)),
    FAR: Subnet(A, ("100.64.0.0/24",)),
}
MINE = RouteTableId("rtb-a")
LAYOUT = Layout((PUBLIC,), (MINE,), ranges=("10.0.0.0/16",))
a1 = node("a1", subnet=PUBLIC)
OPEN = Table(Route(RouteTableId("rtb-public"), "igw-1"), (PUBLIC,))


def table(target: str | None, *subnets: SubnetId, blackhole: bool = False, **changes: object) -> Table:
    made = Table(Route(MINE, target, blackhole), subnets or (PRIVATE,))
    return replace(made, **changes)  # type: ignore[arg-type]


def seen(*tables: Table, nodes: tuple[Node, ...] = (), layout: Layout = LAYOUT) -> Zone:
    (found,) = assemble(layout, Listing(SUBNETS, tables, nodes, ())).readable()
    return found


def told(found: Zone) -> list[str]:
    return [remark.text for remark in found.remarks]


def test_what_fits_is_not_spoken_of() -> None:
    found = seen(OPEN, table("nat-1"), nodes=(a1,))

    assert (found.remarks, found.closed, found.routes[0].barred) == ((), False, None)


@pytest.mark.parametrize("target", ["igw-1", "eni-a1", "nat-1", None])
def test_the_table_of_a_public_subnet_is_never_moved_wherever_it_leads(target: str | None) -> None:
    found = seen(table(target, PUBLIC, PRIVATE), nodes=(a1,))

    assert found.routes[0].barred == (
        "rtb-a serves subnet-a, where nodes stand: they would lose their own way out; "
        "take the table out of the private ones, or give public subnets one of their own"
    )
    assert found.routes[0].barred in told(found)


def test_every_subnet_that_is_meant_is_named() -> None:
    old, far = node("a2", subnet=FAR), SubnetId("private-farther")
    barred = seen(table("nat-1", PUBLIC, FAR), nodes=(a1, old)).routes[0].barred
    listing = Listing(
        {**SUBNETS, far: Subnet(A, ("100.64.1.0/24",))}, (OPEN, table("nat-1", FAR, far)), (a1,), ()
    )

    assert "rtb-a serves subnet-a, private-far, where nodes stand" in str(barred)
    (remark,) = assemble(LAYOUT, listing).readable()[0].remarks
    assert remark.text == (
        "rtb-a stays at nat-1, for private-far (100.64.0.0/24), private-farther (100.64.1.0/24): "
        "nodes let nothing in from there, add it to PrivateCidrs"
    )


def test_nor_is_the_table_of_a_subnet_that_a_node_of_ours_still_stands_in() -> None:
    old = node("a2", subnet=FAR)

    assert "private-far, where nodes stand" in str(
        seen(OPEN, table("nat-1", FAR), nodes=(old,)).routes[0].barred
    )


@pytest.mark.parametrize("gateway", ["igw-1", "cagw-1"])
def test_a_default_route_to_the_internet_is_never_moved(gateway: str) -> None:
    barred = seen(OPEN, table(gateway)).routes[0].barred

    assert barred == (
        f"the default route of rtb-a leads to the internet gateway {gateway}: take the table out of the "
        "private ones, or take that route away"
    )


def test_the_table_of_a_gateway_takes_no_default_route() -> None:
    barred = seen(OPEN, table(None, gateways=("vgw-1", "igw-1"))).routes[0].barred

    assert barred == "rtb-a is the table of vgw-1, igw-1: take it out of the private ones"


def test_a_path_that_works_stays_when_a_served_subnet_lies_outside_the_translated_ranges() -> None:
    found = seen(OPEN, table("nat-1", PRIVATE, FAR), nodes=(a1,))

    assert found.routes[0].barred == (
        "rtb-a stays at nat-1, for private-far (100.64.0.0/24): nodes let nothing in from there, "
        "add it to PrivateCidrs"
    )
    assert told(found) == [found.routes[0].barred]


@pytest.mark.parametrize(("target", "blackhole"), [(None, False), ("nat-1", True), ("eni-a1", False)])
def test_a_path_that_is_dead_or_ours_moves_and_the_ranges_are_told(
    target: str | None, blackhole: bool
) -> None:
    found = seen(OPEN, table(target, PRIVATE, FAR, blackhole=blackhole), nodes=(a1,))

    assert found.routes[0].barred is None
    text = "rtb-a serves private-far (100.64.0.0/24): nodes let nothing in from there, add it to PrivateCidrs"
    assert found.remarks == (Remark("rtb-a", text),)


def test_a_range_that_was_added_or_none_asked_for_fits() -> None:
    for ranges in (("10.0.0.0/16", "100.64.0.0/10"), ("100.64.0.1/24",), ()):
        found = seen(OPEN, table("nat-1", FAR), layout=replace(LAYOUT, ranges=ranges))

        assert found.remarks == ()


def test_a_subnet_without_ipv4_asks_for_no_translation() -> None:
    listing = Listing({**SUBNETS, FAR: Subnet(A)}, (OPEN, table("nat-1", FAR)), (), ())

    assert assemble(LAYOUT, listing).readable()[0].remarks == ()


@pytest.mark.parametrize(
    ("target", "blackhole", "closed"),
    [
        ("igw-1", False, False),
        ("cagw-1", False, False),
        ("vpce-1", False, False),  # a firewall on the way
        ("an unknown target", False, False),
        ("igw-1", True, True),
        ("nat-1", False, True),
        ("eni-a1", False, True),
        ("tgw-1", False, True),
        (None, False, True),
    ],
)
def test_a_public_subnet_is_shown_to_be_public(target: str | None, blackhole: bool, closed: bool) -> None:
    public = Table(Route(RouteTableId("rtb-public"), target, blackhole), (), main=True)
    found = seen(public, table("nat-1", PRIVATE, FAR), layout=replace(LAYOUT, ranges=()))

    assert (found.closed, found.launchable) == (closed, None if closed else PUBLIC)
    assert any("subnet-a is not public" in text for text in told(found)) is closed


@pytest.mark.parametrize(
    ("target", "blackhole", "where"),
    [
        ("nat-1", False, "leads to nat-1"),
        ("igw-1", True, "leads to igw-1, a black hole"),
        (None, False, "is missing"),
    ],
)
def test_why_a_public_subnet_is_none_is_told_of_the_subnet(
    target: str | None, blackhole: bool, where: str
) -> None:
    public = Table(Route(RouteTableId("rtb-public"), target, blackhole), (), main=True)
    found = seen(public, table("nat-1"))

    text = (
        f"subnet-a is not public: the default route of its table rtb-public {where}, "
        "and should lead to an internet gateway"
    )
    assert found.remarks == (Remark("subnet-a", text),)


def test_a_public_subnet_whose_table_was_not_listed_is_not_judged() -> None:
    assert not seen(table("nat-1")).closed


# --- and what comes of it


def test_a_barred_table_is_left_alone_and_its_node_runs_beside() -> None:
    barred = served(a1, routes=(route("nat-1", barred="for a reason"),))

    assert not [a for a in decided(world(barred), remembering(a1)) if isinstance(a, PointRoute)]


def test_the_other_tables_of_the_zone_are_cared_for() -> None:
    routes = (route("igw-1", barred="for a reason"), route(None, "rtb-a2"))
    (action,) = decided(world(served(a1, routes=routes)), remembering(a1))

    assert isinstance(action, PointRoute)
    assert action.tables == ("rtb-a2",)


def test_a_node_that_a_barred_table_leads_to_is_not_ended() -> None:
    a2 = node("a2")
    routes = (route(a1), route(a2, "rtb-a2", barred="for a reason"))
    memory = remembering(a1, a2)
    past = replace(memory.node(a2.id), idle_since=ago(hours=1))

    assert decided(world(served(a1, a2, routes=routes)), memory.with_node(a2.id, past)) == ()


def test_no_node_is_launched_where_it_would_reach_nothing_and_none_is_ended() -> None:
    assert not [a for a in decided(world(zone(closed=True)), Memory()) if isinstance(a, LaunchNode)]
    assert decided(world(served(a1, closed=True)), remembering(a1)) == ()


def test_a_remark_is_told_once_it_has_lasted_and_once_only() -> None:
    found = seen(OPEN, table("igw-2"), nodes=(a1,))
    lately = remembering(a1, remarked={"rtb-a": NOW - POLICY.lasting + (NOW - ago(seconds=1))})
    long_since = replace(lately, remarked={"rtb-a": NOW - POLICY.lasting})
    (notice,) = decided(world(found), long_since)

    assert decided(world(found), lately) == ()
    assert isinstance(notice, Notify)
    assert (notice.key, notice.cause) == (f"{A} misfit rtb-a", "misfit")
    assert notice.reason == found.routes[0].barred
    assert decided(world(found), replace(long_since, told={notice.key: NOW})) == ()


# --- what a node was built from

BUILT = replace(LAYOUT, template="lt-1", group="sg-1")
GOOD = replace(a1, template="lt-1", groups=frozenset({"sg-1", "sg-of-somebody"}))


def outdated(found: Node) -> str | None:
    return seen(OPEN, table("eni-a1"), nodes=(found,), layout=BUILT).nodes[0].outdated


def test_a_node_as_it_is_asked_for_is_current() -> None:
    assert outdated(GOOD) is None
    assert outdated(a1) is None  # nothing is known of it


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"template": "lt-0"}, "it is of launch template lt-0, now lt-1"),
        ({"subnet": FAR}, "it stands in private-far, now subnet-a"),
        ({"groups": frozenset({"sg-0"})}, "it has not the security group sg-1"),
    ],
)
def test_a_node_that_was_built_otherwise_is_outdated(changes: dict[str, object], reason: str) -> None:
    assert outdated(replace(GOOD, **changes)) == reason  # type: ignore[arg-type]


def test_who_has_copied_our_tags_is_no_node_of_ours_and_is_told_of() -> None:
    copy = node("a2", copied=True)
    found = seen(OPEN, table("eni-a1"), nodes=(a1, copy))

    assert found.nodes == (a1,)
    assert [remark.about for remark in found.remarks] == [copy.id]
    assert told(found)[0] == (
        f"{copy.id} has this stack's tag, but was not launched from its template: it is left alone; "
        "take the tag natkeeper:stack off it"
    )


def test_ranges_side_by_side_let_in_a_subnet_that_spans_them() -> None:
    layout = replace(LAYOUT, ranges=("10.0.100.128/25", "10.0.100.0/25"))
    found = seen(table("nat-1"), OPEN, layout=layout)

    assert found.routes[0].movable
    assert told(found) == []
