"""What memory keeps of outages: their cause, from when they were noticed until a look found them over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from natkeeper.core.memory import HEALS, Heal, Memory, Outage, Unwanted, ZoneMemory
from natkeeper.core.model import Lifecycle, Observed, Route, Zone
from natkeeper.core.remembering.learning import learn
from tests.builders import NOW, A, ago, booting, looked, node, remembering, route, served, world, zone
from tests.stack import own, settled

a1, b1 = node("a1"), node("b1")
SINCE = Outage("rtb-a had no default route", ago(seconds=90))


def known(**past: Any) -> Memory:
    """A zone that was whole."""
    return remembering(a1, b1, zones={A: replace(ZoneMemory(whole=True), **past)})


def after(observed: Observed, memory: Memory) -> Memory:
    return learn(looked(observed, memory))


def outage(*zones: Zone, **past: Any) -> Outage | None:
    return after(world(*zones), known(**past)).zone(A).outage


CAUSES: dict[str, tuple[Route, str]] = {
    "nothing": (route(None), "rtb-a had no default route"),
    "what is gone": (route("eni-x", blackhole=True), "rtb-a led to eni-x, which was gone"),
}


@pytest.mark.parametrize("case", CAUSES)
def test_a_route_that_leads_to_nothing_is_noticed_with_its_cause(case: str) -> None:
    broken, cause = CAUSES[case]

    assert outage(zone((a1,), routes=(broken,))) == Outage(cause, NOW)


def test_a_node_that_died_is_the_cause() -> None:
    dead = replace(a1, lifecycle=Lifecycle.SHUTTING_DOWN)

    assert outage(served(dead)) == Outage("i-a1: the instance is shutting-down", NOW)


def test_what_began_is_noticed_once_however_its_cause_changes() -> None:
    assert outage(zone((a1,), routes=(route("eni-x", blackhole=True),)), outage=SINCE) == SINCE


def test_what_works_is_no_outage_whoever_serves() -> None:
    assert outage(served(a1), served(b1)) is None
    assert outage(zone((), to=b1), served(b1)) is None


def test_a_zone_that_waits_to_be_taken_over_or_was_never_ours_has_none() -> None:
    assert outage(zone((a1,), to="nat-7")) is None
    assert outage(zone((a1,), to=None), whole=False) is None
    assert outage(served(booting("a3")), whole=False) is None


@pytest.mark.parametrize("left", [route(None, held=True), route(None, barred="it serves the public subnet")])
def test_a_table_that_is_left_alone_has_none(left: Route) -> None:
    assert outage(zone((a1,), routes=(left,))) is None


@pytest.mark.parametrize("zones", [1, 2])
def test_a_new_stack_is_no_outage(zones: int) -> None:
    stack = settled(zones)
    memory = stack.store.records.memory

    assert memory.heals == ()
    assert all(zone.whole for zone in memory.zones.values())


def test_a_zone_is_whole_when_each_of_its_tables_is() -> None:
    def is_whole(*routes: Route) -> bool:
        return after(world(served(a1, routes=routes)), known(whole=False)).zone(A).whole

    assert is_whole(route(a1))
    assert is_whole(route(a1), route("nat-7", "rtb-2", held=True))
    assert not is_whole(route(a1), route("nat-7", "rtb-2"))
    assert not is_whole(route(a1), route(None, "rtb-2"))
    assert not is_whole(route("nat-7", held=True))


def test_when_a_look_finds_it_whole_it_is_over_and_kept() -> None:
    memory = after(world(served(a1)), known(outage=SINCE))

    assert memory.zone(A).outage is None
    assert memory.heals == (Heal(A, SINCE.cause, SINCE.since, NOW),)
    assert after(world(served(a1)), memory).heals == memory.heals


def test_what_a_neighbour_covers_is_over() -> None:
    assert len(after(world(zone((), to=b1), served(b1)), known(outage=SINCE)).heals) == 1


def test_a_zone_that_is_put_to_sleep_was_not_healed() -> None:
    asleep = {"unwanted": Unwanted("no traffic", ago(hours=1)), "asleep_since": ago(minutes=30)}
    stopped = replace(a1, lifecycle=Lifecycle.STOPPED)
    sleeping = after(world(served(stopped)), known(outage=SINCE, **asleep))
    waking = after(world(served(booting("a3"))), known(outage=SINCE, waking_since=ago(seconds=10)))

    for memory in (sleeping, waking):
        assert (memory.heals, memory.zone(A).outage) == ((), None)


def test_a_table_that_is_left_alone_meanwhile_was_not_healed() -> None:
    memory = after(world(zone((a1,), routes=(route(None, held=True),))), known(outage=SINCE))

    assert (memory.heals, memory.zone(A).outage) == ((), None)


def test_where_no_table_was_listed_nothing_is_over() -> None:
    memory = after(world(zone((a1,), routes=())), known(outage=SINCE))

    assert (memory.heals, memory.zone(A).outage) == ((), SINCE)


def test_the_last_few_are_kept_and_a_cause_is_cut() -> None:
    old = tuple(Heal(A, str(n), ago(hours=n + 2), ago(hours=n + 1)) for n in range(HEALS))
    memory = after(world(served(a1)), replace(known(outage=SINCE), heals=old))
    long = replace(a1, lifecycle=Lifecycle.STOPPED, id=type(a1.id)("i-" + "a" * 300))

    assert [heal.cause for heal in memory.heals] == [*(h.cause for h in old[1:]), SINCE.cause]
    found = outage(served(long))
    assert found
    assert len(found.cause) == 120


def test_a_stack_remembers_a_node_that_died_and_when_its_zone_was_whole_again() -> None:
    stack = settled(2)
    dead = own(stack)
    stack.aws.terminate(dead)
    stack.aws.advance(5)
    died = stack.clock()
    stack.sweep()
    stack.settle(10)
    memory = stack.store.records.memory

    assert len(memory.heals) == 1
    heal = memory.heals[0]
    assert heal.zone == A
    assert heal.cause == "rtb-a led to eni-00000000000000001, which was gone"
    assert dead.endswith("1")
    assert died <= heal.noticed <= heal.over <= died + timedelta(minutes=2)
