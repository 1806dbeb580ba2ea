"""A route that somebody takes again and again: counted, told, and taken back ever less often."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from natkeeper.core.actions import Cause, Notify, PointRoute, Wait
from natkeeper.core.decision.contest import KEPT, rests_until
from natkeeper.core.decision.outcome import Done
from natkeeper.core.judgement.old_reads import LAG
from natkeeper.core.memory import HOUR, Contest, Memory, ZoneMemory
from natkeeper.core.model import InterfaceId, Observed, RouteTableId, Unreadable
from natkeeper.core.remembering.learning import learn, record
from tests.builders import NOW, POLICY, A, ago, decided, looked, node, remembering, route, served, world, zone

a1, a2, b1 = node("a1"), node("a2"), node("b1")
TABLE, OURS = RouteTableId("rtb-a"), InterfaceId("eni-a1")
LIMIT = POLICY.takebacks_per_hour
known = remembering(a1, a2, b1)
stolen = world(zone((a1,), to="eni-thief", holder=a1))


def before(*times: datetime, by: str = "eni-thief", led: bool = True) -> Memory:
    contests = {TABLE: Contest(times, by)} if times else {}
    return replace(known, zones={A: ZoneMemory(led={TABLE: OURS} if led else {}, contests=contests)})


def learned(observed: Observed, memory: Memory) -> ZoneMemory:
    return learn(looked(observed, memory)).zone(A)


def test_a_table_is_ours_since_it_leads_to_a_node_of_ours_or_was_pointed_there() -> None:
    assert learned(world(served(a1)), known).led == {TABLE: OURS}
    assert learned(world(zone(to=b1), served(b1)), known).led == {TABLE: b1.interface}
    move = PointRoute(A, a1.id, OURS, (TABLE,), None, None, Cause.ROUTE, "")
    assert record(known, Done(move), POLICY, NOW).zone(A).led == {TABLE: OURS}


@pytest.mark.parametrize(("target", "by"), [("eni-thief", "eni-thief"), (None, "")])
def test_a_table_that_was_ours_and_is_not_was_taken(target: str | None, by: str) -> None:
    past = learned(world(zone((a1,), to=target, holder=a1)), before())

    assert (past.contests, past.led) == ({TABLE: Contest((NOW,), by)}, {})


def test_what_was_never_ours_or_leads_where_it_led_or_to_a_neighbour_is_not_taken() -> None:
    assert learned(stolen, before(led=False)).contests == {}
    dead = world(zone(routes=(route("eni-a1", blackhole=True),)))
    assert learned(dead, before()).contests == {}
    assert learned(dead, before()).led == {TABLE: OURS}
    assert learned(world(zone((a1,), to=b1), served(b1)), before()).contests == {}
    held = world(zone((a1,), routes=(route("eni-thief", held=True),), holder=a1))
    assert learned(held, before()).contests == {}
    assert learned(world(Unreadable(A, "denied")), before()).contests == {}


def test_a_read_that_may_lag_behind_our_write_is_not_counted_again() -> None:
    assert learned(stolen, before(NOW - LAG)).contests[TABLE].times == (NOW - LAG,)
    at = NOW - LAG - timedelta(seconds=1)
    assert learned(stolen, before(at)).contests[TABLE].times == (at, NOW)


def test_only_the_latest_are_kept_and_after_an_hour_of_peace_none() -> None:
    many = tuple(ago(minutes=m) for m in range(2 * KEPT, 0, -1))
    assert learned(stolen, before(*many)).contests[TABLE].times == (*many[1 - KEPT :], NOW)
    assert learned(world(served(a1)), before(NOW - HOUR)).contests == {}
    at = NOW - HOUR + timedelta(seconds=1)
    assert learned(world(served(a1)), before(at)).contests == {TABLE: Contest((at,), "eni-thief")}


@pytest.mark.parametrize("target", ["eni-thief", None])
def test_while_the_table_is_not_ours_again_nothing_is_forgotten(target: str | None) -> None:
    lost = before(ago(hours=5), led=False)
    assert learned(world(zone((a1,), to=target)), lost).contests == lost.zone(A).contests


def test_of_a_table_that_an_answer_leaves_out_nothing_is_forgotten() -> None:
    """What was taken meanwhile would be anybody's, and a zone without a way out not urgent."""
    memory = before(ago(hours=5))
    left_out = learned(replace(world(zone((a1,), routes=())), unlisted=(TABLE,)), memory)

    assert (left_out.led, left_out.contests) == (memory.zone(A).led, memory.zone(A).contests)
    assert learned(world(zone((a1,), routes=())), memory).led == {}


@pytest.mark.parametrize(("over", "minutes"), [(0, None), (1, 2), (2, 4), (3, 8), (4, 15), (7, 15)])
def test_the_pause_grows_once_it_was_taken_too_often(over: int, minutes: int | None) -> None:
    past = ZoneMemory(contests={TABLE: Contest((NOW,) * (LIMIT + over), "eni-thief")})
    until = rests_until(route("eni-thief"), past, POLICY)

    assert until == (NOW + timedelta(minutes=minutes) if minutes else None)


def test_a_route_that_leads_nowhere_is_never_left() -> None:
    past = ZoneMemory(contests={TABLE: Contest((NOW,) * 9, "")})

    assert rests_until(route(None), past, POLICY) is None
    assert rests_until(route("eni-thief", blackhole=True), past, POLICY) is None
    assert rests_until(route("eni-thief", "rtb-b"), past, POLICY) is None


def test_while_it_is_left_the_table_is_waited_for_and_the_others_are_served() -> None:
    two = world(zone((a1,), holder=a1, routes=(route("eni-thief"), route("eni-other", "rtb-a2"))))
    memory = before(*(NOW,) * (LIMIT + 1), led=False)
    wait, move = decided(two, memory)

    assert isinstance(wait, Wait)
    assert (wait.until, wait.reason) == (
        NOW + timedelta(minutes=2),
        "rtb-a was taken 4 times, last by eni-thief",
    )
    assert isinstance(move, PointRoute)
    assert move.tables == ("rtb-a2",)
    later = decided(stolen, memory, now=NOW + timedelta(minutes=2))
    assert [type(action) for action in later] == [PointRoute]


def test_up_to_the_limit_it_is_taken_back_at_once_and_nobody_is_told() -> None:
    memory = replace(known, zones={A: learned(stolen, before(*(ago(minutes=9),) * (LIMIT - 1)))})

    assert [type(action) for action in decided(stolen, memory)] == [PointRoute]


def test_beyond_the_limit_a_person_hears_at_once_who_took_it() -> None:
    times = (ago(minutes=19), *(ago(minutes=9),) * (LIMIT - 1))
    memory = replace(known, zones={A: learned(stolen, before(*times))})
    wait, told = decided(stolen, memory)

    assert isinstance(wait, Wait)
    assert isinstance(told, Notify)
    assert "rtb-a was taken 4 times since 11:41:00, last by eni-thief" in told.reason
    gone = world(zone((a1,), holder=a1))
    memory = replace(known, zones={A: learned(gone, before(*(ago(minutes=9),) * LIMIT))})
    move, told = decided(gone, memory)
    assert isinstance(move, PointRoute)
    assert isinstance(told, Notify)
    assert "last by somebody who deleted its default route" in told.reason
