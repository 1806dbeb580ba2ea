"""Holding back: dry runs, pauses, refusals, failed reads, the breaker and the lease."""

from __future__ import annotations

from datetime import timedelta

import pytest

from natkeeper.core.errors import CapacityError, DeniedError, ThrottledError
from natkeeper.core.intake.triggers import Hint
from natkeeper.core.model import InstanceId
from tests.stack import Stack, assert_at_rest, own, settled
from tests.world.table import Lease


def test_a_dry_run_tells_and_touches_nothing() -> None:
    stack = settled(2)
    records = stack.store.records
    told = stack.order("Failover", zone=stack.living()[0].zone, dry_run=True)

    assert "point route" in told
    assert "launch node" in told
    assert stack.store.records == records
    assert not any(call.startswith(("launch", "point", "associate")) for call in stack.aws.calls)


def test_a_pause_stops_all_action_and_ends_by_itself() -> None:
    stack = settled(1)
    stack.order("Pause", minutes=3)
    stack.aws.terminate(own(stack))
    stack.settle(2)
    assert stack.living() == []

    stack.settle(7)
    assert_at_rest(stack)


def test_a_strangers_instance_leads_to_no_call() -> None:
    stack = settled()
    answer = stack.desk.handle(Hint("instance is stopped", (InstanceId("i-0ffffffffffffffff"),)))

    assert answer.startswith("ignored")
    assert stack.aws.calls == []


@pytest.mark.parametrize("verb", ["find", "tables", "addresses", "subnets"])
def test_after_a_failed_read_nothing_is_done(verb: str) -> None:
    stack = settled()
    stack.aws.terminate(own(stack))
    stack.aws.failing[verb] = ThrottledError("reading", "a thing", "RequestLimitExceeded", "slow down")
    stack.aws.calls.clear()
    stack.sweep()

    assert not any(call.startswith(("launch", "point", "associate", "terminate")) for call in stack.aws.calls)
    assert "unreadable ThrottledError" in stack.journal.lines
    assert not any(line.startswith("swept") for line in stack.journal.lines), "the dead-man alarm must hear"
    assert stack.notices.sent == []


def test_a_denied_read_is_told_to_a_person() -> None:
    stack = settled()
    stack.aws.failing["find"] = DeniedError("reading", "nodes", "UnauthorizedOperation", "no")
    stack.sweep()
    stack.sweep()

    assert [subject for subject, _ in stack.notices.sent] == [
        "natkeeper: unreadable in subnet-a",
        "natkeeper: unreadable in subnet-b",
    ]


def test_a_denied_action_is_named_told_once_and_stops_no_other_zone() -> None:
    stack = settled(2)
    stack.aws.failing["launch"] = DeniedError("launching", "a zone", "UnauthorizedOperation", "no")
    stack.aws.terminate(own(stack))
    stack.aws.change(own(stack, 1), source_dest_check=True)
    stack.sweep()
    stack.sweep()

    assert {error.name for error in stack.journal.refusals} == {"DeniedError"}
    assert [subject for subject, _ in stack.notices.sent] == ["natkeeper: refused in eu-west-1a"]
    assert not any(node.source_dest_check for node in stack.living())


def test_a_refused_launch_is_not_tried_again_within_the_run() -> None:
    stack = Stack(zones=1)
    stack.aws.failing["launch"] = DeniedError("launching", "a zone", "UnauthorizedOperation", "no")
    stack.sweep()

    assert stack.aws.calls.count("launch") == len(stack.policy.instance_types), "each type once"


def test_a_full_type_is_passed_over_and_remembered() -> None:
    stack = settled(1)
    stack.aws.full.add("t4g.nano")
    stack.aws.terminate(own(stack))
    stack.settle()

    assert [node.instance_type for node in stack.living()] == ["t4g.micro"]


def test_no_capacity_opens_no_breaker_and_heals_when_there_is_room() -> None:
    stack = settled(1)
    stack.aws.full = {"t4g.nano", "t4g.micro"}
    stack.aws.terminate(own(stack))
    stack.settle(20)
    assert {type(error) for error in stack.journal.refusals} == {CapacityError}

    stack.aws.full.clear()
    stack.settle()
    assert_at_rest(stack)


def test_nodes_that_never_work_open_the_breaker() -> None:
    stack = Stack(zones=1)
    for number in range(1, 99):
        stack.aws.reports[InstanceId(f"i-{number:017x}")] = None
    began = stack.clock()
    while stack.clock() - began < timedelta(minutes=57):
        stack.minute()

    launches = stack.aws.calls.count("launch")
    assert launches <= stack.policy.most_launches_per_hour


def test_a_run_that_finds_the_lease_taken_asks_for_another_pass() -> None:
    stack = settled(1)
    Lease(stack.store).acquire()
    stack.aws.calls.clear()

    assert "another run holds the lease" in stack.sweep()
    assert stack.aws.calls == []
    assert stack.store.item.wanted == 1


def test_nothing_happens_while_the_stack_is_deleted() -> None:
    stack = settled(1)
    stack.store.save_removed()
    stack.aws.terminate(own(stack))
    stack.settle()

    assert stack.living() == []
