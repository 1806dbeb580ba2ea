"""What lasts for a moment only costs nothing: no node, no launch, no memory."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from natkeeper.core.model import InstanceId, Node
from tests.stack import Stack, assert_at_rest, own, settled

NO_EGRESS = (
    '{"natkeeper": 1, "checks": {"interface": true, "forwarding": true, '
    '"rules": true, "guard": true, "egress": false}}'
)


def blip(stack: Stack, seconds: float = 4.0) -> None:
    """The outside targets cannot be reached for so long, and the probe asks right then."""
    node = own(stack)
    stack.aws.reports[node] = NO_EGRESS
    stack.aws.later(60 + seconds, stack.aws.reports.clear)
    stack.minute()


def test_four_blips_of_four_seconds_launch_nothing() -> None:
    stack = settled(1)
    for _ in range(4):
        blip(stack)
        stack.settle(4)

    assert "launch" not in stack.aws.calls
    assert_at_rest(stack)


def test_the_only_node_failing_the_outside_targets_for_long_gets_a_successor() -> None:
    stack = settled(1)
    lost = own(stack)
    stack.aws.reports[lost] = NO_EGRESS
    stack.settle(8)

    assert own(stack) != lost
    assert_at_rest(stack)


@pytest.mark.parametrize("zones", [1, 2])
def test_one_listing_that_leaves_a_node_out_changes_nothing(
    zones: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = settled(zones)
    nodes, serving, everyone = stack.living(), own(stack), stack.aws.find

    def all_but_one(known: Collection[InstanceId] = ()) -> tuple[Node, ...]:
        return tuple(node for node in everyone(known) if node.id != serving)

    monkeypatch.setattr(stack.aws, "find", all_but_one)
    stack.minute()
    monkeypatch.undo()
    assert (own(stack), stack.living()) == (serving, nodes)

    stack.settle(4)
    assert "launch" not in stack.aws.calls
    assert not any(call.startswith(("terminate", "point", "associate")) for call in stack.aws.calls)
    assert_at_rest(stack)
