"""Rules and alarms: which hints come in, how long they are worth something, what silence means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from natkeeper.core.intake.grammar import FORMS
from natkeeper.core.intake.peers import AGE
from tests.template.cfn import PSEUDO, ROOT, Stack, template
from tests.template.stacks import EVERYTHING, HUB, TELLING, THREE_ZONES, of_type

RULES = of_type("AWS::Events::Rule")
ALARMS = of_type("AWS::CloudWatch::Alarm")
QUEUE = "<ReportQueue.Arn>"


def _matches(pattern: Any, event: Any) -> bool:
    """EventBridge's matching, as far as this template uses it."""
    if isinstance(pattern, dict):
        return isinstance(event, dict) and all(_matches(p, event.get(k)) for k, p in pattern.items())
    return any(_fits(one, event) for one in pattern)


def _fits(one: Any, event: Any) -> bool:
    match one:
        case {"exists": False}:
            return event is None
        case {"prefix": start}:
            return str(event).startswith(str(start))
        case {"anything-but": but}:
            return bool(event is not None and event != but)
        case _:
            return bool(event == one)


def _rings(event: dict[str, Any], stack: Stack = THREE_ZONES) -> set[str]:
    """The functions that an event would start; it is of the stack's own account unless it says another."""
    started = set()
    for name in RULES.keys() & stack.resources().keys():
        rule = stack.properties(name)
        pattern = rule.get("EventPattern")
        own = {"account": PSEUDO["AWS::AccountId"]}
        value = {**own, **event, "detail": _with_real_documents(event["detail"])}
        if pattern and _matches(pattern, value):
            started |= {target["Id"] for target in rule["Targets"]}
    return started


def _with_real_documents(detail: dict[str, Any]) -> dict[str, Any]:
    made_up = {"natkeeper-probe": "<ProbeDocument>", "natkeeper-repair": "<RepairDocument>"}
    name = detail.get("document-name")
    return {**detail, "document-name": made_up[name]} if name else detail


def _sample(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("sample", "functions"),
    [
        ("ec2-running", {"reconcile", "probe"}),
        ("ec2-pending", {"reconcile"}),
        ("ecs-task-provisioning", {"reconcile"}),
        ("ec2-stopping", {"reconcile"}),
        ("ec2-stopped", {"reconcile"}),
        ("ec2-shutting-down", {"reconcile"}),
        ("ec2-terminated", {"reconcile"}),
        ("spot-interruption", {"reconcile"}),
        ("rebalance", {"reconcile"}),
        ("health-retirement", {"reconcile"}),
        ("ssm-invocation-failed", {"reconcile"}),
        ("ssm-repair-success", {"reconcile", "probe"}),
        ("alarm", {"reconcile"}),
        ("trail-route-deleted", {"reconcile"}),
        ("evidence-changed", {"reconcile"}),
        ("peer-silent", {"reconcile", "queue"}),
        ("peer-heard", {"reconcile", "queue"}),
        ("peer-unsure", {"reconcile", "queue"}),
    ],
)
def test_each_event_reaches_who_should_know(sample: str, functions: set[str]) -> None:
    assert _rings(_sample(sample)) == functions


@pytest.mark.parametrize(
    ("sample", "function"),
    [
        ("failover", "reconcile"),
        ("failover-dry-run", "reconcile"),
        ("replace", "reconcile"),
        ("pause", "reconcile"),
        ("resume", "reconcile"),
        ("wake", "reconcile"),
        ("sleep", "reconcile"),
        ("automatic", "reconcile"),
        ("report", "report"),
    ],
)
def test_a_manual_event_reaches_the_one_function_of_its_stack(sample: str, function: str) -> None:
    (entry,) = _sample(f"orders/{sample}")
    event = {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }
    assert _rings(event) == {function}
    event["detail"]["stack"] = "another"
    assert _rings(event) == set()


def test_our_own_answer_starts_nobody() -> None:
    detail = {"stack": "natkeeper", "order": "Failover", "answer": "refused", "id": "", "reason": ""}
    event = {"source": "natkeeper", "detail-type": "Order Answered", "detail": detail}
    assert _rings(event) == set()
    assert _rings(event, TELLING) == {"hub"}


