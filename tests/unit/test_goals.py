"""Goals that a whole stack misses: a person hears of it once, and of its end; nothing is paid for in vain."""

from __future__ import annotations

from dataclasses import replace

from tests.stack import Stack, assert_at_rest
from tests.world.world import NAT_GATEWAY


def adopted_beside_a_gateway(zones: int = 2) -> Stack:
    """A stack whose tables lead to a NAT gateway, and whose nodes never answer."""
    stack = Stack(zones)
    for table in stack.layout.tables:
        stack.aws.routes[table] = replace(stack.aws.routes[table], target=NAT_GATEWAY)
    return stack


def hush(stack: Stack) -> None:
    """The agent of no node answers."""
    for node in stack.living():
        stack.aws.reports[node.id] = None


def live(stack: Stack, minutes: int) -> None:
    for _ in range(minutes):
        hush(stack)
        stack.minute()


def told(stack: Stack, word: str) -> list[str]:
    return [text for _, text in stack.notices.sent if word in text]


def test_an_adoption_that_never_completes_is_told_and_costs_two_nodes_a_zone() -> None:
    stack = adopted_beside_a_gateway()
    stack.sweep()
    live(stack, 5 * 60)

    assert len(stack.living()) == len(stack.aws.ever()) == 4  # nobody else was launched
    for zone in stack.world.zones:
        (notice,) = [text for text in told(stack, "still leads to nat-") if zone in text]
        assert "it never answered a probe" in notice
        assert "2 launches within the hour" in notice or "no launch within the hour" in notice
        assert "silent at" in notice
    assert len(stack.notices.sent) == 4  # the adoption, and nodes that do not come to life, of each zone


def test_and_when_the_agents_answer_at_last_that_is_told_too_and_the_stack_comes_to_rest() -> None:
    stack = adopted_beside_a_gateway(1)
    stack.sweep()
    live(stack, 2 * 60)
    stack.aws.reports.clear()
    stack.settle(10)

    assert len(told(stack, "reached again")) == 2
    assert_at_rest(stack)
    sent = len(stack.notices.sent)
    stack.settle(60)
    assert len(stack.notices.sent) == sent
