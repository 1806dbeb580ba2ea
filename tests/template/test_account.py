"""Any account: an organisation's tags, names of any length, every partition, a customer's key for disks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.template.cfn import PSEUDO, Stack, template
from tests.template.stacks import ALL, DEFAULT, EVERYTHING, HUB, KEY, TUTORIAL, statements

TAGGED = Stack({**EVERYTHING.given, "Tags": "team=net,cost-center=42,a=1,b=,e=x y"})
TAGS = [
    {"Key": "team", "Value": "net"},
    {"Key": "cost-center", "Value": "42"},
    {"Key": "a", "Value": "1"},
    {"Key": "b", "Value": ""},
    {"Key": "e", "Value": "x y"},
]
LAMBDA_NAME = 64
"""Characters of a function's name at most (Lambda API reference, CreateFunction)."""
STACK_SET = "StackSet-natkeeper-01234567-89ab-cdef-0123-456789abcdef"
RESERVED = ("aws", "amazon", "amzn")
"""Prefixes that a document's name may not have (Systems Manager API reference, CreateDocument)."""
PARTITIONS = {
    "aws": ("us-east-1", "amazonaws.com"),
    "aws-cn": ("cn-north-1", "amazonaws.com.cn"),
    "aws-us-gov": ("us-gov-west-1", "amazonaws.com"),
    "aws-iso": ("us-iso-east-1", "c2s.ic.gov"),
}
EVERYWHERE = {"lambda", "events", "cloudwatch", "spot"}
"""Services whose principals are called by the same name in every partition."""


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gives pseudo parameters other values."""

    def name(**values: str) -> None:
        for key, value in values.items():
            monkeypatch.setitem(PSEUDO, f"AWS::{key}", value)

    return name


@cache
def schema(kind: str) -> dict[str, Any]:
    """CloudFormation's own of a resource type; SAM's functions become Lambda's, with the stack's tags."""
    real = kind.replace("AWS::Serverless::", "AWS::Lambda::")
    return dict(PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", real).schema)


def out_of_reach() -> Iterator[str]:
    """Resources that can have tags and that a stack's own do not reach."""
    for name, resource in EVERYTHING.resources().items():
        if resource["Type"].startswith("Custom::"):
            continue
        found = schema(resource["Type"])
        properties = [key for key in found["properties"] if "Tag" in key]
        if properties and not found.get("tagging", {}).get("taggable", True):
            yield name


def test_only_launch_templates_are_not_reached_by_a_stacks_own_tags() -> None:
    assert set(out_of_reach()) == {"NodeLaunchTemplate", "TestHostLaunchTemplate"}


@pytest.mark.parametrize("name", ["NodeLaunchTemplate", "TestHostLaunchTemplate"])
def test_a_launch_template_has_the_tags_by_parameter(name: str) -> None:
    assert TAGGED.properties(name)["TagSpecifications"] == [{"ResourceType": "launch-template", "Tags": TAGS}]


def test_without_any_there_is_no_specification_for_ec2_refuses_one_that_is_empty() -> None:
    for name in ("NodeLaunchTemplate", "TestHostLaunchTemplate"):
        assert "TagSpecifications" not in str(TUTORIAL.properties(name))


def test_what_the_test_hosts_launch_makes_beside_it_has_them_too() -> None:
    data = TAGGED.properties("TestHostLaunchTemplate")["LaunchTemplateData"]
    made = {one["ResourceType"]: one["Tags"] for one in data["TagSpecifications"]}
    assert made == {"volume": TAGS, "network-interface": TAGS}


def test_one_tag_is_one_tag() -> None:
    (own,) = Stack({"Tags": "team=net"}).properties("NodeLaunchTemplate")["TagSpecifications"]
    assert own["Tags"] == TAGS[:1]


def test_the_controller_is_told_the_tags() -> None:
    told = TAGGED.properties("ReconcileFunction")["Environment"]["Variables"]["TAGS"]
    assert told == TAGGED.given["Tags"]