def test_a_stacks_state_goes_to_its_hub_and_no_other_stacks_does() -> None:
    event = {"source": "natkeeper", "detail-type": "Stack State", "detail": {"stack": "natkeeper"}}
    assert _rings(event) == set()
    assert _rings(event, TELLING) == {"hub"}
    assert _rings({**event, "detail": {"stack": "another"}}, TELLING) == set()
    assert _rings({**event, "account": "210987654321"}, TELLING) == set()


@pytest.mark.parametrize("kind", [*FORMS, "Doctor"])
def test_an_order_of_another_account_starts_nobody_but_the_hubs_where_that_is_wanted(kind: str) -> None:
    order = {"source": "natkeeper", "detail-type": kind, "detail": {"stack": "natkeeper"}}
    hub, stranger = {**order, "account": HUB.split(":")[4]}, {**order, "account": "111122223333"}
    for stack in (THREE_ZONES, TELLING):
        assert len(_rings(order, stack)) == 1
        assert _rings(hub, stack) == _rings(stranger, stack) == set()
    assert _rings(hub, EVERYTHING) == _rings(order, EVERYTHING) != set()
    assert _rings(stranger, EVERYTHING) == set()


def test_the_bus_takes_from_the_hubs_account_the_orders_of_the_grammar_and_nothing_else() -> None:
    said = EVERYTHING.properties("FleetOrdersPolicy")
    statement = said["Statement"]
    assert "EventBusName" not in said  # the default one
    assert len(said["StatementId"]) <= 64
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{HUB.split(':')[4]}:root"}
    assert statement["Action"] == "events:PutEvents"
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {
            "events:source": "natkeeper",
            "events:detail-type": [*FORMS, "Doctor"],
        },
        "Null": {"events:source": "false", "events:detail-type": "false"},
    }
    assert "FleetOrdersPolicy" not in TELLING.resources()


def test_a_node_of_another_account_is_not_heard() -> None:
    event = _sample("peer-silent")
    assert _rings({**event, "account": "111122223333"}) == set()


def test_every_order_of_the_grammar_has_a_rule() -> None:
    for kind in FORMS:
        event = {"source": "natkeeper", "detail-type": kind, "detail": {"stack": "natkeeper"}}
        assert _rings(event) == {"report" if kind == "Report" else "reconcile"}


def test_the_word_of_another_stacks_node_starts_nobody() -> None:
    event = _sample("peer-silent")
    event["detail"]["stack"] = "another"
    assert _rings(event) == set()


def test_a_probe_that_answered_starts_nobody() -> None:
    event = _sample("ssm-invocation-failed")
    event["detail"]["status"] = "Success"
    assert _rings(event) == set()


def test_a_trail_tells_of_changes_that_were_made_and_of_nobodys_but_our_own() -> None:
    def starts(**changes: Any) -> bool:
        event = _sample("trail-route-deleted")
        return bool(_rings({**event, "detail": {**event["detail"], **changes}}))

    ours = template()["Resources"]["TrailRule"]["Properties"]["EventPattern"]["detail"]["userIdentity"]["arn"]
    (but,) = THREE_ZONES.properties("TrailRule")["EventPattern"]["detail"]["userIdentity"]["arn"]
    assert "assumed-role/${ReconcileRole}/${ReconcileFunction}" in str(ours)
    assert not starts(userIdentity={"arn": but["anything-but"]})
    assert not starts(errorCode="Client.UnauthorizedOperation")
    assert not starts(eventName="DescribeRouteTables")
    assert starts(eventName="AssociateAddress")


def test_an_alarm_of_somebody_else_starts_nobody() -> None:
    event = _sample("alarm")
    event["detail"]["alarmName"] = "billing"
    assert _rings(event) == set()


def test_both_functions_look_every_minute_whatever_the_events_say() -> None:
    schedules = {
        rule["Properties"]["Targets"][0]["Id"]: rule["Properties"]["ScheduleExpression"]
        for rule in RULES.values()
        if "ScheduleExpression" in rule["Properties"]
    }
    assert schedules.pop("report") == "cron(10 0 * * ? *)"  # once a day, when the day before is over
    assert schedules.pop("picture") == "rate(1 minute)"  # and says something when that is news
    assert schedules == {"reconcile": "rate(1 minute)", "probe": "rate(1 minute)"}
    assert "StateRule" not in THREE_ZONES.resources()


