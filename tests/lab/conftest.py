"""Corrected moto in this process, with time moved by hand, and a small VPC to launch into."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lab.ec2.clock import ManualClock
from lab.ec2.corrected import corrected
from lab.ec2.event_bus.events import Event
from lab.ec2.guest import PaperGuest
from lab.ec2.world import World
from tests.local_moto import local_moto

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ssm import SSMClient

IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
USER_DATA = "#!/bin/bash\necho hello\n"


@dataclass
class Cloud:
    """One region, its clients, its clock and the events it has sent."""

    ec2: EC2Client
    ssm: SSMClient
    clock: ManualClock
    world: World
    guest: PaperGuest
    events: list[Event] = field(default_factory=list)
    vpc: str = ""
    subnet: str = ""
    group: str = ""
    table: str = ""
    template: str = ""

    def launch(self, **more: Any) -> str:
        """Launches as the controller does. Returns the instance's id."""
        call: dict[str, Any] = {
            "MinCount": 1,
            "MaxCount": 1,
            "LaunchTemplate": {"LaunchTemplateId": self.template, "Version": "1"},
            "InstanceType": "t4g.nano",
            "NetworkInterfaces": [self.interface()],
        }
        return self.ec2.run_instances(**{**call, **more})["Instances"][0]["InstanceId"]

    def interface(self) -> dict[str, Any]:
        """Returns the network interface of a launch."""
        return {
            "DeviceIndex": 0,
            "SubnetId": self.subnet,
            "Groups": [self.group],
            "AssociatePublicIpAddress": True,
            "DeleteOnTermination": True,
        }

    def running(self, **more: Any) -> str:
        """Launches and waits until everything has booted. Returns the instance's id."""
        instance = self.launch(**more)
        self.clock.advance(60)
        return instance

    def instance(self, instance_id: str) -> Any:
        """Returns what DescribeInstances says."""
        found = self.ec2.describe_instances(InstanceIds=[instance_id])
        return found["Reservations"][0]["Instances"][0]

    def interface_of(self, instance_id: str) -> str:
        """Returns the id of an instance's primary interface."""
        return str(self.instance(instance_id)["NetworkInterfaces"][0]["NetworkInterfaceId"])

    def state(self, instance_id: str) -> str:
        """Returns an instance's state."""
        return str(self.instance(instance_id)["State"]["Name"])

    def default_route(self) -> Any:
        """Returns the route to 0.0.0.0/0 of the private table, or None."""
        tables = self.ec2.describe_route_tables(RouteTableIds=[self.table])["RouteTables"]
        for route in tables[0]["Routes"]:
            if route.get("DestinationCidrBlock") == "0.0.0.0/0":
                return route
        return None

    def route_to(self, interface: str) -> None:
        """Creates the default route."""
        self.ec2.create_route(
            RouteTableId=self.table,
            DestinationCidrBlock="0.0.0.0/0",
            NetworkInterfaceId=interface,
        )

    def probe_document(self) -> str:
        """Creates the stack's probe document. Returns its name."""
        self.ssm.create_document(
            Name="natkeeper-probe",
            DocumentType="Command",
            DocumentFormat="YAML",
            Content=PROBE,
        )
        return "natkeeper-probe"


PROBE = """
schemaVersion: "2.2"
description: probe
mainSteps:
  - action: aws:runShellScript
    name: probe
    inputs:
      runCommand: ["/usr/local/sbin/natkeeper-probe https://example.com"]
"""


@functools.cache
def _session() -> boto3.Session:
    # A session keeps the models it has parsed; a new one per test would read megabytes of JSON again.
    return boto3.Session(region_name="us-east-1")


def _build(cloud: Cloud) -> None:
    ec2 = cloud.ec2
    _session().client("iam").create_instance_profile(InstanceProfileName="node")
    cloud.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    cloud.subnet = ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")[
        "Subnet"
    ]["SubnetId"]
    cloud.group = ec2.create_security_group(GroupName="node", Description="node", VpcId=cloud.vpc)["GroupId"]
    cloud.table = ec2.create_route_table(VpcId=cloud.vpc)["RouteTable"]["RouteTableId"]
    cloud.template = ec2.create_launch_template(
        LaunchTemplateName="node",
        LaunchTemplateData={
            "ImageId": f"resolve:ssm:{IMAGE}",
            "IamInstanceProfile": {"Name": "node"},
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            "UserData": base64.b64encode(USER_DATA.encode()).decode(),
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeSize": 8}}],
        },
    )["LaunchTemplate"]["LaunchTemplateId"]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A region with a VPC, a subnet, a security group, a route table and a launch template."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    events: list[Event] = []
    clock, guest = ManualClock(), PaperGuest()
    with corrected(World(events.append, clock, guest)) as world, local_moto():
        made = Cloud(
            _session().client("ec2"),
            _session().client("ssm"),
            clock,
            world,
            guest,
            events,
        )
        _build(made)
        yield made


@pytest.fixture
def refused() -> Callable[[str], Any]:
    """Expects AWS to refuse with a code: `with refused("InvalidParameterValue"):`."""

    def expect(code: str) -> Any:
        return pytest.raises(ClientError, match=rf"\({code}\)")

    return expect
