"""A region on corrected moto with VPCs that somebody built, and whatever may be wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from lab.ec2.clock import ManualClock
from lab.ec2.corrected import corrected
from lab.ec2.timings import Timings
from lab.ec2.world import World
from tests.local_moto import local_moto
from tests.unit.test_choices import choices

REGION = "us-east-1"
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
ANYWHERE = "0.0.0.0/0"


@dataclass
class Built:
    """A VPC with a public and a private subnet in each zone, and one private route table a zone."""

    ec2: Any
    id: str
    public: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    public_table: str = ""
    range: str = "10.0.0.0/16"

    def parameters(self, **changed: str) -> dict[str, str]:
        """The stack's parameters that serve it, some of them changed."""
        return {
            "ExistingVpcId": self.id,
            "ExistingPublicSubnetIds": ",".join(self.public),
            "ExistingPrivateRouteTableIds": ",".join(self.tables),
            "PrivateCidrs": self.range,
            **changed,
        }

    def choices(self, **changed: str) -> dict[str, str]:
        """All that the deployment is checked for, of a stack that serves it."""
        given = {"NetworkMode": "existing", **self.parameters(**changed)}
        return choices(given)

    def subnet(self, zone: str, cidr: str, table: str) -> str:
        """One more subnet of the VPC, served by this table."""
        made = self.ec2.create_subnet(VpcId=self.id, CidrBlock=cidr, AvailabilityZone=zone)
        name = str(made["Subnet"]["SubnetId"])
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=name)
        return name

    def table(self, **target: str) -> str:
        """One more route table; its default route leads to the target, if there is one."""
        name = str(self.ec2.create_route_table(VpcId=self.id)["RouteTable"]["RouteTableId"])
        if target:
            self.ec2.create_route(RouteTableId=name, DestinationCidrBlock=ANYWHERE, **target)
        return name

    def gateway(self, number: int = 0) -> str:
        """A NAT gateway in a zone, to which that zone's private table leads."""
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.ec2.create_nat_gateway(SubnetId=self.public[number], AllocationId=address)
        name = str(made["NatGateway"]["NatGatewayId"])
        waiter = self.ec2.get_waiter("nat_gateway_available")
        waiter.wait(NatGatewayIds=[name], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        route = {"DestinationCidrBlock": ANYWHERE, "NatGatewayId": name}
        self.ec2.create_route(RouteTableId=self.tables[number], **route)
        return name


def build_vpc(ec2: Any, zones: int = 2, second: int = 0) -> Built:
    """A healthy VPC without a NAT; `second` is the second number of its range."""
    cidr = f"10.{second}.0.0/16"
    vpc = Built(ec2, str(ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]), range=cidr)
    internet = str(ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc.id)
    vpc.public_table = vpc.table(GatewayId=internet)
    for number, zone in enumerate(ZONES[:zones]):
        vpc.public.append(vpc.subnet(zone, f"10.{second}.{number}.0/24", vpc.public_table))
        vpc.tables.append(vpc.table())
        vpc.private.append(vpc.subnet(zone, f"10.{second}.{100 + number}.0/24", vpc.tables[-1]))
    return vpc


class PromptClock(ManualClock):
    """Time stands still, and what takes none is done at once."""

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Now, or when time moves."""
        if seconds:
            super().later(seconds, action)
        else:
            action()


@contextmanager
def region(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An EC2 client of an account of which nobody has rights but us. Nothing leaves this machine."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ENDPOINT_URL_FREETIER", "http://127.0.0.1:9")  # moto has none
    at_once = replace(Timings(), gateway=0.0)
    with local_moto(), corrected(World(emit=lambda _: None, clock=PromptClock(), timings=at_once)):
        ec2_backends[DEFAULT_ACCOUNT_ID][REGION]._load_amis()
        yield boto3.client("ec2")
