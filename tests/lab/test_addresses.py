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
    cloud.ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    (free,) = cloud.ec2.describe_addresses(AllocationIds=[address])["Addresses"]
    assert not free.get("AssociationId")
    cloud.ec2.associate_address(**take)
