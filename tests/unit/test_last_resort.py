"""The last resort, the whole controller in memory: made, routed to, told, bounded, and gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from natkeeper.core.errors import DeniedError
from natkeeper.core.intake.triggers import Sweep
from natkeeper.core.last_resort import GatewayState, LastResorts, NatGateway
from natkeeper.core.policy import LastResort
from natkeeper.core.savings.usage import Past, Shape, today
from natkeeper.reconcile.desk import LOOKS, NAP
from natkeeper.reconcile.pace import ANOTHER_LOOK
from tests.stack import Stack, assert_at_rest, own
from tests.unit.test_sleep import living_with

SWEEP = Sweep()
TYPES = ("t4g.nano", "t4g.micro")


def with_a_last_resort(zones: int = 1, **policy: Any) -> Stack:
    given = {"last_resort": LastResort.NAT_GATEWAY, "gateway_hour": 0.05, "gateway_gb": 0.045}
    return living_with(zones=zones, **{**given, **policy})


def lose(stack: Stack, zone: int = 0) -> None:
    """The zone's node ends, and EC2 has no room for another."""
    stack.aws.full.update(TYPES)
    stack.world.instances.end(stack.world.instances.all[own(stack, zone)])
    stack.sweep()


def gateways(stack: Stack) -> list[NatGateway]:
    return list(stack.world.gateways.living())


def the_gateway(stack: Stack) -> NatGateway:
    (found,) = gateways(stack)
    return found


def target(stack: Stack, zone: int = 0) -> str | None:
    return stack.aws.routes[stack.layout.tables[zone]].target


def at_the_gateway(**policy: Any) -> Stack:
    """A stack of one zone whose node was lost, and that is served by a NAT gateway."""
    stack = with_a_last_resort(**policy)
    lose(stack)
    stack.settle(3)
    assert target(stack) == the_gateway(stack).id
    return stack


def told(stack: Stack, word: str) -> list[str]:
    return [text for _, text in stack.notices.sent if word in text]


def test_a_zone_that_nobody_can_serve_gets_a_gateway_with_its_own_address() -> None:
    stack = at_the_gateway()

    assert the_gateway(stack).allocation == stack.layout.allocations[0]
    assert the_gateway(stack).state is GatewayState.AVAILABLE
    assert not stack.world.gateways.allocated


def test_no_route_leads_to_it_before_it_is_available() -> None:
    stack = with_a_last_resort()
    lose(stack)
    stack.aws.advance(30)
    stack.desk.reconciler.reconcile()

    assert the_gateway(stack).state is GatewayState.PENDING
    assert target(stack) != the_gateway(stack).id


def coming() -> Stack:
    """A stack of one zone whose gateway is being made, and needs half a minute more."""
    stack = with_a_last_resort()
    lose(stack)
    while not gateways(stack):
        stack.aws.advance(1)
        stack.desk.reconciler.reconcile()
    made = the_gateway(stack).created_at
    stack.aws.advance(stack.world.timings.gateway - 30 - (stack.clock() - made).total_seconds())
    assert the_gateway(stack).state is GatewayState.PENDING
    return stack


def test_while_it_comes_a_sweep_looks_again_and_leads_there_in_seconds() -> None:
    stack = coming()
    began = stack.clock()
    stack.sweep()

    assert target(stack) == the_gateway(stack).id
    assert 30 <= (stack.clock() - began).total_seconds() <= 35


def test_a_run_ends_in_time_though_it_has_not_come() -> None:
    stack = coming()
    ends = stack.clock() + timedelta(seconds=45)
    stack.desk.within(lambda: float((ends - stack.clock()).total_seconds())).handle(SWEEP)

    assert target(stack) != the_gateway(stack).id
    assert stack.clock() <= ends - timedelta(seconds=ANOTHER_LOOK)


def test_a_sweep_does_not_look_for_ever_for_what_does_not_come() -> None:
    stack = coming()
    stack.world.gateways.all.clear()  # it is not listed any more
    began = stack.clock()
    stack.sweep()

    assert (stack.clock() - began).total_seconds() <= LOOKS * NAP


def test_of_what_is_at_rest_a_sweep_takes_one_look() -> None:
    stack = at_the_gateway()
    began, looks = stack.clock(), stack.world.gate.counts["DescribeNatGateways"]
    stack.sweep()

    assert stack.world.gate.counts["DescribeNatGateways"] == looks + 1
    assert stack.clock() == began


def test_a_person_who_orders_something_does_not_wait_for_it() -> None:
    stack = coming()
    began = stack.clock()
    stack.order("Replace", zone=the_gateway(stack).zone)

    assert (stack.clock() - began).total_seconds() < NAP


