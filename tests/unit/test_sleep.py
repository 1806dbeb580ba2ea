"""Sleeping and waking, the whole controller in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from natkeeper.core.errors import CapacityError, ThrottledError
from natkeeper.core.intake.triggers import Hint
from natkeeper.core.intake.workloads import INSTANCE, Presence
from natkeeper.core.model import (
    UP,
    Doom,
    DoomKind,
    InstanceId,
    Lifecycle,
    Market,
    Route,
    SubnetId,
    WishKind,
    ZoneName,
)
from natkeeper.core.office_hours import parse
from natkeeper.core.policy import Awake, SleepMode
from tests.builders import A, B
from tests.stack import Stack, assert_at_rest, own
from tests.world.guest import GOOD

STRANGER = InstanceId("i-0ffffffffffffffff")
JOB = Presence(STRANGER, SubnetId("private-a"), INSTANCE)
SLOW = ThrottledError("listing", "workloads", "RequestLimitExceeded", "slow down")


def living_with(*presences: Presence, zones: int = 1, **policy: Any) -> Stack:
    """A stack at rest with this policy, and these things in its private subnets."""
    stack = Stack(zones)
    stack.change(**policy)
    stack.aws.presences = list(presences)
    stack.sweep()
    stack.settle()
    stack.aws.calls.clear()
    stack.journal.lines.clear()
    return stack


def on_demand(*presences: Presence, zones: int = 1, **policy: Any) -> Stack:
    return living_with(*presences, zones=zones, awake=Awake.ON_DEMAND, **policy)


def asleep(**policy: Any) -> Stack:
    """A stack on demand whose only workload has ended, and its grace after it."""
    stack = on_demand(JOB, **policy)
    stack.aws.presences.clear()
    stack.settle(20)
    return stack


def states(stack: Stack) -> list[Lifecycle]:
    return [node.lifecycle for node in stack.living()]


def did(stack: Stack, verb: str) -> int:
    return sum(call.split()[0] == verb for call in stack.aws.calls)


KINDS = {WishKind.ON: "Wake", WishKind.OFF: "Sleep", WishKind.AUTOMATIC: "Automatic"}


def wish(stack: Stack, kind: WishKind, zone: ZoneName | None = None, minutes: float | None = None) -> str:
    said = {"zone": zone, "minutes": minutes}
    return stack.order(KINDS[kind], **{key: value for key, value in said.items() if value is not None})


def talk(stack: Stack, minutes: int) -> None:
    """Minutes in which every node forwards a megabyte."""
    for _ in range(minutes):
        stack.sent += 1_000_000
        say_sent(stack)
        stack.minute()


def say_sent(stack: Stack) -> None:
    for node in stack.living():
        stack.aws.reports[node.id] = GOOD.replace('"natkeeper": 1', f'"natkeeper": 1, "sent": {stack.sent}')


# --- on demand


def test_without_workloads_nothing_is_ever_launched() -> None:
    stack = on_demand()
    stack.settle(30)

    assert stack.living() == []
    assert stack.journal.lines[-2].startswith("rests eu-west-1a nothing in its private subnets")


def test_a_zone_sleeps_after_the_grace_with_its_route_and_address_kept() -> None:
    stack = on_demand(JOB)
    node = stack.living()[0]
    stack.aws.presences.clear()
    stack.settle(14)
    assert states(stack) == [Lifecycle.RUNNING]

    stack.settle(6)
    assert states(stack) == [Lifecycle.STOPPED]
    assert stack.aws.routes[stack.layout.tables[0]].target == node.interface
    assert stack.aws.holders[stack.layout.allocations[0]] == node.interface


def test_a_sleeping_zone_is_calm_nothing_is_written_and_nobody_is_told() -> None:
    stack = asleep()
    saves = stack.store.saves
    stack.settle(90)

    assert stack.sweep() == "nothing to do"
    assert stack.store.saves == saves
    assert stack.notices.sent == []
    assert "launch" not in stack.aws.calls


def test_the_workloads_own_event_wakes_the_zone_without_any_route_change() -> None:
    stack = asleep()
    stack.aws.calls.clear()
    stack.aws.presences.append(JOB)
    stack.desk.handle(Hint("instance is pending", (STRANGER,), beginning=True))
    stack.settle(2)

    assert_at_rest(stack)
    assert (did(stack, "start"), did(stack, "point"), did(stack, "launch"), did(stack, "associate")) == (
        1,
        0,
        0,
        0,
    )
    assert any(line.startswith("woke eu-west-1a") for line in stack.journal.lines)


def test_the_event_may_be_ahead_of_ec2s_reads() -> None:
    stack = asleep()
    stack.aws.later(0.5, lambda: stack.aws.presences.append(JOB))
    told = stack.desk.handle(Hint("instance is pending", (STRANGER,), beginning=True))

    assert "start node" in told


def test_a_strangers_event_is_ignored_while_every_zone_is_awake() -> None:
    stack = on_demand(JOB)
    answer = stack.desk.handle(Hint("instance is pending", (STRANGER,), beginning=True))

    assert answer.startswith("ignored")


def test_a_woken_node_has_to_prove_itself_again() -> None:
    stack = asleep()
    node = stack.living()[0].id
    stack.aws.presences.append(JOB)
    stack.aws.reports[node] = None
    stack.settle(3)
    assert stack.store.records.memory.node(node).verified_at is None

    stack.settle(25)  # it never answers: another one takes its place
    assert own(stack) != node


def test_many_naps_open_no_breaker() -> None:
    stack = on_demand(JOB, idle=timedelta(minutes=1), sleep_mode=SleepMode.TERMINATE)
    for _ in range(8):
        stack.aws.presences.clear()
        stack.settle(3)
        assert stack.living() == []
        stack.aws.presences.append(JOB)
        stack.settle(3)
        assert states(stack) == [Lifecycle.RUNNING]

    assert stack.notices.sent == []


def test_a_sleeper_without_room_gives_way_to_a_launch_in_the_same_run() -> None:
    stack = asleep()
    old = stack.living()[0]
    stack.aws.full.add(old.instance_type)
    stack.aws.presences.append(JOB)
    stack.sweep()
    assert did(stack, "launch") == 2, "its own pool is full for a launch too, and the next is not"
    assert isinstance(stack.journal.refusals[-1], CapacityError)

    stack.settle(8)
    assert_at_rest(stack)
    assert own(stack) != old.id


def test_a_workload_that_comes_while_the_node_stops_waits_for_it_only() -> None:
    stack = on_demand(JOB)
    stack.aws.presences.clear()
    while states(stack) != [Lifecycle.STOPPING]:
        stack.aws.advance(5)
        stack.sweep()
    stack.aws.presences.append(JOB)
    stack.settle(3)

    assert_at_rest(stack)
    assert (did(stack, "launch"), did(stack, "start")) == (0, 1)


def test_a_node_that_a_person_stopped_is_replaced_a_person_may_also_start_a_sleeper() -> None:
    stack = on_demand(JOB)
    stack.aws.change(own(stack), lifecycle=Lifecycle.STOPPED)
    stack.settle(8)
    assert did(stack, "launch") == 1
    assert_at_rest(stack)

    sleeping = asleep()
    node = sleeping.living()[0].id
    sleeping.aws.change(node, lifecycle=Lifecycle.RUNNING)
    sleeping.settle(20)
    assert states(sleeping) == [Lifecycle.STOPPED]


def test_with_memory_lost_a_sleeper_sleeps_on_and_wakes() -> None:
    stack = asleep()
    (sleeper,) = stack.living()
    stack.store.records = replace(stack.store.records, memory=type(stack.store.records.memory)())
    stack.settle(20)
    assert stack.living() == [sleeper]

    stack.aws.presences.append(JOB)
    stack.settle(8)
    assert own(stack) == sleeper.id
    assert_at_rest(stack)


def test_with_memory_lost_a_zone_that_slept_by_ending_its_nodes_wakes_at_once_all_the_same() -> None:
    stack = asleep(sleep_mode=SleepMode.TERMINATE)
    for _ in range(12):  # a day of short jobs
        stack.aws.presences.append(JOB)
        stack.settle(5)
        stack.aws.presences.clear()
        stack.settle(25)
    stack.settle(120)  # EC2 lists none of the nodes any more, and still knows the tokens
    stack.store.lose_memory()
    stack.settle(2)

    stack.aws.presences.append(JOB)
    stack.settle(4)
    assert stack.serving()
    assert not stack.notices.sent


def test_a_throttled_read_ends_no_sleeper_whose_route_has_been_missing_for_hours() -> None:
    stack = asleep()
    (sleeper,) = stack.living()
    stack.aws.routes[stack.layout.tables[0]] = Route(stack.layout.tables[0], None)
    stack.settle(130)
    stack.aws.failing["find"] = ThrottledError("reading", "nodes", "RequestLimitExceeded", "slow down")
    stack.minute()
    stack.aws.failing.clear()
    stack.settle(5)

    assert stack.living() == [sleeper]


# --- failed reads


def test_workloads_that_cannot_be_read_put_nothing_to_sleep() -> None:
    stack = on_demand(JOB)
    stack.aws.presences.clear()
    stack.settle(10)
    stack.aws.failing["presences"] = SLOW
    stack.settle(60)

    assert states(stack) == [Lifecycle.RUNNING]
    assert [subject for subject, _ in stack.notices.sent] == ["natkeeper: unreadable in eu-west-1a"]


def test_workloads_that_cannot_be_read_wake_a_sleeping_zone_after_five_minutes() -> None:
    stack = asleep()
    stack.aws.failing["presences"] = SLOW
    stack.settle(4)
    assert states(stack) == [Lifecycle.STOPPED]

    stack.settle(4)
    assert states(stack) == [Lifecycle.RUNNING]


def test_workloads_that_cannot_be_read_keep_no_dead_node_from_being_healed() -> None:
    stack = on_demand(JOB)
    stack.aws.failing["presences"] = SLOW
    stack.aws.terminate(own(stack))
    stack.settle(8)

    assert states(stack) == [Lifecycle.RUNNING]
    assert any(line.startswith("swept") for line in stack.journal.lines)


# --- quiet


def test_a_zone_without_traffic_sleeps_beside_its_workloads_and_wakes_for_another() -> None:
    stack = on_demand(JOB, quiet=timedelta(minutes=30))
    talk(stack, 40)
    assert states(stack) == [Lifecycle.RUNNING]

    stack.settle(40)
    assert states(stack) == [Lifecycle.STOPPED]

    stack.aws.presences.append(Presence("eni-new", SubnetId("private-a"), "interface"))
    stack.settle(2)
    assert states(stack) == [Lifecycle.RUNNING]


def test_a_workload_that_ended_and_began_again_is_new() -> None:
    stack = on_demand(JOB, quiet=timedelta(minutes=30))
    talk(stack, 3)
    stack.settle(40)
    stack.aws.presences.clear()
    stack.settle(2)
    assert states(stack) == [Lifecycle.STOPPED]

    stack.aws.presences.append(JOB)
    stack.settle(2)
    assert states(stack) == [Lifecycle.RUNNING]


def test_a_node_that_does_not_tell_its_traffic_is_never_taken_for_quiet() -> None:
    stack = on_demand(JOB, quiet=timedelta(minutes=30))
    stack.settle(90)

    assert states(stack) == [Lifecycle.RUNNING]


# --- office hours


def in_berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def office(text: str, since: str, **policy: Any) -> Stack:
    stack = Stack(1, start=in_berlin(since))
    stack.change(awake=Awake.OFFICE_HOURS, hours=parse(text, ZoneInfo), **policy)
    stack.sweep()
    stack.settle()
    return stack


def doze(stack: Stack) -> None:
    """While a zone sleeps nothing happens until shortly before the office hours: that time is skipped."""
    hours = stack.policy.hours
    assert hours
    opening = hours.look(stack.clock())
    spare = (opening.until or stack.clock()) - stack.clock() - timedelta(minutes=12)
    if not opening.is_open and stack.serving() is None and spare > timedelta(0):
        stack.aws.advance(spare.total_seconds())


@pytest.mark.parametrize("mode", SleepMode)
@pytest.mark.parametrize("monday", ["2026-03-23", "2026-10-19", "2028-02-28"])
def test_in_every_minute_of_the_office_hours_the_zone_is_ready(mode: SleepMode, monday: str) -> None:
    """Weeks that end with a night in which the clocks change, and one with a leap day."""
    stack = office("Mon-Fri 08:00-08:20, Sun 01:30-03:30 Europe/Berlin", f"{monday}T07:30", sleep_mode=mode)
    hours = stack.policy.hours
    assert hours
    end, nights = stack.clock() + timedelta(days=7), 0
    while stack.clock() < end:
        doze(stack)
        stack.minute()
        if hours.look(stack.clock()).is_open:
            assert stack.serving() is not None, stack.clock()
            assert stack.store.records.memory.node(own(stack)).verified_at, stack.clock()
        nights += did(stack, "stop") + did(stack, "terminate")
        stack.aws.calls.clear()
    assert nights >= 6
    assert stack.notices.sent == []


def test_the_schedule_waits_for_traffic_to_end_but_not_for_ever() -> None:
    stack = office("Mon-Fri 08:00-09:00 Europe/Berlin", "2026-03-23T08:30")
    talk(stack, 35)
    assert states(stack) == [Lifecycle.RUNNING]

    talk(stack, 10)
    assert states(stack) == [Lifecycle.STOPPED]


def test_the_schedule_does_not_wait_for_a_quiet_node() -> None:
    stack = office("Mon-Fri 08:00-09:00 Europe/Berlin", "2026-03-23T08:30")
    say_sent(stack)
    stack.settle(28)

    assert states(stack) == [Lifecycle.STOPPED]


# --- wishes


def test_a_wish_goes_before_everything_and_ends_by_itself() -> None:
    stack = asleep()
    wish(stack, WishKind.ON, minutes=30)
    stack.settle(29)
    assert states(stack) == [Lifecycle.RUNNING]

    stack.settle(20)
    assert states(stack) == [Lifecycle.STOPPED]


def test_off_for_one_zone_and_back_to_automatic_for_all() -> None:
    stack = living_with(zones=2)
    wish(stack, WishKind.OFF, A)
    stack.settle(3)
    assert states(stack) == [Lifecycle.STOPPED, Lifecycle.RUNNING]
    assert stack.serving(0) is None, "a zone that sleeps is not covered"

    wish(stack, WishKind.AUTOMATIC)
    stack.settle(3)
    assert_at_rest(stack)


def test_a_dry_run_of_a_wish_touches_nothing() -> None:
    stack = living_with()
    records = stack.store.records
    told = stack.order("Sleep", dry_run=True)

    assert "stop node" in told
    assert stack.store.records == records
    assert did(stack, "stop") == 0


def test_a_node_that_covers_a_neighbour_stays_until_that_has_its_own() -> None:
    stack = living_with(zones=2)
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    stack.aws.terminate(own(stack, 1))
    stack.settle(3)
    assert own(stack, 1) == own(stack, 0)

    wish(stack, WishKind.OFF, A)
    stack.settle(5)
    assert stack.serving(1) is not None

    stack.aws.full.clear()
    stack.settle(10)
    assert {n.zone: n.lifecycle for n in stack.living()} == {A: Lifecycle.STOPPED, B: Lifecycle.RUNNING}
    assert own(stack, 1)


# --- spot


def spots(stack: Stack) -> list[bool]:
    return [node.spot for node in stack.living()]


def test_spot_falls_back_to_on_demand_and_comes_back_without_an_outage() -> None:
    stack = Stack(1)
    stack.change(market=Market.SPOT)
    stack.aws.full = {"spot t4g.nano", "spot t4g.micro"}
    stack.sweep()
    stack.settle(40)
    assert spots(stack) == [False]

    stack.aws.full.clear()
    for _ in range(60):
        stack.minute()
        assert stack.serving() is not None
    assert spots(stack) == [True]
    assert stack.notices.sent == []
    assert stack.journal.refusals == []
    assert_at_rest(stack)


def test_an_interruption_builds_the_successor_first_and_avoids_its_pool() -> None:
    stack = living_with(market=Market.SPOT)
    old = stack.living()[0]
    stack.desk.handle(
        Hint("spot", (old.id,), Doom(DoomKind.INTERRUPTION, stack.clock() + timedelta(minutes=2)))
    )
    assert did(stack, "launch") == 1
    stack.settle(1)
    assert own(stack) != old.id
    assert stack.living()[-1].instance_type != old.instance_type

    stack.aws.terminate(old.id)
    stack.settle(5)
    assert spots(stack) == [True]
    assert_at_rest(stack)


def test_a_spot_node_sleeps_by_ending() -> None:
    stack = on_demand(JOB, market=Market.SPOT)
    assert spots(stack) == [True]
    stack.aws.presences.clear()
    stack.settle(20)

    assert stack.living() == []
    assert did(stack, "stop") == 0


# --- whatever happens


def come(stack: Stack, letter: str) -> None:
    stack.aws.presences.append(Presence(f"i-job-{letter}", SubnetId(f"private-{letter}"), INSTANCE))


def go(stack: Stack, letter: str) -> None:
    stack.aws.presences = [p for p in stack.aws.presences if p.subnet != f"private-{letter}"]


def kill(stack: Stack, letter: str) -> None:
    if node := stack.serving("ab".index(letter)):
        stack.aws.terminate(node)


def forget(stack: Stack, _: str) -> None:
    stack.store.records = replace(stack.store.records, memory=type(stack.store.records.memory)())


def zone_of(letter: str) -> ZoneName:
    return ZoneName(f"eu-west-1{letter}")


TURNS: dict[str, Callable[[Stack, str], object]] = {
    "come": come,
    "go": go,
    "kill": kill,
    "forget": forget,
    "unread": lambda stack, _: stack.aws.failing.update(presences=SLOW),
    "read": lambda stack, _: stack.aws.failing.clear(),
    "spot full": lambda stack, _: stack.aws.full.update({"spot t4g.nano", "spot t4g.micro"}),
    "full": lambda stack, _: stack.aws.full.update({"t4g.nano", "t4g.micro"}),
    "room": lambda stack, _: stack.aws.full.clear(),
    "off": lambda stack, letter: wish(stack, WishKind.OFF, zone_of(letter)),
    "on": lambda stack, letter: wish(stack, WishKind.ON, zone_of(letter), minutes=30),
    "automatic": lambda stack, letter: wish(stack, WishKind.AUTOMATIC, zone_of(letter)),
}


@settings(max_examples=20, deadline=None)
@given(
    market=st.sampled_from(Market),
    mode=st.sampled_from(SleepMode),
    turns=st.lists(
        st.tuples(st.sampled_from(sorted(TURNS)), st.sampled_from("ab"), st.sampled_from((0, 1, 4, 20))),
        max_size=8,
    ),
)
def test_after_anything_each_zone_has_what_it_wants(
    market: Market, mode: SleepMode, turns: list[tuple[str, str, int]]
) -> None:
    stack = on_demand(JOB, zones=2, market=market, sleep_mode=mode)
    for what, letter, minutes in turns:
        TURNS[what](stack, letter)
        stack.settle(minutes)
    for what, letter in (("read", "a"), ("room", "a"), ("automatic", "a"), ("automatic", "b")):
        TURNS[what](stack, letter)
    stack.settle(135)  # an open breaker takes an hour, a return to spot half of one

    busy = [any(p.subnet == f"private-{letter}" for p in stack.aws.presences) for letter in "ab"]
    up = [[n for n in stack.living() if n.zone == zone and n.lifecycle in UP] for zone in (A, B)]
    assert [len(nodes) for nodes in up] == [int(b) for b in busy]
    assert all(stack.serving(number) for number in (0, 1) if busy[number])
    assert all(node.spot is (market is Market.SPOT) for nodes in up for node in nodes)
    assert len(stack.living()) <= 2
    assert stack.sweep() == "nothing to do"