@pytest.mark.parametrize("name", RULES)
def test_a_stale_hint_is_dropped(name: str) -> None:
    for target in RULES[name]["Properties"]["Targets"]:
        assert target["RetryPolicy"]["MaximumRetryAttempts"] <= 3
        assert 60 <= target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 300


def test_each_rule_may_start_its_functions_and_no_other_rule_may() -> None:
    needed = {
        (f"<{name}.Arn>", target["Arn"])
        for name in RULES
        for target in TELLING.properties(name)["Targets"]
        if target["Arn"] not in (HUB, QUEUE)  # by a role, and by the queue's own policy
    }
    allowed = set()
    for name in of_type("AWS::Lambda::Permission"):
        permission = TELLING.properties(name)
        assert permission["Principal"] == "events.amazonaws.com"
        allowed.add((permission["SourceArn"], permission["FunctionName"].replace(">", ".Arn>")))
    assert allowed == needed


def test_the_queue_takes_what_nodes_report_and_from_nobody_else() -> None:
    policy = THREE_ZONES.properties("ReportQueuePolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == ["<ReportQueue>"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", QUEUE)
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": "<PeerReportRule.Arn>"}}


def test_a_report_in_the_queue_is_shown_once_and_forgotten_then() -> None:
    queue = THREE_ZONES.properties("ReportQueue")
    assert queue["VisibilityTimeout"] >= queue["MessageRetentionPeriod"] == AGE.total_seconds()
    assert queue["SqsManagedSseEnabled"] is True


def test_silence_of_the_sweep_is_an_alarm() -> None:
    alarm = THREE_ZONES.properties("DeadManAlarm")
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["MetricName"], alarm["Statistic"]) == ("SweepDuration", "SampleCount")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 300


@pytest.mark.parametrize("name", sorted(ALARMS.keys() - {"DeadManAlarm"}))
def test_silence_of_anything_else_is_calm(name: str) -> None:
    assert THREE_ZONES.properties(name)["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_named_after_the_stack_and_tells_a_person(name: str) -> None:
    alarm = THREE_ZONES.properties(name)
    assert alarm["AlarmName"].startswith("natkeeper-")
    assert alarm["AlarmActions"] == ["<Topic>"]
    if alarm["Namespace"] == "natkeeper":
        assert alarm["Dimensions"] == [{"Name": "service", "Value": "natkeeper"}]


def test_these_things_are_alarming() -> None:
    metrics = {a["Properties"]["MetricName"] for a in ALARMS.values()}
    queue = "ApproximateNumberOfMessagesVisible"
    assert metrics == {"SweepDuration", "HealFailed", "BreakerOpen", "GoalMissed", queue, "Errors"}


def test_alarms_can_publish_to_the_topic() -> None:
    # an alarm cannot use the AWS managed key, whose policy is not ours to change
    assert THREE_ZONES.properties("Topic").get("KmsMasterKeyId") is None
    (statement,) = THREE_ZONES.properties("TopicPolicy")["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":alarm:natkeeper-*")


def test_mail_is_sent_only_when_asked_for() -> None:
    assert EVERYTHING.properties("EmailSubscription")["Endpoint"] == "me@example.com"
    assert "EmailSubscription" not in THREE_ZONES.resources()


def test_every_rule_has_a_target() -> None:
    assert len(RULES) == 21
    assert all(rule["Properties"]["Targets"] for rule in RULES.values())
    assert template()["Resources"].keys() >= RULES.keys()


@pytest.mark.parametrize("rule", ["WorkloadRule", "TaskRule"])
def test_strangers_are_listened_to_only_when_they_may_wake_a_zone(rule: str) -> None:
    assert THREE_ZONES.properties(rule)["State"] == "DISABLED"
    assert Stack({"Awake": "on-demand"}).properties(rule)["State"] == "ENABLED"
