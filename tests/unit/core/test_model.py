"""Which node a zone's default routes lead to."""

from __future__ import annotations

from natkeeper.core.model import Unreadable
from tests.builders import A, B, node, route, world, zone

a1, b1 = node("a1"), node("b1")


def test_a_zone_is_served_by_the_one_node_that_all_its_routes_lead_to() -> None:
    both = (route(a1), route(a1, "rtb-a2"))

    assert world(zone((a1,), routes=both)).serving() == {A: a1.id}
    assert world(zone((a1,), to=b1), zone((b1,), to=b1, name=B)).serving() == {A: b1.id, B: b1.id}


def test_a_zone_whose_routes_disagree_or_lead_nowhere_of_ours_is_served_by_nobody() -> None:
    for routes in (
        (route(a1), route(b1, "rtb-a2")),
        (route(a1), route(None, "rtb-a2")),
        (route(a1), route(a1, "rtb-a2", blackhole=True)),
        (route(a1, blackhole=True),),
        (route("nat-1"),),
        (route(None),),
    ):
        assert world(zone((a1, b1), routes=routes)).serving() == {A: None}


def test_of_a_zone_without_tables_or_one_that_could_not_be_read_nothing_is_said() -> None:
    assert world(zone((a1,), routes=()), Unreadable(B, "denied")).serving() == {}
