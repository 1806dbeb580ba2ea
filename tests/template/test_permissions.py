"""Who may do what: every action on the narrowest resource that AWS allows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.policies.evaluator import Answer, Question, Value, evaluated
from tests.template.cfn import TEMPLATE, Stack, template
from tests.template.stacks import (
    ALL,
    EVERYTHING,
    EXISTING,
    FUNCTIONS,
    HUB,
    KEY,
    ROLES,
    TELLING,
    THREE_ZONES,
    listed,
    of_type,
    statements,
)

# The service authorization reference lists no resource type for these.
NO_RESOURCE_LEVEL = {
    "ec2:DescribeAddresses",
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeVpcBlockPublicAccessExclusions",
    "ec2:DescribeVpcBlockPublicAccessOptions",
    "ec2:DescribeVpcs",
    "ec2:GetEbsDefaultKmsKeyId",
    "ssm:DescribeInstanceInformation",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSnapshots",
    "ec2:DescribeSubnets",
    "ssm:ListCommandInvocations",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
}
OWN = {"aws:ResourceTag/natkeeper:stack": "natkeeper"}
KEYED = {"NodeSsh": "true", "AdminCidr": "203.0.113.7/32", "KeyPair": "me"}
INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role, white space not counted (IAM quotas)."""


def _allowing(stack: Stack, role: str, action: str) -> list[dict[str, Any]]:
    return [s for s in statements(stack, role) if action in listed(s["Action"])]


def _actions(role: str) -> set[str]:
    return {action for s in statements(EVERYTHING, role) for action in listed(s["Action"])}


@pytest.mark.parametrize("role", ROLES)
def test_no_action_is_a_pattern(role: str) -> None:
    assert not [action for action in _actions(role) if "*" in action]
    assert {s["Effect"] for s in statements(EVERYTHING, role)} == {"Allow"}


@pytest.mark.parametrize("role", ROLES)
def test_only_actions_without_a_resource_level_are_allowed_on_everything(role: str) -> None:
    everywhere = {
        action
        for s in statements(EVERYTHING, role)
        if "*" in listed(s["Resource"])
        for action in listed(s["Action"])
    }
    assert everywhere <= NO_RESOURCE_LEVEL
    assert everywhere == _actions(role) & NO_RESOURCE_LEVEL


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["instance", "network-interface", "volume", "elastic-ip"])
def test_any_instance_interface_or_address_means_one_with_the_stacks_tag(role: str, kind: str) -> None:
    for s in statements(EVERYTHING, role):
        if not any(resource.endswith(f":{kind}/*") for resource in listed(s["Resource"])):
            continue
        if s["Action"] == "ssm:UpdateInstanceInformation":
            continue  # the agent's report about itself
        tags = {
            key: value for key, value in s["Condition"]["StringEquals"].items() if "natkeeper:stack" in key
        }
        assert set(tags.values()) == {"natkeeper"}, s["Sid"]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_be_held_by_a_boundary(role: str) -> None:
    assert EVERYTHING.properties(role)["PermissionsBoundary"].endswith(":policy/boundary")
    assert "PermissionsBoundary" not in TELLING.properties(role)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_has_a_managed_policy_or_a_name(role: str) -> None:
    # a named role would need CAPABILITY_NAMED_IAM
    assert not {"ManagedPolicyArns", "RoleName"} & template()["Resources"][role]["Properties"].keys()


@pytest.mark.parametrize("role", ROLES)
def test_policies_fit_even_with_fifty_route_tables(role: str) -> None:
    many = ",".join(f"rtb-{i:017x}" for i in range(50))
    widest = {
        "Awake": "on-demand",
        "FleetBus": HUB,
        "LastResort": "nat-gateway",
        "Market": "spot",
        "OwnImage": "true",
        "DiskKeyArn": KEY,
        **KEYED,
    }
    stack = Stack({**EXISTING.given, "ExistingPrivateRouteTableIds": many, **widest})
    policies = [p["PolicyDocument"] for p in stack.properties(role)["Policies"]]
    made_up_ids = 400  # real ids and ARNs are longer than the made-up ones
    assert len(json.dumps(policies, separators=(",", ":"))) + made_up_ids < INLINE_LIMIT


def test_there_are_no_other_roles_or_policies() -> None:
    assert of_type("AWS::IAM::Role").keys() == set(ROLES)
    assert not of_type("AWS::IAM::Policy")
    assert not of_type("AWS::IAM::ManagedPolicy")


def test_a_launch_is_held_to_the_template_whatever_it_uses() -> None:
    launches = _allowing(EVERYTHING, "ReconcileRole", "ec2:RunInstances")
    wanted = "arn:aws:ec2:us-east-1:123456789012:launch-template/<NodeLaunchTemplate>"
    assert {s["Condition"]["ArnEquals"]["ec2:LaunchTemplate"] for s in launches} == {wanted}
    resources = {r for s in launches for r in listed(s["Resource"])}
    assert {r.rsplit(":", 1)[1].split("/")[0] for r in resources} == {
        "image",
        "instance",
        "key-pair",
        "launch-template",
        "network-interface",
        "security-group",
        "subnet",
        "volume",
    }


