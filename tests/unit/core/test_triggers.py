"""Events in, triggers out; whatever is malformed or foreign is ignored with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natkeeper.core.intake.triggers import Hint, Ignored, Sweep, Trigger, parse
from natkeeper.core.model import Doom, DoomKind, InstanceId
from tests.builders import NOW

ID = InstanceId("i-0123456789abcdef0")
STACK = "natkeeper"


def event(source: str, kind: str, /, **detail: Any) -> dict[str, Any]:
    return {"source": source, "detail-type": kind, "time": "2026-03-14T11:59:50Z", "detail": detail}


def manual(kind: str, **detail: Any) -> Trigger:
    return parse(event("natkeeper", kind, **{"stack": STACK, **detail}), STACK, NOW)


def ec2(kind: str, **detail: Any) -> Trigger:
    return parse(event("aws.ec2", kind, **detail), STACK, NOW)


def reason(trigger: Trigger) -> str:
    assert isinstance(trigger, Ignored)
    return trigger.reason


def test_the_schedule_is_a_sweep() -> None:
    assert parse(event("aws.events", "Scheduled Event"), STACK, NOW) == Sweep()


def test_a_state_change_is_a_hint_about_its_instance() -> None:
    trigger = ec2("EC2 Instance State-change Notification", **{"instance-id": ID, "state": "stopping"})

    assert trigger == Hint("instance is stopping", (ID,), dying=True)


def test_a_spot_warning_dooms_its_instance_two_minutes_after_the_event() -> None:
    trigger = ec2(
        "EC2 Spot Instance Interruption Warning", **{"instance-id": ID, "instance-action": "terminate"}
    )
    doom = Doom(DoomKind.INTERRUPTION, NOW - timedelta(seconds=10) + timedelta(minutes=2))

    assert trigger == Hint("spot interruption", (ID,), doom)


def test_a_rebalance_recommendation_dooms_its_instance() -> None:
    trigger = ec2("EC2 Instance Rebalance Recommendation", **{"instance-id": ID})

    assert trigger == Hint(
        "rebalance recommendation", (ID,), Doom(DoomKind.REBALANCE, NOW - timedelta(seconds=10))
    )


def health(**changes: Any) -> Trigger:
    detail = {
        "service": "EC2",
        "eventTypeCategory": "scheduledChange",
        "startTime": "Sat, 28 Mar 2026 15:10:09 GMT",
        "affectedEntities": [{"entityValue": ID}],
    }
    return parse(event("aws.health", "AWS Health Event", **{**detail, **changes}), STACK, NOW)


def test_a_scheduled_change_retires_the_instances_it_names() -> None:
    at = datetime(2026, 3, 28, 15, 10, 9, tzinfo=UTC)

    assert health() == Hint("scheduled change", (ID,), Doom(DoomKind.RETIREMENT, at))


@pytest.mark.parametrize(
    "changes",
    [
        {"statusCode": "closed"},
        {"affectedEntities": [{"entityValue": ID, "status": "RESOLVED"}]},
        {"affectedEntities": [{"entityValue": ID, "status": "UNIMPAIRED"}]},
    ],
)
def test_a_scheduled_change_that_is_over_dooms_nobody(changes: dict[str, Any]) -> None:
    assert health(**changes) == Hint("scheduled change is over", (ID,), over=True)


@pytest.mark.parametrize("status", ["open", "upcoming", None])
def test_of_a_change_that_lasts_only_those_who_are_spared_are_left_out(status: str | None) -> None:
    other = "i-0fedcba9876543210"
    entities = [{"entityValue": other, "status": "RESOLVED"}, {"entityValue": ID, "status": "PENDING"}]
    hint = health(statusCode=status, affectedEntities=entities)

    assert isinstance(hint, Hint)
    assert (hint.instances, hint.doom is not None, hint.over) == ((ID,), True, False)


def test_a_health_issue_is_a_mere_hint() -> None:
    assert health(eventTypeCategory="issue") == Hint("AWS Health issue", (ID,))


@pytest.mark.parametrize("changes", [{"service": "RDS"}, {"eventTypeCategory": "accountNotification"}])
def test_other_health_events_are_ignored(changes: dict[str, Any]) -> None:
    assert reason(health(**changes))


@pytest.mark.parametrize("entities", [[], None, "i-0", [{"entityValue": "vol-1"}], [7]])
def test_a_health_event_without_instances_is_ignored(entities: object) -> None:
    assert "no affected entity" in reason(health(affectedEntities=entities))


def test_an_alarm_of_ours_is_a_sweep_and_another_is_ignored() -> None:
    def alarm(name: object) -> Trigger:
        return parse(event("aws.cloudwatch", "CloudWatch Alarm State Change", alarmName=name), STACK, NOW)

    assert alarm("natkeeper-heal-failed") == Sweep("alarm natkeeper-heal-failed")
    assert reason(alarm("billing")) == reason(alarm(3)) == "an alarm of somebody else"


@pytest.mark.parametrize("instance", [None, 7, "", "i-XYZ", "i-0123; reboot", ["i-0123456789abcdef0"]])
def test_an_instance_id_that_is_none_is_ignored(instance: object) -> None:
    assert "no instance id" in reason(
        ec2("EC2 Instance State-change Notification", **{"instance-id": instance})
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
KINDS = st.sampled_from(
    [
        ("aws.ec2", "EC2 Instance State-change Notification"),
        ("aws.health", "AWS Health Event"),
        ("aws.ssm", "EC2 Command Invocation Status-change Notification"),
        ("natkeeper", "Failover"),
        ("natkeeper", "Report"),
        ("natkeeper", "Pause"),
        ("natkeeper.node/arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0", "Peer Report"),
    ]
)
KEYS = st.sampled_from(
    [
        "instance-id",
        "state",
        "service",
        "eventTypeCategory",
        "affectedEntities",
        "zone",
        "minutes",
        "about",
        "word",
        "since",
        "hears",
    ]
)


@given(JSON)
def test_any_json_at_all_is_parsed_or_ignored(anything: object) -> None:
    parse(anything, STACK, NOW)


@given(KINDS, st.dictionaries(KEYS, JSON), JSON)
def test_any_detail_of_a_known_event_is_parsed_or_ignored(
    kind: tuple[str, str], detail: dict[str, object], time: object
) -> None:
    parse({"source": kind[0], "detail-type": kind[1], "time": time, "detail": detail}, STACK, NOW)
    parse({**event(*kind), "detail": {**detail, "stack": STACK}}, STACK, NOW)
