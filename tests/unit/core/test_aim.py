"""Which node or zone an order means; or why none."""

from __future__ import annotations

import pytest

from natkeeper.core.intake.aim import RefusalError, entry_of
from natkeeper.core.intake.commands import Entry, Succession
from natkeeper.core.model import InstanceId, Order, Verb, Zone
from tests.builders import A, B, ago, node, served, world, zone

a1, a2 = node("a1"), node("a2")
GIVEN = ago(minutes=3)


@pytest.mark.parametrize("verb", Verb)
def test_an_order_is_written_down_for_its_node_with_when_it_was_given(verb: Verb) -> None:
    observed = world(served(a1, a2))

    assert entry_of(Succession(verb, A), GIVEN, observed) == Entry(a1.id, Order(verb, GIVEN))
    assert entry_of(Succession(verb, instance=a2.id), GIVEN, observed) == Entry(a2.id, Order(verb, GIVEN))


def test_a_stack_without_nodes_says_so() -> None:
    nobody = InstanceId("i-0123456789abcdef0")

    with pytest.raises(RefusalError) as refused:
        entry_of(Succession(Verb.REPLACE, instance=nobody), GIVEN, world(zone()))
    assert str(refused.value) == f"instance {nobody} is no node of this stack: it has none"


def refusal(asked: Succession, *zones: Zone) -> str:
    with pytest.raises(RefusalError) as refused:
        entry_of(asked, GIVEN, world(*zones))
    return str(refused.value)


def test_who_is_said_to_serve_is_held_against_who_does() -> None:
    seen = Succession(Verb.FAILOVER, A, served_by=a1.id)

    assert entry_of(seen, GIVEN, world(served(a1, a2))) == Entry(a1.id, Order(Verb.FAILOVER, GIVEN))
    assert refusal(seen, zone((a1, a2), to=a2)) == (
        "i-a1 does not serve eu-west-1a any more, i-a2 does: look again"
    )
    assert refusal(seen, zone((a1,), to=None)) == (
        "i-a1 does not serve eu-west-1a any more, no node of its own does: look again"
    )


def test_who_is_said_to_serve_is_held_against_who_does_also_where_an_instance_is_named() -> None:
    seen = Succession(Verb.REPLACE, A, a2.id, served_by=a1.id)

    assert entry_of(seen, GIVEN, world(served(a1, a2))).on == a2.id
    assert refusal(seen, zone((a1, a2), to=a2)).startswith("i-a1 does not serve eu-west-1a any more")


def test_who_serves_is_said_of_a_zone() -> None:
    seen = Succession(Verb.REPLACE, None, a1.id, served_by=a1.id)

    assert refusal(seen, served(a1)) == "served_by i-a1 says who serves a zone: name the zone, too"


def test_a_zone_of_somebody_else_is_the_only_mistake() -> None:
    seen = Succession(Verb.REPLACE, B, served_by=a1.id)

    assert refusal(seen, served(a1)) == "zone eu-west-1b is none of this stack's: eu-west-1a"
