"""A deployed stack's surroundings on corrected moto: what CloudFormation would have made, in one region."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from lab.ec2.clock import ManualClock
from lab.ec2.corrected import corrected
from lab.ec2.world import World
from tests.local_moto import local_moto
from tests.policies.permission import refusals
from tests.policies.recorder import Call, recording
from tests.resources import create_document, create_table
from tests.template.cfn import PSEUDO

REGION = "us-east-1"
ZONES = ("us-east-1a", "us-east-1b")
SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"


class Context:
    """Lambda's, of a function with 900 seconds."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """All that it may take."""
        return 900_000


@dataclass
class Cloud:
    """The clients to look with, and time that moves by hand."""

    clock: ManualClock
    world: World
    environment: dict[str, str]
    ec2: Any
    recorded: list[Call]
    """Every call of the handlers."""

    def default_routes(self) -> dict[str, Any]:
        """The default route of each private table, by table."""
        ids = self.environment["PRIVATE_ROUTE_TABLE_IDS"].split(",")
        tables = self.ec2.describe_route_tables(RouteTableIds=ids)["RouteTables"]
        return {
            table["RouteTableId"]: route
            for table in tables
            for route in table["Routes"]
            if route.get("DestinationCidrBlock") == "0.0.0.0/0"
        }

    def settle(self) -> None:
        """Sweeps and probes until the stack rests."""
        for _ in range(5):
            reconcile(SCHEDULE, None)
            self.clock.advance(10)
            probe(SCHEDULE, None)
            said = reconcile(SCHEDULE, None)
            if said == {"summary": "nothing to do"}:
                return
        raise AssertionError(f"the stack does not come to rest: {said}")

    def notices(self) -> list[tuple[str, str]]:
        """Subjects and texts of what a person was told; each has said whose it is, which is left out here."""
        topic = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[self.environment["TOPIC_ARN"]]
        whose = f" (natkeeper in {DEFAULT_ACCOUNT_ID}, {REGION})"
        told = [(notice[2] or "", notice[1].rpartition("\n\nStack ")) for notice in topic.sent_notifications]
        assert all(subject.endswith(whose) for subject, _ in told)
        assert all(foot.startswith(whose.strip(" ()")) for _, (_, _, foot) in told)
        return [(subject.removesuffix(whose), text) for subject, (text, _, _) in told]

    def instances(self) -> list[Any]:
        """Every instance that is not terminated."""
        states = ["pending", "running", "stopping", "stopped"]
        answer = self.ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": states}])
        return [instance for r in answer["Reservations"] for instance in r["Instances"]]


@contextmanager
def cloud(monkeypatch: pytest.MonkeyPatch, zones: int = 2, tables_per_zone: int = 1) -> Iterator[Cloud]:
    """The surroundings, with the functions' environment set and every boto3 call going there.

    At the end, every call that a handler made is held against the policies of its role in the template.
    """
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    clock = ManualClock()
    with local_moto(), corrected(World(emit=lambda _: None, clock=clock)) as world:
        ec2: Any = boto3.client("ec2", region_name=REGION)
        environment = _make(ec2, zones, tables_per_zone)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(time, "sleep", clock.advance)
        with recording(REGION) as recorded:
            yield Cloud(clock, world, environment, ec2, recorded)
    assert not (told := refusals(recorded, environment)), "\n".join(told)


