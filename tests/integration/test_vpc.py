"""What AWS means by a VPC's subnets and route tables, through the handlers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from natkeeper import bootstrap
from tests.integration.cloud import Cloud, cloud
from tests.resources import intel_image

SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A stack of one zone, whose functions live in its time."""
    with cloud(monkeypatch, zones=1) as surroundings:
        start = bootstrap.utc_now()
        clock = surroundings.clock
        monkeypatch.setattr(bootstrap, "utc_now", lambda: start + timedelta(seconds=clock.now))
        for made in (bootstrap.desk, bootstrap.prober):
            made.cache_clear()
        yield surroundings


def minutes(aws: Cloud, number: int) -> None:
    for _ in range(number):
        reconcile(SCHEDULE, None)
        aws.clock.advance(60)
        probe(SCHEDULE, None)


def change(aws: Cloud, monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    """The stack with other parameters."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    aws.environment.update(environment)
    bootstrap.desk.cache_clear()


def told(aws: Cloud) -> list[str]:
    return [subject for subject, _ in aws.notices()]


def main_table(aws: Cloud) -> tuple[str, str]:
    """The VPC's main table, in the parameters now, and a subnet that nothing says it serves."""
    public = aws.environment["PUBLIC_SUBNET_IDS"]
    vpc = aws.ec2.describe_subnets(SubnetIds=[public])["Subnets"][0]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    table = aws.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.50.0/24", AvailabilityZone="us-east-1a")
    return table, subnet["Subnet"]["SubnetId"]


def test_an_instance_that_only_the_main_table_serves_is_a_workload(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, subnet = main_table(aws)
    change(aws, monkeypatch, PRIVATE_ROUTE_TABLE_IDS=table, AWAKE="on-demand")
    image = intel_image(aws.ec2)
    aws.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t3.nano")
    minutes(aws, 4)

    (node,) = (i for i in aws.instances() if i["SubnetId"] != subnet)
    assert aws.default_routes()[table]["InstanceId"] == node["InstanceId"]


def test_a_default_route_to_the_internet_gateway_stays_and_a_person_is_told(aws: Cloud) -> None:
    (table,) = aws.environment["PRIVATE_ROUTE_TABLE_IDS"].split(",")
    (gateway,) = aws.ec2.describe_internet_gateways()["InternetGateways"]
    target = {"GatewayId": gateway["InternetGatewayId"]}
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    minutes(aws, 5)

    assert aws.default_routes()[table]["GatewayId"] == gateway["InternetGatewayId"]
    assert told(aws) == ["natkeeper: misfit in us-east-1a"]


def test_a_gateway_that_works_for_a_range_which_nodes_do_not_translate_keeps_its_table(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(aws, monkeypatch, PRIVATE_CIDRS="192.168.0.0/16")
    (table,) = aws.environment["PRIVATE_ROUTE_TABLE_IDS"].split(",")
    public = aws.environment["PUBLIC_SUBNET_IDS"]
    gateway = aws.ec2.create_nat_gateway(SubnetId=public, ConnectivityType="private")["NatGateway"]
    target = {"NatGatewayId": gateway["NatGatewayId"]}
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    minutes(aws, 6)

    assert aws.default_routes()[table]["NatGatewayId"] == gateway["NatGatewayId"]
    assert told(aws) == ["natkeeper: misfit in us-east-1a"]


def test_an_instance_that_has_copied_the_tags_of_a_node_is_left_alone(aws: Cloud) -> None:
    minutes(aws, 3)
    (node,) = aws.instances()
    copied = [tag for tag in node["Tags"] if not tag["Key"].startswith("aws:")]
    clone = aws.ec2.run_instances(
        ImageId=node["ImageId"],
        MinCount=1,
        MaxCount=1,
        SubnetId=node["SubnetId"],
        InstanceType=node["InstanceType"],
        TagSpecifications=[{"ResourceType": "instance", "Tags": copied}],
    )["Instances"][0]["InstanceId"]
    minutes(aws, 8)

    assert {i["InstanceId"] for i in aws.instances()} == {node["InstanceId"], clone}
    assert told(aws) == ["natkeeper: misfit in us-east-1a"]
