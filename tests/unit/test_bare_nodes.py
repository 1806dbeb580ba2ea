"""Nodes without any public address: a planned move may leave one so, and nobody may be cut off by that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.errors import DeniedError
from natkeeper.core.model import InterfaceId, Lifecycle, Node
from natkeeper.core.ring import Said
from tests.stack import Stack, own, settled
from tests.unit.test_covering import able, seen
from tests.unit.test_refused_steps import add_table
from tests.unit.test_words import word

DENIED = DeniedError("doing it", "a thing", "UnauthorizedOperation", "no")


def node_of(stack: Stack, zone: int = 0) -> Node:
    return stack.aws.instance(own(stack, zone)).node


def succeeded(stack: Stack) -> Node:
    """The zone's node, which took over from another in a planned move."""
    stack.update(version=2)
    stack.settle(20)
    return node_of(stack)


@pytest.mark.parametrize("bare", [True, False], ids=["at once", "fenced"])
def test_who_stays_on_the_old_node_for_its_table_is_refused_has_a_way_out(bare: bool) -> None:
    stack = settled(1)
    second = add_table(stack, "rtb-z")
    stack.sweep()
    old = own(stack)
    if not bare:
        stack.aws.failing["public_address"] = DENIED
    stack.aws.failing[f"point {second}"] = DENIED
    stack.update(version=2)
    stack.settle(15)

    assert own(stack) != old, "the other table has moved"
    node = stack.aws.instance(old).node
    assert stack.aws.routes[second].target == node.interface
    assert node.public_address, "its clients leave by no address"


def dark(stack: Stack, minutes: int) -> list[int]:
    """The minutes after which the first zone's clients leave by no address."""
    found = []
    for minute in range(minutes):
        stack.minute()
        if not node_of(stack).public_address:
            found.append(minute)
    return found


@pytest.mark.parametrize("before", ["launched", "planned"])
def test_a_zone_whose_address_somebody_released_goes_on_by_its_nodes_own(before: str) -> None:
    stack = settled(2)
    if before == "planned":
        succeeded(stack)
    allocation = stack.layout.allocations[0]
    stack.world.network.give_address(allocation, None)
    del stack.aws.holders[allocation]

    assert dark(stack, 10) == []


@pytest.mark.parametrize("before", ["launched", "planned"])
def test_who_updates_to_keepaddress_false_keeps_a_way_out(before: str) -> None:
    stack = settled(2)
    if before == "planned":
        succeeded(stack)
    for allocation in stack.layout.allocations:
        stack.world.network.give_address(allocation, None)
        del stack.aws.holders[allocation]
    stack.layout = replace(stack.layout, allocations=())
    stack.change()

    assert dark(stack, 10) == []


@pytest.mark.parametrize("before", ["launched", "planned"])
def test_who_has_its_address_taken_away_too_often_goes_on_by_its_nodes_own(before: str) -> None:
    stack = settled(2)
    if before == "planned":
        succeeded(stack)
    allocation = stack.layout.allocations[0]
    for _ in range(4):
        stack.world.network.give_address(allocation, InterfaceId("eni-thief"))
        stack.minute()

    assert stack.aws.holders[allocation] == "eni-thief"
    assert dark(stack, 10) == []


@pytest.mark.parametrize("before", ["launched", "planned"])
def test_a_zone_that_stays_on_a_node_whose_address_went_on_has_a_way_out(before: str) -> None:
    stack = Stack(2)
    stack.world.instances.tight = True
    stack.settle(8)
    if before == "planned":
        stack.update(version=2)
        stack.settle(30)
    stack.aws.failing["launch"] = DENIED
    stack.aws.terminate(own(stack, 1))
    stack.settle(3)
    old = own(stack, 0)
    assert own(stack, 1) == old, "it covers"
    stack.aws.failing.clear()
    stack.aws.failing[f"point {stack.layout.tables[1]}"] = DENIED
    stack.update(version=stack.policy.template_version + 1)
    for _ in range(30):
        stack.minute()
        if own(stack, 0) != old:
            break
    stack.minute()
    assert own(stack, 0) != old
    assert own(stack, 1) == old
    assert stack.aws.instance(old).node.public_address, "the other zone's clients leave by no address"


@pytest.mark.parametrize("way", ["at once", "fenced"])
def test_nobody_is_left_without_a_way_out_whose_table_is_refused(way: str) -> None:
    stack = able()
    second = add_table(stack, "rtb-z")
    stack.settle(5)
    if way == "fenced":
        stack.aws.failing["public_address"] = DENIED
    stack.aws.failing[f"point {second}"] = DENIED
    stack.update(version=2)
    dark = []
    for minute in range(20):
        stack.minute()
        for table in stack.layout.tables:
            target = stack.aws.routes[table].target
            (node,) = (n for n in stack.living() if n.interface == target)
            if not node.public_address and not node.covers_as:
                dark.append((minute, table))
    assert dark == []


@pytest.mark.parametrize("before", ["at once", "fenced"])
def test_a_node_that_is_handed_its_zone_back_by_an_old_look_is_a_way_out(
    before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = able()
    if before == "fenced":
        stack.aws.failing["public_address"] = DENIED
    stack.update(version=2)
    stack.settle(30)
    node, neighbour = own(stack, 0), own(stack, 1)
    old = stack.aws.addresses(stack.layout.allocations)
    stack.aws.advance(30)
    stack.take(word(stack, neighbour, node))
    assert (own(stack), seen(stack)) == (neighbour, "eipalloc-a")
    stack.aws.advance(3)
    with monkeypatch.context() as patch:
        patch.setattr(stack.aws, "addresses", lambda _: old)
        stack.take(word(stack, neighbour, node, Said.HEARD))
    assert own(stack) == node, "handed back"
    assert seen(stack) is not None


def bare(stack: Stack, minutes: int) -> dict[str, list[int]]:
    """Who runs without a public address, and after which minutes."""
    found: dict[str, list[int]] = {}
    for minute in range(minutes):
        stack.minute()
        for node in stack.living():
            if node.lifecycle is Lifecycle.RUNNING and not node.public_address:
                found.setdefault(node.id, []).append(minute)
    return found


@pytest.mark.parametrize("way", ["at once", "fenced"])
def test_who_was_to_take_over_can_be_asked_while_its_table_is_refused(way: str) -> None:
    stack = settled(1)
    if way == "fenced":
        stack.aws.failing["public_address"] = DENIED
    stack.aws.failing["point rtb-a"] = DENIED
    stack.update(version=2)

    assert bare(stack, 60) == {}


@pytest.mark.parametrize("way", ["bared", "fenced"])
def test_who_was_to_take_over_can_be_asked_while_the_fence_is_refused(way: str) -> None:
    stack = settled(1)
    stack.aws.failing["public_address_of" if way == "bared" else "public_address"] = DENIED
    stack.aws.failing["source_dest_check on"] = DENIED
    stack.update(version=2)

    assert bare(stack, 60) == {}


@pytest.mark.parametrize("before", ["launched", "planned"])
def test_who_takes_route_and_address_away_causes_no_launch(before: str) -> None:
    stack = settled(1)
    if before == "planned":
        stack.update(version=2)
        stack.settle(30)
    stack.aws.calls.clear()
    for _ in range(8):
        stack.world.network.give_address(stack.layout.allocations[0], InterfaceId("eni-thief"))
        stack.world.network.change_route(
            stack.layout.tables[0], target=InterfaceId("eni-thief"), blackhole=False
        )
        stack.minute()

    assert stack.aws.calls.count("launch") == 0
