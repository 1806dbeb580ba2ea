"""fleet.yaml: who may speak to the hub, and what its functions may do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.policies.evaluator import Answer, Question, evaluated
from tests.template.cfn import FLEET, ROOT, TEMPLATE, Stack, template
from tests.template.stacks import TELLING, listed, statements
from tests.template.test_policy_linter import findings

WHOLE = template(FLEET)
PARAMETERS = WHOLE["Parameters"]
ORGANIZATION, ACCOUNT, STRANGER = "o-a1b2c3d4e5", "111122223333", "999988887777"
BY_ORGANIZATION = Stack({"OrganizationId": ORGANIZATION}, FLEET)
BY_ACCOUNTS = Stack({"Accounts": f"{ACCOUNT},444455556666"}, FLEET)
BOTH = Stack({**BY_ORGANIZATION.given, **BY_ACCOUNTS.given, "SharedMetrics": "true"}, FLEET)
ALL = {"organization": BY_ORGANIZATION, "accounts": BY_ACCOUNTS, "both": BOTH}


@pytest.mark.parametrize("name", sorted(PARAMETERS.keys() & template()["Parameters"].keys()))
def test_what_both_templates_ask_for_is_asked_alike(name: str) -> None:
    differing = {"Description"}
    one, other = PARAMETERS[name], template()["Parameters"][name]
    assert {k: v for k, v in one.items() if k not in differing} == {
        k: v for k, v in other.items() if k not in differing
    }


def test_a_hub_that_would_hear_nobody_is_refused() -> None:
    assert [stack.broken_rules() for stack in ALL.values()] == [[], [], []]
    (said,) = Stack({}, FLEET).broken_rules()
    assert "hears nobody" in said


def speaks(stack: Stack, account: str, organization: str = "", **changes: Any) -> bool:
    """Whether the bus takes what somebody of an account puts on it: by its policy alone."""
    context = {
        "aws:PrincipalOrgID": organization,
        "events:source": ("natkeeper",),
        "events:detail-type": ("Stack State",),
        **changes,
    }
    for resource in stack.resources().values():
        if resource["Type"] == "AWS::Events::EventBusPolicy":
            statement = {k: v for k, v in resource["Properties"]["Statement"].items() if k != "Principal"}
            principal = resource["Properties"]["Statement"]["Principal"]
            asked = Question("events:PutEvents", "<FleetBus.Arn>", context)
            named = principal == "*" or account in principal["AWS"]
            if named and evaluated([statement], asked) is Answer.ALLOWED:
                return True
    return False


def test_only_the_organization_and_the_listed_accounts_may_speak() -> None:
    assert speaks(BY_ORGANIZATION, ACCOUNT, ORGANIZATION)
    assert not speaks(BY_ORGANIZATION, ACCOUNT, "o-another123")
    assert not speaks(BY_ORGANIZATION, ACCOUNT)
    assert speaks(BY_ACCOUNTS, ACCOUNT)
    assert not speaks(BY_ACCOUNTS, STRANGER, ORGANIZATION)
    assert speaks(BOTH, STRANGER, ORGANIZATION)
    assert speaks(BOTH, ACCOUNT, "o-another123")
    assert not speaks(BOTH, STRANGER, "o-another123")


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL)
@pytest.mark.parametrize(
    "changes",
    [
        {"events:source": ("aws.ec2",)},
        {"events:detail-type": ("Failover",)},
        {"events:detail-type": ("Stack State", "Failover")},
    ],
)
def test_they_may_say_how_stacks_stand_and_what_became_of_orders_alone(stack: Stack, changes: Any) -> None:
    assert speaks(stack, ACCOUNT, ORGANIZATION)
    assert speaks(stack, ACCOUNT, ORGANIZATION, **{"events:detail-type": ("Order Answered",)})
    assert not speaks(stack, ACCOUNT, ORGANIZATION, **changes)


def test_what_a_stack_forwards_is_what_the_hub_hears() -> None:
    told = TELLING.properties("FleetRule")["EventPattern"]
    heard = BOTH.properties("HeardRule")["EventPattern"]
    assert {key: told[key] for key in heard} == heard


LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
MAY = {
    "Hearing": {"dynamodb:Query", "dynamodb:UpdateItem", "sqs:SendMessage", *LOGS},
    "Fleet": {"dynamodb:Query", *LOGS},
}
"""Whoever may look at the page may call its function, with whatever event: so that one may not write."""


@pytest.mark.parametrize("name", MAY)
def test_one_function_keeps_what_it_hears_and_another_shows_it_and_neither_may_more(name: str) -> None:
    allowed = statements(BOTH, f"{name}Role")
    assert {action for s in allowed for action in listed(s["Action"])} == MAY[name]
    assert all(s["Resource"].startswith("<") and s["Effect"] == "Allow" for s in allowed)
    assert findings(allowed) == {}
    hears = BOTH.properties(f"{name}Function")["Environment"]["Variables"]["HEARS"]
    assert hears == ("true" if "dynamodb:UpdateItem" in MAY[name] else "false")


@pytest.mark.parametrize("name", MAY)
def test_the_role_is_held_by_a_boundary_when_there_is_one(name: str) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    bound = Stack({**BOTH.given, "PermissionsBoundaryArn": boundary}, FLEET)
    assert bound.properties(f"{name}Role")["PermissionsBoundary"] == boundary
    assert "PermissionsBoundary" not in BOTH.properties(f"{name}Role")


@pytest.mark.parametrize("name", MAY)
def test_the_function_runs_as_every_other_one_and_is_told_its_table(name: str) -> None:
    properties, shared = BOTH.properties(f"{name}Function"), template()["Globals"]["Function"]
    assert {key: properties[key] for key in ("Runtime", "Architectures", "Handler")} == {
        key: shared[key] for key in ("Runtime", "Architectures", "Handler")
    }
    assert properties["Environment"]["Variables"].keys() == {
        "TABLE_NAME",
        "HEARS",
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_LOG_LEVEL",
    }
    assert WHOLE["Resources"]["NatkeeperLayer"] == template()["Resources"]["NatkeeperLayer"]
    assert BOTH.properties(f"{name}Logs")["LogGroupName"] == f"/aws/lambda/{properties['FunctionName']}"
    assert not {"VpcConfig", "ReservedConcurrentExecutions"} & properties.keys()


def test_news_that_could_not_be_kept_are_tried_again_and_then_kept_in_a_queue() -> None:
    config = BOTH.properties("HearingFunction")["EventInvokeConfig"]
    assert config["MaximumRetryAttempts"] == 2
    assert config["DestinationConfig"] == {"OnFailure": {"Type": "SQS", "Destination": "<FailureQueue.Arn>"}}


def test_the_table_is_paid_by_the_request_and_forgets() -> None:
    table, other = BOTH.properties("Table"), TELLING.properties("Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["KeySchema"] == other["KeySchema"]


def test_only_the_hubs_rule_may_start_the_function_that_hears_and_only_that_one() -> None:
    (permission,) = (
        r["Properties"] for r in BOTH.resources().values() if r["Type"] == "AWS::Lambda::Permission"
    )
    assert (permission["SourceArn"], permission["FunctionName"]) == ("<HeardRule.Arn>", "<HearingFunction>")
    (target,) = BOTH.properties("HeardRule")["Targets"]
    assert target["Arn"] == "<HearingFunction.Arn>"


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL)
def test_the_dashboard_is_json_and_shows_metrics_where_they_are_shared(stack: Stack) -> None:
    widgets = json.loads(stack.properties("Overview")["DashboardBody"])["widgets"]
    assert widgets[0]["properties"]["endpoint"] == "<FleetFunction.Arn>"
    searched = {w["properties"]["metrics"][0][0]["expression"] for w in widgets[1:]}
    assert len(searched) == (2 if stack is BOTH else 0)
    assert all(expression.startswith("SEARCH('{natkeeper,service} MetricName=") for expression in searched)
    assert "Overview" not in Stack({**stack.given, "Dashboard": "false"}, FLEET).resources()


def test_metrics_and_logs_are_shared_by_whom_the_hub_hears_and_nothing_else_is() -> None:
    assert "Sink" not in BY_ORGANIZATION.resources()
    for stack, count in ((BOTH, 2), (Stack({**BY_ACCOUNTS.given, "SharedMetrics": "true"}, FLEET), 1)):
        linking = stack.properties("Sink")["Policy"]["Statement"]
        assert len(linking) == count
        for statement in linking:
            assert statement["Action"] == ["oam:CreateLink", "oam:UpdateLink"]
            kinds = statement["Condition"]["ForAllValues:StringEquals"]["oam:ResourceTypes"]
            assert kinds == ["AWS::CloudWatch::Metric", "AWS::Logs::LogGroup"]
            assert statement["Principal"] != "*" or "aws:PrincipalOrgID" in str(statement["Condition"])


def test_nothing_outlives_the_hub_and_partitions_are_never_written_out() -> None:
    assert all(r.get("DeletionPolicy", "Delete") == "Delete" for r in WHOLE["Resources"].values())
    code = re.sub(r"(?m)^\s*#.*$", "", FLEET.read_text())
    for service in ("lambda", "events"):
        code = code.replace(f"Service: {service}.amazonaws.com", "").replace(
            f"Principal: {service}.amazonaws.com", ""
        )
    assert "arn:aws" not in code
    assert "amazonaws.com" not in code


def test_the_bus_that_is_shown_is_what_a_stack_takes() -> None:
    """!GetAtt gives its whole ARN (CloudFormation, AWS::Events::EventBus, return values)."""
    pattern = template(TEMPLATE)["Parameters"]["FleetBus"]["AllowedPattern"]
    assert BOTH.outputs()["FleetBusArn"] == "<FleetBus.Arn>"
    name = BOTH.properties("FleetBus")["Name"]
    assert re.search(pattern, f"arn:aws:events:us-east-1:123456789012:event-bus/{name}")


def test_commands_survive_copying() -> None:
    outputs = BOTH.outputs()
    for name in ("FleetCommand", "FleetJsonCommand", "OrderCommand"):
        assert "\n" not in outputs[name]
    (entry,) = json.loads(outputs["OrderCommand"].split("'")[1])
    assert json.loads(entry["Detail"])["stack"] == "natkeeper"
    assert json.loads(outputs["FleetCommand"].split("'")[1]) == {"format": "text"}


def test_every_parameter_and_output_that_a_person_needs_is_on_the_page() -> None:
    page = (ROOT / "docs" / "fleet.md").read_text()
    outputs = set(WHOLE["Outputs"]) - {"FleetFunctionName", "FailureQueueUrl"}
    assert [name for name in {*PARAMETERS, *outputs} if f"`{name}`" not in page] == []