def test_a_launch_uses_the_stacks_own_subnets() -> None:
    resources = [
        r for s in _allowing(THREE_ZONES, "ReconcileRole", "ec2:RunInstances") for r in listed(s["Resource"])
    ]
    subnets = [r.rsplit("/", 1)[1] for r in resources if ":subnet/" in r]
    assert subnets == ["<PublicSubnet1>", "<PublicSubnet2>", "<PublicSubnet3>"]


def test_images_have_no_account() -> None:
    resources = [
        r for s in _allowing(THREE_ZONES, "ReconcileRole", "ec2:RunInstances") for r in listed(s["Resource"])
    ]
    assert "arn:aws:ec2:us-east-1::image/*" in resources


def test_what_a_launch_creates_is_tagged_and_tags_come_only_with_a_launch() -> None:
    created = _allowing(THREE_ZONES, "ReconcileRole", "ec2:RunInstances")[0]
    assert created["Condition"]["StringEquals"] == {"aws:RequestTag/natkeeper:stack": "natkeeper"}
    (tags,) = _allowing(THREE_ZONES, "ReconcileRole", "ec2:CreateTags")
    assert tags["Condition"]["StringEquals"] == {
        "ec2:CreateAction": "RunInstances",
        "aws:RequestTag/natkeeper:stack": "natkeeper",
    }
    assert tags["Resource"] == created["Resource"]


def test_a_key_pair_is_used_only_when_asked_for() -> None:
    assert "key-pair" not in json.dumps(statements(THREE_ZONES, "ReconcileRole"))


def test_the_role_is_given_to_ec2_only() -> None:
    (passing,) = _allowing(THREE_ZONES, "ReconcileRole", "iam:PassRole")
    assert passing["Resource"] == "<NodeRole.Arn>"
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_the_image_parameter_is_read_as_a_public_one_and_as_ones_own() -> None:
    (reading,) = _allowing(THREE_ZONES, "ReconcileRole", "ssm:GetParameters")
    name = THREE_ZONES.parameters["ImageParameter"]
    assert reading["Resource"] == [
        f"arn:aws:ssm:us-east-1::parameter{name}",
        f"arn:aws:ssm:us-east-1:123456789012:parameter{name}",
    ]


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("ReconcileRole", "ec2:CreateRoute"),
        ("ReconcileRole", "ec2:ReplaceRoute"),
        ("TeardownRole", "ec2:DeleteRoute"),
        ("TeardownRole", "ec2:ReplaceRoute"),
    ],
)
def test_only_the_named_route_tables_are_changed(role: str, action: str) -> None:
    (existing,) = _allowing(EXISTING, role, action)
    listed_ids = EXISTING.given["ExistingPrivateRouteTableIds"].split(",")
    assert existing["Resource"] == [f"arn:*:ec2:*:*:route-table/{i}" for i in listed_ids]
    (new,) = _allowing(THREE_ZONES, role, action)
    assert new["Resource"] == [f"arn:*:ec2:*:*:route-table/<PrivateRouteTable{i}>" for i in (1, 2, 3)]


@pytest.mark.parametrize(("role", "document"), [("ReconcileRole", "Repair"), ("ProbeRole", "Probe")])
def test_commands_are_the_stacks_own_on_the_stacks_own_nodes(role: str, document: str) -> None:
    # SendCommand is checked against the document and against each instance
    what, where = _allowing(THREE_ZONES, role, "ssm:SendCommand")
    assert what["Resource"].endswith(f":document/<{document}Document>")
    assert where["Resource"].endswith(":instance/*")
    assert where["Condition"] == {"StringEquals": {"ssm:resourceTag/natkeeper:stack": "natkeeper"}}


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("ReconcileRole", "ec2:TerminateInstances"),
        ("ReconcileRole", "ec2:StopInstances"),
        ("ReconcileRole", "ec2:StartInstances"),
        ("ReconcileRole", "ec2:ModifyInstanceCreditSpecification"),
        ("ReconcileRole", "ec2:ModifyNetworkInterfaceAttribute"),
        ("ReconcileRole", "ec2:AssociateAddress"),
        ("TeardownRole", "ec2:TerminateInstances"),
        ("TeardownRole", "ec2:DisassociateAddress"),
    ],
)
def test_only_what_is_tagged_as_ours_is_changed(role: str, action: str) -> None:
    for s in _allowing(THREE_ZONES, role, action):
        assert s["Condition"] == {"StringEquals": OWN}


def test_the_probe_can_say_that_evidence_changed_and_nothing_else() -> None:
    (saying,) = _allowing(THREE_ZONES, "ProbeRole", "events:PutEvents")
    assert saying["Resource"].endswith(":event-bus/default")
    assert saying["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": "natkeeper", "events:detail-type": "Evidence Changed"}
    }


def test_reconcile_can_answer_an_order_and_say_nothing_else() -> None:
    (saying,) = _allowing(THREE_ZONES, "ReconcileRole", "events:PutEvents")
    assert saying["Resource"].endswith(":event-bus/default")
    assert saying["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": "natkeeper", "events:detail-type": "Order Answered"}
    }


