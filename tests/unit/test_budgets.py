"""What is wished for never spends what an emergency needs: hours of the whole controller, in memory."""

from __future__ import annotations

from datetime import timedelta

from natkeeper.core.model import InstanceId
from tests.builders import A
from tests.stack import Stack, assert_at_rest, own, settled

BROKEN = "no report at all"  # which nothing repairs


def minutes_without_a_node(stack: Stack) -> int:
    """The zone's node is terminated; so many minutes until one of its own serves again."""
    stack.aws.terminate(own(stack))
    for minute in range(60):
        if stack.serving() is not None:
            return minute
        stack.minute()
    return 60


def test_a_death_after_four_deployments_and_four_orders_is_healed_as_fast_as_any_other() -> None:
    busy, calm = settled(1), settled(1)
    began = busy.clock()
    for version in range(2, 6):
        busy.update(version)
        busy.settle(4)
    for _ in range(4):
        busy.order("Replace", instance=own(busy))
        busy.settle(4)
    calm.settle(32)
    assert busy.clock() - began < timedelta(hours=1)

    assert minutes_without_a_node(busy) == minutes_without_a_node(calm)
    busy.settle(120)
    assert_at_rest(busy)


def test_planned_launches_are_two_an_hour() -> None:
    stack = settled(1)
    stack.aws.calls.clear()
    for version in range(2, 7):
        stack.update(version)
        stack.settle(9)

    assert stack.aws.calls.count("launch") == 2


def test_a_zone_in_which_nothing_ever_works_is_tried_each_quarter_of_an_hour() -> None:
    stack = settled(1)
    for number in range(2, 99):
        stack.aws.reports[InstanceId(f"i-{number:017x}")] = BROKEN
    stack.aws.terminate(own(stack))
    gaps = []
    last = stack.clock()
    for _ in range(240):
        before = stack.aws.calls.count("launch")
        stack.minute()
        if stack.aws.calls.count("launch") > before:
            gaps.append(stack.clock() - last)
            last = stack.clock()

    assert len(gaps) >= 240 // 15
    assert max(gaps) <= timedelta(minutes=20)


def test_a_zone_without_room_for_an_update_does_not_keep_the_others_from_theirs() -> None:
    stack = settled(3)
    old = [own(stack, zone) for zone in range(3)]
    stack.world.instances.full |= {(A, name) for name in stack.policy.instance_types}
    stack.update(2)
    stack.settle(30)
    assert [own(stack, zone) == old[zone] for zone in range(3)] == [True, False, False]

    stack.aws.full.clear()
    stack.settle(60)
    assert own(stack) != old[0]
    assert_at_rest(stack)
