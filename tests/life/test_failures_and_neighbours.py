"""A creation that fails, two stacks in one account, a VPC that was there before and is left as it was, and a
stack of which a zone sleeps when it is deleted."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.ec2.clock import wait_until
from lab.local_aws.aws import ROOT, LocalAws
from lab.stage.deployment import come_to_rest, delete, deploy
from lab.stage.stack_view import StackView
from tests.life.account import inventory, leftovers
from tests.life.conftest import PARAMETERS, PATIENCE

DEFAULT = "0.0.0.0/0"


@dataclass
class Grown:
    """A VPC that somebody built by hand: two zones, a NAT gateway for two tables, and nothing for the
    third."""

    vpc: str
    public: list[str]
    tables: list[str]

    def parameters(self) -> dict[str, str]:
        """What a stack must be told to serve it."""
        return {
            **PARAMETERS,
            "NetworkMode": "existing",
            "ExistingVpcId": self.vpc,
            "ExistingPublicSubnetIds": ",".join(self.public),
            "ExistingPrivateRouteTableIds": ",".join(self.tables),
            "PrivateCidrs": "10.8.0.0/16",
        }


def grow(ec2: Any) -> Grown:
    """Builds it."""
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    outside = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=outside, DestinationCidrBlock=DEFAULT, GatewayId=internet)
    grown = Grown(vpc, [], [])
    for number, zone in enumerate(("us-east-1a", "us-east-1b")):
        grown.public.append(_subnet(ec2, vpc, zone, f"10.8.{number}.0/24", outside))
    for number, zone in enumerate(("us-east-1a", "us-east-1b", "us-east-1b")):
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        grown.tables.append(table)
        _subnet(ec2, vpc, zone, f"10.8.{100 + number}.0/24", table)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=grown.public[0], AllocationId=address)["NatGateway"]
    gateway = made["NatGatewayId"]
    waiter = ec2.get_waiter("nat_gateway_available")
    waiter.wait(NatGatewayIds=[gateway], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    for table in grown.tables[:2]:
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=DEFAULT, NatGatewayId=gateway)
    return grown


def _subnet(ec2: Any, vpc: str, zone: str, cidr: str, table: str) -> str:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=made)
    return str(made)


def test_a_creation_that_fails_late_takes_everything_back(aws: LocalAws, built: Path) -> None:
    before = inventory(aws)
    # A late one: it needs a rule, and every rule needs the clean-up, which must answer to its deletion too.
    aws.control.refuse("ProbeSchedulePermission")
    with pytest.raises(subprocess.CalledProcessError):
        deploy(aws, "unlucky", built, **PARAMETERS)
    stack = aws.client("cloudformation").describe_stacks(StackName="unlucky")["Stacks"][0]

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    delete(aws, "unlucky")
    assert leftovers(before, inventory(aws)) == {}


def test_a_vpc_is_adopted_beside_another_stack_and_left_as_it_was_found(aws: LocalAws, built: Path) -> None:
    before = inventory(aws)
    deploy(aws, "first", built, **PARAMETERS)
    first = StackView(aws, "first")
    come_to_rest(first, PATIENCE)
    grown = grow(aws.client("ec2"))
    alone = inventory(aws)

    deploy(aws, "second", built, **grown.parameters())
    second = StackView(aws, "second", grown.tables)
    come_to_rest(second, PATIENCE)
    assert len(second.nodes()) == len(first.nodes()) == 2
    assert set(second.nodes()).isdisjoint(first.nodes())
    delete(aws, "second")

    assert leftovers(alone, inventory(aws)) == {}, "nothing of the first stack or of the VPC has changed"
    assert first.served()
    delete(aws, "first")
    assert leftovers(before, inventory(aws)).keys() <= _grown_kinds()
    assert wait_until(lambda: first.nodes() == {}, 30)


def test_a_stack_of_which_one_zone_sleeps_is_deleted_whole(aws: LocalAws, built: Path) -> None:
    before = inventory(aws)
    deploy(aws, "sleeper", built, **PARAMETERS)
    view = StackView(aws, "sleeper")
    come_to_rest(view, PATIENCE)
    wish = (ROOT / "events" / "orders" / "sleep.json").read_text().replace('"natkeeper\\"', '"sleeper\\"')
    assert "sleeper" in wish
    aws.client("events").put_events(Entries=json.loads(wish))
    assert wait_until(lambda: states(view) == ["running", "stopped"], PATIENCE, 0.3), states(view)
    delete(aws, "sleeper")

    assert leftovers(before, inventory(aws)) == {}


def states(view: StackView) -> list[str]:
    """How the stack's nodes are."""
    return sorted(str(node["State"]["Name"]) for node in view.nodes().values())


def _grown_kinds() -> set[str]:
    """What the hand-built VPC itself consists of."""
    network = {"VPCs", "subnets", "gateways", "NAT gateways", "routes", "associations", "tags of tables"}
    return network | {"security groups", "addresses", "interfaces"}
