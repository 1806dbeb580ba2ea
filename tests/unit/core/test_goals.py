"""When each goal of a zone is missed, since when, and what a person is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from natkeeper.core.actions import Action, Notify
from natkeeper.core.decision.goals import GOALS, overdue
from natkeeper.core.judgement.demand import Ground
from natkeeper.core.memory import Launch, Memory, NodeMemory, Refusal, Unwanted, ZoneMemory
from natkeeper.core.model import (
    InstanceId,
    Lifecycle,
    Market,
    Observed,
    Order,
    Unreadable,
    Verb,
    Wish,
    WishKind,
)
from natkeeper.core.policy import Policy, Spare
from natkeeper.core.remembering.learning import is_served, learn
from tests.builders import (
    NOW,
    POLICY,
    A,
    able,
    ago,
    booting,
    decided,
    failed,
    looked,
    node,
    remembering,
    route,
    served,
    silent,
    world,
    zone,
)
from tests.unit.core.refusal_situations import refused

a1, a2, b1 = node("a1"), node("a2"), node("b1")
old = node("a1", template_version=2)
young, ordered = booting("a2"), replace(a1, order=Order(Verb.REPLACE, NOW))
left = replace(a1, order=Order(Verb.FAILOVER, NOW))
ending = replace(ordered, id=InstanceId("i-a2"), lifecycle=Lifecycle.SHUTTING_DOWN)
able_a, able_b = able("a1"), able("b1")
shut = node("a1", source_dest_check=True)
mute = booting("a2", launched_at=ago(minutes=11), probes=(silent(),) * 3)
SILENT = "silent for 1 probes, but no second signal speaks against it"
hushed, hushed_b = node("a1", probes=(silent(),)), node("b1", probes=(silent(),))
known = remembering(a1, b1)
LONG = timedelta(hours=3)


def two_tables(to: str | None, **changes: bool) -> Observed:
    return world(served(a1, routes=(route(a1), route(to, "rtb-2", **changes))))


def learned(observed: Observed, memory: Memory = known, policy: Policy = POLICY) -> Memory:
    return learn(looked(observed, memory, policy))


def missed(observed: Observed, memory: Memory = known, policy: Policy = POLICY) -> set[str]:
    return set(learned(observed, memory, policy).zone(A).goals)


@pytest.mark.parametrize(
    ("name", "observed", "expected"),
    [
        ("all is well", world(served(a1)), set()),
        ("no default route", world(zone(holder=a1)), {"served"}),
        ("a blackhole", world(zone(routes=(route("eni-a1", blackhole=True),))), {"served"}),
        ("its own node boots", world(zone((young,), to=young, holder=young)), {"served", "alive"}),
        ("a neighbour covers", world(zone(to=b1), served(b1)), {"served", "address"}),
        ("a neighbour covers by its address", world(zone(to=able_b, at=able_b), served(able_b)), {"served"}),
        (
            "it is on the neighbour's other one",
            world(zone(to=able_b, holder=able_b), served(able_b)),
            {"served", "address"},
        ),
        ("the address is on a second private one", world(zone((able_a,), to=able_a, at=able_a)), {"address"}),
        ("a held table is nobody's goal", two_tables(None, held=True), set()),
        ("a gateway serves while it boots", world(zone((young,), to="nat-1")), {"adopted", "alive"}),
        ("one of two tables is a gateway's", two_tables("nat-1"), {"adopted"}),
        ("a node is outdated", world(served(old)), {"succeeded"}),
        ("a node was ordered to go", world(served(ordered)), {"succeeded"}),
        ("who serves is to be left", world(served(left)), {"succeeded"}),
        ("a node that ends needs no succession", world(served(a1, ending)), set()),
        ("a successor is mute", world(served(a1, mute)), {"alive"}),
        ("who serves is silent", world(served(hushed)), {"heard"}),
        (
            "a neighbour that serves is silent",
            world(zone(to=b1), served(hushed_b)),
            {"served", "heard", "address"},
        ),
        ("a node beside is silent", world(served(a1, node("a2", probes=(silent(),)))), {"alive"}),
        ("the address is on nothing", world(zone((a1,), to=a1)), {"address"}),
        ("the address is elsewhere", world(zone((a1,), to=a1, holder=b1), served(b1)), {"address"}),
        ("no address is wanted", world(served(a1, address=None)), set()),
        ("the zone was left out of the parameters", world(zone((old,), to=None, subnet=None)), set()),
    ],
)
def test_a_goal_is_missed_while_it_is_not_reached(name: str, observed: Observed, expected: set[str]) -> None:
    assert missed(observed) == expected, name


def test_a_node_whose_check_stays_on_serves_nobody() -> None:
    stuck = refused(f"DisableSourceDestCheck {shut.interface}")

    assert missed(world(served(shut)), stuck) == {"served", "succeeded"}
    assert not is_served(served(shut), looked(world(served(shut)), stuck).standings)


def test_a_node_that_waits_for_spot_is_no_concern_of_a_person() -> None:
    spot = replace(POLICY, market=Market.SPOT)
    assert missed(world(served(a1)), policy=spot) == set()


def test_a_spare_is_missed_where_one_is_wanted_and_none_is_stopped() -> None:
    keeps, spare = replace(POLICY, spare=Spare.STOPPED), replace(a2, lifecycle=Lifecycle.STOPPED)
    slept = replace(known, nodes={**known.nodes, a2.id: NodeMemory(slept_at=ago(hours=1))})

    assert missed(world(served(a1)), policy=keeps) == {"spare"}
    assert missed(world(served(a1, spare)), slept, policy=keeps) == set()
    assert missed(world(served(a1))) == set()
    late = replace(known, zones={A: ZoneMemory(goals={"spare": NOW - LONG})})
    (told,) = (a for a in decided(world(served(a1)), late, keeps) if isinstance(a, Notify))
    assert "Now none stands by. " in told.reason


def at(since: datetime, *goals: str, **changes: Any) -> Memory:
    return replace(known, zones={A: ZoneMemory(goals=dict.fromkeys(goals, since))}, **changes)


def test_the_clock_of_a_goal_runs_from_when_it_was_first_missed_until_it_is_reached() -> None:
    covered = world(zone(to=b1), served(b1))

    assert learned(covered).zone(A).goals == {"served": NOW, "address": NOW}
    began = learned(covered, at(ago(minutes=3), "served")).zone(A).goals
    assert began == {"served": ago(minutes=3), "address": NOW}
    assert learned(world(served(a1)), at(ago(minutes=3), "served")).zone(A).goals == {}


def test_a_zone_that_is_paused_owes_nothing_and_one_that_was_not_read_keeps_its_clock() -> None:
    missing, before = world(zone()), at(ago(minutes=3), "served")

    assert learned(missing, replace(before, paused_until=NOW + timedelta(hours=1))).zone(A).goals == {}
    assert learned(world(Unreadable(A, "denied")), before).zone(A).goals == {"served": ago(minutes=3)}
    assert learned(missing, replace(before, paused_until=NOW)).zone(A).goals == {"served": ago(minutes=3)}


def test_a_zone_that_sleeps_owes_nothing() -> None:
    off = zone(wish=Wish(WishKind.OFF, ago(hours=1)))
    assert learned(world(off), at(ago(minutes=3), "served")).zone(A).goals == {}


def notices(observed: Observed, memory: Memory) -> list[Notify]:
    actions: tuple[Action, ...] = decided(observed, memory)
    return [action for action in actions if isinstance(action, Notify)]


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_each_goal_has_its_deadline(goal: Any) -> None:
    within = goal.within(POLICY)
    missed_since = {goal.name: NOW - within}

    assert overdue(missed_since, POLICY, NOW) == (goal,)
    assert overdue(missed_since, POLICY, NOW - timedelta(seconds=1)) == ()
    assert within <= timedelta(hours=1)


def test_the_notice_says_since_when_what_is_the_matter_what_was_tried_and_what_to_do() -> None:
    launches = (
        Launch(ago(minutes=50), None),
        Launch(ago(minutes=40), InstanceId("i-a1"), reason="Client.InternalError: key"),
        Launch(ago(minutes=11), mute.id, reason="Server.InternalError: so"),
    )
    past = ZoneMemory(goals={"adopted": NOW - LONG}, launches=launches)
    (told,) = notices(world(zone((mute,), to="nat-1")), Memory(zones={A: past}))

    assert (told.key, told.cause) == ("eu-west-1a goal adopted", "goal")
    for words in (
        "missed since 2026-03-14 09:00 UTC: the zone's routes are taken over from what was there before. ",
        "Now rtb-a still leads to nat-1, which lives. ",
        "Cause: i-a2: it never answered a probe in 660 s; EC2 ended i-a2: Server.InternalError: so. ",
        "Tried: 3 launches within the hour (one that had ended, i-a1, i-a2). ",
        "Last probe: i-a2 silent at 12:00:00. ",
        "What to do: ",
    ):
        assert words in told.reason


def test_the_notice_says_why_a_node_does_not_answer_in_ssms_own_words() -> None:
    refused = silent(note="probing on i-a2: AccessDeniedException: no tag")
    unheard = replace(mute, probes=(refused,) * 3)
    (told,) = notices(world(zone((unheard,), to="nat-1")), at(NOW - LONG, "adopted"))

    words = "probing on i-a2: AccessDeniedException: no tag"
    assert f"i-a2: it never answered a probe in 660 s ({words})" in told.reason
    assert f"Last probe: i-a2 silent ({words}) at 12:00:00" in told.reason


def test_what_aws_refuses_for_this_zone_is_named_in_its_own_words_and_no_other() -> None:
    steps = ("LaunchNode eu-west-1a", "PointRoute rtb-a", "AssociateAddress eipalloc-a", "RepairNode i-a2")
    more = ("LaunchNode eu-west-1a (planned)", "DisableSourceDestCheck eni-a2", "PointRoute i-a2")
    refused = {step: Refusal(ago(hours=1), NOW, 4, f"{step}: SubnetNotFound") for step in (*steps, *more)}
    strange = {"LaunchNode eu-west-1b": Refusal(ago(hours=1), NOW, 1, "none of ours")}
    memory = at(NOW - LONG, "adopted", refusals={**refused, **strange})
    (told,) = notices(world(zone((mute,), to="nat-1")), memory)

    for step in (*steps, *more):
        assert f"AWS refused {step} 4 times: {step}: SubnetNotFound" in told.reason
    assert "none of ours" not in told.reason


def test_a_zone_that_wants_no_address_is_accounted_for_as_well() -> None:
    refused = {"LaunchNode eu-west-1a": Refusal(ago(hours=1), NOW, 4, "no")}
    (told,) = notices(world(zone(address=None)), at(NOW - LONG, "served", refusals=refused))

    assert "Cause: AWS refused LaunchNode eu-west-1a 4 times: no. " in told.reason


@pytest.mark.parametrize(
    ("observed", "now"),
    [
        (world(zone((young,), to=young)), "rtb-a leads to i-a2: it has not answered its first probe yet. "),
        (world(zone(to=b1), served(b1)), "rtb-a leads to i-b1 of eu-west-1b. "),
    ],
)
def test_the_node_that_serves_instead_is_named(observed: Observed, now: str) -> None:
    (told,) = notices(observed, at(NOW - LONG, "served"))

    assert f"Now {now}" in told.reason


@pytest.mark.parametrize(
    ("goal", "observed", "now"),
    [
        (
            "heard",
            world(served(hushed)),
            f"nothing is known of who serves: i-a1: {SILENT}",
        ),
        ("address", world(zone((a1,), to=a1)), "eipalloc-a is on no interface, and i-a1 serves"),
        (
            "address",
            world(zone((a1,), to=a1, holder=b1), served(b1)),
            "eipalloc-a is on eni-b1, and i-a1 serves",
        ),
    ],
)
def test_a_notice_tells_how_it_is_now(goal: str, observed: Observed, now: str) -> None:
    (told,) = notices(observed, at(NOW - LONG, goal))

    assert f"Now {now}. " in told.reason


def test_where_nothing_is_known_the_notice_says_so() -> None:
    (told,) = notices(world(zone()), at(NOW - LONG, "served"))

    assert (
        "Cause: nothing was refused, and no node is doubted. Tried: no launch within the hour. "
        in told.reason
    )
    assert "Last probe: no node of the zone was asked. " in told.reason


def test_what_a_probe_found_failing_is_named() -> None:
    ill = node("a1", probes=(failed("rules", "egress"),))
    (told,) = notices(world(served(ill, routes=(route("nat-1"),))), at(NOW - LONG, "adopted"))

    assert "Last probe: i-a1 failed in rules, egress at 12:00:00." in told.reason


KEY = "eu-west-1a goal served"


@pytest.mark.parametrize(
    ("told", "again"),
    [
        ({}, True),
        ({KEY: NOW - POLICY.renotify}, True),
        ({KEY: NOW - POLICY.renotify + timedelta(seconds=1)}, False),
        ({KEY: ago(minutes=70), f"{KEY} reached": ago(minutes=65)}, True),
        ({KEY: ago(minutes=59), f"{KEY} reached": ago(minutes=30)}, False),
        ({KEY: ago(minutes=76), f"{KEY} reached": ago(minutes=18)}, False),
        ({KEY: ago(hours=3), f"{KEY} reached": ago(hours=4)}, False),
    ],
)
def test_it_is_told_once_and_again_after_hours_or_when_a_person_thinks_it_reached(
    told: dict[str, datetime],
    again: bool,
) -> None:
    assert bool(notices(world(zone()), at(NOW - LONG, "served", told=told))) is again


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, []),
        ({KEY: ago(hours=1)}, [f"{KEY} reached"]),
        ({KEY: ago(hours=2), f"{KEY} reached": ago(hours=1)}, []),
        ({KEY: ago(hours=1), f"{KEY} reached": ago(hours=2)}, [f"{KEY} reached"]),
    ],
)
def test_that_it_is_reached_again_is_told_once(told: dict[str, datetime], expected: list[str]) -> None:
    assert [notice.key for notice in notices(world(served(a1)), replace(known, told=told))] == expected


def test_what_is_missed_anew_is_not_told_as_reached() -> None:
    assert notices(world(zone()), at(NOW, "served", told={KEY: ago(hours=1)})) == []


def test_a_zone_that_owes_nothing_is_not_told_of() -> None:
    unwanted = Unwanted(Ground.WISH, ago(hours=1))
    past = ZoneMemory(goals={"served": NOW - LONG}, unwanted=unwanted)

    assert notices(world(zone()), Memory(zones={A: past})) == []


def test_a_node_that_was_verified_is_alive_and_one_that_memory_forgot_is_not_yet() -> None:
    unknown = node("a2", probes=())
    assert missed(world(served(a1, unknown))) == {"alive"}
    assert missed(world(served(a1, unknown)), remembering(a1, a2)) == set()
    assert missed(world(served(a1)), Memory(nodes={a1.id: NodeMemory()})) == set()  # it passes at this look


def test_an_answer_that_leaves_a_table_out_reaches_no_goal() -> None:
    since = ago(minutes=5)
    missed = known.with_zone(A, ZoneMemory(goals={"served": since}))
    left_out = learned(world(zone((a1,), routes=(), lost=("rtb-a",))), missed)
    assert left_out.zone(A).goals == {"served": since}

    assert learned(world(served(a1)), missed).zone(A).goals == {}
