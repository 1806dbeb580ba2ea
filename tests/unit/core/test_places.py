"""Where an address is by our own last word: a refusal moved nothing; of what may be done nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import Action, AssociateAddress, Cause, LaunchNode, PointRoute
from natkeeper.core.decision.outcome import Done, Refused
from natkeeper.core.errors import AwsError, DeniedError, NotReadyError, UnreachableError
from natkeeper.core.judgement.dependence import step_of, step_of_address, step_of_table
from natkeeper.core.judgement.old_reads import LAG
from natkeeper.core.last_resort import NatGatewayId
from natkeeper.core.last_resort_actions import PointAtGateway
from natkeeper.core.memory import Memory, Placed, Pointed, ZoneMemory
from natkeeper.core.model import AllocationId, InstanceId, InterfaceId, RouteTableId, SubnetId
from natkeeper.core.remembering.forgetting import forget
from natkeeper.core.remembering.places import note_places
from tests.builders import NOW, A, ago

EIP, NODE, TO = AllocationId("eipalloc-a"), InstanceId("i-b1"), InterfaceId("eni-b1")
TABLES = (RouteTableId("rtb-1"), RouteTableId("rtb-2"))
MOVE = PointRoute(A, NODE, TO, TABLES, EIP, None, Cause.SILENT, "", private="10.0.2.44")
TAKE = AssociateAddress(A, NODE, TO, EIP, Cause.ADDRESS, "", "10.0.2.44")
BEFORE = Placed(EIP, InterfaceId("eni-a1"), "", ago(seconds=9))
LATER = NOW + timedelta(seconds=20)
DENIED = DeniedError("moving", "it", "UnauthorizedOperation", "no")
LOST = UnreachableError("moving", "it", "ReadTimeoutError", "")


def placed_after(action: Action, *refused: tuple[str, AwsError]) -> Placed | None:
    memory = Memory(zones={A: ZoneMemory(placed=BEFORE)})
    done = Done(action, refused=tuple(Refused(action, step, error) for step, error in refused))
    return note_places(memory, done, LATER).zone(A).placed


@pytest.mark.parametrize("action", [MOVE, TAKE])
def test_it_is_there_from_the_moment_of_the_write(action: PointRoute | AssociateAddress) -> None:
    assert placed_after(action) == Placed(EIP, TO, "10.0.2.44", LATER)


@pytest.mark.parametrize("error", [DENIED, NotReadyError("moving", "it", "IncorrectState", "")])
@pytest.mark.parametrize("action", [MOVE, TAKE])
def test_what_was_refused_moved_nothing(action: PointRoute | AssociateAddress, error: AwsError) -> None:
    assert placed_after(action, (step_of(action), error)) == BEFORE
    assert placed_after(action, (step_of_address(EIP, "10.0.2.44"), error)) == BEFORE


def test_an_answer_that_was_lost_tells_nothing() -> None:
    assert placed_after(TAKE, (step_of(TAKE), LOST)) is None


def test_it_may_have_been_given_back_where_no_table_has_moved() -> None:
    one, two = ((step_of_table(table), DENIED) for table in TABLES)
    fenced = replace(MOVE, fence=BEFORE.interface)

    assert placed_after(fenced, one, two) is None
    assert placed_after(fenced, one) == placed_after(fenced)


def test_from_nowhere_it_came_though_no_table_has_moved() -> None:
    every = tuple((step_of_table(table), DENIED) for table in TABLES)

    assert placed_after(MOVE, *every) == placed_after(MOVE)


def test_what_moves_no_address_tells_nothing_of_one() -> None:
    launch = LaunchNode(A, SubnetId("subnet-a"), 0, ("t4g.nano",), Cause.NO_NODE, "")

    assert placed_after(launch) == placed_after(replace(MOVE, address=None)) == BEFORE


BEFORE_TABLES = {TABLES[0]: Pointed(BEFORE.interface, ago(seconds=9))}


def pointed_after(action: Action, *refused: tuple[str, AwsError]) -> dict[str, str]:
    """Where each table leads, as is remembered."""
    memory = Memory(zones={A: ZoneMemory(pointed=BEFORE_TABLES)})
    done = Done(action, refused=tuple(Refused(action, step, error) for step, error in refused))
    return {
        table: there.interface for table, there in note_places(memory, done, LATER).zone(A).pointed.items()
    }


def test_tables_lead_there_from_the_moment_of_the_write() -> None:
    assert pointed_after(MOVE) == dict.fromkeys(TABLES, TO)
    assert pointed_after(replace(MOVE, address=None)) == dict.fromkeys(TABLES, TO)
    assert pointed_after(TAKE) == {TABLES[0]: BEFORE.interface}


def test_of_a_table_that_was_refused_nobody_knows() -> None:
    assert pointed_after(MOVE, (step_of_table(TABLES[0]), LOST)) == {TABLES[1]: TO}
    assert pointed_after(MOVE, (step_of(MOVE), LOST)) == {}


def test_nor_of_tables_that_stay_or_go_back_without_the_address_unless_nobody_serves() -> None:
    refused = step_of_address(EIP, "10.0.2.44"), DENIED

    assert pointed_after(MOVE, refused) == {}
    assert pointed_after(replace(MOVE, even_without_address=True), refused) == dict.fromkeys(TABLES, TO)


def test_each_table_is_remembered_by_itself_and_for_no_longer_than_it_counts() -> None:
    other = replace(MOVE, tables=TABLES[1:])

    assert pointed_after(other) == {TABLES[0]: BEFORE.interface, TABLES[1]: TO}
    memory = Memory(zones={A: ZoneMemory(pointed=BEFORE_TABLES)})
    assert forget(memory, ago(seconds=10) + LAG) == memory
    assert forget(memory, ago(seconds=9) + LAG).zone(A).pointed == {}
    gateway = PointAtGateway(A, NatGatewayId("nat-1"), TABLES, Cause.LAST_RESORT, "")
    assert pointed_after(gateway) == {}
