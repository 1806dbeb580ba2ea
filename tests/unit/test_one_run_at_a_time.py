"""One run at a time, each within its time: leases lost, asked for too late, deleted; seconds that run out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from natkeeper.core.actions import Cause, LaunchNode, PointRoute, Wait
from natkeeper.core.errors import AwsError, DeniedError, UnreachableError
from natkeeper.core.intake.triggers import Sweep
from natkeeper.core.model import AllocationId, InstanceId, InterfaceId, RouteTableId, SubnetId
from natkeeper.reconcile.pace import seconds_of
from tests.builders import A
from tests.stack import Stack, assert_at_rest, own, settled
from tests.world.table import Lease

LAUNCH = LaunchNode(A, SubnetId("subnet-a"), 0, ("t4g.nano",), Cause.NO_NODE, "")
ENI, EIP = InterfaceId("eni-a1"), AllocationId("eipalloc-a")


def move(
    tables: int,
    address: AllocationId | None = None,
    fence: InterfaceId | None = None,
    *,
    at_once: bool = False,
) -> PointRoute:
    names = tuple(RouteTableId(f"rtb-{number}") for number in range(tables))
    return PointRoute(A, InstanceId("i-a1"), ENI, names, address, fence, Cause.ROUTE, "", at_once=at_once)


def sweep_with(stack: Stack, seconds: float) -> str:
    return stack.desk.within(lambda: seconds).handle(Sweep())


@dataclass
class LetGo(Lease):
    """Taken by a run that lets go just as it is asked for one more pass."""

    other: Lease | None = None

    def request(self) -> bool:
        if self.other:
            self.other.release()
            self.other = None
        return super().request()


def with_lease(stack: Stack, lease: Lease) -> None:
    stack.lease = lease
    stack.change()


def test_a_move_takes_the_longer_the_more_it_has_to_move() -> None:
    assert seconds_of(Wait(A, None, Cause.ROUTE, "")) == 0
    assert seconds_of(move(1)) < seconds_of(move(1, EIP)) < seconds_of(move(1, EIP, ENI))
    assert seconds_of(move(1, EIP, ENI)) < seconds_of(move(50, EIP, ENI)) < 60
    assert seconds_of(move(1, EIP, ENI)) < seconds_of(move(1, EIP, ENI, at_once=True))
    assert seconds_of(LAUNCH) > seconds_of(move(1))


def test_a_run_with_little_time_left_begins_no_move_and_says_so() -> None:
    stack = settled(2)
    stack.aws.terminate(own(stack))
    told = sweep_with(stack, seconds=2)

    assert stack.serving() is None
    assert "left to the next sweep" in told
    assert not any(call.startswith(("point", "launch")) for call in stack.aws.calls)
    stack.sweep()
    assert own(stack) == own(stack, 1)


def test_what_fits_into_the_time_left_is_done() -> None:
    stack = settled(2)
    stack.aws.terminate(own(stack))
    told = sweep_with(stack, seconds=9)

    assert own(stack) == own(stack, 1), "the move"
    assert "launch" not in stack.aws.calls
    assert "left to the next sweep" in told


def test_a_run_with_little_time_left_looks_only_once() -> None:
    stack = Stack(1)
    sweep_with(stack, seconds=19)

    assert stack.aws.calls.count("find") == 1


def test_a_run_that_lost_its_lease_touches_and_saves_nothing_more() -> None:
    stack = settled(2)
    saves = stack.store.saves
    stack.aws.terminate(own(stack))

    class Lost(Lease):
        def renew(self) -> bool:
            return False

    with_lease(stack, Lost(stack.store))
    told = stack.sweep()

    assert "another run holds the lease" in told
    assert stack.store.saves == saves
    assert not any(call.startswith(("point", "launch")) for call in stack.aws.calls)


def test_a_wake_up_is_not_lost_when_the_holder_lets_go_at_that_moment() -> None:
    stack = settled(2)
    stack.aws.terminate(own(stack))
    holder = Lease(stack.store)
    holder.acquire()
    with_lease(stack, LetGo(stack.store, other=holder))
    stack.sweep()

    assert own(stack) == own(stack, 1)


def test_a_killed_runs_lease_costs_at_most_one_sweep() -> None:
    stack = settled(2)
    Lease(stack.store).acquire()  # and it is never heard of again
    stack.aws.terminate(own(stack))
    assert "another run holds the lease" in stack.sweep()
    stack.minute()

    assert stack.serving() is not None


def test_a_deleted_lease_item_does_not_stop_memory() -> None:
    stack = settled(1)
    for _ in range(20):
        stack.lease.acquire()
        stack.lease.release()
    stack.aws.terminate(own(stack))
    stack.settle()
    stack.store.lose_lease()
    stack.aws.terminate(own(stack))
    stack.settle()

    assert_at_rest(stack)


def test_a_damaged_item_is_told_once_and_ends_no_run() -> None:
    stack = settled(1)
    stack.store.records = replace(stack.store.records, damaged=("wish#* (ValueError: not JSON)",))
    stack.sweep()
    stack.sweep()

    told = [text for _, text in stack.notices.sent if "wish#*" in text]
    assert len(told) == 1
    assert "unreadable AnswerError" in stack.journal.lines


@dataclass
class Slipping(Lease):
    """Ours until the first fence is up: then it is another's, or nobody can tell."""

    calls: list[str] = field(default_factory=list)
    error: AwsError | None = None

    def renew(self) -> bool:
        fenced = self.calls[-1].startswith("source_dest_check on")
        if fenced and self.error:
            raise self.error
        return not fenced and super().renew()


UNREACHABLE = UnreachableError("updating the lease", "natkeeper", "ReadTimeoutError", "")


@pytest.mark.parametrize("error", [None, UNREACHABLE], ids=["lost", "unknown"])
def test_a_run_whose_lease_slips_away_in_the_middle_of_a_move_leaves_nobody_behind_the_fence(
    error: AwsError | None,
) -> None:
    stack = settled(1)
    old = own(stack)
    with_lease(stack, Slipping(stack.store, calls=stack.aws.calls, error=error))
    stack.aws.failing["public_address"] = DeniedError("taking it away", "it", "UnauthorizedOperation", "no")
    stack.update(2)
    while not any(call.startswith("source_dest_check on") for call in stack.aws.calls):
        stack.minute()

    assert own(stack) == old
    assert not next(node for node in stack.living() if node.id == old).source_dest_check
