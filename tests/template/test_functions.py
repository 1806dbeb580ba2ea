"""The functions: where they run, what they are told, where their failures go."""

from __future__ import annotations

import pytest

from tests.template.cfn import Stack, template
from tests.template.stacks import ALL, FUNCTIONS, THREE_ZONES, of_type

EVERY = {
    "STACK_NAME",
    "TABLE_NAME",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
}
OWN = {
    "Reconcile": {
        "TOPIC_ARN",
        "PUBLIC_SUBNET_IDS",
        "PRIVATE_ROUTE_TABLE_IDS",
        "ALLOCATION_IDS",
        "PRIVATE_CIDRS",
        "LAUNCH_TEMPLATE_ID",
        "LAUNCH_TEMPLATE_VERSION",
        "SECURITY_GROUP_ID",
        "INSTANCE_TYPES",
        "IMAGE_PARAMETER",
        "REPAIR_DOCUMENT",
        "REPORT_QUEUE",
        "MAX_LIFETIME_DAYS",
        "DRAIN_SECONDS",
        "BOOT_SECONDS",
        "MAX_LAUNCHES_PER_HOUR",
        "AWAKE",
        "OFFICE_HOURS",
        "IDLE_MINUTES",
        "QUIET_MINUTES",
        "SLEEP_DRAIN_MINUTES",
        "SLEEP_MODE",
        "SPARE",
        "STANDBY",
        "LAST_RESORT",
        "PRICE_REGION",
        "PEER_WATCH",
        "MARKET",
        "OWN_IMAGE",
        "TAGS",
    },
    "Probe": {"PROBE_DOCUMENT", "GATEWAY_METRICS"},
    "Report": {"TOPIC_ARN", "ZONES", "KEEP_ADDRESS", "DASHBOARD", "OWN_IMAGE", "PRICE_REGION", "PRICES"},
    "Doctor": {
        "TOPIC_ARN",
        "VPC_ID",
        "DISK_KEY_ARN",
        "STANDBY",
        "PUBLIC_SUBNET_IDS",
        "PRIVATE_ROUTE_TABLE_IDS",
        "PRIVATE_CIDRS",
        "INSTANCE_TYPES",
        "IMAGE_PARAMETER",
    },
    "Teardown": {"PRIVATE_ROUTE_TABLE_IDS", "LAUNCH_TEMPLATE_ID"},
}
OWN["Picture"] = (
    {"VPC_ID", "RECONCILE_FUNCTION_ARN", "DOCTOR_FUNCTION_ARN", "STACK_ID", "FLEET_ORDERS"}
    | OWN["Reconcile"]
    | OWN["Report"]
)
ENVIRONMENT_LIMIT = 4096
"""Bytes of all variables of a function (Lambda quotas)."""


def test_the_functions_share_one_layer_runtime_and_processor() -> None:
    shared = template()["Globals"]["Function"]
    assert shared["Layers"] == [{"Ref": "NatkeeperLayer"}]
    assert (shared["Runtime"], shared["Architectures"]) == ("python3.13", ["arm64"])
    assert shared["Handler"] == "handler.handler"
    layer = template()["Resources"]["NatkeeperLayer"]
    assert layer["Metadata"] == {"BuildMethod": "makefile"}
    assert layer["Properties"]["CompatibleRuntimes"] == [shared["Runtime"]]
    assert layer["Properties"]["CompatibleArchitectures"] == shared["Architectures"]


def test_there_are_these_functions_and_no_others() -> None:
    assert of_type("AWS::Serverless::Function").keys() == {f"{name}Function" for name in FUNCTIONS}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_is_told_what_the_contract_says(function: str) -> None:
    shared = template()["Globals"]["Function"]["Environment"]["Variables"].keys()
    told = THREE_ZONES.properties(f"{function}Function")["Environment"]["Variables"].keys()
    assert shared == EVERY
    assert told == OWN[function]


@pytest.mark.parametrize("other", ["Reconcile", "Report"])
@pytest.mark.parametrize("stack", ALL)
def test_the_picture_judges_and_counts_by_what_the_others_are_told(stack: str, other: str) -> None:
    picture, told = (
        ALL[stack].properties(f"{function}Function")["Environment"]["Variables"]
        for function in ("Picture", other)
    )
    launching = {"TAGS"}
    assert {name for name in told if told[name] != picture[name]} <= launching


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_environment_fits_even_with_fifty_route_tables(function: str) -> None:
    many = ",".join(f"rtb-{i:017x}" for i in range(50))
    tags = ",".join(f"{n:0>63}={n:0>135}" for n in range(5))  # as long as the parameter may be
    prices = "{" + ",".join(f'"t4g.nano in zone {n:02d}": 0.0042' for n in range(30)) + "}"
    widest = {"ExistingPrivateRouteTableIds": many, "Tags": tags, "Prices": prices}
    stack = Stack({**ALL["existing"].given, **widest})
    told = stack.properties(f"{function}Function")["Environment"]["Variables"]
    shared_and_ids = 1000
    assert sum(len(k) + len(str(v)) for k, v in told.items()) + shared_and_ids < ENVIRONMENT_LIMIT


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_a_role_of_its_own(function: str) -> None:
    properties = THREE_ZONES.properties(f"{function}Function")
    assert properties["Role"] == f"<{function}Role.Arn>"
    assert "Policies" not in properties


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_writes_to_a_log_group_that_is_kept_for_a_while(function: str) -> None:
    properties = THREE_ZONES.properties(f"{function}Function")
    assert properties["LoggingConfig"]["LogGroup"] == f"<{function}Logs>"
    logs = THREE_ZONES.properties(f"{function}Logs")
    assert logs["LogGroupName"] == f"/aws/lambda/{properties['FunctionName']}"
    assert logs["RetentionInDays"] == "30"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_what_no_sweep_finds_again_is_retried_and_a_failure_is_kept(function: str) -> None:
    config = THREE_ZONES.properties(f"{function}Function")["EventInvokeConfig"]
    # Lambda tries again after a minute (Lambda developer guide, asynchronous invocation)
    assert config["MaximumRetryAttempts"] == (1 if function == "Reconcile" else 0)
    assert function == "Teardown" or config["MaximumEventAgeInSeconds"] == 120
    assert config["DestinationConfig"] == {"OnFailure": {"Type": "SQS", "Destination": "<FailureQueue.Arn>"}}


@pytest.mark.parametrize(
    ("function", "seconds"),
    [("Reconcile", 60), ("Probe", 119), ("Report", 60), ("Doctor", 119), ("Picture", 30), ("Teardown", 900)],
)
def test_no_function_runs_longer_than_it_should(function: str, seconds: int) -> None:
    assert THREE_ZONES.properties(f"{function}Function")["Timeout"] <= seconds


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_is_in_the_vpc_or_has_reserved_concurrency(function: str) -> None:
    # it must not depend on the NAT that it repairs; a quota of 10 cannot reserve any
    properties = template()["Resources"][f"{function}Function"]["Properties"]
    assert not {"VpcConfig", "ReservedConcurrentExecutions"} & properties.keys()


def test_the_failure_queue_is_encrypted_and_keeps_for_two_weeks() -> None:
    queue = THREE_ZONES.properties("FailureQueue")
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_table_is_paid_by_the_request_and_forgets() -> None:
    table = THREE_ZONES.properties("Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
