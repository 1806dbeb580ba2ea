"""A planned move: what the old node is told, in which order, and what happens when AWS refuses a part."""

from __future__ import annotations

import pytest

from natkeeper.core.errors import ThrottledError
from tests.stack import assert_at_rest, own, settled


def test_a_planned_move_fences_the_old_node_before_its_address_leaves() -> None:
    stack = settled(1)
    old = next(node for node in stack.living() if node.id == own(stack))
    stack.update(version=2)
    stack.settle(10)

    moves = [
        call for call in stack.aws.calls if call.startswith(("source_dest_check on", "associate", "point"))
    ]
    new = next(node for node in stack.living() if node.id == own(stack))
    assert moves[-3:] == [
        f"source_dest_check on {old.interface}",
        f"associate eipalloc-a {new.interface}",
        f"point rtb-a {new.interface}",
    ]


@pytest.mark.parametrize("refused", ["associate", "point"])
def test_a_fence_comes_off_in_the_same_run_when_aws_refuses_address_or_route(refused: str) -> None:
    stack = settled(1)
    stack.aws.failing[refused] = ThrottledError("moving", "it", "RequestLimitExceeded", "no")
    stack.update(version=2)
    stack.settle(10)

    assert any(call.startswith("source_dest_check on") for call in stack.aws.calls)
    serving = next(node for node in stack.living() if node.id == stack.serving())
    assert not serving.source_dest_check

    stack.aws.failing.clear()
    stack.settle(10)
    assert_at_rest(stack)


def test_a_fence_left_by_a_killed_run_comes_off_with_the_next_sweep() -> None:
    stack = settled(1)
    old = own(stack)
    stack.aws.change(old, source_dest_check=True)
    stack.sweep()

    assert not any(node.source_dest_check for node in stack.living())
