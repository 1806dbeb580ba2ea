"""A spare, the whole controller in memory: made, kept, started, renewed, and gone when nobody wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, Lifecycle, Market, Node
from natkeeper.core.policy import SleepMode, Spare
from tests.stack import Stack, own
from tests.unit.test_sleep import JOB, SLOW, did, living_with, on_demand, states

STANDBY = [Lifecycle.RUNNING, Lifecycle.STOPPED]


def with_a_spare(zones: int = 1, **policy: Any) -> Stack:
    return living_with(zones=zones, **{"spare": Spare.STOPPED, **policy})


def spare_of(stack: Stack) -> Node:
    (found,) = (node for node in stack.living() if node.lifecycle is Lifecycle.STOPPED)
    return found


def kill(stack: Stack, node: InstanceId) -> None:
    stack.world.instances.end(stack.world.instances.all[node])


def test_a_zone_at_rest_has_a_node_that_serves_and_one_that_is_stopped() -> None:
    stack = with_a_spare()

    assert states(stack) == STANDBY
    assert own(stack) != spare_of(stack).id
    assert stack.aws.holders[stack.layout.allocations[0]] != spare_of(stack).interface
    assert not spare_of(stack).source_dest_check  # it forwards as soon as it is routed to
    assert stack.sweep() == "nothing to do"


def test_it_is_made_on_the_budget_of_wishes() -> None:
    stack = with_a_spare()
    launches = stack.store.records.memory.zone(spare_of(stack).zone).launches

    assert [launch.urgent for launch in launches] == [True, False]


def test_when_the_node_dies_the_spare_serves_and_nothing_is_launched_for_it() -> None:
    stack = with_a_spare()
    spare = spare_of(stack).id
    kill(stack, own(stack))
    stack.sweep()
    assert did(stack, "start") == 1

    stack.settle(2)
    assert own(stack) == spare
    assert did(stack, "launch") == 0


def test_the_next_spare_follows() -> None:
    stack = with_a_spare()
    spare = spare_of(stack).id
    kill(stack, own(stack))
    stack.settle(70)  # an hour lies between two launches for a spare

    assert states(stack) == STANDBY
    assert own(stack) == spare
    assert stack.sweep() == "nothing to do"


def test_while_no_spare_is_there_the_next_death_is_healed_by_a_launch() -> None:
    stack = with_a_spare()
    for _ in range(2):
        kill(stack, own(stack))
        stack.settle(5)

    assert Lifecycle.RUNNING in states(stack)
    assert own(stack)
    assert did(stack, "launch") >= 1


def test_a_start_that_finds_no_room_becomes_a_launch_in_the_same_run() -> None:
    stack = with_a_spare()
    spare = spare_of(stack)
    stack.aws.full.add(spare.instance_type)
    kill(stack, own(stack))
    stack.sweep()
    assert did(stack, "launch") == 2, "its own pool is full for a launch too, and the next is not"

    stack.settle(5)
    assert spare.id not in {node.id for node in stack.living()}


def test_a_start_that_is_throttled_is_tried_three_times_and_then_becomes_a_launch() -> None:
    stack = with_a_spare()
    stack.aws.failing["start"] = SLOW
    kill(stack, own(stack))
    stack.settle(2)
    assert did(stack, "launch") == 0

    stack.settle(6)
    assert did(stack, "launch") >= 1


def test_a_spare_that_does_not_come_to_work_is_followed_by_a_launch() -> None:
    stack = with_a_spare()
    spare = spare_of(stack).id
    kill(stack, own(stack))
    stack.sweep()
    stack.world.instances.all[spare].guest.agent = False  # and so nobody knows that it works
    stack.settle(6)

    assert did(stack, "launch") >= 1


def test_an_update_reaches_the_node_and_then_its_spare_and_no_working_node_is_ended_first() -> None:
    stack = with_a_spare()
    stack.update(2)
    stack.settle(5)
    assert {node.template_version for node in stack.living() if node.id == own(stack)} == {2}
    assert spare_of(stack).template_version == 1

    stack.settle(70)
    assert states(stack) == STANDBY
    assert spare_of(stack).template_version == 2


def test_a_spare_is_renewed_when_it_is_old() -> None:
    stack = with_a_spare()
    old = spare_of(stack).id
    stack.aws.advance(timedelta(days=31).total_seconds())
    stack.settle(70)

    assert states(stack) == STANDBY
    assert spare_of(stack).id != old


def test_a_lost_table_costs_no_spare() -> None:
    stack = with_a_spare()
    spare = spare_of(stack).id
    stack.store.records = replace(stack.store.records, memory=Memory())
    stack.settle(10)
    assert spare_of(stack).id == spare

    kill(stack, own(stack))
    stack.settle(3)
    assert own(stack) == spare


def test_a_spare_that_somebody_starts_is_stopped_again_and_serves_nothing() -> None:
    stack = with_a_spare()
    serving, spare = own(stack), spare_of(stack).id
    stack.aws.advance(300)
    stack.world.instances.begin(stack.world.instances.all[spare])
    stack.settle(6)

    assert own(stack) == serving
    assert spare_of(stack).id == spare


def test_a_spare_that_somebody_ends_is_made_anew_an_hour_later_at_most() -> None:
    stack = with_a_spare()
    kill(stack, spare_of(stack).id)
    stack.settle(70)

    assert states(stack) == STANDBY


def test_a_node_that_somebody_stops_is_no_spare() -> None:
    stack = with_a_spare()
    stopped = own(stack)
    stack.world.instances.halt(stack.world.instances.all[stopped])
    stack.settle(10)

    assert stopped not in {node.id for node in stack.living()}
    assert own(stack)


def test_without_the_parameter_it_is_ended() -> None:
    stack = with_a_spare()
    stack.change(spare=Spare.NONE)
    stack.settle()

    assert states(stack) == [Lifecycle.RUNNING]


def test_each_zone_has_one() -> None:
    stack = with_a_spare(zones=3)

    assert sorted(states(stack)) == sorted(STANDBY * 3)
    assert stack.sweep() == "nothing to do"


def test_on_spot_the_spare_is_on_demand_and_gives_way_to_spot_later() -> None:
    stack = with_a_spare(market=Market.SPOT)
    spare = spare_of(stack)
    assert not spare.spot
    kill(stack, own(stack))
    stack.settle(3)
    assert own(stack) == spare.id

    stack.settle(120)
    assert states(stack) == STANDBY
    assert {node.spot for node in stack.living() if node.id == own(stack)} == {True}
    assert not spare_of(stack).spot


@pytest.mark.parametrize("mode", SleepMode)
def test_a_zone_that_sleeps_needs_no_spare(mode: SleepMode) -> None:
    stack = on_demand(JOB, spare=Spare.STOPPED, sleep_mode=mode)
    assert states(stack) == STANDBY
    stack.aws.presences.clear()
    stack.settle(30)
    assert states(stack) == ([Lifecycle.STOPPED] if mode is SleepMode.STOP else [])

    stack.aws.presences = [JOB]
    stack.settle(70)
    assert states(stack) == STANDBY


def test_the_nodes_credits_are_unlimited_before_it_starts() -> None:
    stack = with_a_spare(sets_cpu_credits=True)
    instances = stack.world.instances

    assert instances.all[spare_of(stack).id].cpu_credits == "unlimited"
    assert instances.all[own(stack)].cpu_credits == "standard"
