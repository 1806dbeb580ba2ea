"""Goals that a whole stack misses: a person hears of it once, and of its end; nothing is paid for in vain."""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.errors import RefusedError
from tests.builders import NOW, POLICY
from tests.stack import Stack, assert_at_rest, own, settled
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
        assert "silent (Pending) at" in notice
    assert len(stack.notices.sent) == 4  # the adoption, and nodes that do not come to life, of each zone


def test_what_aws_refuses_for_hours_is_in_the_notice_of_the_goal_it_keeps_from_being_reached() -> None:
    stack = Stack(1)
    stack.aws.failing["launch"] = RefusedError("launching", "subnet-a", "InvalidSubnetID.NotFound", "no such")
    stack.settle(3 * 60)

    (notice, *_) = told(stack, "missed since")
    assert "AWS refused LaunchNode eu-west-1a" in notice
    assert "InvalidSubnetID.NotFound: no such" in notice


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


def test_a_route_war_is_fought_ever_less_often_and_told_once() -> None:
    stack = settled(1)
    table, node = stack.layout.tables[0], own(stack)
    stack.aws.calls.clear()
    for _ in range(5 * 60):
        stack.aws.routes[table] = replace(stack.aws.routes[table], target="eni-thief", blackhole=False)
        stack.minute()

    takebacks = sum(call.startswith("point") for call in stack.aws.calls)
    assert 3 + 4 * 4 <= takebacks <= 3 + 3 + 4 * 5  # at once, less often, each quarter of an hour
    (text,) = told(stack, "stay as they were set")
    assert "last by eni-thief" in text
    stack.settle(90)
    assert stack.serving() == node
    assert len(told(stack, "reached again: the zone's routes")) == 1


def test_a_route_that_somebody_deletes_is_made_again_at_once_each_time_and_told() -> None:
    stack = settled(1)
    table, node = stack.layout.tables[0], own(stack)
    for _ in range(20):
        stack.aws.routes[table] = replace(stack.aws.routes[table], target=None)
        stack.minute()
        assert stack.serving() == node

    assert len(told(stack, "deleted its default route")) == 1


def test_a_node_that_is_lost_again_and_again_is_no_route_war() -> None:
    stack = settled(2)
    for _ in range(5):
        stack.aws.terminate(own(stack))
        stack.settle(14)

    assert not told(stack, "stay as they were set")


def test_a_missed_goal_is_in_the_log_while_it_is_overdue_and_only_then() -> None:
    stack = adopted_beside_a_gateway(1)
    stack.sweep()
    for _ in range(40):
        live(stack, 1)
        overdue = stack.clock() - NOW >= POLICY.boot + POLICY.grace
        assert any(line == "missed eu-west-1a alive 12:00" for line in stack.journal.lines) is overdue
    stack.aws.reports.clear()
    stack.settle(3)
    stack.journal.lines.clear()
    stack.settle(3)
    assert not [line for line in stack.journal.lines if line.startswith("missed")]