def test_the_address_of_a_node_that_has_ended_comes_along_though_its_interface_lingers() -> None:
    stack = with_a_last_resort()
    stack.world.instances.gate.timings = replace(stack.world.timings, interface_release=30)
    lose(stack)
    lost = stack.clock()
    stack.aws.advance(10)
    stack.sweep()

    assert the_gateway(stack).allocation == stack.layout.allocations[0]
    assert the_gateway(stack).created_at - lost <= timedelta(seconds=45)


def test_a_person_hears_what_it_costs() -> None:
    (text, *_) = told(at_the_gateway(), "NAT gateway nat-1")

    assert "costs $0.050 an hour ($0.05 so far) and $0.045 a gigabyte" in text
    assert "Of the zone's 168 hours in 30 days 1 are used." in text


def test_launches_go_on_and_the_first_node_that_proves_itself_takes_over() -> None:
    stack = at_the_gateway()
    stack.aws.full.clear()
    stack.settle(40)

    assert not gateways(stack)
    assert stack.aws.holders[stack.layout.allocations[0]] == stack.living()[0].interface
    assert_at_rest(stack)


def test_the_node_serves_with_an_address_of_its_own_until_the_zones_is_free() -> None:
    stack = at_the_gateway()
    stack.aws.full.clear()
    for _ in range(40):
        stack.aws.advance(20)
        stack.prober.handle(SWEEP)
        stack.sweep()
        if stack.serving() and gateways(stack) == []:
            break

    interface = stack.aws.instance(own(stack)).node.interface
    assert stack.aws.holders[stack.layout.allocations[0]] != interface  # it is being deleted still
    assert not told(stack, "AuthFailure")
    stack.settle(3)
    assert stack.aws.holders[stack.layout.allocations[0]] == interface
    assert not [text for _, text in stack.notices.sent if "refused" in text and "Associate" in text]


def test_none_is_made_while_a_neighbour_covers() -> None:
    stack = with_a_last_resort(zones=2)
    lose(stack)
    stack.settle(20)

    assert not stack.world.gateways.all
    assert stack.serving(0) == own(stack, 1)


def test_when_all_zones_are_lost_each_has_one_and_both_go() -> None:
    stack = with_a_last_resort(zones=2)
    lose(stack, 0)
    stack.world.instances.end(stack.world.instances.all[own(stack, 1)])
    stack.settle(6)
    assert {g.zone for g in gateways(stack)} == set(stack.aws.zones.values())
    assert {target(stack, 0), target(stack, 1)} == {g.id for g in gateways(stack)}

    stack.aws.full.clear()
    stack.settle(60)
    assert not gateways(stack)
    assert_at_rest(stack)


def test_where_the_dead_node_keeps_the_address_another_is_allocated_and_given_back() -> None:
    stack = with_a_last_resort()
    stack.aws.full.update(TYPES)
    instance = stack.world.instances.all[own(stack)]
    instance.guest.hung = True
    stack.world.instances.check_status(instance)
    stack.settle(12)
    assert the_gateway(stack).allocation not in stack.layout.allocations
    assert target(stack) == the_gateway(stack).id

    stack.aws.full.clear()
    stack.settle(60)
    assert not stack.world.gateways.allocated
    assert set(stack.aws.holders) == set(stack.layout.allocations)
    assert_at_rest(stack)


def test_without_room_for_an_address_a_person_is_told_and_it_is_tried_again() -> None:
    stack = with_a_last_resort()
    stack.world.gateways.most_addresses = 1
    stack.aws.full.update(TYPES)
    instance = stack.world.instances.all[own(stack)]
    instance.guest.hung = True
    stack.world.instances.check_status(instance)
    stack.settle(12)
    assert told(stack, "AddressLimitExceeded")

    stack.world.gateways.most_addresses = 5
    stack.settle(6)
    assert target(stack) == the_gateway(stack).id


def test_one_that_ec2_could_not_make_is_told_and_made_again() -> None:
    stack = with_a_last_resort()
    stack.world.gateways.failure = "InternalError: Please try again."
    lose(stack)
    stack.settle(4)
    assert told(stack, "EC2 could not make nat-1: InternalError")
    assert not gateways(stack)

    stack.world.gateways.failure = ""
    stack.settle(8)
    assert target(stack) == the_gateway(stack).id
    assert the_gateway(stack).allocation == stack.layout.allocations[0]


@pytest.mark.parametrize("lost", ["memory", "nothing"])
def test_one_that_a_dead_run_has_made_is_adopted(lost: str) -> None:
    stack = at_the_gateway()
    gateway = the_gateway(stack)
    if lost == "memory":
        stack.store.lose_memory()
    stack.settle(3)

    assert the_gateway(stack) == gateway
    assert stack.store.records.memory.zone(gateway.zone).resort.gateway == gateway