def _make(ec2: Any, zones: int, tables_per_zone: int) -> dict[str, str]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    public = _public_table(ec2, vpc)
    subnets, tables, allocations = [], [], []
    for number, zone in enumerate(("us-east-1a", "us-east-1b", "us-east-1c")[:zones]):
        subnets.append(_subnet(ec2, vpc, zone, f"10.0.{number}.0/24"))
        ec2.associate_route_table(RouteTableId=public, SubnetId=subnets[-1])
        allocations.append(_address(ec2))
        for table in range(tables_per_zone):
            private = _subnet(ec2, vpc, zone, f"10.0.{100 + number * 50 + table}.0/24")
            tables.append(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])
            ec2.associate_route_table(RouteTableId=tables[-1], SubnetId=private)
    group = ec2.create_security_group(GroupName="nat", Description="nat", VpcId=vpc)["GroupId"]
    ssm: Any = boto3.client("ssm", region_name=REGION)
    template = ec2.create_launch_template(
        LaunchTemplateName="nat", LaunchTemplateData={"ImageId": f"resolve:ssm:{IMAGE}"}
    )
    return {
        "STACK_NAME": "natkeeper",
        "VPC_ID": vpc,
        "STACK_ID": PSEUDO["AWS::StackId"],
        "FLEET_ORDERS": "true",
        "RECONCILE_FUNCTION_ARN": f"arn:aws:lambda:{REGION}:{DEFAULT_ACCOUNT_ID}:function:n-reconcile",
        "DOCTOR_FUNCTION_ARN": f"arn:aws:lambda:{REGION}:{DEFAULT_ACCOUNT_ID}:function:n-doctor",
        "POWERTOOLS_SERVICE_NAME": "natkeeper",
        "POWERTOOLS_METRICS_NAMESPACE": "natkeeper",
        "DISK_KEY_ARN": "",
        "PUBLIC_SUBNET_IDS": ",".join(subnets),
        "PRIVATE_ROUTE_TABLE_IDS": ",".join(tables),
        "ALLOCATION_IDS": ",".join(allocations),
        "LAUNCH_TEMPLATE_ID": template["LaunchTemplate"]["LaunchTemplateId"],
        "PRIVATE_CIDRS": "10.0.0.0/16",
        "LAUNCH_TEMPLATE_VERSION": "1",
        "SECURITY_GROUP_ID": group,
        "INSTANCE_TYPES": "auto",
        "IMAGE_PARAMETER": IMAGE,
        "OWN_IMAGE": "true",
        "TAGS": "team=net,cost-center=42",
        "MAX_LIFETIME_DAYS": "30",
        "DRAIN_SECONDS": "60",
        "BOOT_SECONDS": "600",
        "MAX_LAUNCHES_PER_HOUR": "4",
        "AWAKE": "always",
        "OFFICE_HOURS": "",
        "IDLE_MINUTES": "15",
        "QUIET_MINUTES": "0",
        "SLEEP_DRAIN_MINUTES": "15",
        "SLEEP_MODE": "stop",
        "SPARE": "none",
        "STANDBY": "none",
        "LAST_RESORT": "none",
        "PEER_WATCH": "true",
        "MARKET": "on-demand",
        "GATEWAY_METRICS": "all",
        "ZONES": str(zones),
        "KEEP_ADDRESS": "true",
        "DASHBOARD": "true",
        "PRICE_REGION": REGION,
        "PRICES": "{}",
        "TABLE_NAME": create_table(boto3.client("dynamodb", region_name=REGION), "natkeeper"),
        "TOPIC_ARN": boto3.client("sns", region_name=REGION).create_topic(Name="natkeeper")["TopicArn"],
        "PROBE_DOCUMENT": create_document(ssm, "ProbeDocument"),
        "REPAIR_DOCUMENT": create_document(ssm, "RepairDocument"),
        "REPORT_QUEUE": boto3.client("sqs", region_name=REGION).create_queue(QueueName="reports")["QueueUrl"],
    }


def _public_table(ec2: Any, vpc: str) -> str:
    """A table with a way to the internet. The VPC's main one has none, and serves who has no other."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return str(table)


def _subnet(ec2: Any, vpc: str, zone: str, cidr: str) -> str:
    answer = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)
    return str(answer["Subnet"]["SubnetId"])


def _address(ec2: Any) -> str:
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "natkeeper:stack", "Value": "natkeeper"}]}]
    return str(ec2.allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"])
