"""VPCs of other shapes, lived through by the whole controller."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.errors import DeniedError
from natkeeper.core.model import RouteTableId, SubnetId
from tests.stack import Stack, assert_at_rest, own, settled
from tests.world.network import INTERNET_GATEWAY, MAIN

DENIED = DeniedError("repairing", "a node", "AccessDenied", "no")
FLUSHED = (
    '{"natkeeper": 1, "checks": {"interface": true, "forwarding": true, '
    '"rules": false, "guard": true, "egress": true}}'
)


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


def test_a_node_stays_with_its_address_while_a_subnet_of_a_table_that_it_serves_is_not_listed() -> None:
    stack = settled(1)
    old = own(stack)
    stack.update(2)
    while len(stack.living()) == 1:
        stack.minute()
    stack.world.network.forget_subnets()
    stack.world.gate.omitted["private-a"] = 1000
    stack.settle(10)

    (holder,) = stack.aws.holders.values()
    assert own(stack) == old
    assert holder == next(node.interface for node in stack.living() if node.id == old)

    stack.world.gate.omitted.clear()
    stack.settle(10)
    assert own(stack) != old
    assert_at_rest(stack)


def test_a_table_whose_subnet_is_not_listed_is_healed_all_the_same_once_its_node_is_dead() -> None:
    stack = settled(1)
    old = own(stack)
    stack.world.network.forget_subnets()
    stack.world.gate.omitted["private-a"] = 1000
    stack.aws.failing["repair"] = DENIED
    stack.aws.reports[old] = FLUSHED
    stack.settle(30)

    assert own(stack) != old
