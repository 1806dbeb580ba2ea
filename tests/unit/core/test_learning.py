"""What the controller remembers of what it sees and does, and what it forgets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import (
    Action,
    AssociateAddress,
    Cause,
    LaunchNode,
    Notify,
    RepairNode,
    TerminateNode,
)
from natkeeper.core.decision.outcome import Done
from natkeeper.core.ledger import Span
from natkeeper.core.memory import HOUR, Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import (
    AllocationId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Node,
    Observed,
    Order,
    RouteTableId,
    SubnetId,
    Unreadable,
    Verb,
    Wish,
    WishKind,
)
from natkeeper.core.remembering.forgetting import FORGET_NODE, FORGET_NOTICE
from natkeeper.core.remembering.learning import (
    is_served,
    learn,
    record,
    record_bad_pools,
)
from tests.builders import (
    NOW,
    POLICY,
    A,
    B,
    ago,
    booting,
    failed,
    looked,
    node,
    passed,
    route,
    served,
    silent,
    world,
    zone,
)

a1, a2, b1 = node("a1"), node("a2"), node("b1")
MOMENT = timedelta(seconds=1)
LAUNCH = LaunchNode(A, SubnetId("subnet-a"), 4, ("t4g.nano", "t4g.micro"), Cause.NO_NODE, "")
NEW = InstanceId("i-a2")


def learned(observed: Observed, memory: Memory | None = None) -> Memory:
    return learn(looked(observed, memory))


def serves(observed: Observed) -> bool:
    return is_served(observed.readable()[0], looked(observed).standings)


# What is learned.


def test_a_healthy_node_is_verified_from_now_on_and_once() -> None:
    assert learned(world(served(a1))).node(a1.id).verified_at == NOW
    before = Memory(nodes={a1.id: NodeMemory(ago(hours=4))})
    assert learned(world(served(a1)), before).node(a1.id).verified_at == ago(hours=4)


def test_a_node_that_only_boots_is_not_verified() -> None:
    assert learned(world(served(booting("a1")))).node(a1.id).verified_at is None


def test_a_node_that_fails_or_whose_pass_is_old_is_not_verified() -> None:
    for probe in (failed("rules"), passed(NOW - POLICY.stale - MOMENT)):
        assert learned(world(served(node("a1", probes=(probe,))))).node(a1.id).verified_at is None


def test_a_node_that_nothing_is_routed_to_is_idle_since_this_was_first_seen() -> None:
    memory = learned(world(served(a1, a2)))

    assert (memory.node(a1.id).idle_since, memory.node(a2.id).idle_since) == (None, NOW)
    before = Memory(nodes={a2.id: NodeMemory(idle_since=ago(minutes=1))})
    assert learned(world(served(a1, a2)), before).node(a2.id).idle_since == ago(minutes=1)


def test_a_node_routed_to_again_is_idle_no_more_and_keeps_its_repairs() -> None:
    past = NodeMemory(ago(hours=4), (ago(minutes=5),), ago(minutes=1))

    assert learned(world(served(a1)), Memory(nodes={a1.id: past})).node(a1.id) == replace(
        past, idle_since=None, zone=A, seen=Lifecycle.RUNNING
    )


def test_a_node_that_is_not_listed_is_missing_since_then_and_until_it_is_seen_again() -> None:
    past = NodeMemory(ago(hours=4), zone=A)
    missed = learned(world(served(a1)), Memory(nodes={a2.id: past}))

    assert missed.node(a2.id) == replace(past, missing_since=NOW)
    assert list(missed.missing(A)) == [(a2.id, NOW)]
    assert list(missed.missing(B)) == []
    before = Memory(nodes={a2.id: replace(past, missing_since=ago(minutes=1))})
    assert learned(world(served(a1)), before).node(a2.id).missing_since == ago(minutes=1)
    assert learned(world(served(a1, a2)), before).node(a2.id).missing_since is None


def test_a_node_that_is_listed_as_terminated_is_missing_from_then_on() -> None:
    ended = zone(ended=(node("a2", lifecycle=Lifecycle.TERMINATED),))

    assert learned(world(ended), Memory(nodes={a2.id: NodeMemory()})).node(a2.id).missing_since == NOW


def test_a_generation_seen_on_a_node_is_used_up() -> None:
    seen = world(served(node("a1", generation=5), node("a2", generation=2)))

    assert learned(seen).zone(A).generation == 6
    assert learned(seen, Memory(zones={A: ZoneMemory(9)})).zone(A).generation == 9
    assert learned(world(zone())).zone(A).generation == 0
    assert learned(world(zone(ended=(node("a3", generation=3),)))).zone(A).generation == 4


def test_a_zone_is_broken_since_this_was_first_seen_and_until_it_is_served() -> None:
    broken = world(zone((a1,)))
    before = Memory(zones={A: ZoneMemory(broken_since=ago(minutes=3))})

    assert learned(broken).zone(A).broken_since == NOW
    assert learned(broken, before).zone(A).broken_since == ago(minutes=3)
    assert learned(world(served(a1)), before).zone(A).broken_since is None


def test_a_zone_is_served_when_every_open_route_leads_to_a_node_that_works() -> None:
    assert serves(world(served(a1)))
    assert serves(world(served(a1, routes=(route(a1), route("nat-1", "rtb-a2", held=True)))))
    assert serves(world(served(node("a1", template_version=2))))
    assert serves(world(served(replace(a1, order=Order(Verb.FAILOVER, NOW)))))
    assert not serves(world(served(booting("a1"))))
    assert not serves(world(served(replace(a1, lifecycle=Lifecycle.STOPPED))))
    assert not serves(world(served(a1, routes=(route(a1), route(None, "rtb-a2")))))
    assert not serves(world(served(a1, routes=(route(a1, blackhole=True),))))


def test_the_roster_is_who_is_up_and_stays_when_nothing_could_be_read() -> None:
    ended = node("a2", lifecycle=Lifecycle.STOPPED)

    assert learned(world(served(a1, ended))).roster == (a1.id,)
    assert learned(world(Unreadable(A, "denied")), Memory(roster=(a1.id,))).roster == (a1.id,)
    assert learned(world(zone()), Memory(roster=(a1.id,))).roster == ()


def test_of_an_unreadable_zone_nothing_is_learned() -> None:
    past = Memory(zones={A: ZoneMemory(3, broken_since=ago(minutes=1))})
    memory = learned(world(Unreadable(A, "denied"), served(b1)), past)

    assert memory.zone(A) == past.zone(A)
    assert memory.zone(B) == ZoneMemory(1, led={RouteTableId("rtb-b"): InterfaceId("eni-b1")}, whole=True)


def test_a_planned_succession_is_under_way_from_its_successor_on_until_nobody_is_to_be_succeeded() -> None:
    old = node("a1", template_version=2)
    before = Memory(zones={A: ZoneMemory(succeeding_since=ago(minutes=9))})

    def since(observed: Observed, memory: Memory | None = None) -> object:
        return learned(observed, memory).zone(A).succeeding_since

    assert since(world(served(old))) is None
    assert since(world(served(old, booting("a2")))) == NOW
    assert since(world(served(old, booting("a2"))), before) == ago(minutes=9)
    assert since(world(served(old)), before) == ago(minutes=9), "its successor died: it goes on"
    assert since(world(served(a1)), before) is None
    assert since(world(served(replace(a1, order=Order(Verb.REPLACE, NOW)), a2))) is None, "nothing planned"


def test_a_look_that_read_nothing_changes_nothing_at_all() -> None:
    long_ago = NOW - 9 * FORGET_NODE
    past = Memory(
        zones={A: ZoneMemory(3, (Launch(long_ago, a1.id),), broken_since=ago(minutes=1))},
        nodes={
            a1.id: NodeMemory(long_ago, idle_since=long_ago, slept_at=long_ago, zone=A),
            a2.id: NodeMemory(missing_since=long_ago, zone=A),
        },
    )

    assert learned(world(Unreadable(A, "throttled"), Unreadable(B, "throttled")), past) == past
    assert learned(world(), past) == past


def test_nobody_is_missed_in_a_zone_that_could_not_be_read() -> None:
    past = Memory(nodes={a1.id: NodeMemory(ago(hours=4), zone=A)})

    assert learned(world(Unreadable(A, "denied"), served(b1)), past).node(a1.id) == past.node(a1.id)


# What is forgotten.


def test_a_node_is_forgotten_when_it_has_been_gone_for_long_enough() -> None:
    def gone(since: timedelta) -> bool:
        past = Memory(nodes={a2.id: NodeMemory(ago(hours=9), missing_since=NOW - since)})
        return a2.id not in learned(world(served(a1)), past).nodes

    assert gone(FORGET_NODE)
    assert not gone(FORGET_NODE - MOMENT)


def test_an_idle_node_that_is_still_there_is_not_forgotten() -> None:
    idle = NodeMemory(ago(hours=9), idle_since=NOW - FORGET_NODE, zone=A, seen=Lifecycle.RUNNING)
    past = Memory(nodes={a2.id: idle})

    assert learned(world(served(a1, a2)), past).node(a2.id) == past.node(a2.id)


def test_a_notice_is_forgotten_after_a_day() -> None:
    past = Memory(told={"old": NOW - FORGET_NOTICE, "new": NOW - FORGET_NOTICE + MOMENT})

    assert learned(world(served(a1)), past).told == {"new": NOW - FORGET_NOTICE + MOMENT}


def test_counters_are_forgotten_after_their_hour_and_bans_when_they_end() -> None:
    fresh = NOW - HOUR + MOMENT
    past = ZoneMemory(
        generation=3,
        launches=(Launch(NOW - HOUR, None), Launch(fresh, NEW)),
        bad_pools={"over": NOW, "still": NOW + MOMENT},
        takebacks=(NOW - HOUR, fresh),
    )
    repaired = NodeMemory(ago(hours=4), repairs=(NOW - HOUR, fresh))
    memory = learned(world(served(a1)), Memory(zones={A: past}, nodes={a1.id: repaired}))

    kept = ZoneMemory(3, (Launch(fresh, NEW),), {"still": NOW + MOMENT}, (fresh,))
    assert replace(memory.zone(A), led={}, whole=False) == kept
    assert memory.node(a1.id).repairs == (fresh,)


def launched(seconds: float, pool: str = "t4g.nano") -> Memory:
    return Memory(zones={A: ZoneMemory(1, (Launch(ago(seconds=seconds), NEW, pool),))})


def bad_pools(memory: Memory, *nodes: Node) -> object:
    return learned(world(zone(nodes)), memory).zone(A).bad_pools


def test_a_node_that_ends_before_it_ran_makes_its_pool_come_last_from_its_launch_on() -> None:
    going = node("a2", lifecycle=Lifecycle.SHUTTING_DOWN)

    expected = {"t4g.nano": ago(seconds=20) + POLICY.bad_pool}
    assert bad_pools(launched(20), going) == expected
    ended = zone(ended=(node("a2", lifecycle=Lifecycle.TERMINATED),))
    assert learned(world(ended), launched(20)).zone(A).bad_pools == expected


def test_a_node_that_is_seen_no_more_before_it_ran_does_so_once_no_read_can_lag() -> None:
    visible = POLICY.visibility.total_seconds()

    assert bad_pools(launched(visible - 1)) == {}
    assert bad_pools(launched(visible)) == {"t4g.nano": ago(seconds=visible) + POLICY.bad_pool}


def test_a_node_that_boots_or_ran_once_is_nothing_against_its_pool() -> None:
    ran = Span(NEW, A, "t4g.nano", spot=False, running=True, started=ago(minutes=30), ended=ago(minutes=9))
    young = node("a2", lifecycle=Lifecycle.PENDING)

    assert bad_pools(launched(600), young) == {}
    assert bad_pools(replace(launched(600), spans=(ran,))) == {}
    assert bad_pools(launched(600, pool="")) == {}, "a memory of an older version"


def test_a_launch_that_was_never_recorded_counts_when_its_node_is_seen_and_once() -> None:
    young = booting("a2", generation=4)
    once = learned(world(zone((young,))), Memory(zones={A: ZoneMemory(4)}))

    assert once.zone(A).launches == (Launch(young.launched_at, young.id),)
    assert learned(world(zone((young,))), once).zone(A).launches == once.zone(A).launches
    assert learned(world(zone((young,))), Memory(zones={A: ZoneMemory(5)})).zone(A).launches == ()


# What is recorded.


def test_a_launch_is_counted_numbered_and_its_node_expected_to_answer() -> None:
    past = ZoneMemory(4, (Launch(ago(minutes=9), None),), {"t4g.small": NOW})
    before = Memory(zones={A: past}, roster=(a1.id,))
    memory = record(before, Done(LAUNCH, NEW, ("t4g.nano",)), POLICY, NOW)

    bad = {"t4g.small": NOW, "t4g.nano": NOW + POLICY.bad_pool}
    assert memory.zone(A) == ZoneMemory(5, (*past.launches, Launch(NOW, NEW, "t4g.micro")), bad)
    assert memory.roster == (a1.id, NEW)


def test_a_launch_is_counted_on_its_own_budget() -> None:
    memory = record(Memory(), Done(replace(LAUNCH, urgent=False), NEW), POLICY, NOW)

    assert memory.zone(A).launches == (Launch(NOW, NEW, "t4g.nano", urgent=False),)


def test_a_launch_whose_token_was_replayed_expects_nobody_and_costs_no_budget() -> None:
    memory = record(Memory(roster=(a1.id,)), Done(LAUNCH), POLICY, NOW)

    assert memory.roster == (a1.id,)
    assert memory.zone(A).launches == ()


@pytest.mark.parametrize(("spent", "then"), [(0, 1), (1, 2), (2, 4), (64, 128), (100, 164)])
def test_after_a_spent_token_the_next_generation_lies_ever_further_ahead(spent: int, then: int) -> None:
    memory = record(Memory(), Done(replace(LAUNCH, generation=spent)), POLICY, NOW)

    assert memory.zone(A).generation == then


@pytest.mark.parametrize(("remembered", "then"), [(0, 5), (4, 5), (9, 10)])
def test_the_next_generation_follows_the_highest_known(remembered: int, then: int) -> None:
    memory = record(Memory(zones={A: ZoneMemory(remembered)}), Done(LAUNCH, NEW), POLICY, NOW)

    assert memory.zone(A).generation == then


def test_a_repair_is_remembered_of_its_node() -> None:
    past = NodeMemory(ago(hours=4), (ago(minutes=9),), ago(minutes=1))
    repair = RepairNode(A, a1.id, Cause.RULES, "")
    memory = record(Memory(nodes={a1.id: past}), Done(repair), POLICY, NOW)

    assert memory.nodes == {a1.id: replace(past, repairs=(ago(minutes=9), NOW))}


def test_an_address_taken_back_is_remembered_of_its_zone() -> None:
    past = ZoneMemory(3, takebacks=(ago(minutes=9),))
    take = AssociateAddress(A, a1.id, InterfaceId("eni-a1"), AllocationId("eipalloc-a"), Cause.ADDRESS, "")
    memory = record(Memory(zones={A: past}), Done(take), POLICY, NOW)

    assert memory.zones == {A: replace(past, takebacks=(ago(minutes=9), NOW))}


def test_a_notice_is_remembered_by_its_key_beside_the_others() -> None:
    memory = record(Memory(told={"other": NOW}), Done(Notify(A, "key", Cause.LOST, "")), POLICY, ago(days=0))

    assert memory.told == {"other": NOW, "key": NOW}


@pytest.mark.parametrize("action", [TerminateNode(A, a1.id, Cause.SURPLUS, "")])
def test_of_other_actions_nothing_is_remembered(action: Action) -> None:
    assert record(Memory(), Done(action), POLICY, NOW) == Memory()


def test_a_launch_without_capacity_bans_its_types_and_is_not_counted() -> None:
    past = ZoneMemory(4, (Launch(NOW, None),), {"t4g.small": NOW})
    memory = record_bad_pools(
        Memory(zones={A: past}), Done(LAUNCH, bad_pools=("t4g.nano", "t4g.micro")), POLICY, NOW
    )

    until = NOW + POLICY.bad_pool
    bad = {"t4g.small": NOW, "t4g.nano": until, "t4g.micro": until}
    assert memory.zones == {A: replace(past, bad_pools=bad)}


def test_a_silent_node_is_not_verified_by_silence() -> None:
    assert learned(world(served(node("a1", probes=(silent(),))))).node(a1.id).verified_at is None


def test_who_passes_its_probe_is_verified_though_ec2_still_calls_it_impaired() -> None:
    recovered = node("a1", impaired_since=ago(hours=1))
    assert learned(world(served(recovered))).node(recovered.id).verified_at == NOW

    hangs = node("a1", impaired_since=ago(hours=1), probes=(silent(),))
    assert learned(world(served(hangs))).node(hangs.id).verified_at is None


def test_a_neighbours_node_is_idle_when_only_a_zone_that_sleeps_leads_to_it() -> None:
    guest = zone((), to=a2, name=B)
    assert learned(world(served(a1, a2), guest)).node(a2.id).idle_since is None

    asleep = replace(guest, wish=Wish(WishKind.OFF, ago(hours=1)))
    assert learned(world(served(a1, a2), asleep)).node(a2.id).idle_since == NOW
    held = replace(asleep, routes=(route(a2, "rtb-b", held=True),))
    assert learned(world(served(a1, a2), held)).node(a2.id).idle_since is None
