"""Routes to the dead are black holes; filters and deletion answer as AWS does."""

from __future__ import annotations

from typing import Any

from .conftest import Cloud

DEFAULT = "0.0.0.0/0"


def test_a_route_shows_interface_and_instance(cloud: Cloud) -> None:
    cloud.route_to(interface := cloud.interface_of(node := cloud.running()))
    found = cloud.default_route()
    assert (found["NetworkInterfaceId"], found["InstanceId"]) == (interface, node)
    assert found["State"] == "active"


def test_a_route_to_a_pending_instance_is_active(cloud: Cloud) -> None:
    cloud.route_to(cloud.interface_of(cloud.launch()))
    assert cloud.default_route()["State"] == "active"


def test_a_route_to_a_stopped_instance_is_a_blackhole(cloud: Cloud) -> None:
    cloud.route_to(cloud.interface_of(node := cloud.running()))
    cloud.ec2.stop_instances(InstanceIds=[node])
    assert cloud.default_route()["State"] == "blackhole"


def test_a_route_to_a_deleted_interface_is_a_blackhole(cloud: Cloud) -> None:
    cloud.route_to(cloud.interface_of(node := cloud.running()))
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert cloud.default_route()["State"] == "blackhole"


def test_creating_a_route_that_exists_is_refused(cloud: Cloud, refused: Any) -> None:
    cloud.route_to(interface := cloud.interface_of(cloud.running()))
    with refused("RouteAlreadyExists"):
        cloud.route_to(interface)


def test_replacing_a_route_that_does_not_exist_is_refused(cloud: Cloud, refused: Any) -> None:
    interface = cloud.interface_of(cloud.running())
    with refused("InvalidParameterValue"):
        cloud.ec2.replace_route(
            RouteTableId=cloud.table, DestinationCidrBlock=DEFAULT, NetworkInterfaceId=interface
        )


def test_a_route_cannot_be_turned_to_a_gateway_that_is_not_there(cloud: Cloud, refused: Any) -> None:
    cloud.route_to(interface := cloud.interface_of(cloud.running()))
    with refused("NatGatewayNotFound"):
        cloud.ec2.replace_route(
            RouteTableId=cloud.table, DestinationCidrBlock=DEFAULT, NatGatewayId="nat-0123456789abcdef0"
        )
    with refused("InvalidTransitGatewayID.NotFound"):
        cloud.ec2.replace_route(
            RouteTableId=cloud.table, DestinationCidrBlock=DEFAULT, TransitGatewayId="tgw-0123456789abcdef0"
        )
    assert cloud.default_route()["NetworkInterfaceId"] == interface


def test_a_dry_run_moves_no_route(cloud: Cloud, refused: Any) -> None:
    interface = cloud.interface_of(cloud.running())
    with refused("DryRunOperation"):
        cloud.ec2.create_route(
            RouteTableId=cloud.table,
            DestinationCidrBlock=DEFAULT,
            NetworkInterfaceId=interface,
            DryRun=True,
        )
    assert cloud.default_route() is None


def test_tables_are_found_by_id_filter(cloud: Cloud) -> None:
    wanted: Any = [{"Name": "route-table-id", "Values": [cloud.table]}]
    found = cloud.ec2.describe_route_tables(Filters=wanted)["RouteTables"]
    assert [table["RouteTableId"] for table in found] == [cloud.table]


def test_subnets_are_found_by_id_filter(cloud: Cloud) -> None:
    wanted: Any = [{"Name": "subnet-id", "Values": [cloud.subnet]}]
    assert len(cloud.ec2.describe_subnets(Filters=wanted)["Subnets"]) == 1


def test_instances_are_found_by_stack_tag_and_state(cloud: Cloud) -> None:
    tags = [{"Key": "natkeeper:stack", "Value": "demo"}]
    node = cloud.running(TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])
    cloud.launch()
    wanted: Any = [
        {"Name": "tag:natkeeper:stack", "Values": ["demo"]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    found = cloud.ec2.describe_instances(Filters=wanted)["Reservations"]
    assert [r["Instances"][0]["InstanceId"] for r in found] == [node]


def test_an_unknown_filter_is_refused_even_when_nothing_is_there(cloud: Cloud, refused: Any) -> None:
    wanted: Any = [{"Name": "colour", "Values": ["red"]}]
    with refused("InvalidParameterValue"):
        cloud.ec2.describe_instances(Filters=wanted)
    with refused("InvalidParameterValue"):
        cloud.ec2.describe_route_tables(Filters=wanted)


def test_a_malformed_instance_id_is_refused_as_such(cloud: Cloud, refused: Any) -> None:
    with refused("InvalidInstanceID.Malformed"):
        cloud.ec2.describe_instances(InstanceIds=["i-zz"])


def test_a_security_group_in_use_cannot_be_deleted(cloud: Cloud, refused: Any) -> None:
    cloud.running()
    with refused("DependencyViolation"):
        cloud.ec2.delete_security_group(GroupId=cloud.group)


def test_a_subnet_in_use_cannot_be_deleted(cloud: Cloud, refused: Any) -> None:
    cloud.running()
    with refused("DependencyViolation"):
        cloud.ec2.delete_subnet(SubnetId=cloud.subnet)


def test_a_vpc_with_a_security_group_cannot_be_deleted(cloud: Cloud, refused: Any) -> None:
    cloud.ec2.delete_subnet(SubnetId=cloud.subnet)
    cloud.ec2.delete_route_table(RouteTableId=cloud.table)
    with refused("DependencyViolation"):
        cloud.ec2.delete_vpc(VpcId=cloud.vpc)
    cloud.ec2.delete_security_group(GroupId=cloud.group)
    cloud.ec2.delete_vpc(VpcId=cloud.vpc)


def test_a_gateway_stays_while_a_public_address_needs_it(cloud: Cloud, refused: Any) -> None:
    gateway = cloud.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    cloud.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=cloud.vpc)
    cloud.running()
    with refused("DependencyViolation"):
        cloud.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=cloud.vpc)


def test_a_range_with_host_bits_is_taken_for_the_one_that_it_lies_in(cloud: Cloud) -> None:
    vpc = cloud.ec2.create_vpc(CidrBlock="10.7.0.5/16")["Vpc"]
    subnet = cloud.ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.7.3.9/24")["Subnet"]

    assert (vpc["CidrBlock"], subnet["CidrBlock"]) == ("10.7.0.0/16", "10.7.3.0/24")


def test_what_is_no_range_is_refused(cloud: Cloud, refused: Any) -> None:
    with refused("InvalidParameterValue"):
        cloud.ec2.create_vpc(CidrBlock="10.7.0.5/99")
