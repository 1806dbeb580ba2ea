"""Elastic addresses move, displace automatic ones, and outlive their instance."""

from __future__ import annotations

from typing import Any

from .conftest import Cloud


def allocated(cloud: Cloud) -> str:
    return cloud.ec2.allocate_address(
        Domain="vpc",
        TagSpecifications=[
            {"ResourceType": "elastic-ip", "Tags": [{"Key": "natkeeper:stack", "Value": "demo"}]}
        ],
    )["AllocationId"]


def described(cloud: Cloud, allocation: str) -> Any:
    wanted: Any = [{"Name": "allocation-id", "Values": [allocation]}]
    return cloud.ec2.describe_addresses(Filters=wanted)["Addresses"][0]


def test_an_address_on_an_interface_shows_its_instance(cloud: Cloud) -> None:
    interface = cloud.interface_of(node := cloud.running())
    cloud.ec2.associate_address(AllocationId=(a := allocated(cloud)), NetworkInterfaceId=interface)
    found = described(cloud, a)
    assert (found["InstanceId"], found["NetworkInterfaceId"]) == (node, interface)
    assert cloud.instance(node)["PublicIpAddress"] == found["PublicIp"]


def test_a_pending_instance_cannot_have_one(cloud: Cloud, refused: Any) -> None:
    interface = cloud.interface_of(cloud.launch())
    with refused("IncorrectInstanceState"):
        cloud.ec2.associate_address(AllocationId=allocated(cloud), NetworkInterfaceId=interface)


def test_an_associated_address_moves_only_when_that_is_allowed(cloud: Cloud, refused: Any) -> None:
    one, two = (cloud.interface_of(cloud.running()) for _ in range(2))
    allocation = allocated(cloud)
    cloud.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=one)
    with refused("Resource.AlreadyAssociated"):
        cloud.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=two, AllowReassociation=False)
    cloud.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=two, AllowReassociation=True)
    assert described(cloud, allocation)["NetworkInterfaceId"] == two


def test_a_new_automatic_address_comes_when_the_elastic_one_leaves(cloud: Cloud) -> None:
    node = cloud.running()
    first = cloud.instance(node)["PublicIpAddress"]
    allocation = allocated(cloud)
    made = cloud.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=cloud.interface_of(node))
    elastic = cloud.instance(node)["PublicIpAddress"]
    cloud.ec2.disassociate_address(AssociationId=made["AssociationId"])
    last = cloud.instance(node)["PublicIpAddress"]
    assert len({first, elastic, last}) == 3


def with_secondary(cloud: Cloud) -> tuple[str, str, str]:
    """Returns a running instance, its interface and its secondary private address."""
    node = cloud.running(NetworkInterfaces=[{**cloud.interface(), "SecondaryPrivateIpAddressCount": 1}])
    interface = cloud.instance(node)["NetworkInterfaces"][0]
    return node, interface["NetworkInterfaceId"], interface["PrivateIpAddresses"][1]["PrivateIpAddress"]


def associate(cloud: Cloud, allocation: str, interface: str, private: str = "") -> str:
    named: Any = {"PrivateIpAddress": private} if private else {}
    made = cloud.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface, **named)
    return made["AssociationId"]


def test_an_address_on_a_secondary_private_one_leaves_the_automatic_one_alone(cloud: Cloud) -> None:
    node, interface, secondary = with_secondary(cloud)
    before = cloud.instance(node)["PublicIpAddress"]
    association = associate(cloud, a := allocated(cloud), interface, secondary)
    assert (described(cloud, a)["PrivateIpAddress"], described(cloud, a)["NetworkInterfaceId"]) == (
        secondary,
        interface,
    )
    assert cloud.instance(node)["PublicIpAddress"] == before
    cloud.ec2.disassociate_address(AssociationId=association)
    assert cloud.instance(node)["PublicIpAddress"] == before
    assert "PrivateIpAddress" not in described(cloud, a)


def test_two_private_addresses_of_an_interface_have_an_elastic_one_each(cloud: Cloud) -> None:
    node, interface, secondary = with_secondary(cloud)
    own, other = allocated(cloud), allocated(cloud)
    associate(cloud, own, interface)
    associate(cloud, other, interface, secondary)
    public = [described(cloud, each)["PublicIp"] for each in (own, other)]
    for shown in (
        cloud.instance(node)["NetworkInterfaces"][0],
        cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0],
    ):
        assert [each["Association"]["PublicIp"] for each in shown["PrivateIpAddresses"]] == public
        assert shown["Association"]["PublicIp"] == public[0]


def test_an_address_on_a_private_one_that_has_another_displaces_that_alone(cloud: Cloud) -> None:
    _, interface, secondary = with_secondary(cloud)
    own, first, second = (allocated(cloud) for _ in range(3))
    associate(cloud, own, interface)
    for each in (first, second, second):
        associate(cloud, each, interface, secondary)
    assert "AssociationId" not in described(cloud, first)
    assert described(cloud, second)["PrivateIpAddress"] == secondary
    assert described(cloud, own)["NetworkInterfaceId"] == interface


