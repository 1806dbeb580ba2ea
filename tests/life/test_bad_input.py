"""Parameters that are wrong fail the deployment, which says all of it and leaves nothing behind; a stack that
runs goes on as it was."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.local_aws.aws import LocalAws
from lab.stage.deployment import come_to_rest, delete, deploy
from lab.stage.stack_view import StackView
from tests.life.account import inventory, leftovers
from tests.life.conftest import PARAMETERS, PATIENCE
from tests.life.test_failures_and_neighbours import DEFAULT, Grown, grow

TYPO = "/aws/service/ami-amazon-linux-latest/al2023-typo-arm64"
HOURS = {"Awake": "office-hours"}
NEW: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "a time zone and a type that nobody knows": (
        {**HOURS, "OfficeHours": "Mon-Fri 08:00-20:00 Asia/Tokio", "InstanceTypes": "t4g.nano,t9g.nano"},
        ("'Asia/Tokio' is no time zone", "has no instance type t9g.nano"),
    ),
    "office hours that overlap, and an image that is not there": (
        {**HOURS, "OfficeHours": "Mon-Fri 08:00-20:00, Wed 10:00-12:00 Asia/Tokyo", "ImageParameter": TYPO},
        ("the windows at Wed 08:00 and Wed 10:00 overlap", f"no SSM parameter {TYPO}"),
    ),
    "a type for another processor": (
        {"InstanceTypes": "t3.nano"},
        ("InstanceTypes has t3.nano: it should be arm64 like the image",),
    ),
}
"""Wrong parameters of a stack with a network of its own, and the words that must be said."""


@pytest.fixture(scope="module")
def grown(aws: LocalAws) -> Grown:
    """A VPC that somebody built by hand."""
    return grow(aws.client("ec2"))


def refused(aws: LocalAws, stack: str, built: Path, parameters: Mapping[str, str]) -> str:
    """What CloudFormation says of the deployment, which must fail."""
    with pytest.raises(subprocess.CalledProcessError):
        deploy(aws, stack, built, **parameters)
    return " ".join(_reasons(aws, stack))


def _reasons(aws: LocalAws, stack: str) -> Iterator[str]:
    for event in aws.every("cloudformation", "describe_stack_events", "StackEvents", StackName=stack):
        if event["LogicalResourceId"] == "ParametersChecked" and event["ResourceStatus"].endswith("FAILED"):
            yield event["ResourceStatusReason"]


@pytest.mark.parametrize("name", NEW)
def test_a_wrong_parameter_fails_the_creation_and_nothing_is_left(
    aws: LocalAws, built: Path, name: str
) -> None:
    before = inventory(aws)
    given, words = NEW[name]
    said = refused(aws, "wrong", built, {**PARAMETERS, **given})

    assert [word for word in words if word not in said] == [], said
    assert _of_ours(aws) == []
    delete(aws, "wrong")
    assert leftovers(before, inventory(aws)) == {}


def test_of_a_vpc_that_does_not_fit_everything_is_said_at_once(
    aws: LocalAws, built: Path, grown: Grown
) -> None:
    ec2 = aws.client("ec2")
    other = grow(ec2)
    second = _second_of_the_zone(ec2, grown)
    before = inventory(aws)
    public_table = _table_of(ec2, grown.public[0])
    given = {
        **grown.parameters(),
        "ExistingPublicSubnetIds": ",".join((grown.public[0], second, _private_of(ec2, grown))),
        "ExistingPrivateRouteTableIds": ",".join((public_table, other.tables[0])),
    }
    said = refused(aws, "misfit", built, given)

    for words in (
        f"subnets {grown.public[0]} and {second} are both in us-east-1a",
        "is not public",
        f"route table {other.tables[0]} is of {other.vpc}, not of {grown.vpc}",
        f"{public_table} serves {grown.public[0]}",
    ):
        assert words in said, said
    delete(aws, "misfit")
    assert leftovers(before, inventory(aws)) == {}


def test_a_vpc_that_does_not_hold_its_subnets_is_said(aws: LocalAws, built: Path, grown: Grown) -> None:
    other = grow(aws.client("ec2"))
    before = inventory(aws)
    said = refused(aws, "elsewhere", built, {**grown.parameters(), "ExistingVpcId": other.vpc})

    assert f"subnet {grown.public[0]} lies in {grown.vpc}, not in {other.vpc}" in said
    delete(aws, "elsewhere")
    assert leftovers(before, inventory(aws)) == {}


def test_an_update_that_is_wrong_leaves_a_stack_that_runs_as_it_was(
    aws: LocalAws, built: Path, grown: Grown
) -> None:
    ec2 = aws.client("ec2")
    deploy(aws, "running", built, **grown.parameters())
    view = StackView(aws, "running", grown.tables)
    come_to_rest(view, PATIENCE)
    nodes = set(view.nodes())
    given = {**grown.parameters(), "ExistingPrivateRouteTableIds": _table_of(ec2, grown.public[0])}
    said = refused(aws, "running", built, given)

    assert f"serves {grown.public[0]}" in said
    stack = aws.client("cloudformation").describe_stacks(StackName="running")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert view.served()
    assert set(view.nodes()) == nodes
    assert _way_of(ec2, grown.public[0]).startswith("igw-")
    delete(aws, "running")


def _of_ours(aws: LocalAws) -> list[str]:
    """Instances that a stack has launched and that live."""
    filters = [{"Name": "tag-key", "Values": ["natkeeper:stack"]}]
    reservations = aws.client("ec2").describe_instances(Filters=filters)["Reservations"]
    instances = [i for r in reservations for i in r["Instances"]]
    return [i["InstanceId"] for i in instances if i["State"]["Name"] != "terminated"]


def _second_of_the_zone(ec2: Any, grown: Grown) -> str:
    """Another public subnet of the first zone."""
    subnet = ec2.create_subnet(VpcId=grown.vpc, CidrBlock="10.8.50.0/24", AvailabilityZone="us-east-1a")
    name = str(subnet["Subnet"]["SubnetId"])
    ec2.associate_route_table(RouteTableId=_table_of(ec2, grown.public[0]), SubnetId=name)
    return name


def _private_of(ec2: Any, grown: Grown) -> str:
    """A private subnet of the second zone."""
    tables = ec2.describe_route_tables(RouteTableIds=[grown.tables[1]])["RouteTables"]
    return str(tables[0]["Associations"][0]["SubnetId"])


def _table_of(ec2: Any, subnet: str) -> str:
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    return str(ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"])


def _way_of(ec2: Any, subnet: str) -> str:
    """Where the subnet's default route leads."""
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    (table,) = ec2.describe_route_tables(Filters=filters)["RouteTables"]
    (route,) = [r for r in table["Routes"] if r.get("DestinationCidrBlock") == DEFAULT]
    return str(route.get("GatewayId") or route.get("NetworkInterfaceId"))
