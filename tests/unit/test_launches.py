"""A launch goes from pool to pool: what it learns outlives it, and it begins none without time for it."""

from __future__ import annotations

import pytest

from natkeeper.core.errors import CapacityError, UnofferedError
from tests.stack import Stack, assert_at_rest, own, settled

TYPES = tuple(f"t4g.{size}" for size in ("nano", "micro", "small", "medium", "large"))
FULL = CapacityError("launching a node", "a pool", "InsufficientInstanceCapacity", "no room")
INELIGIBLE = UnofferedError(
    "launching a node",
    "t4g.nano",
    "InvalidParameterCombination",
    "The specified instance type is not eligible for Free Tier.",
)


class KilledError(BaseException):
    """The run ends where it stands, as by Lambda's time-out."""


def without_room(*but: str) -> Stack:
    """A stack whose node is gone, in a zone that has room for these types alone."""
    stack = settled(1)
    stack.change(instance_types=TYPES)
    stack.aws.failing.update({f"launch {name}": FULL for name in TYPES if name not in but})
    stack.aws.terminate(own(stack))
    stack.aws.calls.clear()
    return stack


def bad_pools(stack: Stack) -> set[str]:
    (zone,) = stack.aws.zones.values()
    return set(stack.store.load().memory.zone(zone).bad_pools)


def test_a_run_that_is_killed_between_two_pools_has_learnt_of_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = without_room()
    launch = stack.aws.launch

    def die_at_the_third(*arguments: object) -> object:
        if stack.aws.calls.count("launch") == 2:
            raise KilledError
        return launch(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as killed:
        killed.setattr(stack.aws, "launch", die_at_the_third)
        with pytest.raises(KilledError):
            stack.sweep()

    assert bad_pools(stack) == {"t4g.nano", "t4g.micro"}


def test_no_pool_is_begun_without_time_for_it_and_the_next_sweep_goes_on_with_the_others() -> None:
    stack = without_room("t4g.large")
    started = stack.clock()

    def time_left() -> float:
        return 25.0 - 8.0 * stack.aws.calls.count("launch") - (stack.clock() - started).total_seconds()

    stack.desk.within(time_left).reconciler.reconcile()
    assert stack.aws.calls.count("launch") == 2
    assert bad_pools(stack) == {"t4g.nano", "t4g.micro"}

    stack.settle(3)
    assert [node.instance_type for node in stack.living()] == ["t4g.large"]
    assert stack.aws.calls.count("launch") == 5
    assert_at_rest(stack)


def test_a_run_that_has_lost_its_lease_begins_no_other_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = without_room()
    renew = stack.lease.renew

    def renewed() -> bool:
        return stack.aws.calls.count("launch") < 2 and renew()

    monkeypatch.setattr(stack.lease, "renew", renewed)
    assert stack.desk.reconciler.reconcile().held_elsewhere
    assert stack.aws.calls.count("launch") == 2
    assert bad_pools(stack) == {"t4g.nano", "t4g.micro"}


def test_a_free_plan_account_gets_the_first_type_that_it_may_have() -> None:
    stack = without_room(*TYPES)
    stack.aws.failing["launch t4g.nano"] = INELIGIBLE
    stack.settle()

    assert [node.instance_type for node in stack.living()] == ["t4g.micro"]
    assert_at_rest(stack)
