"""A planned move: what both nodes lose before it, in which order it goes, what is undone."""

from __future__ import annotations

import pytest

from natkeeper.core.errors import DeniedError, ThrottledError
from natkeeper.core.model import Node
from tests.stack import Stack, assert_at_rest, own, settled

BUSY = ThrottledError("moving", "it", "RequestLimitExceeded", "no")
DENIED = DeniedError("taking away", "it", "UnauthorizedOperation", "no")
FENCED, AT_ONCE = "source_dest_check on", "public_address off"


def updated(stack: Stack) -> tuple[Node, Node, list[str]]:
    """The zone's node before and after an update of the template, and the calls of the move."""
    (old,) = (node for node in stack.living() if node.id == own(stack))
    stack.update(version=2)
    stack.settle(10)
    (new,) = (node for node in stack.living() if node.id == own(stack))
    begun = (FENCED, "public_address", "associate", "point")
    return old, new, [call for call in stack.aws.calls if call.startswith(begun)]


def test_before_a_planned_move_neither_node_has_an_address_of_its_own_and_then_it_goes_at_once() -> None:
    stack = settled(1)
    stack.aws.calls.clear()
    old, new, moves = updated(stack)

    assert moves[:6] == [
        f"public_address off {new.interface}",
        f"public_address off {old.interface}",
        f"public_address_of {new.interface}",
        f"associate eipalloc-a {new.interface}",
        f"point rtb-a {new.interface}",
        f"public_address on {new.interface}",
    ]
    assert not any(move.startswith(FENCED) for move in moves)
    assert_at_rest(stack)


def test_where_aws_refuses_that_the_old_node_is_fenced_before_its_address_leaves() -> None:
    stack = settled(1)
    stack.aws.failing["public_address"] = DENIED
    old, new, moves = updated(stack)

    fence = moves.index(f"source_dest_check on {old.interface}")
    assert moves[fence + 1 :][:2] == [f"associate eipalloc-a {new.interface}", f"point rtb-a {new.interface}"]
    assert_at_rest(stack)


def test_where_the_new_node_shows_an_address_all_the_same_the_old_one_is_fenced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = settled(1)
    monkeypatch.setattr(stack.aws, "public_address", lambda _: "198.51.100.7")
    old, new, moves = updated(stack)

    fence = moves.index(f"source_dest_check on {old.interface}")
    assert moves[fence + 1 :][:2] == [f"associate eipalloc-a {new.interface}", f"point rtb-a {new.interface}"]
    assert_at_rest(stack)


@pytest.mark.parametrize("way", [AT_ONCE, FENCED])
@pytest.mark.parametrize("refused", ["associate", "point"])
def test_what_has_moved_goes_back_in_the_same_run_when_aws_refuses_address_or_route(
    refused: str, way: str
) -> None:
    stack = settled(1)
    if way == FENCED:
        stack.aws.failing["public_address"] = DENIED
    stack.aws.failing[refused] = BUSY
    serving = stack.serving()
    old, same, moves = updated(stack)

    assert any(call.startswith(way) for call in moves)
    assert stack.serving() == serving
    assert (same.id, same.source_dest_check) == (old.id, False)
    assert stack.aws.holders[stack.layout.allocations[0]] == old.interface

    stack.aws.failing.clear()
    stack.settle(10)
    assert_at_rest(stack)


def test_a_fence_left_by_a_killed_run_comes_off_with_the_next_sweep() -> None:
    stack = settled(1)
    old = own(stack)
    stack.aws.change(old, source_dest_check=True)
    stack.sweep()

    assert not any(node.source_dest_check for node in stack.living())


def test_the_old_node_has_an_address_of_its_own_again_while_it_drains_but_not_at_once() -> None:
    stack = settled(1)
    old = own(stack)
    stack.update(version=2)
    while stack.serving() == old:
        stack.minute()
    (interface,) = (node.interface for node in stack.living() if node.id == old)
    given = f"public_address on {interface}"
    assert given not in stack.aws.calls

    stack.aws.advance(11)
    stack.sweep()
    assert given in stack.aws.calls
    assert stack.aws.instance(old).node.public_address
