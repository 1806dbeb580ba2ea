"""What a person reads of an event that was taken, or not: word for word. And events at the edge of sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from natkeeper.core.intake.triggers import (
    WARNING,
    Hint,
    Ignored,
    Sweep,
    Trigger,
    parse,
)
from natkeeper.core.model import Doom, DoomKind, InstanceId
from tests.builders import NOW

ID, OTHER = InstanceId("i-0123456789abcdef0"), InstanceId("i-12345678")
STACK = "natkeeper"
STATE = "EC2 Instance State-change Notification"
SPOT = "EC2 Spot Instance Interruption Warning"


def send(source: str, kind: str, /, **detail: Any) -> Trigger:
    return parse({"source": source, "detail-type": kind, "detail": detail}, STACK, NOW)


def manual(kind: str, **detail: Any) -> Trigger:
    return send("natkeeper", kind, **{"stack": STACK, **detail})


def state(**detail: Any) -> Trigger:
    return send("aws.ec2", STATE, **{"instance-id": ID, **detail})


def spot(**envelope: Any) -> datetime:
    event = {"source": "aws.ec2", "detail-type": SPOT, "detail": {"instance-id": ID}, **envelope}
    trigger = parse(event, STACK, NOW)
    assert isinstance(trigger, Hint)
    assert trigger.doom
    return trigger.doom.at - WARNING


def health(**changes: Any) -> Trigger:
    entities = [{"entityValue": ID}, {"entityValue": "vol-1"}, {"entityValue": OTHER}]
    detail = {"service": "EC2", "eventTypeCategory": "scheduledChange", "affectedEntities": entities}
    return send("aws.health", "AWS Health Event", **{**detail, **changes})


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ([], "the event is no JSON object but list"),
        ({}, "unknown source and detail-type: None and None"),
        ({"source": "x", "detail-type": []}, "unknown source and detail-type: 'x' and list"),
        ({"source": "aws.ec2", "detail-type": STATE, "detail": 7}, f"{STATE}: detail is no JSON object"),
        ({"source": "aws.ec2", "detail-type": STATE}, f"{STATE}: instance-id None is no instance id"),
    ],
)
def test_an_event_that_is_none_is_ignored_with_its_reason(event: object, reason: str) -> None:
    assert parse(event, STACK, NOW) == Ignored(reason)


@pytest.mark.parametrize(
    ("said", "why", "dying"),
    [
        ("running", "instance is running", False),
        ("shutting-down", "instance is shutting-down", True),
        ("stopping", "instance is stopping", True),
        ("stopped", "instance is stopped", False),
    ],
)
def test_a_state_change_says_whether_reads_of_ec2_may_lag(said: str, why: str, dying: bool) -> None:
    assert state(state=said) == Hint(why, (ID,), dying=dying, beginning=said == "running")


def test_what_begins_may_wake_a_zone_that_sleeps() -> None:
    assert state(state="pending") == Hint("instance is pending", (ID,), beginning=True)


def test_an_id_that_is_none_is_shown_as_it_came() -> None:
    assert state(**{"instance-id": "i-XYZ"}) == Ignored(f"{STATE}: instance-id 'i-XYZ' is no instance id")


def test_a_state_change_without_a_state_is_still_a_hint() -> None:
    assert state() == Hint("instance is changing", (ID,))


def test_a_word_of_a_stranger_is_taken_only_when_it_is_plain_and_short() -> None:
    assert state(state="x" * 160) == Hint(f"instance is {'x' * 160}", (ID,))
    assert state(state="x" * 161) == Ignored(f"{STATE}: state '{'x' * 60}' is no plain word")
    assert state(state="r\u00fcck\nwärts") == Ignored(
        f"{STATE}: state 'r\\xfcck\\nw\\xe4rts' is no plain word"
    )
    assert state(state=10**80) == Ignored(f"{STATE}: state {str(10**80)[:60]} is no plain word")
    assert state(state=None) == Ignored(f"{STATE}: state None is no plain word")
    assert state(state={}) == Ignored(f"{STATE}: state dict is no plain word")


def test_the_end_of_a_command_is_a_hint() -> None:
    kind = "EC2 Command Invocation Status-change Notification"

    assert send("aws.ssm", kind, status="Success", **{"instance-id": ID}) == Hint("command Success", (ID,))
    assert send("aws.ssm", kind, **{"instance-id": ID}) == Hint("command ended", (ID,))


def test_new_evidence_for_this_stack_is_a_sweep() -> None:
    assert manual("Evidence Changed") == Sweep("new evidence")


def test_the_time_of_a_warning_is_its_own_or_now() -> None:
    at = datetime(2026, 3, 14, 11, 59, tzinfo=UTC)

    assert spot(time="2026-03-14T11:59:00Z") == at
    assert spot(time="2026-03-14T11:59:00") == at  # no zone: UTC
    assert spot(time="2026-03-14T13:59:00+02:00").utcoffset() == timedelta(hours=2)
    assert spot(time="soon") == spot(time=7) == spot() == NOW
    assert spot(time="9999-12-31T23:59:00Z") == NOW  # never in the future
    assert spot(time="0001-01-01T00:00:00Z") == NOW - timedelta(days=1)  # nor where no time can be before


def test_a_rebalance_recommendation_without_a_time_is_of_now() -> None:
    hint = send("aws.ec2", "EC2 Instance Rebalance Recommendation", **{"instance-id": ID})

    assert hint == Hint("rebalance recommendation", (ID,), Doom(DoomKind.REBALANCE, NOW))


def test_a_scheduled_change_concerns_instances_only_and_takes_place_at_its_time_or_now() -> None:
    at = datetime(2026, 3, 28, 15, 10, 9, tzinfo=UTC)
    instances = (ID, OTHER)

    for said in ("Sat, 28 Mar 2026 15:10:09 GMT", "Sat, 28 Mar 2026 15:10:09 -0000"):
        expected = Hint("scheduled change", instances, Doom(DoomKind.RETIREMENT, at))
        assert health(startTime=said) == expected
    for nonsense in (None, "soon", 7, "Sat, 28 Mar 2026 15:10:09 +99999999999999999999"):
        assert health(startTime=nonsense) == Hint(
            "scheduled change", instances, Doom(DoomKind.RETIREMENT, NOW)
        )


def test_health_events_that_do_not_concern_us_say_why() -> None:
    assert health(service="RDS") == Ignored("AWS Health event of another kind")
    assert health(eventTypeCategory="accountNotification") == Ignored("AWS Health event of another kind")
    assert health(affectedEntities=[]) == Ignored("AWS Health Event: no affected entity is an instance")


def test_an_alarm_is_known_by_the_stacks_name_and_a_dash() -> None:
    kind = "CloudWatch Alarm State Change"

    assert send("aws.cloudwatch", kind, alarmName="natkeeper2-heal") == Ignored("an alarm of somebody else")
    assert send("aws.cloudwatch", kind, alarmName="natkeeper-x") == Sweep("alarm natkeeper-x")


ADMIN = "arn:aws:sts::123456789012:assumed-role/Admin/somebody"


def call(name: str, by: object = ADMIN, asked: object = None, **more: object) -> Trigger:
    said = {"eventName": name, "userIdentity": {"arn": by}, "requestParameters": asked, **more}
    return send("aws.ec2", "AWS API Call via CloudTrail", **said)


def test_a_call_that_a_trail_tells_of_is_a_reason_to_look_when_it_may_break_a_way_out() -> None:
    route = {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}

    assert call("DeleteRoute", asked=route) == Sweep(f"DeleteRoute by '{ADMIN[:60]}'")
    assert call("ModifyInstanceAttribute", asked={"sourceDestCheck": {"value": True}}) == Sweep(
        f"ModifyInstanceAttribute by '{ADMIN[:60]}'"
    )
    assert call("DisassociateAddress", by=None) == Sweep("DisassociateAddress by 'None'")


@pytest.mark.parametrize(
    ("name", "said", "why"),
    [
        ("ReplaceRoute", {"by": f"{ADMIN}/natkeeper-reconcile"}, "ReplaceRoute is our own"),
        ("DeleteRoute", {"errorCode": "Client.DryRun"}, "DeleteRoute was refused: nothing has changed"),
        (
            "CreateRoute",
            {"asked": {"destinationCidrBlock": "10.9.0.0/16"}},
            "CreateRoute is of no default route",
        ),
        ("ReplaceRoute", {"asked": "hostile"}, "ReplaceRoute is of no default route"),
        ("ModifyInstanceAttribute", {}, "ModifyInstanceAttribute is of no source/dest check"),
        ("A\nB", {}, "AWS API Call via CloudTrail: eventName 'A\\nB' is no plain word"),
    ],
)
def test_a_call_that_changes_nothing_for_us_says_why(name: str, said: Any, why: str) -> None:
    assert call(name, **said) == Ignored(why)


def test_a_call_without_a_name_or_a_caller_is_looked_into_all_the_same() -> None:
    nameless = send("aws.ec2", "AWS API Call via CloudTrail", userIdentity="hostile")

    assert nameless == Sweep("unknown by 'unknown'")


def test_an_event_for_another_stack_says_for_which() -> None:
    reason = "Resume: meant for stack 'other', this is 'natkeeper'"

    assert manual("Resume", stack="other") == Ignored(reason)


def task(**detail: object) -> object:
    given = {"desiredStatus": "RUNNING", "lastStatus": "PROVISIONING", **detail}
    return parse({"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": given}, STACK, NOW)


def test_a_task_that_begins_is_a_hint_and_no_other_is() -> None:
    assert task() == Hint("ECS task is provisioning", (), beginning=True)
    assert task(lastStatus="PENDING") == Hint("ECS task is pending", (), beginning=True)
    for other in (
        {"lastStatus": "RUNNING"},
        {"desiredStatus": "STOPPED"},
        {"lastStatus": 7},
        {"lastStatus": "x\ny"},
    ):
        assert isinstance(task(**other), Ignored)


def test_a_task_that_does_not_begin_is_told_by_its_state() -> None:
    nameless = {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {}}

    assert task(lastStatus="RUNNING") == Ignored("ECS task is RUNNING: only one that begins matters")
    assert parse(nameless, STACK, NOW) == Ignored("ECS task is unknown: only one that begins matters")
