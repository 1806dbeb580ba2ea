"""What EC2 shows that is older than what we have seen or done is no news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from natkeeper.core.actions import TerminateNode
from natkeeper.core.judgement.old_reads import LAG, without_old_reads
from natkeeper.core.memory import Memory, NodeMemory, Placed, Pointed, ZoneMemory
from natkeeper.core.model import (
    Address,
    AllocationId,
    InterfaceId,
    Lifecycle,
    Node,
    Observed,
    Unreadable,
    Zone,
)
from tests.builders import NOW, A, B, ago, decided, node, remembering, route, served, world, zone

PENDING, RUNNING, STOPPING, STOPPED, SHUTTING_DOWN, TERMINATED = Lifecycle
EIP = AllocationId("eipalloc-a")
SEAT = Placed(EIP, InterfaceId("eni-b1"), "10.0.1.17", NOW)
a1, b1 = node("a1"), node("b1")


def seen_as(before: Lifecycle | None, shown: Lifecycle, *, launched: datetime = a1.launched_at) -> Lifecycle:
    """As what a node that has proved itself counts, which EC2 shows so after it was seen otherwise."""
    memory = Memory(nodes={a1.id: NodeMemory(verified_at=ago(minutes=9), seen=before)})
    shown_node = replace(a1, lifecycle=shown, launched_at=launched)
    (found,) = without_old_reads(world(served(shown_node)), memory, NOW).nodes()
    return found.lifecycle


@pytest.mark.parametrize("shown", [PENDING, RUNNING, STOPPING, STOPPED])
@pytest.mark.parametrize("end", [SHUTTING_DOWN, TERMINATED])
def test_no_instance_comes_back_from_its_end(end: Lifecycle, shown: Lifecycle) -> None:
    assert seen_as(end, shown) is end


def test_one_that_runs_is_not_pending_unless_it_was_stopped_in_between() -> None:
    assert seen_as(RUNNING, PENDING) is RUNNING
    assert seen_as(RUNNING, PENDING, launched=ago(seconds=3)) is PENDING
    assert seen_as(STOPPED, PENDING) is PENDING
    assert seen_as(None, PENDING) is PENDING


@pytest.mark.parametrize("shown", [STOPPING, STOPPED, SHUTTING_DOWN, TERMINATED])
def test_what_comes_later_in_its_life_is_news(shown: Lifecycle) -> None:
    assert seen_as(RUNNING, shown) is shown
    assert seen_as(SHUTTING_DOWN, TERMINATED) is TERMINATED


def shown_address(placed: Placed | None, address: Address | None, neighbour: Node = b1) -> Address | None:
    observed = world(replace(zone(to=a1), nodes=(a1,), address=address), served(neighbour))
    zones = without_old_reads(observed, Memory(zones={A: ZoneMemory(placed=placed)}), NOW).readable()
    return zones[0].address


AT_HOME = Address(EIP, a1.interface, "10.0.0.4")


@pytest.mark.parametrize("shown", [AT_HOME, Address(EIP, None)])
def test_an_address_is_for_a_while_where_we_put_it(shown: Address) -> None:
    assert shown_address(SEAT, shown) == Address(EIP, SEAT.interface, SEAT.private)
    assert shown_address(replace(SEAT, at=NOW - LAG), shown) == shown
    assert shown_address(None, shown) == shown
    assert shown_address(SEAT, None) is None


def test_unless_something_else_has_happened_since() -> None:
    stolen = Address(EIP, InterfaceId("eni-thief"))
    ending = replace(b1, lifecycle=SHUTTING_DOWN)

    assert shown_address(SEAT, stolen) == stolen
    assert shown_address(SEAT, AT_HOME, ending) == AT_HOME
    assert shown_address(replace(SEAT, address=AllocationId("eipalloc-old")), AT_HOME) == AT_HOME


def shown_target(target: str | None, pointed: Pointed | None, neighbour: Node = b1) -> str | None:
    """Where its table leads, which EC2 shows so."""
    own = replace(zone(to=a1), nodes=(a1,))
    table = own.routes[0].table
    observed = world(replace(own, routes=(replace(own.routes[0], target=target),)), served(neighbour))
    past = ZoneMemory(pointed={table: pointed} if pointed else {})
    (route,) = without_old_reads(observed, Memory(zones={A: past}), NOW).readable()[0].routes
    return route.target


def test_a_table_does_not_lead_to_the_node_that_we_took_it_from() -> None:
    pointed = Pointed(InterfaceId("eni-b1"), NOW)

    assert shown_target(a1.interface, pointed) == "eni-b1"
    assert shown_target(a1.interface, replace(pointed, at=NOW - LAG)) == a1.interface
    assert shown_target(a1.interface, None) == a1.interface


@pytest.mark.parametrize("target", [None, "eni-thief"])
def test_where_it_leads_nowhere_or_to_another_it_is_pointed_once_more(target: str | None) -> None:
    assert shown_target(target, Pointed(InterfaceId("eni-b1"), NOW)) == target


def test_no_table_leads_to_a_node_that_is_gone() -> None:
    ending = replace(b1, lifecycle=SHUTTING_DOWN)

    assert shown_target(a1.interface, Pointed(InterfaceId("eni-b1"), NOW), ending) == a1.interface
    assert shown_target("eni-b1", Pointed(InterfaceId("eni-a1"), NOW), ending) == "eni-b1"


def test_a_black_hole_at_the_node_that_we_pointed_it_to_is_none_of_before() -> None:
    own = zone(to=a1)
    hole = replace(own, nodes=(a1,), routes=(replace(own.routes[0], blackhole=True),))
    past = ZoneMemory(pointed={own.routes[0].table: Pointed(InterfaceId("eni-a1"), NOW)})
    (seen,) = without_old_reads(world(hole), Memory(zones={A: past}), NOW).readable()

    assert seen.routes[0].blackhole


@pytest.mark.parametrize("held", [False, True])
def test_whoever_pointed_a_table_back_in_that_time_keeps_the_node_that_it_leads_to(held: bool) -> None:
    """It has been idle for hours, and nothing else seems to lead to it."""
    a2 = node("a2")
    table = replace(route(a1), held=held)
    memory = remembering(
        a1, a2, zones={A: ZoneMemory(pointed={table.table: Pointed(InterfaceId("eni-a2"), NOW)})}
    )
    memory = memory.with_node(a1.id, replace(memory.node(a1.id), idle_since=ago(hours=3)))
    actions = decided(world(replace(zone((a1, a2)), routes=(table,))), memory)

    assert not any(isinstance(action, TerminateNode) for action in actions)


def test_what_could_not_be_read_stays_so() -> None:
    unread = Unreadable(B, "no")
    observed = Observed((*world(served(b1)).zones, unread))

    assert without_old_reads(observed, Memory(), NOW) == observed
    assert isinstance(observed.zones[0], Zone)
