"""VPCs of other shapes, lived through by the whole controller."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.model import RouteTableId, SubnetId
from tests.stack import Stack, own, settled
from tests.world.network import INTERNET_GATEWAY, MAIN


def with_tables(zones: int, **tables: tuple[str, ...]) -> Stack:
    """A stack that has these tables in its parameters, each with its subnets."""
    stack = Stack(zones)
    named = {RouteTableId(n.replace("_", "-")): tuple(map(SubnetId, s)) for n, s in tables.items()}
    stack.world.network.associations.update(named)
    stack.layout = replace(stack.layout, tables=tuple(named))
    stack.change()
    stack.sweep()
    stack.settle()
    return stack


def test_a_table_that_two_zones_share_is_served_by_one_and_covered_by_the_other() -> None:
    stack = with_tables(2, rtb_a=("private-a", "private-b"))
    first, second = stack.living()
    assert stack.serving(0) == first.id

    stack.aws.terminate(first.id)
    stack.sweep()
    assert stack.serving(0) == second.id


def test_the_main_table_with_the_public_subnets_is_never_touched_and_a_person_is_told() -> None:
    stack = with_tables(1, rtb_a=("private-a",), rtb_main=())

    assert stack.aws.routes[MAIN].target == INTERNET_GATEWAY
    assert stack.serving(0) == stack.living()[0].id
    assert [subject for subject, _ in stack.notices.sent] == ["natkeeper: misfit in eu-west-1a"]


@pytest.mark.parametrize("name", ["subnet-a", "private-a", "rtb-a"])
def test_what_one_answer_leaves_out_ends_no_node_and_moves_no_table(name: str) -> None:
    stack = settled(2)
    nodes, serving = stack.living(), (own(stack, 0), own(stack, 1))
    stack.world.network.forget_subnets()
    stack.world.gate.omitted[name] = 1
    for _ in range(3):
        stack.minute()

    assert (stack.living(), (own(stack, 0), own(stack, 1))) == (nodes, serving)
    assert stack.notices.sent == []
