"""A person's orders: obeyed once, in the order in which they were given, or refused aloud."""

from __future__ import annotations

from datetime import timedelta

import pytest

from natkeeper.core.errors import AwsError
from natkeeper.core.intake.commands import Reply
from natkeeper.core.intake.triggers import Hint, Sweep
from natkeeper.core.model import EVERYWHERE, Doom, DoomKind, InstanceId, Lifecycle, WishKind
from tests.builders import A, B
from tests.stack import Stack, assert_at_rest, own, settled
from tests.world.gate import Trouble
from tests.world.world import STACK

THROTTLED = "ThrottlingException"


def broken(stack: Stack, *apis: str) -> None:
    """From now on these calls fail."""
    stack.world.gate.troubles.append(Trouble(THROTTLED, apis))


def mended(stack: Stack) -> None:
    stack.world.gate.troubles.clear()


def replies(stack: Stack) -> list[tuple[str, Reply]]:
    return [(answer.origin.kind, answer.reply) for answer in stack.world.bus.answers]


def off(stack: Stack) -> set[str]:
    """The zones that want no node."""
    zones = stack.store.records.memory.zones
    return {name for name, zone in zones.items() if zone.unwanted}


def doom(stack: Stack, kind: DoomKind, node: InstanceId) -> Hint:
    return Hint(kind, (node,), Doom(kind, stack.clock() + timedelta(minutes=2)))


# --- once, and in the order in which they were given


def test_a_failover_that_comes_twice_is_one_move() -> None:
    stack = settled(2)
    event = stack.world.bus.order("Failover", zone=A)
    stack.take(event)
    stack.settle()
    node = own(stack)

    assert stack.take(event).startswith("already obeyed: ")
    stack.settle()
    assert own(stack) == node
    assert_at_rest(stack)
    assert replies(stack) == [("Failover", Reply.OBEYED), ("Failover", Reply.KNOWN)]


def test_two_runs_of_one_event_obey_it_once() -> None:
    stack = settled(2)
    event = stack.world.bus.order("Failover", instance=own(stack))
    load = stack.store.load
    behind = load()
    stack.take(event)
    stack.store.load = lambda: behind  # type: ignore[method-assign]  # the other read before the first wrote
    try:
        stack.take(event)
    finally:
        stack.store.load = load  # type: ignore[method-assign]

    assert len(stack.store.records.orders) == 1
    assert replies(stack)[-1] == ("Failover", Reply.KNOWN)


def test_a_sleep_that_comes_again_after_a_wake_changes_nothing() -> None:
    stack = settled(1)
    sleep = stack.world.bus.order("Sleep")
    stack.take(sleep)
    stack.aws.advance(1)
    stack.order("Wake")
    stack.take(sleep)

    assert stack.store.records.wishes[EVERYWHERE].kind is WishKind.ON


def test_an_order_that_was_overtaken_on_its_way_is_refused() -> None:
    stack = settled(1)
    pause = stack.world.bus.order("Pause")
    stack.aws.advance(30)
    stack.order("Resume")

    assert stack.take(pause) == "ignored: refused: a later order stands for the stack"
    assert stack.store.records.paused_until is None


def test_a_pause_counts_from_when_it_was_given() -> None:
    stack = settled(1)
    given = stack.clock()
    pause = stack.world.bus.order("Pause", minutes=30)
    stack.aws.advance(120)
    stack.take(pause)

    assert stack.store.records.paused_until == given + timedelta(minutes=30)


def test_a_wake_of_one_zone_that_is_over_does_not_hide_that_all_should_sleep() -> None:
    stack = settled(2)
    stack.order("Sleep")
    stack.aws.advance(1)
    stack.order("Wake", zone=A, minutes=30)
    stack.settle(2)
    assert off(stack) == {B}

    stack.settle(31)
    assert off(stack) == {A, B}


# --- refused aloud


def test_a_refusal_reaches_the_caller_the_bus_and_the_topic_and_writes_nothing() -> None:
    stack = settled(2)
    before = stack.store.records
    told = stack.order("Failover", zone=A, dryrun=True)

    assert told.startswith("ignored: refused: 'dryrun' is no key of Failover: did you mean dry_run?")
    assert replies(stack) == [("Failover", Reply.REFUSED)]
    assert stack.notices.sent == [("natkeeper: Failover refused", told.removeprefix("ignored: refused: "))]
    assert stack.store.records == before
    assert stack.aws.calls == []


@pytest.mark.parametrize("order", ["Failover", "Replace", "Sleep", "Wake", "Automatic"])
def test_a_zone_of_somebody_else_is_refused_and_leaves_no_wish(order: str) -> None:
    stack = settled(2)
    before = stack.store.records

    assert stack.order(order, zone="eu-west-1c") == (
        "ignored: refused: zone eu-west-1c is none of this stack's: eu-west-1a, eu-west-1b"
    )
    assert stack.store.records == before


def test_an_instance_of_another_zone_or_of_nobody_is_refused() -> None:
    stack = settled(2)
    node, neighbour = own(stack), own(stack, 1)

    told = stack.order("Failover", zone=A, instance=neighbour)
    assert told == f"ignored: refused: instance {neighbour} is of eu-west-1b, not of eu-west-1a"
    told = stack.order("Failover", zone="eu-west-1c", instance="i-0ffffffffffffffff")
    assert told == (
        "ignored: refused: zone eu-west-1c is none of this stack's: eu-west-1a, eu-west-1b; instance "
        f"i-0ffffffffffffffff is no node of this stack: {node} (eu-west-1a), {neighbour} (eu-west-1b)"
    )


