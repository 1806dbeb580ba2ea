"""What AWS means by a VPC's subnets and route tables, through the handlers."""

from __future__ import annotations

import pytest

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from natkeeper import bootstrap
from tests.integration.cloud import Cloud, cloud

SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


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


def main_table(aws: Cloud) -> tuple[str, str]:
    """The VPC's main table, in the parameters now, and a subnet that nothing says it serves."""
    public = aws.environment["PUBLIC_SUBNET_IDS"]
    vpc = aws.ec2.describe_subnets(SubnetIds=[public])["Subnets"][0]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    table = aws.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.50.0/24", AvailabilityZone="us-east-1a")
    return table, subnet["Subnet"]["SubnetId"]


def test_an_instance_that_only_the_main_table_serves_is_a_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    with cloud(monkeypatch, zones=1) as aws:
        table, subnet = main_table(aws)
        change(aws, monkeypatch, PRIVATE_ROUTE_TABLE_IDS=table, AWAKE="on-demand")
        image = aws.ec2.describe_images()["Images"][0]["ImageId"]
        aws.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t3.nano")
        minutes(aws, 4)

        (node,) = (i for i in aws.instances() if i["SubnetId"] != subnet)
        assert aws.default_routes()[table]["InstanceId"] == node["InstanceId"]
