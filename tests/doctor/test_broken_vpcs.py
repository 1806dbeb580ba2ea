"""VPCs that somebody built, some of them wrong: each mistake is found, and none invented."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from natkeeper import bootstrap
from natkeeper.core.doctor.checks import CHECKS, examine
from natkeeper.core.doctor.findings import Finding, Occasion, Verdict
from natkeeper.doctor.request import asked_for
from natkeeper.settings import mistakes_in
from tests.doctor.broken import (
    Break,
    another_vpc,
    answers_are_dropped,
    no_name_server,
    public_subnet_is_private,
    public_table_as_private,
    table_of_another_vpc,
    two_public_subnets_of_a_zone,
)
from tests.doctor.region import Built, build_vpc
from tests.resources import intel_image
from tests.unit.test_choices import choices


def looked_at(vpc: Built, occasion: Occasion = Occasion.DEPLOYMENT, /, **changed: str) -> list[Finding]:
    given = vpc.choices(**changed)
    asked = asked_for(given, "natkeeper", mistakes_in(given))
    return list(examine(bootstrap.survey().take(asked, occasion), asked, occasion))


def wrong(findings: list[Finding]) -> dict[str, tuple[str, ...]]:
    """What each check says that found something wrong."""
    return {f.check.name: tuple(m.what for m in f.mistakes) for f in findings if f.verdict is Verdict.WRONG}


def unknown_time_zone(_: Built) -> dict[str, str]:
    return {"Awake": "office-hours", "OfficeHours": "Mon-Fri 08:00-20:00 Asia/Tokio"}


def windows_overlap(_: Built) -> dict[str, str]:
    return {"Awake": "office-hours", "OfficeHours": "Mon-Fri 08:00-20:00, Wed 10:00-12:00 Asia/Tokyo"}


def table_that_is_not_there(vpc: Built) -> dict[str, str]:
    return {"ExistingPrivateRouteTableIds": f"{vpc.tables[0]},rtb-0fffffffffffffff0"}


def no_such_vpc(_: Built) -> dict[str, str]:
    return {"ExistingVpcId": "vpc-0fffffffffffffff0"}


def subnet_that_is_not_there(vpc: Built) -> dict[str, str]:
    return {"ExistingPublicSubnetIds": f"{vpc.public[0]},subnet-0fffffffffffffff0"}


def address_that_is_not_there(_: Built) -> dict[str, str]:
    return {"ExistingAllocationIds": "eipalloc-0fffffffffffffff0"}


def address_of_a_web_server(vpc: Built) -> dict[str, str]:
    interface = vpc.ec2.create_network_interface(SubnetId=vpc.public[0])["NetworkInterface"]
    brought = vpc.ec2.allocate_address(Domain="vpc")["AllocationId"]
    vpc.ec2.associate_address(AllocationId=brought, NetworkInterfaceId=interface["NetworkInterfaceId"])
    return {"ExistingAllocationIds": brought}


def address_of_another_stack(vpc: Built) -> dict[str, str]:
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "natkeeper:stack", "Value": "other"}]}]
    brought = vpc.ec2.allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]
    return {"ExistingAllocationIds": brought}


def address_of_a_gateway_elsewhere(vpc: Built) -> dict[str, str]:
    other = build_vpc(vpc.ec2, second=1)
    other.gateway()
    (address,) = vpc.ec2.describe_addresses()["Addresses"]
    return {"ExistingAllocationIds": address["AllocationId"]}


def unknown_type(_: Built) -> dict[str, str]:
    return {"InstanceTypes": "t4g.nano,t9g.nano"}


def type_for_another_processor(_: Built) -> dict[str, str]:
    return {"InstanceTypes": "t3.nano"}


def image_for_another_processor(_: Built) -> dict[str, str]:
    image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    return {"InstanceTypes": "t4g.nano,t4g.micro", "ImageParameter": image}


def image_that_does_not_say_its_processor(vpc: Built) -> dict[str, str]:
    named = put("/own/image", intel_image(vpc.ec2), DataType="aws:ec2:image")
    return {"InstanceTypes": "t4g.nano", "ImageParameter": named}


def no_such_parameter(_: Built) -> dict[str, str]:
    return {"ImageParameter": "/aws/service/ami-amazon-linux-latest/al2023-typo-arm64"}


def image_that_is_gone(_: Built) -> dict[str, str]:
    return {"ImageParameter": put("/own/arm64", "ami-0fffffffffffffff0", DataType="aws:ec2:image")}


def parameter_of_type_text(vpc: Built) -> dict[str, str]:
    arm = [{"Name": "architecture", "Values": ["arm64"]}]
    image = vpc.ec2.describe_images(Filters=arm)["Images"][0]["ImageId"]
    return {"ImageParameter": put("/own/arm64", image)}


def processor_unknown(_: Built) -> dict[str, str]:
    return {"ImageParameter": put("/own/image", "ami-0fffffffffffffff0", DataType="aws:ec2:image")}


def put(name: str, value: str, **data: Any) -> str:
    ssm: Any = boto3.client("ssm")
    ssm.put_parameter(Name=name, Value=value, Type="String", **data)
    return name


BROKEN: dict[Break, set[str]] = {
    unknown_time_zone: {"parameters"},
    windows_overlap: {"parameters"},
    public_subnet_is_private: {"way out of the public subnets"},
    two_public_subnets_of_a_zone: {"one public subnet a zone"},
    table_of_another_vpc: {"route tables"},
    table_that_is_not_there: {"route tables"},
    public_table_as_private: {"private route tables"},
    another_vpc: {"public subnets", "route tables"},
    no_such_vpc: {"VPC", "public subnets", "route tables"},
    subnet_that_is_not_there: {"public subnets"},
    address_that_is_not_there: {"addresses brought along"},
    address_of_a_web_server: {"addresses brought along"},
    address_of_another_stack: {"addresses brought along"},
    address_of_a_gateway_elsewhere: {"addresses brought along"},
    unknown_type: {"instance types"},
    type_for_another_processor: {"parameters"},
    image_for_another_processor: {"parameters"},
    image_that_does_not_say_its_processor: {"instance types"},
    no_such_parameter: {"image"},
    image_that_is_gone: {"image"},
    parameter_of_type_text: {"image"},
    processor_unknown: {"parameters", "image"},
}


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: change.__name__)
def test_what_is_wrong_is_found_and_nothing_else(vpc: Built, change: Break) -> None:
    assert wrong(looked_at(vpc, **change(vpc))).keys() == BROKEN[change]


@pytest.mark.parametrize("occasion", Occasion)
def test_on_a_healthy_vpc_nothing_is_invented(vpc: Built, occasion: Occasion) -> None:
    hours = "Mon-Fri 08:00-20:00 Asia/Tokyo"
    brought = vpc.ec2.allocate_address(Domain="vpc")["AllocationId"]
    given = {"Awake": "office-hours", "OfficeHours": hours, "ExistingAllocationIds": brought}
    findings = looked_at(vpc, occasion, **given)

    assert wrong(findings) == {}
    assert {f.check.name for f in findings} == {c.name for c in CHECKS if occasion in c.occasions}


@pytest.mark.parametrize("occasion", Occasion)
def test_a_vpc_with_a_gateway_and_an_own_main_table_is_as_healthy(vpc: Built, occasion: Occasion) -> None:
    vpc.gateway()
    filters = [{"Name": "vpc-id", "Values": [vpc.id]}, {"Name": "association.main", "Values": ["true"]}]
    main = vpc.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    vpc.ec2.create_subnet(VpcId=vpc.id, CidrBlock="10.0.200.0/24", AvailabilityZone="us-east-1a")
    tables = ",".join((*vpc.tables, main))

    assert wrong(looked_at(vpc, occasion, ExistingPrivateRouteTableIds=tables)) == {}


def test_every_mistake_is_told_at_once(vpc: Built) -> None:
    changes = [unknown_time_zone, public_table_as_private, two_public_subnets_of_a_zone, unknown_type]
    given = {name: value for change in changes for name, value in change(vpc).items()}

    assert wrong(looked_at(vpc, **given)).keys() == {
        "parameters", "private route tables", "one public subnet a zone", "instance types",
    }  # fmt: skip


def test_a_new_vpc_is_looked_at_for_what_it_is_made_of_only(vpc: Built) -> None:
    asked = asked_for(choices({}))
    findings = examine(bootstrap.survey().take(asked, Occasion.DEPLOYMENT), asked, Occasion.DEPLOYMENT)

    assert [f.check.name for f in findings] == ["parameters", "image", "instance types"]


def test_a_subnet_outside_the_ranges_is_told_but_fails_no_deployment(vpc: Built) -> None:
    given = {"PrivateCidrs": "10.0.100.0/24"}

    assert wrong(looked_at(vpc, **given)) == {}
    assert wrong(looked_at(vpc, Occasion.RUNNING, **given)).keys() == {"ranges"}
    (told,) = wrong(looked_at(vpc, Occasion.BEFORE, **given))["ranges"]
    assert vpc.tables[1] in told
    assert "10.0.101.0/24" in told


def test_a_vpc_without_a_name_server_is_told(vpc: Built) -> None:
    no_name_server(vpc)

    assert wrong(looked_at(vpc, Occasion.BEFORE)).keys() == {"name server"}


def test_an_acl_that_drops_answers_is_told_once_and_names_its_subnet(vpc: Built) -> None:
    answers_are_dropped(vpc)
    there = [{"Name": "association.subnet-id", "Values": [vpc.public[1]]}]
    acl = vpc.ec2.describe_network_acls(Filters=there)["NetworkAcls"][0]["NetworkAclId"]

    (told,) = wrong(looked_at(vpc, Occasion.BEFORE))["network ACLs"]
    assert f"{acl} of {vpc.public[1]} does not let through answers to port 1024" in told
    assert "443" not in told


def test_the_address_of_the_gateway_that_is_replaced_may_be_brought_along_and_its_time_is_told(
    vpc: Built,
) -> None:
    gateway = vpc.gateway()
    (address,) = vpc.ec2.describe_addresses()["Addresses"]
    given = {"ExistingAllocationIds": address["AllocationId"]}

    assert wrong(looked_at(vpc, Occasion.DEPLOYMENT, **given)) == {}
    told = wrong(looked_at(vpc, Occasion.BEFORE, **given))
    assert told.keys() == {"addresses still held"}
    assert gateway in told["addresses still held"][0]


def test_ranges_behind_a_transit_gateway_need_a_way_back(vpc: Built) -> None:
    transit = vpc.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    ranges = {"PrivateCidrs": "10.0.0.0/16,10.77.0.0/16"}
    (told,) = wrong(looked_at(vpc, Occasion.BEFORE, **ranges))["other networks"]
    back = {"DestinationCidrBlock": "10.77.0.0/16", "TransitGatewayId": transit}
    vpc.ec2.create_route(RouteTableId=vpc.public_table, **back)

    assert "10.77.0.0/16" in told
    assert vpc.public_table in told
    assert wrong(looked_at(vpc, Occasion.BEFORE, **ranges)) == {}
