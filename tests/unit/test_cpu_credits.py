"""CPU credits, the whole controller in memory: unlimited for a boot, standard for the work."""

from __future__ import annotations

import pytest

from natkeeper.core.cpu_credits import CpuCredits, has_credits
from natkeeper.core.errors import AwsError, DeniedError, NotFoundError, ThrottledError, UnreachableError
from natkeeper.core.memory import Memory
from natkeeper.core.model import UP, Lifecycle
from natkeeper.core.policy import Awake
from tests.stack import Stack, assert_at_rest, own
from tests.unit.test_sleep import JOB

DENIED = DeniedError("making the CPU credits standard", "i-a1", "UnauthorizedOperation", "no")
PASSING = (
    ThrottledError("making the CPU credits standard", "i-a1", "RequestLimitExceeded", "slow down"),
    UnreachableError("making the CPU credits standard", "i-a1", "ReadTimeoutError", "no answer"),
    NotFoundError("making the CPU credits standard", "i-a1", "InvalidInstanceID.NotFound", "not visible yet"),
)


def settled(zones: int = 1, *, working: bool = False) -> Stack:
    """A stack at rest that sets credits, and sleeps when no workload is there."""
    stack = Stack(zones)
    stack.change(sets_cpu_credits=True, awake=Awake.ON_DEMAND if working else Awake.ALWAYS)
    stack.aws.presences = [JOB] if working else []
    stack.sweep()
    stack.settle()
    return stack


def mode(stack: Stack) -> CpuCredits:
    (node,) = stack.living()
    return stack.aws.instance(node.id).cpu_credits


def calls(stack: Stack) -> list[str]:
    return [call.split()[-1] for call in stack.aws.calls if call.startswith("cpu_credits")]


def test_a_boot_spends_without_a_limit_and_the_verified_node_does_not() -> None:
    stack = Stack(1)
    stack.change(sets_cpu_credits=True)
    stack.sweep()
    assert mode(stack) is CpuCredits.UNLIMITED
    stack.settle()

    assert mode(stack) is CpuCredits.STANDARD
    assert_at_rest(stack)


def test_a_calm_stack_is_not_asked_again() -> None:
    stack = settled(2)
    stack.aws.calls.clear()
    stack.settle(180)

    assert calls(stack) == []


def test_a_lost_memory_costs_one_call_and_no_more() -> None:
    stack = settled()
    stack.aws.calls.clear()
    stack.store.save(Memory(), 10**6)
    stack.settle(30)

    assert calls(stack) == ["standard"]


def test_who_sleeps_may_spend_again_and_who_has_woken_may_not() -> None:
    stack = settled(working=True)
    stack.aws.presences.clear()
    stack.settle(20)
    assert [node.lifecycle for node in stack.living()] == [Lifecycle.STOPPED]
    assert mode(stack) is CpuCredits.UNLIMITED
    stack.aws.presences.append(JOB)
    stack.settle()

    assert [node.lifecycle for node in stack.living()] == [Lifecycle.RUNNING]
    assert mode(stack) is CpuCredits.STANDARD
    assert calls(stack) == ["standard", "unlimited", "standard"]


def test_a_sleeper_whose_change_is_refused_wakes_all_the_same() -> None:
    stack = settled(working=True)
    stack.aws.failing["cpu_credits"] = DENIED
    stack.aws.presences.clear()
    stack.settle(60)
    stack.aws.presences.append(JOB)
    stack.settle()

    assert_at_rest_but_for_credits(stack)


def assert_at_rest_but_for_credits(stack: Stack) -> None:
    (node,) = stack.living()
    assert (node.lifecycle, stack.serving()) == (Lifecycle.RUNNING, node.id)


def test_an_answer_that_was_lost_leaves_no_woken_node_without_a_limit() -> None:
    """EC2 made the sleeper unlimited, and we never heard: memory still says standard when it wakes."""
    stack = settled(working=True)
    stack.aws.failing["cpu_credits"] = PASSING[1]
    stack.aws.presences.clear()
    stack.settle(20)
    (node,) = stack.living()
    stack.aws.instance(node.id).cpu_credits = CpuCredits.UNLIMITED
    del stack.aws.failing["cpu_credits"]
    stack.aws.presences.append(JOB)
    stack.settle()

    assert mode(stack) is CpuCredits.STANDARD


def test_a_refusal_for_good_holds_nothing_up_and_is_tried_ever_less_often() -> None:
    stack = Stack(1)
    stack.change(sets_cpu_credits=True)
    stack.aws.failing["cpu_credits"] = DENIED
    stack.sweep()
    stack.settle(180)

    assert_at_rest_but_for_credits(stack)
    assert len(calls(stack)) <= 20, "in three hours"
    told = [subject for subject, _ in stack.notices.sent]
    assert 1 <= len(told) <= 2, "in the first hour, and six hours later"
    del stack.aws.failing["cpu_credits"]
    stack.settle(20)
    assert mode(stack) is CpuCredits.STANDARD
    assert_at_rest(stack)


@pytest.mark.parametrize("error", PASSING)
def test_what_passes_by_itself_is_tried_each_minute_and_nobody_is_told(error: AwsError) -> None:
    stack = Stack(1)
    stack.change(sets_cpu_credits=True)
    stack.aws.failing["cpu_credits"] = error
    stack.sweep()
    stack.settle(10)
    assert 5 <= len(calls(stack)) <= 24
    assert stack.notices.sent == []
    del stack.aws.failing["cpu_credits"]
    stack.settle(1)

    assert mode(stack) is CpuCredits.STANDARD


def test_a_successor_boots_without_a_limit_while_its_forerunner_works_within_one() -> None:
    stack = settled()
    old = own(stack)
    stack.update(2)
    stack.sweep()
    modes = {n.id: stack.aws.instance(n.id).cpu_credits for n in stack.living() if n.lifecycle in UP}

    assert modes.pop(old) is CpuCredits.STANDARD
    assert set(modes.values()) == {CpuCredits.UNLIMITED}
    stack.settle(10)
    assert mode(stack) is CpuCredits.STANDARD


def test_types_of_the_users_choice_are_left_alone() -> None:
    stack = Stack(1)
    stack.sweep()
    stack.settle()

    assert calls(stack) == []


def test_nodes_of_another_stack_are_left_alone() -> None:
    stack = settled()
    stranger = stack.world.add_strangers()
    stranger.cpu_credits = CpuCredits.UNLIMITED
    stack.settle(10)

    assert stranger.cpu_credits is CpuCredits.UNLIMITED
    assert not [call for call in stack.aws.calls if stranger.node.id in call]


@pytest.mark.parametrize("kind", ["t4g.nano", "t3.micro", "t3a.nano", "t2.small", "t8i.nano"])
def test_burstable_types_have_credits(kind: str) -> None:
    assert has_credits(kind)


@pytest.mark.parametrize("kind", ["c7gn.medium", "t1.micro", "trn1.2xlarge", "m7i-flex.large", ""])
def test_others_have_none(kind: str) -> None:
    assert not has_credits(kind)
