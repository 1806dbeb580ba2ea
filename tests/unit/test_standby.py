"""A standby, the whole controller in memory: it takes over, is succeeded first, and goes at a wish."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from natkeeper.core.actions import Cause, PointRoute
from natkeeper.core.errors import DeniedError
from natkeeper.core.memory import Memory
from natkeeper.core.model import AllocationId, InstanceId, InterfaceId, Lifecycle, Market, Node, RouteTableId
from natkeeper.core.policy import SleepMode, Standby
from natkeeper.core.ring import Said
from natkeeper.reconcile.hand_over import HandOver
from tests.builders import A
from tests.stack import Stack, own
from tests.unit.test_sleep import JOB, living_with, on_demand, states

PAIR = [Lifecycle.RUNNING, Lifecycle.RUNNING]


def with_a_standby(zones: int = 1, **policy: Any) -> Stack:
    """A stack at rest, more than an hour after its launches."""
    stack = living_with(zones=zones, **{"standby": Standby.ZONE, **policy})
    stack.settle(70)
    stack.aws.calls.clear()
    return stack


def standby_of(stack: Stack) -> Node:
    (found,) = (node for node in stack.living() if node.id != own(stack))
    return found


def kill(stack: Stack, node: InstanceId) -> None:
    stack.world.instances.end(stack.world.instances.all[node])


def moves_in(stack: Stack, minutes: int, also: Callable[[], None] = lambda: None) -> int:
    """How often the zone's routes went over to another node in so many minutes."""
    before, moves = own(stack), 0
    for _ in range(minutes):
        also()
        stack.minute()
        moves += own(stack) != before
        before = own(stack)
    return moves


def test_a_zone_at_rest_has_a_node_that_serves_and_one_that_runs_beside_it() -> None:
    stack = with_a_standby()

    assert states(stack) == PAIR
    assert stack.aws.holders[stack.layout.allocations[0]] != standby_of(stack).interface
    assert not standby_of(stack).source_dest_check  # it forwards as soon as it is routed to
    assert stack.sweep() == "nothing to do"


def test_it_is_made_on_the_budget_of_wishes_and_watches_who_serves() -> None:
    stack = living_with(zones=1, standby=Standby.ZONE)
    memory = stack.store.records.memory

    assert [x.urgent for x in memory.zone(standby_of(stack).zone).launches] == [True, False]
    assert {peer.id for peer in memory.ring} == {own(stack), standby_of(stack).id}


def test_when_the_node_dies_the_standby_serves_in_the_same_run_and_another_follows() -> None:
    stack = with_a_standby()
    standby = standby_of(stack)
    kill(stack, own(stack))
    stack.sweep()
    assert own(stack) == standby.id
    assert stack.aws.holders[stack.layout.allocations[0]] == standby.interface

    stack.settle()
    assert states(stack) == PAIR
    assert own(stack) == standby.id
    assert stack.sweep() == "nothing to do"


def test_of_three_deaths_within_the_hour_the_third_standby_waits_for_its_launch() -> None:
    stack = with_a_standby()
    for _ in range(2):
        kill(stack, own(stack))
        stack.settle(5)
    kill(stack, standby_of(stack).id)
    stack.settle(5)
    assert states(stack) == [Lifecycle.RUNNING], "one planned launch is left for others"

    kill(stack, own(stack))
    stack.settle(5)
    assert own(stack), "an emergency has launches of its own"

    stack.settle(70)
    assert states(stack) == PAIR


def test_a_person_hears_of_a_zone_without_one_for_an_hour() -> None:
    stack = with_a_standby()
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    kill(stack, standby_of(stack).id)
    stack.settle(58)
    assert not any("a second node stands by" in text for _, text in stack.notices.sent)

    stack.settle(5)
    assert any("a second node stands by" in text for _, text in stack.notices.sent)


def test_an_update_moves_a_zone_once_and_never_without_one_that_stands_by() -> None:
    stack = with_a_standby()
    stack.update(2)

    def two_work() -> None:
        running = [n for n in stack.living() if stack.store.records.memory.node(n.id).verified_at]
        assert len(running) >= 2

    assert moves_in(stack, 15, two_work) == 1
    assert states(stack) == PAIR
    assert {node.template_version for node in stack.living()} == {2}


def test_in_its_rotation_a_zone_moves_once_and_both_are_renewed() -> None:
    stack = with_a_standby(max_lifetime=timedelta(days=1))
    for _ in range(3):
        first = {node.id for node in stack.living()}
        stack.aws.advance(timedelta(hours=23).total_seconds())
        assert moves_in(stack, 90) == 1
        assert states(stack) == PAIR
        assert not first & {node.id for node in stack.living()}


