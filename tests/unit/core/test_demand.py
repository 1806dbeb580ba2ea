"""The edges of the decision whether a zone wants a NAT, beside the rows of the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.demand import Demand, Ground, demand_of, is_asleep, quiet_since, rests_from
from natkeeper.core.memory import Memory, NodeMemory, Unwanted, ZoneMemory
from natkeeper.core.model import Lifecycle, Outcome, Probe, Unread, Zone
from natkeeper.core.office_hours import OfficeHours
from natkeeper.core.policy import Awake, Policy
from tests.builders import NOW, POLICY, A, ago, node, passed, served, zone
from tests.unit.core.sleep_situations import (
    BOTH,
    DEMAND,
    QUIET,
    SHUT,
    TASK,
    asleep,
    hours,
    past,
    quiet,
    read,
    slept,
    unread,
)

a1, a2 = node("a1"), node("a2")
MOMENT = timedelta(seconds=1)


def wanted(seen: Zone, policy: Policy, memory: Memory | None = None) -> Demand:
    return demand_of(seen, Context(policy, memory or Memory(), NOW))


# Office hours.


def test_office_hours_decide_only_where_they_are_asked_for() -> None:
    assert wanted(served(a1), replace(SHUT, awake=Awake.ALWAYS)).ground is Ground.ALWAYS
    assert wanted(read(TASK, a1), replace(SHUT, awake=Awake.ON_DEMAND)).ground is Ground.WORKLOADS
    assert wanted(served(a1), replace(POLICY, awake=Awake.OFFICE_HOURS)).ground is Ground.ALWAYS


def test_a_week_without_a_window_is_asleep_for_good_and_one_without_a_gap_awake() -> None:
    never = replace(SHUT, hours=OfficeHours((), UTC))
    always = replace(SHUT, hours=hours("Mon-Sun 00:00-24:00 UTC"))

    assert wanted(served(a1), never) == Demand(False, Ground.HOURS, "outside the office hours for good")
    assert wanted(served(a1), always) == Demand(True, Ground.HOURS, "within the office hours")


def test_on_demand_within_office_hours_workloads_decide_from_shortly_before_they_begin() -> None:
    soon = replace(BOTH, hours=hours("Sat 12:02-13:00 UTC"))

    assert wanted(read(TASK, a1), soon).ground is Ground.WORKLOADS
    assert wanted(read((), a1), soon).ground is Ground.WORKLOADS


# Workloads.


def test_up_to_three_workloads_are_named_and_the_others_counted() -> None:
    def named(*workloads: str) -> str:
        return wanted(read(workloads, a1), DEMAND).reason

    assert named("i-1", "i-2", "i-3") == "in its private subnets: i-1, i-2, i-3"
    assert named("i-1", "i-2", "i-3", "i-4") == "in its private subnets: i-1, i-2, i-3 and 1 more"
    assert named("i-1", "i-2", "i-3", "i-4", "i-5") == "in its private subnets: i-1, i-2, i-3 and 2 more"


def test_traffic_keeps_a_zone_awake_in_which_nothing_is_listed() -> None:
    told = (replace(passed(ago(minutes=1)), sent=0), replace(passed(), sent=10**9))
    busy = served(node("a1", probes=told))
    decided = demand_of(busy, Context(DEMAND, Memory(), NOW))

    assert (decided.wanted, decided.ground) == (True, Ground.TRAFFIC)
    assert decided.reason == "nothing is listed, but i-a1 forwards traffic"


def test_new_workloads_are_named_in_order() -> None:
    memory = slept(past(60, Ground.QUIET, beside=TASK))

    reason = wanted(read(("i-9", *TASK, "i-1"), asleep), QUIET, memory).reason
    assert reason == "new in its private subnets: i-1, i-9"


def test_a_zone_is_quiet_as_soon_as_its_time_is_full() -> None:
    assert wanted(read(TASK, a1), QUIET, quiet(30)) == Demand(
        False, Ground.QUIET, "no traffic since 11:30:00"
    )


def test_a_zone_with_many_workloads_does_not_sleep_because_it_is_quiet() -> None:
    def ground(number: int) -> Ground:
        crowd = tuple(f"i-{n}" for n in range(number))
        return wanted(read(crowd, a1), QUIET, quiet(31)).ground

    assert ground(QUIET.quiet_workloads) is Ground.QUIET
    assert ground(QUIET.quiet_workloads + 1) is Ground.WORKLOADS


def test_without_a_quiet_time_traffic_is_not_asked_for() -> None:
    assert wanted(read(TASK, a1), DEMAND, quiet(31)).ground is Ground.WORKLOADS


def test_a_zone_that_fell_asleep_for_want_of_workloads_wakes_for_any() -> None:
    assert wanted(read(TASK, asleep), QUIET, slept()).wanted


def test_what_it_slept_beside_matters_only_while_it_sleeps() -> None:
    awake = replace(quiet(1), zones={A: ZoneMemory(beside=TASK)})

    assert wanted(read(TASK, a1), QUIET, awake).wanted


# Workloads that cannot be read.


def test_a_sleeping_zone_is_woken_when_its_workloads_were_unread_for_the_whole_time() -> None:
    def told(since: datetime | None) -> Demand:
        return wanted(read(Unread("denied"), asleep), DEMAND, slept(past(180, unread_since=since)))

    safe = "its workloads could not be read, so it stays awake to be safe: denied"
    still = "its workloads could not be read, so it stays asleep as it is: denied"
    assert told(NOW - DEMAND.unread) == Demand(True, Ground.UNREAD, safe)
    assert told(NOW - DEMAND.unread + MOMENT) == Demand(False, Ground.UNREAD, still)
    assert told(None) == Demand(False, Ground.UNREAD, still)
    assert wanted(read(unread, a1), DEMAND).wanted


# When it may be put to sleep.


def rests(ground: Ground, memory: Memory) -> datetime:
    return rests_from(served(a1), Demand(False, ground, ""), Context(DEMAND, memory, NOW))


def test_each_ground_has_its_own_grace() -> None:
    since = ago(minutes=5)
    policy = replace(DEMAND, idle=timedelta(minutes=7), sleep_drain=timedelta(minutes=9))

    def from_(ground: Ground, memory: Memory | None = None, before: Ground | None = None) -> datetime:
        zones = {A: ZoneMemory(unwanted=Unwanted(before or ground, since))}
        remembered = replace(memory or Memory(), zones=zones)
        return rests_from(served(a1), Demand(False, ground, ""), Context(policy, remembered, NOW))

    assert from_(Ground.WORKLOADS) == since + policy.idle
    assert from_(Ground.HOURS) == since + policy.sleep_drain
    assert from_(Ground.HOURS, quiet(1)) == since
    assert [from_(g) for g in (Ground.WISH, Ground.QUIET)] == [since, since]
    assert rests(Ground.WISH, Memory()) == NOW
    assert from_(Ground.WISH, before=Ground.WORKLOADS) == NOW, "another reason counts from its own beginning"


def test_a_node_that_forwards_right_now_is_quiet_no_more_whatever_was_remembered() -> None:
    busy = node("a1", probes=(told_of(0, ago(minutes=1)), told_of(QUIET.murmur + 1, NOW)))
    still = node("a1", probes=(told_of(0, ago(minutes=1)), told_of(QUIET.murmur, NOW)))

    assert quiet_since(zone((busy,)), Context(QUIET, quiet(31), NOW)) is None
    assert quiet_since(zone((still,)), Context(QUIET, quiet(31), NOW)) == ago(minutes=31)
    assert wanted(read(TASK, busy), QUIET, quiet(31)).wanted


def told_of(sent: int, at: datetime) -> Probe:
    return Probe(at, Outcome.PASSED, sent=sent)


def test_a_zone_is_quiet_since_its_last_node_became_so_and_only_if_each_tells() -> None:
    def since(first: datetime | None, second: datetime | None) -> datetime | None:
        told = {a1.id: NodeMemory(quiet_since=first), a2.id: NodeMemory(quiet_since=second)}
        seen = zone((a1, a2, node("a3", lifecycle=Lifecycle.STOPPED)))
        return quiet_since(seen, Context(POLICY, Memory(nodes=told), NOW))

    assert since(ago(minutes=9), ago(minutes=4)) == ago(minutes=4)
    assert since(ago(minutes=9), None) is None
    assert quiet_since(zone(), Context(POLICY, Memory(), NOW)) is None


def test_a_zone_is_asleep_when_it_wants_no_node_and_has_none() -> None:
    assert is_asleep(zone((asleep,)), past())
    assert not is_asleep(zone((asleep,)), ZoneMemory())
    assert not is_asleep(zone((asleep, a2)), past())