@pytest.mark.parametrize("allocates", [True, False], ids=["another address", "its own address"])
def test_a_run_that_died_before_it_could_write_makes_no_second(allocates: bool) -> None:
    stack = with_a_last_resort()
    lose(stack)
    before = stack.store.records.memory
    stack.aws.advance(10)
    stack.sweep()
    assert len(stack.world.gateways.all) == 1
    stack.store.records = replace(stack.store.records, memory=before)
    if allocates:  # what it has is not seen yet either
        stack.aws.holders[stack.layout.allocations[0]] = None
    seen, stack.world.gateways.find = stack.world.gateways.find, LastResorts  # type: ignore[method-assign]
    stack.aws.advance(55)
    stack.sweep()
    stack.world.gateways.find = seen  # type: ignore[method-assign]
    stack.settle(2)

    assert len(stack.world.gateways.all) == 1
    assert target(stack) == the_gateway(stack).id


def test_its_hours_are_counted_whole_and_bound_what_is_made() -> None:
    stack = at_the_gateway(last_resort_hours=2)
    stack.settle(70)
    stack.aws.full.clear()
    stack.settle(40)
    assert not gateways(stack)
    zone = next(iter(stack.aws.zones.values()))
    assert sum(stack.store.records.memory.zone(zone).resort.hours.values()) == 2

    lose(stack)
    stack.settle(10)
    assert not gateways(stack)
    assert told(stack, "hours of a NAT gateway in 30 days are used up")


def test_one_that_serves_is_never_cut_off_for_its_hours() -> None:
    stack = at_the_gateway(last_resort_hours=1)
    stack.settle(130)

    assert target(stack) == the_gateway(stack).id
    assert told(stack, "no other is made after this one")


def test_the_report_counts_its_hours() -> None:
    stack = at_the_gateway()
    stack.settle(30)
    records = stack.store.records
    past = Past(Shape(1, keeps_addresses=True), records.memory.spans, records.evidence, None)
    usage = today(past, stack.clock()).usage

    assert usage.machines["nat_gateway_hour"] == pytest.approx(32 / 60, abs=0.05)


def test_a_zone_that_nobody_wants_awake_needs_none() -> None:
    stack = at_the_gateway()
    stack.order("Sleep", zone=the_gateway(stack).zone)
    stack.settle(3)

    assert not gateways(stack)


def test_turned_off_it_goes_when_a_node_serves_and_not_before() -> None:
    stack = at_the_gateway()
    stack.change(last_resort=LastResort.NONE)
    stack.settle(5)
    assert target(stack) == the_gateway(stack).id

    stack.aws.full.clear()
    stack.settle(40)
    assert not gateways(stack)
    assert_at_rest(stack)


def test_while_paused_nothing_is_made() -> None:
    stack = with_a_last_resort()
    stack.order("Pause", minutes=30)
    lose(stack)
    stack.settle(5)

    assert not stack.world.gateways.all


def test_gateways_that_cannot_be_read_hide_no_node_and_make_no_second() -> None:
    stack = at_the_gateway()
    seen = stack.world.gateways.find

    def denied() -> LastResorts:
        raise DeniedError("listing", "the NAT gateways", "UnauthorizedOperation", "no")

    stack.world.gateways.find = denied  # type: ignore[method-assign]
    stack.settle(4)
    assert target(stack) == the_gateway(stack).id
    stack.aws.full.clear()
    stack.settle(40)
    assert stack.serving() == stack.living()[0].id
    assert len(gateways(stack)) == 1  # nothing is ended blindly

    stack.world.gateways.find = seen  # type: ignore[method-assign]
    stack.settle(5)
    assert not gateways(stack)


def test_while_it_is_off_nothing_is_read_of_it() -> None:
    stack = living_with()
    before = stack.world.gate.counts["DescribeNatGateways"]
    stack.settle(3)

    assert stack.world.gate.counts["DescribeNatGateways"] == before == 0


def test_while_it_is_on_each_sweep_reads_it_once() -> None:
    stack = with_a_last_resort()
    before = stack.world.gate.counts["DescribeNatGateways"]
    stack.settle(3)

    assert stack.world.gate.counts["DescribeNatGateways"] == before + 3


def test_a_person_who_deletes_it_leaves_the_zone_without_and_it_is_made_again() -> None:
    stack = at_the_gateway()
    stack.world.gateways.end(the_gateway(stack).id)
    stack.settle(10)

    assert the_gateway(stack).id == "nat-2"
    assert target(stack) == "nat-2"


def test_it_is_no_strangers_and_no_original() -> None:
    stack = at_the_gateway()
    stack.settle(40)

    assert "nat-1" not in stack.store.records.originals.values()
    contests = stack.store.records.memory.zone(the_gateway(stack).zone).contests
    assert all(contest.by != "nat-1" for contest in contests.values())
    assert not told(stack, "taken over from what was there before")
    assert told(stack, "leads to nat-1, its last resort")
