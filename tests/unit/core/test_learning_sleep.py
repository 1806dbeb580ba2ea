"""What is learned and recorded of sleep: of zones that want no node, and of nodes put to sleep."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from natkeeper.core.actions import Cause, LaunchNode, StartNode, StopNode, TerminateNode
from natkeeper.core.decision.outcome import Done
from natkeeper.core.judgement.demand import Ground
from natkeeper.core.memory import Launch, Memory, NodeMemory, Unwanted, ZoneMemory
from natkeeper.core.model import (
    Doom,
    DoomKind,
    InstanceId,
    Market,
    Node,
    SubnetId,
    Wish,
    WishKind,
    Zone,
)
from natkeeper.core.policy import Policy
from natkeeper.core.remembering.learning import learn, record, record_bad_pools, record_no_start
from tests.builders import NOW, POLICY, A, ago, booting, looked, node, passed, served, world
from tests.unit.core.sleep_situations import DEMAND, QUIET, TASK, asleep, past, quiet, read, unread

a1 = node("a1")
MOMENT = timedelta(seconds=1)
OFF = Wish(WishKind.OFF, ago(minutes=60))


def learned(seen: Zone, memory: Memory, policy: Policy = DEMAND) -> Memory:
    observed = world(seen)
    return learn(looked(observed, memory, policy))


def zone_after(seen: Zone, before: ZoneMemory, policy: Policy = DEMAND) -> ZoneMemory:
    return learned(seen, Memory(zones={A: before}), policy).zone(A)


def node_after(seen: Node, before: NodeMemory, policy: Policy = DEMAND) -> NodeMemory:
    return learned(served(seen, workloads=TASK), Memory(nodes={seen.id: before}), policy).node(seen.id)


def telling(*sent: int) -> Node:
    probes = tuple(replace(passed(ago(minutes=n)), sent=s) for n, s in zip((1, 0), sent, strict=True))
    return replace(a1, probes=probes)


# Zones.


def test_a_zone_is_unwanted_since_this_was_first_seen_and_anew_for_another_reason() -> None:
    idle = read((), a1)

    assert zone_after(idle, ZoneMemory()).unwanted == Unwanted(Ground.WORKLOADS, NOW)
    assert zone_after(idle, past(9)).unwanted == Unwanted(Ground.WORKLOADS, ago(minutes=9))
    assert zone_after(idle, past(9, Ground.HOURS)).unwanted == Unwanted(Ground.WORKLOADS, NOW)
    assert zone_after(read(TASK, a1), past(9)).unwanted is None


def test_a_zone_is_asleep_since_it_was_first_seen_unwanted_without_a_node() -> None:
    assert zone_after(read((), asleep), past(9)).asleep_since == NOW
    assert zone_after(read((), asleep), past(9, asleep_since=ago(minutes=4))).asleep_since == ago(minutes=4)
    assert zone_after(read((), a1), past(9, asleep_since=ago(minutes=4))).asleep_since is None
    assert zone_after(read((), asleep), ZoneMemory()).asleep_since == NOW


def test_a_zone_that_slept_and_is_wanted_again_wakes_until_it_is_served() -> None:
    slept = past(60, asleep_since=ago(minutes=45), beside=("i-old",))
    woken = zone_after(read(TASK, asleep), slept)

    assert (woken.waking_since, woken.asleep_since, woken.unwanted, woken.beside) == (NOW, None, None, ())
    waking = ZoneMemory(waking_since=ago(seconds=30))
    assert zone_after(read(TASK, asleep), waking).waking_since == ago(seconds=30)
    assert zone_after(served(a1, workloads=TASK), waking).waking_since is None
    assert zone_after(read((), asleep), waking).waking_since is None


def test_a_zone_that_is_wanted_and_never_slept_does_not_wake() -> None:
    assert zone_after(read(TASK, asleep), past(9)).waking_since is None


def test_a_zone_that_sleeps_or_wakes_is_not_broken_and_one_that_waits_for_sleep_neither() -> None:
    since = ago(minutes=3)

    assert zone_after(read((), asleep), past(9, broken_since=since)).broken_since is None
    assert (
        zone_after(read(TASK, asleep), ZoneMemory(waking_since=NOW, broken_since=since)).broken_since is None
    )
    assert zone_after(read((), booting("a1")), past(1, broken_since=since)).broken_since is None
    assert zone_after(read(TASK, asleep), ZoneMemory(broken_since=since)).broken_since == since


def test_a_zone_that_is_no_longer_in_the_parameters_does_not_sleep() -> None:
    assert zone_after(served(a1, subnet=None, wish=OFF), ZoneMemory()).unwanted is None


def test_workloads_are_unread_since_the_first_read_that_failed_until_one_succeeds() -> None:
    before = ZoneMemory(unread_since=ago(minutes=2))

    assert zone_after(read(unread, a1), ZoneMemory()).unread_since == NOW
    assert zone_after(read(unread, a1), before).unread_since == ago(minutes=2)
    assert zone_after(read(TASK, a1), before).unread_since is None


def test_a_sleeper_that_cannot_be_read_for_long_is_wanted() -> None:
    def unwanted(minutes: float) -> bool:
        before = past(180, asleep_since=ago(hours=3), unread_since=ago(minutes=minutes))
        return zone_after(read(unread, asleep), before).unwanted is not None

    assert unwanted(4)
    assert not unwanted(5)


# The workloads beside which a quiet zone fell asleep.


def test_a_quiet_zone_remembers_the_workloads_it_falls_asleep_beside() -> None:
    still = quiet(31, beside=("i-old",))

    assert learned(read(TASK, telling(5, 5)), still, QUIET).zone(A).beside == TASK


def test_while_it_sleeps_it_forgets_those_that_end_and_learns_none_that_come() -> None:
    slept = past(60, Ground.QUIET, asleep_since=ago(minutes=50), beside=("eni-task", "i-ends"))

    assert zone_after(read(TASK, asleep), slept, QUIET).beside == TASK
    assert zone_after(read((), asleep), slept, QUIET).beside == ()


def test_a_zone_that_sleeps_for_another_reason_remembers_none() -> None:
    assert zone_after(served(a1, wish=OFF, workloads=TASK), ZoneMemory()).beside == ()


def test_workloads_that_cannot_be_read_are_not_taken_for_ended() -> None:
    slept = past(60, Ground.QUIET, asleep_since=ago(minutes=50), beside=TASK)

    assert zone_after(read(unread, asleep), slept, QUIET).beside == TASK


# Nodes.


def test_a_node_is_quiet_since_this_was_first_seen_and_until_it_forwards() -> None:
    before = NodeMemory(ago(hours=4), quiet_since=ago(minutes=8))

    assert node_after(telling(5, 5), NodeMemory(ago(hours=4))).quiet_since == NOW
    assert node_after(telling(5, 5), before).quiet_since == ago(minutes=8)
    assert node_after(telling(5, 900_000), before).quiet_since is None
    assert node_after(a1, before).quiet_since is None, "it does not tell"


def test_in_a_stack_that_never_sleeps_nobody_asks_whether_a_node_is_quiet() -> None:
    assert node_after(telling(5, 5), NodeMemory(ago(hours=4)), POLICY).quiet_since is None
    before = NodeMemory(ago(hours=4), quiet_since=ago(minutes=8))
    assert node_after(telling(5, 900_000), before, POLICY).quiet_since == ago(minutes=8)


def test_a_nodes_age_is_noted_when_it_sleeps_and_stays() -> None:
    def born(before: NodeMemory) -> datetime | None:
        return learned(read((), asleep), Memory(nodes={a1.id: before})).node(a1.id).born_at

    assert born(NodeMemory(slept_at=ago(minutes=1))) == asleep.launched_at
    assert born(NodeMemory(slept_at=ago(minutes=1), born_at=ago(days=9))) == ago(days=9)
    assert born(NodeMemory()) is None


def test_a_sleeper_that_is_up_again_was_started_by_somebody_else_and_proves_itself_anew() -> None:
    up = booting("a1")

    def after(slept_at: datetime) -> NodeMemory:
        return node_after(up, NodeMemory(ago(hours=4), slept_at=slept_at, quiet_since=ago(minutes=9)))

    started = after(NOW - POLICY.visibility - MOMENT)
    assert (started.slept_at, started.started_at, started.verified_at) == (None, NOW, None)
    assert started.quiet_since is None
    assert started.born_at == up.launched_at
    lagging = after(NOW - POLICY.visibility)
    assert (lagging.slept_at, lagging.started_at) == (NOW - POLICY.visibility, None)
    assert lagging.verified_at == ago(hours=4)


def test_a_sleeper_that_stays_stopped_sleeps_on() -> None:
    before = NodeMemory(ago(hours=4), slept_at=ago(hours=3))

    assert learned(read((), asleep), Memory(nodes={a1.id: before})).node(a1.id).slept_at == ago(hours=3)


# Spot pools.


def test_a_spot_pool_that_takes_its_node_away_comes_last_for_a_while() -> None:
    def bad(**changes: Any) -> object:
        interrupted = replace(a1, spot=True, doom=Doom(DoomKind.INTERRUPTION, NOW))
        doomed = replace(interrupted, **changes)
        return zone_after(served(doomed), ZoneMemory(), POLICY).bad_pools

    assert bad() == bad(doom=Doom(DoomKind.REBALANCE, NOW)) == {"spot t4g.nano": NOW + POLICY.bad_pool}
    assert bad(spot=False) == bad(doom=None) == bad(doom=Doom(DoomKind.RETIREMENT, NOW)) == {}


def test_a_pool_that_is_bad_already_is_not_for_longer() -> None:
    doomed = replace(a1, spot=True, doom=Doom(DoomKind.INTERRUPTION, NOW))
    before = ZoneMemory(bad_pools={"spot t4g.nano": NOW + MOMENT})

    assert zone_after(served(doomed), before, POLICY).bad_pools == before.bad_pools


BOTH = LaunchNode(
    A, SubnetId("subnet-a"), 4, ("t4g.nano", "t4g.micro"), Cause.NO_NODE, "", (Market.SPOT, Market.ON_DEMAND)
)


def test_a_launch_is_remembered_with_the_first_pool_that_had_room() -> None:
    def used(*full: str) -> str:
        return record(Memory(), Done(BOTH, a1.id, full), POLICY, NOW).zone(A).launches[0].pool

    assert used() == "spot t4g.nano"
    assert used("spot t4g.nano") == "spot t4g.micro"
    assert used("spot t4g.nano", "spot t4g.micro") == "t4g.nano"
    assert used("spot t4g.nano", "spot t4g.micro", "t4g.nano", "t4g.micro") == ""


def test_a_launch_that_found_no_room_anywhere_makes_each_of_its_pools_bad() -> None:
    before = ZoneMemory(bad_pools={"m1.small": NOW})
    tried = ("spot t4g.nano", "spot t4g.micro", "t4g.nano", "t4g.micro")
    bad = (
        record_bad_pools(Memory(zones={A: before}), Done(BOTH, bad_pools=tried), POLICY, NOW)
        .zone(A)
        .bad_pools
    )

    assert bad == {"m1.small": NOW, **dict.fromkeys(tried, NOW + POLICY.bad_pool)}


# What is recorded of sleep.

launches = (Launch(ago(minutes=30), a1.id), Launch(ago(minutes=20), InstanceId("i-a2")))
awake = Memory(
    zones={A: ZoneMemory(3, launches)},
    nodes={a1.id: NodeMemory(ago(hours=4), started_at=ago(minutes=9))},
    roster=(InstanceId("i-b1"),),
)


def test_a_node_that_is_stopped_sleeps_from_now_on_and_its_launch_counts_no_more() -> None:
    memory = record(awake, Done(StopNode(A, a1.id, Cause.ASLEEP, "")), POLICY, NOW)

    assert memory.node(a1.id) == NodeMemory(ago(hours=4), slept_at=NOW)
    assert memory.zone(A) == ZoneMemory(3, launches[1:])


@pytest.mark.parametrize(("cause", "left"), [(Cause.ASLEEP, launches[1:]), (Cause.SURPLUS, launches)])
def test_of_nodes_that_are_ended_only_the_launch_of_one_put_to_sleep_is_forgotten(
    cause: Cause, left: tuple[Launch, ...]
) -> None:
    memory = record(awake, Done(TerminateNode(A, a1.id, cause, "")), POLICY, NOW)

    assert memory == replace(awake, zones={A: ZoneMemory(3, left)})


def test_the_launch_of_a_node_that_never_worked_still_counts_when_it_is_put_to_sleep() -> None:
    never = replace(awake, nodes={})

    assert record(never, Done(TerminateNode(A, a1.id, Cause.ASLEEP, "")), POLICY, NOW) == never


def test_a_node_that_is_started_has_to_prove_itself_and_is_expected_to_answer() -> None:
    slept = NodeMemory(ago(hours=4), born_at=ago(days=2), quiet_since=ago(hours=3), slept_at=ago(hours=3))
    memory = record(
        replace(awake, nodes={a1.id: slept}), Done(StartNode(A, a1.id, Cause.WAKING, "")), POLICY, NOW
    )

    assert memory.node(a1.id) == NodeMemory(born_at=ago(days=2), started_at=NOW)
    assert memory.roster == (InstanceId("i-b1"), a1.id)


def test_a_start_that_was_refused_makes_the_node_good_for_nothing() -> None:
    memory = record_no_start(awake, StartNode(A, a1.id, Cause.WAKING, ""))

    assert memory.nodes == {a1.id: replace(awake.node(a1.id), unstartable=True)}
