"""Which node or zone an order means; or why none."""

from __future__ import annotations

import pytest

from natkeeper.core.intake.aim import RefusalError, entry_of
from natkeeper.core.intake.commands import Entry, Succession
from natkeeper.core.model import InstanceId, Order, Verb
from tests.builders import A, ago, node, served, world, zone

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
