"""What the doctor says of a stack that runs: who is not served, who is not heard, what is not reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from natkeeper.core.doctor.findings import Occasion
from natkeeper.core.memory import Contest, Launch, Memory, Refusal, ZoneMemory
from natkeeper.core.model import InstanceId, SubnetId, Unread, VpcId
from tests.unit.core.doctor_situations import Words, finding, place, table, with_subnets, words
from tests.unit.core.test_doctor import ASKED, INSIDE, NODE, NOW, PUBLIC, VPC, A, B, found, zone

TICK = timedelta(seconds=1)
QUARTER, HOUR, LONG = timedelta(minutes=15), timedelta(hours=1), timedelta(minutes=80)
OPEN = table("public", "igw-1", PUBLIC)


def unserved(where: str, name: str = "private") -> list[Words]:
    return [
        (
            f"no node serves route table rtb-{name}: it {where}",
            "the reconcile function's log and its notices say why; docs/operations.md explains each",
        )
    ]


@pytest.mark.parametrize(
    ("target", "state", "where"),
    [
        (None, {}, "has no default route"),
        ("nat-1", {}, "leads to nat-1"),
        ("eni-1", {"blackhole": True}, "leads to eni-1, a black hole"),
    ],
)
@pytest.mark.parametrize("vpc", [VPC, None])
def test_a_table_that_leads_to_no_node_is_told_with_where_it_leads(
    target: str | None, state: dict[str, Any], where: str, vpc: VpcId | None
) -> None:
    tables = (OPEN, table("private", target, "subnet-private", **state))

    assert words("served", replace(ASKED, vpc=vpc), tables=tables) == unserved(where)


def test_only_the_zone_of_a_table_excuses_it() -> None:
    """Of two zones the other one sleeps."""
    second = SubnetId("subnet-2")
    asked = replace(ASKED, public_subnets=(PUBLIC, second))
    listed = with_subnets(subnet_2=place("10.0.2.0/24", zone=B))
    tables = (OPEN, table("private", None, "subnet-private"))
    memory = Memory(zones={A: ZoneMemory(), B: ZoneMemory(asleep_since=NOW)})
    turned = Memory(zones={A: ZoneMemory(asleep_since=NOW), B: ZoneMemory()})

    told = words("served", asked, subnets=listed, tables=tables, memory=memory)
    assert told == unserved("has no default route")
    assert words("served", asked, subnets=listed, tables=tables, memory=turned) == []


@pytest.mark.parametrize(("age", "excused"), [(QUARTER - TICK, True), (QUARTER, False)], ids=str)
def test_a_node_or_a_launch_excuses_its_zone_for_a_quarter_of_an_hour(age: timedelta, excused: bool) -> None:
    tables = (OPEN, table("private", None, "subnet-private"))
    node = replace(NODE, launched_at=NOW - age)
    launched = zone(launches=(Launch(NOW - age, None),))

    assert (words("served", tables=tables, machines=(node,)) == []) is excused
    assert (words("served", tables=tables, memory=launched) == []) is excused


@pytest.mark.parametrize("changed", [{"runs": False}, {"stack": "another"}, {"stack": ""}], ids=str)
def test_who_does_not_run_or_is_of_no_such_stack_serves_nobody(changed: dict[str, Any]) -> None:
    assert words("served", machines=(replace(NODE, **changed),)) == unserved("leads to eni-1")


@pytest.mark.parametrize(("age", "told"), [(QUARTER - TICK, False), (QUARTER, True)], ids=str)
def test_a_node_that_systems_manager_does_not_hear_is_told_after_a_quarter_of_an_hour(
    age: timedelta, told: bool
) -> None:
    node = replace(NODE, launched_at=NOW - age)
    mistake = (
        "node i-1 in us-east-1a is not online in Systems Manager",
        (
            "has the image the SSM agent? Does an interface endpoint of the VPC for ssm or ssmmessages "
            "let the node in?"
        ),
    )

    assert words("agents", machines=(node,), online=frozenset()) == ([mistake] if told else [])


@pytest.mark.parametrize("changed", [{"runs": False}, {"stack": "another"}], ids=str)
def test_who_is_no_node_that_runs_need_not_be_heard(changed: dict[str, Any]) -> None:
    assert words("agents", machines=(replace(NODE, **changed),), online=frozenset()) == []


@pytest.mark.parametrize(("age", "told"), [(LONG - TICK, False), (LONG, True)], ids=str)
def test_a_goal_that_is_missed_for_long_is_told_with_since_when(age: timedelta, told: bool) -> None:
    since = NOW - age
    mistake = (
        "zone us-east-1a misses 'served' since 2026-11-29 04:40 UTC",
        "docs/operations.md explains the goal, and what to do",
    )

    assert words("goals", memory=zone(goals={"served": since})) == ([mistake] if told else [])


@pytest.mark.parametrize("unread", ["machines", "subnets"])
def test_a_stack_that_remembers_no_zone_misses_nothing_whatever_else_could_not_be_read(unread: str) -> None:
    assert words("goals", memory=Memory(), **{unread: Unread("denied")}) == []
    assert finding("goals", **{unread: Unread("denied")}).unread == "denied"


def test_a_zone_in_which_only_a_stopped_instance_is_left_owes_nothing() -> None:
    left = replace(NODE, id=InstanceId("i-2"), zone=B, runs=False)
    memory = Memory(zones={A: ZoneMemory(), B: ZoneMemory(goals={"served": NOW - LONG})})

    assert words("goals", memory=memory, machines=(NODE, left)) == []
    assert words("goals", memory=memory, machines=(NODE, replace(left, runs=True))) != []


@pytest.mark.parametrize(("count", "told"), [(2, False), (3, True), (4, True)])
def test_a_step_that_is_refused_again_and_again_is_told_with_the_error(count: int, told: bool) -> None:
    refusal = Refusal(NOW - HOUR, NOW, count, "UnauthorizedOperation: no")
    mistake = (
        f"AWS has refused launch {count} times since 2026-11-29 05:00 UTC: UnauthorizedOperation: no",
        (
            "if it is denied, look for a policy of the organisation or a boundary; docs/security.md has "
            "the rights that are needed"
        ),
    )
    memory = Memory(zones={A: ZoneMemory()}, refusals={"launch": refusal})

    assert words("refusals", memory=memory) == ([mistake] if told else [])


@pytest.mark.parametrize(
    ("ages", "by", "told"),
    [
        ((HOUR - TICK,), "nat-1", "1 times in an hour, last by nat-1"),
        ((HOUR, TICK, TICK), "", "2 times in an hour, last by somebody who deletes its default route"),
        ((HOUR,), "nat-1", None),
    ],
    ids=["lately", "twice of three", "an hour ago"],
)
def test_a_route_that_somebody_else_took_within_the_hour_is_told(
    ages: tuple[timedelta, ...], by: str, told: str | None
) -> None:
    contest = Contest(tuple(NOW - age for age in ages), by)
    cure = "let one alone own the default route: take it out of Terraform or of the other stack"
    mistakes = [(f"route table rtb-private was taken {told}", cure)] if told else []

    assert words("owners of the routes", memory=zone(contests={INSIDE: contest})) == mistakes


def test_none_of_it_is_asked_before_a_stack_is_there() -> None:
    tables = (OPEN, table("private", None, "subnet-private"))

    for occasion in (Occasion.BEFORE, Occasion.DEPLOYMENT):
        assert found(occasion, tables=tables, online=frozenset()) == {}