def test_a_zone_that_no_node_of_its_own_serves_has_nothing_to_succeed() -> None:
    stack = settled(2)
    stack.order("Failover", zone=A)

    told = stack.order("Failover", zone=A)
    assert told == "ignored: refused: no node of its own serves eu-west-1a: name the instance that is meant"


@pytest.mark.parametrize("order", ["Failover", "Replace"])
def test_a_node_that_sleeps_is_not_succeeded_hours_later_when_it_wakes(order: str) -> None:
    stack = settled(2)
    node = own(stack)
    stack.order("Sleep", zone=A)
    stack.settle()
    told = f"ignored: refused: instance {node} is stopped: only one that runs can be succeeded"

    assert stack.order(order, zone=A) == stack.order(order, instance=node) == told
    stack.aws.calls.clear()
    stack.order("Wake", zone=A)
    stack.settle()
    assert own(stack) == node
    assert "launch" not in stack.aws.calls


def test_during_a_pause_only_what_touches_no_node_is_obeyed() -> None:
    stack = settled(2)
    stack.order("Pause", minutes=10)
    before = stack.store.records
    for order in ("Failover", "Replace", "Sleep", "Wake", "Automatic"):
        assert stack.order(order, zone=A).startswith("ignored: refused: paused until 2026-03-14 12:")
        assert stack.order(order, zone=A, dry_run=True).startswith("dry run: ")
    assert stack.store.records == before

    assert stack.order("Pause", minutes=20).startswith("obeyed: ")
    assert stack.order("Resume").startswith("obeyed: ")
    assert stack.order("Failover", zone=A).startswith("obeyed: ")


def test_a_wish_from_before_a_pause_still_holds_after_it() -> None:
    stack = settled(1)
    stack.order("Sleep")
    stack.order("Pause", minutes=10)
    stack.order("Resume")
    stack.settle(3)

    assert [node.lifecycle for node in stack.living()] == [Lifecycle.STOPPED]


def test_a_stack_that_is_being_deleted_obeys_nobody() -> None:
    stack = settled(1)
    stack.store.save_removed()

    assert stack.order("Failover", zone=A) == "ignored: refused: the stack is being deleted"


def test_an_answer_that_reaches_nobody_holds_nothing_up() -> None:
    stack = settled(2)
    node = own(stack)
    broken(stack, "PutEvents", "Publish")

    assert stack.order("Failover", zones=A).startswith("ignored: refused: ")
    assert stack.order("Failover", zone=A).startswith("obeyed: ")
    assert own(stack) != node
    assert [line for line in stack.journal.lines if line.startswith("ignored nobody was told: ")]
    assert stack.journal.refusals == []


# --- what no sweep finds again is tried again


@pytest.mark.parametrize("api", ["TableQuery", "TableWrite", "Describe"])
def test_an_order_that_could_not_be_written_down_is_tried_again(api: str) -> None:
    stack = settled(2)
    node = own(stack)
    event = stack.world.bus.order("Failover", zone=A)
    broken(stack, api)
    with pytest.raises(AwsError):
        stack.take(event)
    mended(stack)

    assert stack.take(event).startswith("obeyed: ")
    assert own(stack) != node


def test_an_order_that_is_written_down_is_left_to_the_sweep() -> None:
    stack = settled(2)
    node = own(stack)
    broken(stack, "TableUpdate")  # the lease
    assert stack.order("Failover", zone=A).startswith("obeyed: left to the next sweep: ")
    mended(stack)

    stack.sweep()
    assert own(stack) != node


@pytest.mark.parametrize("api", ["TableQuery", "TableWrite"])
def test_a_warning_of_aws_that_could_not_be_saved_is_tried_again(api: str) -> None:
    stack = settled(2)
    node = own(stack)
    hint = doom(stack, DoomKind.INTERRUPTION, node)
    broken(stack, api)
    with pytest.raises(AwsError):
        stack.desk.handle(hint)
    mended(stack)

    stack.desk.handle(hint)
    assert stack.store.records.dooms[node].kind is DoomKind.INTERRUPTION


def test_what_the_next_sweep_finds_is_not_tried_again() -> None:
    stack = settled(1)
    node = own(stack)
    broken(stack, "Table")

    assert stack.desk.handle(Sweep()).startswith("left to the next sweep: ")
    assert stack.desk.handle(Hint("instance is stopped", (node,))).startswith("left to the next sweep: ")


def test_a_rebalance_that_comes_late_does_not_hide_an_interruption() -> None:
    stack = settled(1)
    node = own(stack)
    stack.desk.handle(doom(stack, DoomKind.INTERRUPTION, node))
    stack.desk.handle(doom(stack, DoomKind.REBALANCE, node))

    assert stack.store.records.dooms[node].kind is DoomKind.INTERRUPTION


def test_a_direct_call_is_obeyed_each_time() -> None:
    stack = settled(1)
    event = {"source": "natkeeper", "detail-type": "Pause", "detail": {"stack": STACK, "minutes": 5}}

    assert stack.take(event).startswith("obeyed: ")
    assert stack.take(event).startswith("obeyed: ")
    assert stack.store.records.obeyed == frozenset()