def test_an_update_goes_through_one_zone_after_another() -> None:
    stack = with_a_standby(zones=3)
    stack.update(2)
    most = 0
    for _ in range(30):
        stack.minute()
        young = {n.zone for n in stack.living() if n.template_version == 2}
        old = {n.zone for n in stack.living() if n.template_version == 1}
        most = max(most, len(young & old))

    assert most == 1
    assert {node.template_version for node in stack.living()} == {2}


def test_a_lost_table_costs_no_standby() -> None:
    stack = with_a_standby()
    both = {node.id for node in stack.living()}
    stack.store.records = replace(stack.store.records, memory=Memory())
    stack.settle(10)

    assert {node.id for node in stack.living()} == both


def test_without_the_parameter_it_is_ended() -> None:
    stack = with_a_standby()
    serving = own(stack)
    stack.change(standby=Standby.NONE)
    stack.settle()

    assert [node.id for node in stack.living()] == [serving]


def test_each_zone_has_one() -> None:
    stack = with_a_standby(zones=3)

    assert states(stack) == PAIR * 3
    assert len(stack.store.records.memory.ring) == 6
    assert stack.sweep() == "nothing to do"


def test_on_spot_one_of_the_two_is_on_demand_whoever_serves() -> None:
    stack = with_a_standby(market=Market.SPOT)
    assert not standby_of(stack).spot

    kill(stack, own(stack))
    stack.sweep()
    assert moves_in(stack, 180) == 0, "the standby took over at once, and nothing moves back"
    assert standby_of(stack).spot


def test_where_spot_has_no_room_both_are_on_demand_until_it_has() -> None:
    stack = with_a_standby(market=Market.SPOT)
    stack.aws.full = {"spot t4g.nano", "spot t4g.micro"}
    kill(stack, own(stack))
    stack.settle(20)
    assert [node.spot for node in stack.living()] == [False, False]

    stack.aws.full.clear()
    assert moves_in(stack, 120) == 0
    assert standby_of(stack).spot


@pytest.mark.parametrize("mode", SleepMode)
def test_a_zone_that_sleeps_has_none(mode: SleepMode) -> None:
    stack = on_demand(JOB, standby=Standby.ZONE, sleep_mode=mode)
    assert states(stack) == PAIR
    serving = own(stack)
    stack.aws.presences.clear()
    stack.settle(30)
    assert states(stack) == ([Lifecycle.STOPPED] if mode is SleepMode.STOP else [])
    assert mode is SleepMode.TERMINATE or stack.living()[0].id == serving

    stack.aws.presences = [JOB]
    stack.settle(10)
    assert states(stack) == PAIR


@pytest.mark.parametrize("harm", ["nothing", "fence", "address", "route"])
def test_it_takes_over_from_one_through_which_nothing_comes_back_whatever_aws_refuses(harm: str) -> None:
    stack = with_a_standby()
    silent, standby = own(stack), standby_of(stack)
    verbs = {"fence": "source_dest_check on", "address": "associate", "route": "point"}
    if harm in verbs:
        refusal = DeniedError("doing so", "it", "UnauthorizedOperation", "no")
        stack.aws.failing[verbs[harm]] = refusal
    stack.aws.reports[silent] = None
    stack.take(stack.world.ring.say((standby.id, silent), Said.SILENT))
    assert (stack.serving() == standby.id) is (harm != "route")
    stack.aws.failing.clear()
    stack.minute()

    assert stack.serving() == standby.id
    assert stack.aws.holders[stack.layout.allocations[0]] == standby.interface
    stack.settle(20)
    assert states(stack) == PAIR
    assert silent not in [node.id for node in stack.living()]


def test_its_address_does_not_wait_for_the_fence_of_such_a_node() -> None:
    both = Barrier(2, timeout=10)

    class Calls:
        def set_source_dest_check(self, _interface: InterfaceId, *, on: bool) -> None:
            assert on
            both.wait()

        def associate(self, *_: str) -> None:
            both.wait()

        def point(self, _table: str, interface: InterfaceId) -> None:
            assert (interface, both.n_waiting) == ("eni-a2", 0)

    calls: Any = Calls()
    action = PointRoute(
        A, InstanceId("i-a2"), InterfaceId("eni-a2"), (RouteTableId("rtb-a"),), AllocationId("eipalloc-a"),
        InterfaceId("eni-a1"), Cause.SILENT, "", even_without_address=True,
    )  # fmt: skip

    assert not HandOver(calls, calls, lambda: ThreadPoolExecutor(2), action, lambda: None).carry_out()