def test_the_picture_can_say_how_the_stack_stands_where_somebody_hears_it_and_nothing_else() -> None:
    (saying,) = _allowing(TELLING, "PictureRole", "events:PutEvents")
    assert saying["Resource"].endswith(":event-bus/default")
    assert saying["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": "natkeeper", "events:detail-type": "Stack State"}
    }
    assert not _allowing(THREE_ZONES, "PictureRole", "events:PutEvents")


def test_eventbridge_may_take_events_to_the_hubs_bus_and_nowhere_else() -> None:
    (taking,) = statements(TELLING, "FleetRole")
    assert (taking["Action"], taking["Resource"]) == ("events:PutEvents", HUB)
    (trusting,) = TELLING.properties("FleetRole")["AssumeRolePolicyDocument"]["Statement"]
    assert trusting["Principal"] == {"Service": "events.amazonaws.com"}
    assert "FleetRole" not in THREE_ZONES.resources()


def test_a_node_can_say_whom_it_hears_in_its_own_name_and_nothing_else() -> None:
    own, other = (f"arn:aws:ec2:us-east-1:123456789012:instance/i-{n}" for n in "12")
    (saying,) = _allowing(THREE_ZONES, "NodeRole", "events:PutEvents")
    assert saying["Resource"].endswith(":event-bus/default")

    def says(source: str, kind: str = "Peer Report", *more: str) -> bool:
        context: dict[str, Value] = {
            "events:source": (source, *more),
            "events:detail-type": (kind,),
            "ec2:SourceInstanceARN": own,
        }
        asked = Question("events:PutEvents", saying["Resource"], context)
        return evaluated([saying], asked) is Answer.ALLOWED

    assert says(f"natkeeper.node/{own}")
    assert not says(f"natkeeper.node/{other}")
    assert not says(f"natkeeper.node/{own}", "Peer Report", f"natkeeper.node/{other}")
    assert not says("natkeeper", "Evidence Changed")
    assert not says("natkeeper")


def test_the_probe_cannot_heal() -> None:
    assert not [action for action in _actions("ProbeRole") if action.startswith("ec2:")]


def test_the_node_reads_no_parameters_of_the_account() -> None:
    assert {a for a in _actions("NodeRole") if a.startswith("ssm:")} == {"ssm:UpdateInstanceInformation"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_to_its_own_log_and_creates_none(function: str) -> None:
    role = f"{function}Role"
    assert "logs:CreateLogGroup" not in _actions(role)
    (writing,) = _allowing(THREE_ZONES, role, "logs:PutLogEvents")
    assert writing["Resource"] == f"<{function}Logs.Arn>"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_keep_what_failed(function: str) -> None:
    (sending,) = _allowing(THREE_ZONES, f"{function}Role", "sqs:SendMessage")
    assert sending["Resource"] == "<FailureQueue.Arn>"


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL.keys())
def test_no_statement_is_left_without_a_resource(stack: Stack) -> None:
    for role in ROLES & stack.resources().keys():
        assert all(listed(s["Resource"]) and all(listed(s["Resource"])) for s in statements(stack, role))


def test_partition_and_url_suffix_are_never_written_out() -> None:
    code = re.sub(r"(?m)^\s*#.*$", "", TEMPLATE.read_text())
    # these names are the same in every partition; only EC2's carries the suffix
    for service in ("lambda", "events", "cloudwatch"):
        code = code.replace(f"Service: {service}.amazonaws.com", "").replace(
            f"Principal: {service}.amazonaws.com", ""
        )
    code = code.replace("spot.amazonaws.com", "")
    code = code.replace(template()["Parameters"]["EgressTargets"]["Default"], "")  # any website would do
    assert "arn:aws" not in code
    assert "amazonaws.com" not in code


def test_what_only_some_parameters_need_is_granted_only_with_them() -> None:
    spot = Stack({"Market": "spot"})
    (role,) = _allowing(spot, "ReconcileRole", "iam:CreateServiceLinkedRole")
    assert role["Condition"] == {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}}
    assert not _allowing(THREE_ZONES, "ReconcileRole", "iam:CreateServiceLinkedRole")


@pytest.mark.parametrize(
    ("action", "more"), [("ec2:RunInstances", {}), ("ec2:CreateTags", {"ec2:CreateAction": "RunInstances"})]
)
def test_a_spot_request_is_known_by_its_tag_for_aws_gives_no_other_key(
    action: str, more: dict[str, str]
) -> None:
    def of_requests(stack: Stack) -> list[Any]:
        allowed = _allowing(stack, "ReconcileRole", action)
        return [s for s in allowed if any("spot-instances-request/" in r for r in listed(s["Resource"]))]

    (tagged,) = of_requests(Stack({"Market": "spot"}))
    assert tagged["Condition"] == {"StringEquals": {"aws:RequestTag/natkeeper:stack": "natkeeper", **more}}
    assert of_requests(THREE_ZONES) == []