@pytest.mark.parametrize("function", ["Reconcile", "Probe", "Report", "Teardown"])
def test_in_a_stack_set_whose_names_are_long_cloudformation_names_the_functions(
    function: str, named: Any
) -> None:
    assert len(f"{STACK_SET}-reconcile") > LAMBDA_NAME
    assert DEFAULT.properties(f"{function}Function")["FunctionName"] == f"natkeeper-{function.lower()}"
    named(StackName=STACK_SET)
    assert "FunctionName" not in DEFAULT.properties(f"{function}Function")


@pytest.mark.parametrize("stack", [STACK_SET, "aws-nat", "amazon", "x" * 128])
def test_no_other_name_is_too_long_or_reserved(stack: str, named: Any) -> None:
    named(StackName=stack)
    for document in ("ProbeDocument", "RepairDocument"):
        name = DEFAULT.properties(document)["Name"]
        assert re.fullmatch(r"[\w.-]{3,128}", name)
        assert not name.startswith(RESERVED)
    assert len(DEFAULT.properties("Topic")["DisplayName"]) <= 100
    assert len(DEFAULT.properties("NatkeeperLayer")["LayerName"]) <= 140
    for resource in DEFAULT.resources().values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            assert len(resource["Properties"]["AlarmName"]) <= 255


def test_two_stacks_have_documents_of_their_own(named: Any) -> None:
    one = DEFAULT.properties("ProbeDocument")["Name"]
    named(StackId="arn:aws:cloudformation:us-east-1:123456789012:stack/natkeeper/another")
    assert DEFAULT.properties("ProbeDocument")["Name"] != one


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("stack", [EVERYTHING, ALL["existing"]], ids=["new", "existing"])
def test_every_partition_gets_its_own_arns_and_service_names(
    stack: Stack, partition: str, named: Any
) -> None:
    region, suffix = PARTITIONS[partition]
    own = f"arn:{partition}:cloudformation:{region}:123456789012:stack/natkeeper/0a1b2c3d"
    named(Partition=partition, Region=region, URLSuffix=suffix, StackId=own)
    given = {k: v for k, v in stack.given.items() if k != "PermissionsBoundaryArn"}
    key = KEY.replace("arn:aws:", f"arn:{partition}:").replace("us-east-1", region)
    hub = HUB.replace("arn:aws:", f"arn:{partition}:")
    text = json.dumps(Stack({**given, "DiskKeyArn": key, "FleetBus": hub}).resources())

    assert set(re.findall(r"arn:([a-z-]+):", text)) <= {partition}
    hosts = set(re.findall(r"\b([a-z0-9.-]+)\.(?:amazonaws\.com\.cn|amazonaws\.\w+|c2s\.ic\.gov)\b", text))
    hosts -= {"checkip", "com"}  # a target of the probe, and how an endpoint's service is called
    assert hosts == (EVERYWHERE - {"spot"}) | {"ec2", f"ec2.{region}"}
    assert {f'"ec2.{suffix}"', f'"ec2.{region}.{suffix}"'} <= set(re.findall(r'"ec2\.[^"]*"', text))


def test_a_customers_key_is_used_by_ec2_alone_and_only_that_key() -> None:
    using, granting = (
        s for s in statements(EVERYTHING, "ReconcileRole") if str(s["Action"]).find("kms:") >= 0
    )
    assert {using["Resource"], granting["Resource"]} == {KEY}
    through = {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}
    assert using["Condition"] == {"StringEquals": through}
    assert granting["Action"] == "kms:CreateGrant"
    assert granting["Condition"] == {
        "StringEquals": through,
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }
    assert "kms:" not in json.dumps(DEFAULT.resources())


def test_the_test_hosts_default_type_is_one_that_a_free_plan_account_may_have() -> None:
    assert template()["Parameters"]["TestHostInstanceType"]["Default"] == "t4g.micro"