def test_an_address_moves_between_the_private_ones_of_two_interfaces(cloud: Cloud) -> None:
    home, cover = cloud.running(), with_secondary(cloud)
    associate(cloud, a := allocated(cloud), cloud.interface_of(home))
    elastic = described(cloud, a)["PublicIp"]
    associate(cloud, a, cover[1], cover[2])
    assert described(cloud, a)["PrivateIpAddress"] == cover[2]
    assert cloud.instance(home)["PublicIpAddress"] != elastic
    associate(cloud, a, cloud.interface_of(home))
    assert described(cloud, a)["PrivateIpAddress"] == cloud.instance(home)["PrivateIpAddress"]
    assert cloud.instance(home)["PublicIpAddress"] == elastic


def test_a_secondary_private_address_is_named_or_the_primary_one_is_meant(cloud: Cloud) -> None:
    node, interface, secondary = with_secondary(cloud)
    associate(cloud, a := allocated(cloud), interface, secondary)
    associate(cloud, a, interface)
    assert described(cloud, a)["PrivateIpAddress"] == cloud.instance(node)["PrivateIpAddress"]


def test_a_private_address_of_another_interface_is_refused(cloud: Cloud, refused: Any) -> None:
    stranger = with_secondary(cloud)[2]
    _, interface, _ = with_secondary(cloud)
    a = allocated(cloud)
    with refused("InvalidParameterValue"):
        associate(cloud, a, interface, stranger)
    assert "AssociationId" not in described(cloud, a)


def test_an_occupied_private_address_is_refused_where_reassociation_is_forbidden(
    cloud: Cloud, refused: Any
) -> None:
    _, interface, secondary = with_secondary(cloud)
    associate(cloud, allocated(cloud), interface, secondary)
    with refused("Resource.AlreadyAssociated"):
        cloud.ec2.associate_address(
            AllocationId=allocated(cloud),
            NetworkInterfaceId=interface,
            PrivateIpAddress=secondary,
            AllowReassociation=False,
        )


def test_no_automatic_address_comes_while_a_secondary_private_one_has_an_elastic_one(cloud: Cloud) -> None:
    node, interface, secondary = with_secondary(cloud)
    own, other = allocated(cloud), allocated(cloud)
    association = associate(cloud, own, interface)
    associate(cloud, other, interface, secondary)
    cloud.ec2.disassociate_address(AssociationId=association)
    assert "PublicIpAddress" not in cloud.instance(node)
    assert "Association" not in cloud.instance(node)["NetworkInterfaces"][0]


def test_addresses_are_found_by_the_private_one_they_are_on(cloud: Cloud) -> None:
    _, interface, secondary = with_secondary(cloud)
    associate(cloud, allocated(cloud), interface)
    associate(cloud, a := allocated(cloud), interface, secondary)
    wanted: Any = [{"Name": "private-ip-address", "Values": [secondary]}]
    found = cloud.ec2.describe_addresses(Filters=wanted)["Addresses"]
    assert [address["AllocationId"] for address in found] == [a]


def test_termination_frees_the_address_of_a_secondary_private_one(cloud: Cloud) -> None:
    node, interface, secondary = with_secondary(cloud)
    associate(cloud, a := allocated(cloud), interface, secondary)
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert not {"AssociationId", "PrivateIpAddress"} & described(cloud, a).keys()


def test_termination_frees_the_address_and_keeps_it_allocated(cloud: Cloud) -> None:
    node = cloud.running()
    allocation = allocated(cloud)
    cloud.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=cloud.interface_of(node))
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert "AssociationId" not in described(cloud, allocation)


def test_a_stopped_instance_keeps_its_elastic_address(cloud: Cloud) -> None:
    node = cloud.running()
    allocation = allocated(cloud)
    cloud.ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=cloud.interface_of(node))
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert cloud.instance(node)["PublicIpAddress"] == described(cloud, allocation)["PublicIp"]


def test_an_associated_address_cannot_be_released(cloud: Cloud, refused: Any) -> None:
    allocation = allocated(cloud)
    cloud.ec2.associate_address(
        AllocationId=allocation, NetworkInterfaceId=cloud.interface_of(cloud.running())
    )
    with refused("InvalidIPAddress.InUse"):
        cloud.ec2.release_address(AllocationId=allocation)


def test_addresses_are_found_by_tag(cloud: Cloud) -> None:
    allocation = allocated(cloud)
    wanted: Any = [{"Name": "tag:natkeeper:stack", "Values": ["demo"]}]
    found = cloud.ec2.describe_addresses(Filters=wanted)["Addresses"]
    assert [address["AllocationId"] for address in found] == [allocation]


def test_a_nat_gateway_lets_go_of_its_address_only_when_it_is_deleted(cloud: Cloud, refused: Any) -> None:
    subnet = cloud.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    address = cloud.ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = cloud.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    interface = cloud.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    take: Any = {"AllocationId": address, "NetworkInterfaceId": interface, "AllowReassociation": True}

    with refused("AuthFailure"):
        cloud.ec2.associate_address(**take)
    cloud.clock.advance(cloud.world.timings.gateway)
    cloud.ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    with refused("AuthFailure"):
        cloud.ec2.associate_address(**take)
    with refused("AuthFailure"):
        cloud.ec2.release_address(AllocationId=address)
    cloud.clock.advance(cloud.world.timings.gateway_deletion)
    (free,) = cloud.ec2.describe_addresses(AllocationIds=[address])["Addresses"]
    assert not free.get("AssociationId")
    cloud.ec2.associate_address(**take)
