"""Which steps wait for which, and how a refused one is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from natkeeper.core.actions import (
    Action,
    AssociateAddress,
    Cause,
    DisableSourceDestCheck,
    LaunchNode,
    Notify,
    PointRoute,
    RepairNode,
    StartNode,
    StopNode,
    TerminateNode,
    Wait,
)
from natkeeper.core.judgement.dependence import depends, step_of, steps_of
from natkeeper.core.model import AllocationId, InterfaceId, RouteTableId, SubnetId
from tests.builders import A, B, node

a1 = node("a1")
ENI, EIP = InterfaceId("eni-a1"), AllocationId("eipalloc-a")
TABLES = (RouteTableId("rtb-a"), RouteTableId("rtb-a2"))
CHECK = DisableSourceDestCheck(A, a1.id, ENI, Cause.CHECK, "")
MOVE = PointRoute(A, a1.id, ENI, TABLES, EIP, None, Cause.ROUTE, "")
ADDRESS = AssociateAddress(A, a1.id, ENI, EIP, Cause.ADDRESS, "")
LAUNCH = LaunchNode(A, SubnetId("subnet-a"), 0, ("t4g.nano",), Cause.NO_NODE, "")
REPAIR = RepairNode(A, a1.id, Cause.RULES, "")
START, STOP = StartNode(A, a1.id, Cause.WAKING, ""), StopNode(A, a1.id, Cause.ASLEEP, "")
END = TerminateNode(A, a1.id, Cause.SURPLUS, "")
NEWS, WAIT = Notify(A, "a breaker", Cause.BREAKER, ""), Wait(A, None, Cause.BREAKER, "")
EVERYTHING: tuple[Action, ...] = (CHECK, MOVE, ADDRESS, LAUNCH, REPAIR, START, STOP, END, NEWS, WAIT)


@pytest.mark.parametrize("free", [CHECK, LAUNCH, REPAIR, START, NEWS, WAIT], ids=step_of)
def test_what_can_hurt_nobody_waits_for_nothing(free: Action) -> None:
    assert not any(depends(free, on) for on in EVERYTHING)


@pytest.mark.parametrize("harmless", [NEWS, WAIT, REPAIR, STOP, END], ids=step_of)
def test_these_hold_nothing_up(harmless: Action) -> None:
    assert not any(depends(action, harmless) for action in EVERYTHING)


@pytest.mark.parametrize("move", [MOVE, ADDRESS], ids=step_of)
def test_traffic_goes_to_no_node_that_would_drop_it(move: Action) -> None:
    assert [on for on in EVERYTHING if depends(move, on)] == [CHECK]
    assert not depends(move, replace(CHECK, interface=InterfaceId("eni-a2")))


@pytest.mark.parametrize("ending", [STOP, END], ids=step_of)
def test_nothing_is_ended_in_a_zone_that_did_not_get_what_was_to_take_its_place(ending: Action) -> None:
    assert [on for on in EVERYTHING if depends(ending, on)] == [MOVE, ADDRESS, LAUNCH, START]
    assert not depends(ending, replace(LAUNCH, zone=B))


def test_each_step_has_a_name_of_its_own() -> None:
    assert step_of(LAUNCH) == "LaunchNode eu-west-1a"
    assert step_of(replace(LAUNCH, urgent=False)) == "LaunchNode eu-west-1a (planned)"
    assert step_of(REPAIR) == "RepairNode i-a1"
    assert step_of(CHECK) == "DisableSourceDestCheck eni-a1"
    assert step_of(NEWS) == "Notify a breaker"
    assert step_of(WAIT) == "Wait eu-west-1a"
    fenced = step_of(replace(MOVE, fence=InterfaceId("eni-a2")))
    assert fenced == "PointRoute i-a1 behind a fence at eni-a2"
    planned = step_of(replace(MOVE, fence=InterfaceId("eni-a2"), at_once=True))
    assert planned == "PointRoute i-a1 behind a fence at eni-a2 (planned)"
    assert step_of(replace(MOVE, at_once=True)) == "PointRoute i-a1 (planned)"
    assert steps_of(ADDRESS) == ("AssociateAddress eipalloc-a",)
    assert steps_of(MOVE) == (
        "PointRoute i-a1",
        "AssociateAddress eipalloc-a",
        "PointRoute rtb-a",
        "PointRoute rtb-a2",
    )
    assert steps_of(replace(MOVE, address=None, tables=TABLES[:1])) == ("PointRoute i-a1", "PointRoute rtb-a")
