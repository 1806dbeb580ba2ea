"""At the edge: what the planner and the judge do in the second in which a duration or a count is full."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from natkeeper.core.actions import (
    Action,
    AssociateAddress,
    DisableSourceDestCheck,
    LaunchNode,
    Notify,
    PointRoute,
    RepairNode,
    TerminateNode,
    Wait,
)
from natkeeper.core.decision.outcome import Done
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.health import Verdict, judge
from natkeeper.core.memory import HOUR, Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import (
    Doom,
    DoomKind,
    InstanceId,
    Lifecycle,
    Node,
    Observed,
    Order,
    Outcome,
    Probe,
    Route,
    Unreadable,
    Verb,
    Zone,
    ZoneName,
)
from natkeeper.core.policy import Policy, Standby
from natkeeper.core.remembering.learning import record
from tests.builders import (
    NOW,
    POLICY,
    A,
    B,
    ago,
    booting,
    decided,
    failed,
    looked,
    node,
    passed,
    pending,
    remembering,
    route,
    served,
    silent,
    world,
    zone,
)
from tests.unit.core.situations import SITUATIONS, Situation

a1, a2, b1 = node("a1"), node("a2"), node("b1")
known = remembering(a1, a2, node("a3"), b1)
MOMENT = timedelta(seconds=1)


def planned(observed: Observed, memory: Memory = known, policy: Policy = POLICY) -> tuple[Action, ...]:
    return decided(observed, memory, policy)


def kinds(observed: Observed, memory: Memory = known, policy: Policy = POLICY) -> list[str]:
    return [type(action).__name__ for action in planned(observed, memory, policy)]


def verdict(subject: Node, memory: Memory = known) -> Verdict:
    return judge((subject,), Context(POLICY, memory, NOW))[subject.id].verdict


def after(past: ZoneMemory) -> Memory:
    return replace(known, zones={A: past})


def in_zone(action: Action, seen: Zone) -> bool:
    """Whether an action concerns what lies in the zone it names."""
    if isinstance(action, PointRoute):
        return set(action.tables) <= {r.table for r in seen.routes}
    if isinstance(action, Notify):
        return action.key.startswith(f"{seen.name} ") and action.key == action.key.lower()
    if isinstance(action, LaunchNode):
        return action.subnet == seen.subnet
    return isinstance(action, Wait) or getattr(action, "node", None) in {n.id for n in seen.nodes}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.name)
def test_an_action_concerns_the_zone_it_names(situation: Situation) -> None:
    zones = {z.name: z for z in situation.observed.zones}
    for action in decided(situation.observed, situation.memory, situation.policy):
        seen = zones[action.zone]
        assert isinstance(action, Notify | Wait) if isinstance(seen, Unreadable) else in_zone(action, seen)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.name)
def test_an_action_names_the_interface_of_its_node(situation: Situation) -> None:
    interfaces = {n.id: n.interface for n in situation.observed.nodes()}
    for action in decided(situation.observed, situation.memory, situation.policy):
        if isinstance(action, PointRoute | AssociateAddress | DisableSourceDestCheck):
            assert action.interface == interfaces[action.node]


# The judge.


def test_pending_is_too_long_only_after_its_whole_time() -> None:
    assert verdict(pending("a1", launched_at=NOW - POLICY.pending)) is Verdict.BOOTING
    assert verdict(pending("a1", launched_at=NOW - POLICY.pending - MOMENT)) is Verdict.DEAD


def test_an_impaired_status_check_kills_as_soon_as_its_time_is_full() -> None:
    before = (passed(ago(minutes=3)),)

    assert verdict(node("a1", impaired_since=NOW - POLICY.impaired, probes=before)) is Verdict.DEAD
    assert verdict(node("a1", impaired_since=NOW - POLICY.impaired, probes=())) is Verdict.DEAD
    assert (
        verdict(node("a1", impaired_since=NOW - POLICY.impaired + MOMENT, probes=before)) is Verdict.HEALTHY
    )


def test_who_passed_a_fresh_probe_since_it_was_impaired_is_doubted_and_not_dead() -> None:
    def since(impaired: timedelta, probe: timedelta) -> Verdict:
        return verdict(node("a1", impaired_since=NOW - impaired, probes=(passed(NOW - probe),)))

    assert since(timedelta(minutes=3), timedelta(minutes=3)) is Verdict.DEAD
    assert since(timedelta(minutes=3), timedelta(minutes=3) - MOMENT) is Verdict.SUSPECT
    assert since(timedelta(minutes=30), POLICY.stale) is Verdict.DEAD
    assert since(timedelta(minutes=30), POLICY.stale - MOMENT) is Verdict.SUSPECT
    failing = node("a1", impaired_since=ago(minutes=3), probes=(failed("rules"),))
    assert verdict(failing) is Verdict.DEAD


def test_silence_for_long_wants_a_successor_where_it_tells_something() -> None:
    mute, nearly = node("a1", probes=(silent(),) * POLICY.mute), node("a1", probes=(silent(),) * 9)
    mute_too = node("b1", probes=(silent(),) * POLICY.mute)

    def doubted(*nodes: Node) -> bool:
        return judge(nodes, Context(POLICY, known, NOW))[nodes[0].id].doubt

    assert verdict(mute) is Verdict.UNKNOWN
    assert doubted(mute, b1)
    assert not doubted(mute, mute_too)
    assert not doubted(nearly, b1)


def test_a_node_that_is_alone_wants_a_successor_when_it_is_silent_twice() -> None:
    once, twice = node("a1", probes=(passed(), silent())), node("a1", probes=(silent(), silent()))

    def doubted(*nodes: Node) -> bool:
        return judge(nodes, Context(POLICY, known, NOW))[nodes[0].id].doubt

    assert doubted(twice)
    assert not doubted(once)
    assert not doubted(twice, b1)
    assert not doubted(twice, node("a2", probes=()))
    assert doubted(twice, node("a2"))
    assert doubted(twice, node("b2", lifecycle=Lifecycle.STOPPED))


def test_who_fails_other_checks_than_the_outside_targets_can_still_tell_that_they_are_up() -> None:
    down = node("a1", probes=(failed("egress"),) * 3)

    now = Context(POLICY, known, NOW)

    def beside(*failing: str) -> tuple[Verdict, bool]:
        judgement = judge((down, node("b1", probes=(failed(*failing),))), now)[down.id]
        return judgement.verdict, judgement.doubt

    assert beside("rules") == (Verdict.DEAD, False)
    assert beside("rules", "egress") == beside("report") == (Verdict.SUSPECT, True)
    assert beside("egress") == (Verdict.UNKNOWN, False)


def test_a_node_may_boot_for_the_whole_of_its_time() -> None:
    mute = (silent(),) * 3

    assert verdict(node("a1", launched_at=NOW - POLICY.boot, probes=mute), Memory()) is Verdict.BOOTING
    late = node("a1", launched_at=NOW - POLICY.boot - MOMENT, probes=mute)
    assert judge((late,), Context(POLICY, Memory(), NOW))[late.id].doubt


def test_a_probe_grows_stale_only_after_its_whole_time() -> None:
    assert verdict(node("a1", probes=(passed(NOW - POLICY.stale),))) is Verdict.HEALTHY
    assert verdict(node("a1", probes=(passed(NOW - POLICY.stale - MOMENT),))) is Verdict.UNKNOWN


def test_a_node_asked_too_seldom_is_not_said_to_have_never_answered() -> None:
    asked_twice = node("a1", launched_at=ago(minutes=11), probes=(silent(),) * 2)

    assert not judge((asked_twice, b1), Context(POLICY, Memory(), NOW))[asked_twice.id].doubt


def test_a_node_that_answered_once_is_silent_and_has_not_never_answered() -> None:
    answered = node("a1", launched_at=ago(minutes=11), probes=(passed(), silent(), silent(), silent()))

    assert not judge((answered, b1), Context(POLICY, Memory(), NOW))[answered.id].doubt


def test_a_newcomer_that_fails_while_it_may_still_boot_is_booting() -> None:
    assert verdict(booting("a1", probes=(failed("rules"),)), Memory()) is Verdict.BOOTING
    assert verdict(booting("a1", probes=(failed("rules"), passed())), Memory()) is Verdict.HEALTHY
    assert verdict(booting("a1", probes=(failed("rules"),))) is Verdict.SUSPECT


def test_only_the_silence_since_the_last_answer_counts() -> None:
    broken_off = (silent(), silent(), passed(), silent(), silent())

    assert verdict(node("a1", impaired_since=ago(seconds=5), probes=broken_off)) is Verdict.UNKNOWN


def test_a_node_whose_own_software_is_missing_fails_for_that() -> None:
    subject = node("a1", probes=(Probe(NOW, Outcome.UNREADY),) * 3)

    judgement = judge((subject,), Context(POLICY, known, NOW))[subject.id]
    assert judgement.reason == "failed 3 of the last 5 probes: its own software"


def test_a_silent_or_stopped_node_is_no_witness_against_the_outside_targets() -> None:
    down = node("a1", probes=(failed("egress"),) * 3)
    mute = node("b1", probes=(failed("egress"), silent()))
    stopped = replace(b1, lifecycle=Lifecycle.STOPPED)

    for other in (mute, stopped, node("b1", probes=())):
        judgement = judge((down, other), Context(POLICY, known, NOW))[down.id]
        assert (judgement.verdict, judgement.doubt) == (Verdict.SUSPECT, True)


@pytest.mark.parametrize(
    ("subject", "memory", "reason"),
    [
        (booting("a1"), Memory(), "it has not answered its first probe yet"),
        (booting("a1", probes=(failed("rules"),)), Memory(), "it answers, but does not serve yet"),
        (pending("a1"), Memory(), "the instance is pending"),
        (node("a1", probes=()), known, "nobody has probed it lately"),
        (node("a1"), known, "the last probe passed"),
        (node("a1", probes=(failed("rules", "guard"),)), known, "failing: rules, guard"),
        (
            node("a1", probes=(silent(),) * 2),
            known,
            "silent for 2 probes, but no second signal speaks against it",
        ),
        (
            node("a1", probes=(silent(),) * 3, impaired_since=ago(seconds=5)),
            known,
            "silent for 3 probes, and its status check is impaired",
        ),
        (node("a1", probes=(silent(),) * 10), known, "silent for 10 probes: a successor will tell"),
        (
            node("a1", probes=(silent(), silent(note="Undeliverable"))),
            known,
            "silent for 2 probes (Undeliverable), but no second signal speaks against it",
        ),
        (
            node("a1", probes=(silent(note="Delayed"),) * 3, launched_at=ago(minutes=11)),
            Memory(),
            "it never answered a probe in 660 s (Delayed)",
        ),
        (
            node("a1", impaired_since=ago(minutes=3)),
            known,
            "its status check has been impaired for 180 s, but it passes probes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_judgement_says_what_it_rests_on(subject: Node, memory: Memory, reason: str) -> None:
    assert judge((subject, b1), Context(POLICY, memory, NOW))[subject.id].reason == reason


def test_a_judgement_about_the_outside_targets_says_who_is_to_blame() -> None:
    down, down_too = (node(name, probes=(failed("egress"),) * 3) for name in ("a1", "b1"))

    def reason(*nodes: Node) -> str:
        return judge(nodes, Context(POLICY, known, NOW))[down.id].reason

    assert reason(down, down_too) == "every node fails the outside targets: the targets are down"
    assert reason(down) == "it fails the outside targets, and no other node can compare"
    assert reason(down, b1) == "failed 3 of the last 5 probes: egress"


def test_a_node_that_never_answered_is_unknown_and_doubted() -> None:
    mute = node("a1", launched_at=ago(minutes=11), probes=(silent(),) * 3)

    judgement = judge((mute,), Context(POLICY, Memory(), NOW))[mute.id]
    assert (judgement.verdict, judgement.doubt) == (Verdict.UNKNOWN, True)


# Who serves.


def test_a_worn_node_is_not_left_for_another_worn_one_of_its_zone() -> None:
    serving, older = node("a2", template_version=2), node("a1", template_version=2, launched_at=ago(days=9))

    assert "PointRoute" not in kinds(world(zone((serving, older), to=serving, address=None)))


def test_from_a_hung_node_the_address_is_taken_without_a_fence() -> None:
    hung = replace(a1, impaired_since=ago(minutes=3), probes=(silent(),) * 3)
    move = next(a for a in planned(world(served(hung, a2))) if isinstance(a, PointRoute))

    assert (move.node, move.address is None, move.fence) == (a2.id, False, None)


def test_a_spot_node_is_left_from_its_last_minute_on() -> None:
    def doomed(in_time: timedelta, kind: DoomKind = DoomKind.INTERRUPTION) -> Observed:
        return world(served(replace(a1, doom=Doom(kind, NOW + in_time))), served(b1))

    assert "PointRoute" in kinds(doomed(POLICY.last_minute))
    assert "PointRoute" not in kinds(doomed(POLICY.last_minute + MOMENT))
    assert "PointRoute" not in kinds(doomed(MOMENT, DoomKind.RETIREMENT))


def test_a_node_is_too_old_only_after_its_whole_lifetime() -> None:
    policy = replace(POLICY, max_lifetime=timedelta(days=30))

    assert kinds(world(served(node("a1", launched_at=ago(days=30)))), policy=policy) == []
    assert kinds(world(served(node("a1", launched_at=ago(days=30, seconds=1)))), policy=policy) == [
        "LaunchNode"
    ]


def test_a_newer_template_than_the_wanted_one_is_outdated_too() -> None:
    assert kinds(world(served(node("a1", template_version=4)))) == ["LaunchNode"]


def test_a_node_that_was_built_otherwise_than_asked_for_is_succeeded() -> None:
    assert kinds(world(served(node("a1", outdated="it stands in another subnet")))) == ["LaunchNode"]


def test_of_two_fit_nodes_who_holds_the_address_is_preferred() -> None:
    (action,) = planned(world(zone((a1, a2), holder=a2)))

    assert isinstance(action, PointRoute)
    assert (action.node, action.address) == (a2.id, None)


def test_of_two_equal_nodes_the_older_is_preferred_then_the_lower_id() -> None:
    older = node("a2", launched_at=ago(hours=6))
    (first,) = planned(world(zone((a1, older))))
    (second,) = planned(world(zone((a1, a2))))

    assert isinstance(first, PointRoute)
    assert isinstance(second, PointRoute)
    assert (first.node, second.node) == (older.id, a1.id)


def test_of_two_booting_nodes_who_runs_is_preferred() -> None:
    first = next(
        a for a in planned(world(zone((pending("a1"), booting("a2")))), Memory()) if isinstance(a, PointRoute)
    )

    assert first.node == a2.id


def test_a_held_route_to_a_foreign_target_does_not_keep_a_booting_node_from_serving() -> None:
    routes = (route(None), route("nat-1", "rtb-a2", held=True))

    assert kinds(world(zone((booting("a1"),), routes=routes)), Memory()) == ["PointRoute"]


def test_a_foreign_blackhole_does_not_keep_a_booting_node_from_serving() -> None:
    dead_end = zone((booting("a1"),), routes=(route("nat-1", blackhole=True),))

    assert kinds(world(dead_end), Memory()) == ["PointRoute"]


def test_a_zone_without_a_node_is_covered_by_a_doubtful_neighbour() -> None:
    doubtful = node("b1", probes=(passed(), silent()))
    actions = planned(world(zone(), served(doubtful)))

    assert [type(a) for a in actions] == [PointRoute, LaunchNode]


def test_a_doubtful_neighbour_that_covers_is_not_left_for_another() -> None:
    doubtful, fit = node("b1", probes=(passed(), silent())), node("b2")
    actions = planned(world(zone((booting("a1"),), to=doubtful), served(doubtful, fit)), remembering(b1, fit))

    assert not any(isinstance(a, PointRoute) for a in actions)


def test_a_worn_neighbour_that_covers_is_left_for_a_fit_one() -> None:
    worn, fit = node("b1", template_version=2), node("b2")
    actions = planned(world(zone((booting("a1"),), to=worn), served(worn, fit)), remembering(worn, fit))

    assert ("PointRoute", A) in [(type(a).__name__, a.zone) for a in actions]


failing_over = Order(Verb.FAILOVER, NOW)


@pytest.mark.parametrize(
    "neighbour",
    [
        b1,
        node("b1", probes=(passed(), silent())),
        node("b1", template_version=2),
        replace(b1, order=failing_over),
    ],
    ids=["fit", "doubtful", "worn", "avoided"],
)
def test_a_zone_that_lost_its_only_node_is_covered_by_any_neighbour_that_works(neighbour: Node) -> None:
    move = next(a for a in planned(world(zone(), served(neighbour))) if isinstance(a, PointRoute))

    assert (move.zone, move.node) == (A, neighbour.id)


def test_a_node_ordered_away_serves_when_only_worse_ones_are_left() -> None:
    avoided = zone((replace(a1, order=failing_over),))
    doubtful = node("b1", probes=(passed(), silent()))

    def first(*neighbours: Node) -> str:
        observed = world(avoided, *(served(n) for n in neighbours))
        return next(a.node for a in planned(observed) if isinstance(a, PointRoute) and a.zone == A)

    assert (first(), first(doubtful), first(b1)) == (a1.id, a1.id, b1.id)


# The source/dest check.


def test_a_standby_with_the_check_on_is_made_to_forward() -> None:
    standby = replace(a2, source_dest_check=True)

    assert "DisableSourceDestCheck" in kinds(world(served(a1, standby)))


def test_a_worn_node_that_is_elected_is_made_to_forward_before_anything_is_routed_to_it() -> None:
    elected = node("a1", template_version=2, source_dest_check=True)

    assert kinds(world(zone((elected,))))[:2] == ["DisableSourceDestCheck", "PointRoute"]


def test_a_dead_node_or_one_without_an_interface_keeps_its_check() -> None:
    stopped = replace(a1, lifecycle=Lifecycle.STOPPED, source_dest_check=True)
    bare = pending("a1", interface=None, source_dest_check=True)

    assert "DisableSourceDestCheck" not in kinds(world(served(stopped)))
    assert "DisableSourceDestCheck" not in kinds(world(zone((bare,))))


# The address.


def test_an_address_goes_to_a_zone_without_tables_but_not_to_one_whose_tables_are_all_held() -> None:
    assert kinds(world(zone((a1,), routes=()))) == ["AssociateAddress"]
    assert kinds(world(zone((a1,), routes=(route(a1, held=True),)))) == []


def test_an_address_is_taken_back_until_the_hour_has_seen_it_lost_too_often() -> None:
    def lost(*minutes: int) -> Memory:
        return after(ZoneMemory(takebacks=tuple(ago(minutes=m) for m in minutes)))

    assert kinds(world(zone((a1,), to=a1)), lost(30, 20)) == ["AssociateAddress"]
    assert kinds(world(zone((a1,), to=a1)), lost(60, 30, 20)) == ["AssociateAddress"]
    (told,) = planned(world(zone((a1,), to=a1)), lost(59, 30, 20))
    assert isinstance(told, Notify)
    assert told.key == f"{A} address-stolen"


# Repairs.


def test_a_repair_may_be_repeated_once_its_pause_is_over() -> None:
    flushed = node("a1", probes=(passed(), failed("rules")))

    def tried(*times: timedelta) -> Memory:
        past = NodeMemory(ago(hours=4), repairs=tuple(NOW - t for t in times))
        return replace(known, nodes={a1.id: past})

    assert kinds(world(served(flushed)), tried(POLICY.repair_pause)) == ["RepairNode"]
    assert kinds(world(served(flushed)), tried(POLICY.repair_pause - MOMENT)) == []
    assert kinds(world(served(flushed)), tried(timedelta(minutes=9), timedelta(minutes=5))) == []
    assert kinds(world(served(flushed)), tried(timedelta(minutes=60), timedelta(minutes=5))) == ["RepairNode"]


def test_every_node_that_can_be_repaired_is_and_by_its_own_checks_only() -> None:
    standby = node("a2", probes=(failed("rules", "forwarding", "egress"),))
    flushed = node("a1", probes=(failed("rules"),))
    repairs = [a for a in planned(world(served(flushed, standby))) if isinstance(a, RepairNode)]

    assert [r.reason for r in repairs] == ["i-a1 fails: rules", "i-a2 fails: forwarding, rules"]


def test_a_node_that_is_stopping_is_not_repaired_nor_one_that_boots() -> None:
    flushed = (failed("rules"),)
    stopping = node("a1", probes=flushed, lifecycle=Lifecycle.STOPPING)

    assert "RepairNode" not in kinds(world(served(stopping)))
    assert "RepairNode" not in kinds(world(served(booting("a1", probes=flushed))), Memory())


def test_a_good_node_before_one_that_needs_repair_does_not_hide_it() -> None:
    assert "RepairNode" in kinds(world(served(a1, node("a2", probes=(failed("rules"),)))))


# Capacity.


def launches(*minutes: int) -> Memory:
    return after(ZoneMemory(generation=7, launches=tuple(Launch(ago(minutes=m), None) for m in minutes)))


def test_a_launch_bears_the_next_generation() -> None:
    (action,) = planned(world(zone()), launches(40))

    assert isinstance(action, LaunchNode)
    assert action.generation == 7


def test_the_breaker_closes_when_the_first_launch_is_an_hour_old() -> None:
    assert kinds(world(zone()), launches(60, 40, 30, 10)) == ["LaunchNode"]
    told, wait = planned(world(zone()), launches(59, 40, 30, 10))
    assert isinstance(told, Notify)
    assert isinstance(wait, Wait)
    assert told.key == f"{A} breaker"
    assert wait.until == NOW + timedelta(minutes=1)


def test_a_trial_is_due_a_quarter_of_an_hour_after_the_last_launch() -> None:
    late, due = (launches(50, 40, 30, minutes) for minutes in (14, 15))

    wait = planned(world(zone()), late)[-1]
    assert isinstance(wait, Wait)
    assert wait.until == NOW + timedelta(minutes=1)
    assert kinds(world(zone()), due) == ["LaunchNode"]
    assert kinds(world(zone()), launches(50, 40, 30, 16, 1))[-1] == "Wait"


def test_an_hour_has_as_many_launches_as_the_policy_says_and_no_more() -> None:
    """Nothing ever works, and wishes come all the time: minute by minute, for a day."""
    memory, made = Memory(), list[datetime]()
    for minute in range(24 * 60):
        now = NOW + timedelta(minutes=minute)
        for seen in (world(zone()), world(served(node("a1", template_version=2, probes=(passed(now),))))):
            for action in decided(seen, memory, now=now):
                if isinstance(action, LaunchNode):
                    made.append(now)
                    memory = record(memory, Done(action, InstanceId(f"i-{len(made)}")), POLICY, now)
    busiest = max(sum(at <= other < at + HOUR for other in made) for at in made)

    assert busiest == POLICY.most_launches_per_hour == 9
    assert len(made) <= 24 * POLICY.most_launches_per_hour


def test_a_launch_may_stay_unseen_for_its_whole_time_and_no_longer() -> None:
    def launched(ago_: timedelta, instance: str | None = "i-a9") -> Memory:
        launch = Launch(NOW - ago_, InstanceId(instance) if instance else None)
        return after(ZoneMemory(launches=(launch,)))

    (wait,) = planned(world(zone()), launched(POLICY.visibility - MOMENT))
    assert isinstance(wait, Wait)
    assert wait.until == NOW + MOMENT
    assert kinds(world(zone()), launched(POLICY.visibility)) == ["LaunchNode"]
    assert kinds(world(zone()), launched(MOMENT, None)) == ["LaunchNode"]


def test_a_launch_whose_node_is_seen_to_have_ended_is_not_waited_for() -> None:
    ended = node("a9", lifecycle=Lifecycle.TERMINATED, interface=None)
    memory = after(ZoneMemory(launches=(Launch(NOW - MOMENT, ended.id),)))

    assert kinds(world(zone(ended=(ended,))), memory) == ["LaunchNode"]
    assert kinds(world(zone(), zone(name=B, ended=(ended,))), memory) == ["Wait", "LaunchNode"]


def test_a_type_is_tried_first_again_from_the_moment_its_ban_ends() -> None:
    (action,) = planned(world(zone()), after(ZoneMemory(bad_pools={"t4g.nano": NOW})))

    assert isinstance(action, LaunchNode)
    assert action.instance_types == ("t4g.nano", "t4g.micro")


def test_terminated_nodes_take_no_room() -> None:
    gone = tuple(node(n, lifecycle=Lifecycle.TERMINATED) for n in ("a2", "a3"))

    assert kinds(world(served(node("a1", template_version=2), *gone))) == ["LaunchNode"]


def test_the_reason_for_a_launch_is_the_best_node_of_the_zone() -> None:
    dead, old = node("a2", lifecycle=Lifecycle.STOPPED), node("a1", template_version=2)
    launch = next(a for a in planned(world(served(old, dead))) if isinstance(a, LaunchNode))

    assert launch.reason == "i-a1: launch template version 2, now 3"


# Surplus.


def idle(subject: Node, since: timedelta, *, verified: bool = True) -> Memory:
    past = NodeMemory(ago(hours=4) if verified else None, idle_since=NOW - since)
    return replace(known, nodes={**known.nodes, subject.id: past})


def test_a_node_is_drained_as_soon_as_its_time_is_full() -> None:
    assert kinds(world(served(a1, a2)), idle(a2, POLICY.drain)) == ["TerminateNode"]
    assert kinds(world(served(a1, a2)), idle(a2, POLICY.drain - MOMENT)) == []


def test_while_the_zone_is_served_doubtfully_a_worn_node_is_kept_as_a_fall_back() -> None:
    doubtful, worn = node("a1", probes=(passed(), silent())), node("a2", template_version=2)
    whole = timedelta(hours=1)

    assert kinds(world(served(doubtful, worn)), idle(worn, whole)) == []
    assert kinds(world(served(doubtful, worn)), idle(worn, whole, verified=False)) == []


def test_while_a_foreign_target_serves_no_worn_node_is_ended_for_being_idle() -> None:
    old = node("a1", template_version=2)

    assert "TerminateNode" not in kinds(world(zone((old,), to="nat-1")), idle(old, timedelta(hours=1)))


def test_while_nobody_can_serve_no_idle_node_is_ended_unless_its_zone_is_given_up() -> None:
    lost = tuple(pending(n, interface=None, launched_at=ago(minutes=2)) for n in ("a1", "a2"))
    given_up = zone((a1,), subnet=None, routes=(), address=None)

    assert "TerminateNode" not in kinds(world(zone(lost[:1])), all_idle(*lost))
    assert "TerminateNode" not in kinds(world(zone(lost, to="eni-gone")), all_idle(*lost))
    assert "TerminateNode" in kinds(world(given_up), idle(a1, timedelta(hours=1)))


def test_a_node_that_another_zone_or_a_held_table_uses_is_not_ended() -> None:
    b_uses_it = zone((), to=a2, name=B, routes=(route(a2, "rtb-b"),))
    held = served(a1, a2, routes=(route(a1), route(a2, "rtb-a2", held=True)))

    ended = [a.node for a in planned(world(served(a1, a2), b_uses_it), idle(a2, timedelta(hours=1)))
             if isinstance(a, TerminateNode)]  # fmt: skip
    assert ended == []
    assert kinds(world(held), idle(a2, timedelta(hours=1))) == []


def test_beside_a_held_table_that_leads_elsewhere_an_idle_node_is_ended() -> None:
    routes = (route(a1), route("nat-1", "rtb-a2", held=True))
    memory = known.with_node(a2.id, NodeMemory(ago(hours=4), idle_since=ago(minutes=5)))

    assert kinds(world(served(a1, a2, routes=routes)), memory) == ["TerminateNode"]


def test_a_dead_node_is_ended_before_one_that_is_merely_idle() -> None:
    stopped = node("a3", lifecycle=Lifecycle.STOPPED)
    ended = [a.node for a in planned(world(served(a1, a2, stopped)), idle(a2, timedelta(hours=1)))
             if isinstance(a, TerminateNode)]  # fmt: skip

    assert ended == [stopped.id]


def all_idle(*nodes: Node) -> Memory:
    return replace(known, nodes={n.id: NodeMemory(ago(hours=4), idle_since=ago(hours=1)) for n in nodes})


def test_in_a_zone_without_tables_the_holder_of_the_address_is_kept_before_an_older_node() -> None:
    older = node("a1", launched_at=ago(days=1))
    (ended,) = planned(world(zone((older, a2), holder=a2, routes=())), all_idle(older, a2))

    assert isinstance(ended, TerminateNode)
    assert ended.node == older.id


def test_in_a_crowded_zone_without_tables_the_elected_node_is_kept_though_it_is_outdated() -> None:
    old = tuple(node(name, template_version=2) for name in ("a1", "a2", "a3"))
    actions = planned(world(zone(old, holder=old[0], routes=())), all_idle(*old))

    assert [a.node for a in actions if isinstance(a, TerminateNode)] == [old[1].id]


def test_a_zone_that_wants_two_nodes_keeps_both() -> None:
    two = replace(POLICY, standby=Standby.ZONE)

    assert kinds(world(served(a1, a2)), idle(a2, timedelta(hours=1)), two) == []
    assert kinds(world(served(a1)), policy=two) == ["LaunchNode"]


# Successions, notices, pauses.


def test_a_zone_that_has_begun_its_succession_goes_before_one_that_comes_first_by_name() -> None:
    begun = served(node("b1", template_version=2), booting("b2"))
    actions = planned(world(served(node("a1", template_version=2)), begun))

    (wait,) = (a for a in actions if a.zone == A)
    assert isinstance(wait, Wait)
    assert wait.reason.endswith(f"; first {B} is done")


def test_an_order_waits_for_no_other_zones_turn() -> None:
    ordered = replace(b1, order=Order(Verb.REPLACE, NOW))
    actions = planned(world(served(node("a1", template_version=2)), served(ordered)))

    assert [type(a).__name__ for a in actions] == ["LaunchNode", "LaunchNode"]


def test_an_order_in_one_zone_takes_no_turn_from_an_outdated_other() -> None:
    ordered = replace(a1, order=Order(Verb.REPLACE, NOW))
    actions = planned(world(served(ordered), served(node("b1", template_version=2))))

    assert [type(a).__name__ for a in actions] == ["LaunchNode", "LaunchNode"]


def test_a_notice_is_repeated_as_soon_as_its_time_is_full() -> None:
    broken = world(served(a1, lost=("rtb-x",)))

    lasting = replace(known, remarked={"rtb-x": ago(days=1)})

    assert kinds(broken, replace(lasting, told={f"{A} lost rtb-x": NOW - POLICY.renotify})) == ["Notify"]
    assert kinds(broken, replace(lasting, told={f"{A} lost rtb-x": NOW - POLICY.renotify + MOMENT})) == []


def test_every_lost_name_is_told_of() -> None:
    lasting = replace(known, remarked=dict.fromkeys(("rtb-x", "rtb-y"), NOW - POLICY.lasting))

    assert kinds(world(served(a1, lost=("rtb-x", "rtb-y"))), lasting) == ["Notify", "Notify"]
    assert kinds(world(served(a1, lost=("rtb-new", "rtb-y"))), lasting) == ["Notify"]


def test_what_is_not_listed_is_told_of_once_it_has_lasted() -> None:
    broken = world(Unreadable(ZoneName("subnet-b"), "AWS does not know it", unlisted=True))
    lately = replace(known, remarked={"subnet-b": NOW - POLICY.lasting + MOMENT})

    assert kinds(broken) == ["Wait"]
    assert kinds(broken, lately) == ["Wait"]
    assert kinds(broken, replace(known, remarked={"subnet-b": NOW - POLICY.lasting})) == ["Notify"]


def test_a_node_that_a_table_set_aside_leads_to_is_not_ended() -> None:
    aside = replace(world(served(a1, a2)), aside=(route(a2, "rtb-a2"),))

    assert "TerminateNode" in kinds(world(served(a1, a2)), idle(a2, timedelta(hours=1)))
    assert kinds(aside, idle(a2, timedelta(hours=1))) == []


def test_a_dead_node_is_leaned_on_when_a_held_table_leads_to_it_and_not_for_one_set_aside() -> None:
    gone = replace(a2, lifecycle=Lifecycle.STOPPED)

    def leaned_on(*routes: Route) -> bool:
        seen = replace(world(served(a1, gone, routes=routes)), aside=(route(gone, "rtb-x"),))
        return gone.interface in looked(seen, known).views[A].leaned_on

    assert not leaned_on(route(a1))
    assert not leaned_on(route(a1), route(gone, "rtb-y"))
    assert leaned_on(route(a1), route(gone, "rtb-y", held=True))


def test_an_unreadable_zone_is_told_of_under_a_key_of_its_own() -> None:
    (told,) = planned(world(Unreadable(A, "denied")))

    assert isinstance(told, Notify)
    assert (told.key, told.reason) == (f"{A} unreadable", "denied")


def test_a_pause_says_until_when() -> None:
    until = NOW + timedelta(minutes=5)

    (wait,) = planned(world(zone()), replace(known, paused_until=until))
    assert isinstance(wait, Wait)
    assert (wait.until, wait.reason) == (until, "paused until 12:05:00")
