"""What is kept of a route table's past, so that it can be given back."""

from __future__ import annotations

from natkeeper.core.intake.adoption import originals
from natkeeper.core.model import RouteTableId, Unreadable
from tests.builders import A, B, node, route, served, world, zone

a1, b1 = node("a1"), node("b1")
TABLE, OTHER = RouteTableId("rtb-a"), RouteTableId("rtb-b")


def test_a_table_that_leads_to_somebody_elses_gateway_is_remembered_with_it() -> None:
    assert originals(world(zone(to="nat-1"), zone(name=B, to="tgw-1")), {}) == {
        TABLE: "nat-1",
        OTHER: "tgw-1",
    }


def test_a_table_without_a_default_route_is_remembered_as_such() -> None:
    assert originals(world(zone()), {}) == {TABLE: None}


def test_what_was_before_a_node_of_ours_cannot_be_known_any_more() -> None:
    assert originals(world(served(a1), zone(name=B, to=a1)), {}) == {TABLE: None, OTHER: None}


def test_what_is_remembered_already_is_left_as_it_is() -> None:
    assert originals(world(zone(to="nat-2"), zone(name=B, to="nat-2")), {TABLE: "nat-1"}) == {OTHER: "nat-2"}
    assert originals(world(zone(to="nat-2")), {TABLE: None}) == {}


def test_every_table_of_a_zone_is_remembered_and_none_of_a_zone_that_could_not_be_read() -> None:
    third = RouteTableId("rtb-c")
    two = zone(routes=(route("nat-1"), route("igw-1", third)))

    assert originals(world(Unreadable(B, "denied"), two), {}) == {TABLE: "nat-1", third: "igw-1"}
    assert originals(world(Unreadable(A, "denied")), {}) == {}
