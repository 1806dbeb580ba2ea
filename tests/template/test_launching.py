"""The launch template and the node's documents: what EC2 would refuse or charge for is settled here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.template.cfn import PSEUDO, Stack
from tests.template.stacks import ALL, DEFAULT, EVERYTHING, EXISTING, KEY, TUTORIAL

UBUNTU = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
USER_DATA_LIMIT = 16 * 1024
"""Before base64 (EC2 User Guide, "Run commands when you launch an EC2 instance")."""


def _launch(stack: Stack) -> dict[str, Any]:
    data: dict[str, Any] = stack.properties("NodeLaunchTemplate")["LaunchTemplateData"]
    return data


def test_the_launch_template_leaves_interfaces_to_the_call() -> None:
    # RunInstances refuses a subnet beside a template's interfaces; the call names the whole interface
    left = {"SecurityGroupIds", "SecurityGroups", "InstanceType", "TagSpecifications"}
    assert not left & _launch(EVERYTHING).keys()


@pytest.mark.parametrize(
    ("zones", "keep", "covers"),
    [("1", "true", False), ("2", "true", True), ("3", "true", True), ("2", "false", False)],
)
def test_a_node_has_a_second_private_address_where_it_can_cover_by_it(
    zones: str, keep: str, covers: bool
) -> None:
    stack = Stack({**TUTORIAL.given, "ZoneCount": zones, "KeepAddress": keep})
    second = [{"DeviceIndex": 0, "SecondaryPrivateIpAddressCount": 1}]
    assert _launch(stack).get("NetworkInterfaces") == (second if covers else None)

    told = stack.properties("ReconcileFunction")["Environment"]["Variables"]
    addresses = [each for each in str(told["ALLOCATION_IDS"]).split(",") if each]
    assert (len(addresses) > 1) is covers  # by which the controller knows


def test_the_image_is_resolved_at_launch() -> None:
    assert _launch(DEFAULT)["ImageId"].startswith("resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-")


def test_the_metadata_service_needs_a_token_and_stays_on_the_node() -> None:
    options = _launch(DEFAULT)["MetadataOptions"]
    assert options == {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}


@pytest.mark.parametrize("name", ["NodeLaunchTemplate", "TestHostLaunchTemplate"])
@pytest.mark.parametrize(
    ("image", "device"),
    [
        ("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", "/dev/xvda"),
        ("/aws/service/debian/release/12/latest/arm64", "/dev/xvda"),
        ("/mine", "/dev/xvda"),
        (UBUNTU, "/dev/sda1"),
    ],
)
def test_the_only_disk_is_the_images_own_encrypted_and_goes_with_it(
    name: str, image: str, device: str
) -> None:
    stack = Stack({**TUTORIAL.given, "ImageParameter": image})
    (disk,) = stack.properties(name)["LaunchTemplateData"]["BlockDeviceMappings"]
    assert disk["DeviceName"] == device
    assert disk["Ebs"] == {"Encrypted": True, "VolumeType": "gp3", "DeleteOnTermination": True}
    keyed = Stack({**stack.given, "DiskKeyArn": KEY}).properties(name)["LaunchTemplateData"]
    assert keyed["BlockDeviceMappings"][0]["Ebs"] == {**disk["Ebs"], "KmsKeyId": KEY}


def test_a_node_has_no_key_pair_unless_ssh_is_asked_for() -> None:
    assert "KeyName" not in _launch(TUTORIAL)
    assert _launch(EVERYTHING)["KeyName"] == "me"


def test_a_node_boots_with_unlimited_credits_for_a_new_one_has_none() -> None:
    assert _launch(DEFAULT)["CreditSpecification"] == {"CpuCredits": "unlimited"}


def test_types_that_may_not_be_burstable_get_no_credit_choice() -> None:
    # RunInstances answers InstanceCreditSpecification.NotSupported for them
    assert "CreditSpecification" not in _launch(Stack({"InstanceTypes": "c7gn.medium"}))


def test_a_node_that_shuts_itself_down_is_gone() -> None:
    assert _launch(DEFAULT)["InstanceInitiatedShutdownBehavior"] == "terminate"


def test_detailed_monitoring_is_not_paid_for() -> None:
    assert _launch(DEFAULT)["Monitoring"] == {"Enabled": False}


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL.keys())
def test_user_data_is_a_script_that_fits(stack: Stack) -> None:
    script = _launch(stack)["UserData"]
    assert script.startswith("#!")
    longer_values = 300  # the longest stack name, five ranges
    assert len(script.encode()) + longer_values < USER_DATA_LIMIT


def test_user_data_knows_ranges_forwards_and_stack() -> None:
    script = _launch(EVERYTHING)["UserData"]
    for told in (
        "10.0.0.0/16",
        "tcp/9999=10.0.1.10:22",
        "tcp/443=10.0.3.1:8443",
        "203.0.113.7/32",
        "natkeeper",
    ):
        assert told in script
    assert "\n10.0.0.0/16,100.64.0.0/10\n" in _launch(EXISTING)["UserData"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"ZoneCount": "1"}, "true"),
        ({}, "false"),
        ({"ZoneCount": "3"}, "false"),
        (EXISTING.given, "false"),
        ({**EXISTING.given, "ExistingPublicSubnetIds": "subnet-01234567"}, "true"),
        ({"KeepClientAddress": "true"}, "true"),
        ({"ZoneCount": "1", "KeepClientAddress": "false"}, "false"),
    ],
)
def test_a_host_sees_who_uses_a_forward_where_its_answer_can_take_one_way_alone(
    given: dict[str, str], kept: str
) -> None:
    assert f"\n{kept}\nfalse\n\nclosed\n" in _launch(Stack(given))["UserData"]


def test_an_empty_forward_leaves_no_comma() -> None:
    stack = Stack({"AdminCidr": "203.0.113.7/32", "PortForward3": "tcp/80=10.0.1.1:80"})
    assert "\ntcp/80=10.0.1.1:80\n" in _launch(stack)["UserData"]


@pytest.mark.parametrize(("name", "document"), [("Probe", "probe"), ("Repair", "repair")])
def test_a_document_keeps_its_name_and_gets_new_versions(name: str, document: str) -> None:
    properties = DEFAULT.properties(f"{name}Document")
    assert properties["Name"] == f"natkeeper-{document}-{PSEUDO['AWS::StackId'].split('/')[-1]}"
    assert properties["UpdateMethod"] == "NewVersion"
    assert properties["DocumentType"] == "Command"
    (step,) = properties["Content"]["mainSteps"]
    assert step["action"] == "aws:runShellScript"
