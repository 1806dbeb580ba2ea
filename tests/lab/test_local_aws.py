"""The two processes together: a stack is deployed, events arrive, IAM refuses, and all is deleted."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.ec2.clock import wait_until
from lab.local_aws.aws import LocalAws

TEMPLATE = Path(__file__).with_name("throwaway.yaml").read_text()
STACK = "throwaway"
PATIENCE = 60.0


@dataclass
class Deployed:
    """A local AWS with the throw-away stack on it."""

    aws: LocalAws
    outputs: dict[str, str]

    def launch(self, tag: str) -> str:
        """Launches an instance with the tag `throwaway`. Returns its id once it is registered."""
        ec2 = self.aws.client("ec2")
        tags = [{"Key": "throwaway", "Value": tag}]
        made = ec2.run_instances(
            MinCount=1,
            MaxCount=1,
            LaunchTemplate={"LaunchTemplateId": self.outputs["Template"]},
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
            NetworkInterfaces=[
                {
                    "DeviceIndex": 0,
                    "SubnetId": self.outputs["Subnet"],
                    "Groups": [self.outputs["Group"]],
                    "AssociatePublicIpAddress": True,
                }
            ],
        )["Instances"][0]["InstanceId"]

        def registered() -> bool:
            found = self.aws.client("ssm").describe_instance_information()
            return made in [i["InstanceId"] for i in found["InstanceInformationList"]]

        assert wait_until(registered, PATIENCE)
        return str(made)

    def keys(self) -> set[str]:
        """What the function has written until now."""
        found = self.aws.client("dynamodb").scan(TableName=self.outputs["Records"])
        return {item["pk"]["S"] for item in found["Items"]}

    def as_function(self, service: str, operation: str, **arguments: Any) -> str:
        """Calls AWS with the function's role. Returns `allowed` or the error's code."""
        payload = json.dumps({"call": [service, operation, arguments]})
        answer = self.aws.client("lambda").invoke(FunctionName="throwaway", Payload=payload)
        return str(json.loads(answer["Payload"].read()))

    def recorded(self, key: str) -> bool:
        """Returns whether the function has written this key within our patience."""
        table = self.aws.client("dynamodb")
        wanted = {"pk": {"S": key}}
        return wait_until(
            lambda: "Item" in table.get_item(TableName=self.outputs["Records"], Key=wanted),
            PATIENCE,
        )


def _settled(aws: LocalAws, status: str) -> bool:
    stacks = aws.client("cloudformation").list_stacks()["StackSummaries"]
    found = [s["StackStatus"] for s in stacks if s["StackName"] == STACK]
    return bool(found) and found[-1] == status


def _outputs(aws: LocalAws) -> dict[str, str]:
    found = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {o["OutputKey"]: o["OutputValue"] for o in found["Outputs"]}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The stack, deployed once for this file."""
    with LocalAws(tmp_path_factory.mktemp("logs"), minute=2) as aws:
        aws.control.timings(pending=0.2, registration=0.1, boot=0.1)
        formation = aws.client("cloudformation")
        formation.create_stack(StackName=STACK, TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
        assert wait_until(lambda: _settled(aws, "CREATE_COMPLETE"), PATIENCE)
        yield Deployed(aws, _outputs(aws))


def test_a_custom_resource_gets_the_functions_answer(deployed: Deployed) -> None:
    assert deployed.outputs["Word"] == "hello"


def test_an_ec2_event_reaches_the_function(deployed: Deployed) -> None:
    deployed.launch("yes")
    assert deployed.recorded("aws.ec2/running")


def test_the_schedule_fires_in_the_labs_own_minute(deployed: Deployed) -> None:
    assert deployed.recorded("aws.events/")


def test_a_function_whose_role_may_not_make_a_log_group_has_none(deployed: Deployed) -> None:
    assert deployed.recorded("aws.events/")
    assert deployed.aws.client("logs").describe_log_groups()["logGroups"] == []


def test_a_call_that_the_role_does_not_grant_is_denied(deployed: Deployed) -> None:
    assert deployed.as_function("ec2", "describe_instances") == "UnauthorizedOperation"


def test_a_tag_condition_divides_our_instances_from_others(deployed: Deployed) -> None:
    ours, theirs = deployed.launch("yes"), deployed.launch("no")
    stop = "stop_instances"
    assert deployed.as_function("ec2", stop, InstanceIds=[theirs]) == "UnauthorizedOperation"
    assert deployed.as_function("ec2", stop, InstanceIds=[ours, theirs]) == "UnauthorizedOperation"
    assert deployed.as_function("ec2", stop, InstanceIds=[ours]) == "allowed"


def test_a_command_is_checked_on_its_document_and_its_instance(deployed: Deployed) -> None:
    ours, theirs = deployed.launch("yes"), deployed.launch("no")
    send, document = "send_command", "throwaway-probe"
    denied = "AccessDeniedException"

    def ask(name: str, instance: str) -> str:
        return deployed.as_function("ssm", send, DocumentName=name, InstanceIds=[instance])

    assert ask("AWS-RunShellScript", ours) == denied
    assert ask(document, theirs) == denied
    assert ask(document, ours) == "allowed"


def test_an_instance_profile_is_known_by_its_name(deployed: Deployed) -> None:
    node = deployed.launch("yes")
    found = deployed.aws.client("ec2").describe_instances(InstanceIds=[node])
    profile = found["Reservations"][0]["Instances"][0]["IamInstanceProfile"]["Arn"]
    assert "/throwaway-Profile-" in profile


def test_an_injected_warning_is_accepted_by_the_bus(deployed: Deployed) -> None:
    deployed.aws.control.emit("aws.ec2", "Pretended", {"instance-id": "i-1", "state": "runaway"})
    assert deployed.recorded("aws.ec2/runaway")


def test_a_trail_tells_of_what_somebody_changed_and_who_it_was(deployed: Deployed) -> None:
    aws, node, check = deployed.aws, deployed.launch("yes"), {"Value": True}
    aws.control.trail(0.1)
    assert deployed.as_function("ec2", "stop_instances", InstanceIds=[node]) == "allowed"
    with pytest.raises(ClientError):
        aws.client("ec2").terminate_instances(InstanceIds=["i-00000000000000001"])
    aws.client("ec2").modify_instance_attribute(InstanceId=node, SourceDestCheck=check)
    assert deployed.recorded("aws.ec2/ModifyInstanceAttribute")
    aws.control.trail(None)
    assert not {"aws.ec2/StopInstances", "aws.ec2/TerminateInstances"} & deployed.keys()


def test_an_update_makes_new_versions_and_deletion_leaves_nothing(deployed: Deployed) -> None:
    aws = deployed.aws
    formation, ec2 = aws.client("cloudformation"), aws.client("ec2")
    formation.update_stack(
        StackName=STACK,
        TemplateBody=TEMPLATE,
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": "Note", "ParameterValue": "two"}],
    )
    assert wait_until(lambda: _settled(aws, "UPDATE_COMPLETE"), PATIENCE)
    assert _outputs(aws)["Version"] == "2"
    document = aws.client("ssm").describe_document(Name="throwaway-probe")["Document"]
    assert document["DefaultVersion"] == "2"
    formation.delete_stack(StackName=STACK)
    # The instances that the tests have launched are in the way, as on AWS.
    assert wait_until(lambda: _settled(aws, "DELETE_FAILED"), PATIENCE)
    found = ec2.describe_instances()["Reservations"]
    ec2.terminate_instances(InstanceIds=[r["Instances"][0]["InstanceId"] for r in found])
    assert wait_until(lambda: not ec2.describe_network_interfaces()["NetworkInterfaces"], PATIENCE)
    formation.delete_stack(StackName=STACK)
    assert wait_until(lambda: _settled(aws, "DELETE_COMPLETE"), PATIENCE)
    assert "10.9.0.0/16" not in [vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]]


def test_nothing_is_left_running_and_everything_was_bound_to_the_loopback(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws:
        pids = [process.pid for process in aws._processes]
        listening = [line for pid in pids for line in _listening(pid)]
        assert listening
        assert all(address == "0100007F" for address in listening)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not list(Path(tempfile.gettempdir()).glob(f"ministack-{aws.endpoint.split(':')[-1]}*"))


def _listening(pid: int) -> list[str]:
    """Returns the local IPv4 addresses (as the kernel writes them) that a process listens on."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        target = str(descriptor.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    rows = [row.split() for row in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return [row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes]
