"""Secondary private addresses are asked for at launch, assigned, moved, and given back."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Cloud


def with_addresses(cloud: Cloud, count: int, **more: Any) -> str:
    asked = {**cloud.interface(), "SecondaryPrivateIpAddressCount": count}
    return cloud.running(NetworkInterfaces=[asked], **more)


def listed(cloud: Cloud, node: str) -> list[str]:
    """Returns an instance's private addresses, and sees that both Describe calls agree on them."""
    interface = cloud.instance(node)["NetworkInterfaces"][0]
    found = cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface["NetworkInterfaceId"]])
    shown = [each["PrivateIpAddresses"] for each in (interface, found["NetworkInterfaces"][0])]
    assert all([address["Primary"] for address in each][1:].count(True) == 0 for each in shown)
    assert all(each[0]["PrivateIpAddress"] == interface["PrivateIpAddress"] for each in shown)
    first, second = ([address["PrivateIpAddress"] for address in each] for each in shown)
    assert first == second
    return first


def test_a_launch_gets_as_many_as_it_asks_for(cloud: Cloud) -> None:
    nodes = [with_addresses(cloud, 1), with_addresses(cloud, 1), cloud.running()]
    addresses = [address for node in nodes for address in listed(cloud, node)]
    assert len(set(addresses)) == len(addresses) == 5
    assert all(address.startswith("10.0.0.") for address in addresses)


def test_a_launch_template_can_ask_for_them(cloud: Cloud) -> None:
    asked = {**cloud.interface(), "SecondaryPrivateIpAddressCount": 1}
    cloud.ec2.create_launch_template_version(
        LaunchTemplateId=cloud.template,
        SourceVersion="1",
        LaunchTemplateData={"NetworkInterfaces": [asked]},  # type: ignore[list-item]
    )
    version: Any = {"LaunchTemplateId": cloud.template, "Version": "2"}
    call: Any = {"LaunchTemplate": version, "InstanceType": "t4g.nano", "MinCount": 1, "MaxCount": 1}
    image = cloud.ec2.describe_launch_template_versions(LaunchTemplateId=cloud.template, Versions=["1"])
    call["ImageId"] = image["LaunchTemplateVersions"][0]["LaunchTemplateData"]["ImageId"]
    node = cloud.ec2.run_instances(**call)["Instances"][0]["InstanceId"]
    assert len(listed(cloud, node)) == 2


def test_the_answer_of_the_launch_shows_them(cloud: Cloud) -> None:
    version: Any = {"LaunchTemplateId": cloud.template, "Version": "1"}
    asked: Any = {**cloud.interface(), "SecondaryPrivateIpAddressCount": 1}
    made = cloud.ec2.run_instances(
        LaunchTemplate=version, InstanceType="t4g.nano", NetworkInterfaces=[asked], MinCount=1, MaxCount=1
    )["Instances"][0]
    shown = [a["PrivateIpAddress"] for a in made["NetworkInterfaces"][0]["PrivateIpAddresses"]]
    assert shown == listed(cloud, made["InstanceId"])


def test_an_instance_type_has_room_for_so_many(cloud: Cloud, refused: Any) -> None:
    with refused("PrivateIpAddressLimitExceeded"):
        with_addresses(cloud, 2)
    assert len(listed(cloud, with_addresses(cloud, 3, InstanceType="t4g.small"))) == 4


def test_a_secondary_address_stays_while_stopped_and_is_free_after_termination(cloud: Cloud) -> None:
    node = with_addresses(cloud, 1)
    before = listed(cloud, node)
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert listed(cloud, node) == before
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert set(before) == set(listed(cloud, with_addresses(cloud, 1)))


def test_an_address_that_is_someone_s_secondary_one_cannot_be_launched_with(
    cloud: Cloud, refused: Any
) -> None:
    taken = listed(cloud, with_addresses(cloud, 1))[1]
    with refused("InvalidIPAddress.InUse"):
        cloud.launch(
            NetworkInterfaces=[],
            SubnetId=cloud.subnet,
            SecurityGroupIds=[cloud.group],
            PrivateIpAddress=taken,
        )


def test_an_assigned_address_moves_with_its_elastic_one_where_that_is_allowed(
    cloud: Cloud, refused: Any
) -> None:
    one, two = with_addresses(cloud, 1), cloud.running()
    moved = listed(cloud, one)[1]
    elastic = cloud.ec2.allocate_address(Domain="vpc")["AllocationId"]
    cloud.ec2.associate_address(
        AllocationId=elastic, NetworkInterfaceId=cloud.interface_of(one), PrivateIpAddress=moved
    )
    call: Any = {"NetworkInterfaceId": cloud.interface_of(two), "PrivateIpAddresses": [moved]}
    with refused("InvalidParameterValue"):
        cloud.ec2.assign_private_ip_addresses(**call)
    cloud.ec2.assign_private_ip_addresses(**call, AllowReassignment=True)
    assert (listed(cloud, one)[1:], listed(cloud, two)[1:]) == ([], [moved])
    found = cloud.ec2.describe_addresses(AllocationIds=[elastic])["Addresses"][0]
    assert (found["NetworkInterfaceId"], found["PrivateIpAddress"]) == (cloud.interface_of(two), moved)


def test_the_primary_address_never_moves(cloud: Cloud, refused: Any) -> None:
    one, two = cloud.running(), cloud.running()
    with refused("InvalidParameterValue"):
        cloud.ec2.assign_private_ip_addresses(
            NetworkInterfaceId=cloud.interface_of(two),
            PrivateIpAddresses=[listed(cloud, one)[0]],
            AllowReassignment=True,
        )


def test_assigning_by_number_gives_free_ones_up_to_the_type_s_limit(cloud: Cloud, refused: Any) -> None:
    node = cloud.running()
    call: Any = {"NetworkInterfaceId": cloud.interface_of(node), "SecondaryPrivateIpAddressCount": 1}
    answer = cloud.ec2.assign_private_ip_addresses(**call)["AssignedPrivateIpAddresses"]
    assert [each["PrivateIpAddress"] for each in answer] == listed(cloud, node)[1:]
    with refused("PrivateIpAddressLimitExceeded"):
        cloud.ec2.assign_private_ip_addresses(**call)


def test_an_unassigned_address_frees_its_elastic_one(cloud: Cloud) -> None:
    node = with_addresses(cloud, 1)
    interface, secondary = cloud.interface_of(node), listed(cloud, node)[1]
    elastic = cloud.ec2.allocate_address(Domain="vpc")["AllocationId"]
    cloud.ec2.associate_address(
        AllocationId=elastic, NetworkInterfaceId=interface, PrivateIpAddress=secondary
    )
    cloud.ec2.unassign_private_ip_addresses(NetworkInterfaceId=interface, PrivateIpAddresses=[secondary])
    assert listed(cloud, node)[1:] == []
    assert "AssociationId" not in cloud.ec2.describe_addresses(AllocationIds=[elastic])["Addresses"][0]


@pytest.mark.parametrize("which", ["primary", "a stranger's"])
def test_only_own_secondary_addresses_are_unassigned(cloud: Cloud, refused: Any, which: str) -> None:
    node = with_addresses(cloud, 1)
    address = listed(cloud, node)[0] if which == "primary" else "10.0.0.250"
    with refused("InvalidParameterValue"):
        cloud.ec2.unassign_private_ip_addresses(
            NetworkInterfaceId=cloud.interface_of(node), PrivateIpAddresses=[address]
        )
    assert len(listed(cloud, node)) == 2


def test_an_interface_alone_or_a_gateways_has_an_address_that_is_nobodys_and_gives_it_back(
    cloud: Cloud, refused: Any
) -> None:
    """AWS keeps the first four and the last of a subnet: eleven are left of the smallest."""
    vpc = cloud.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    small = cloud.ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/28")["Subnet"]["SubnetId"]
    first, *others = (
        cloud.ec2.create_network_interface(SubnetId=small)["NetworkInterface"] for _ in range(9)
    )
    pair: Any = {"SubnetId": small, "SecondaryPrivateIpAddressCount": 1}
    two = cloud.ec2.create_network_interface(**pair)["NetworkInterface"]["PrivateIpAddresses"]
    given = [each["PrivateIpAddress"] for each in (first, *others, *two)]
    assert sorted(given) == sorted(f"10.9.0.{number}" for number in range(4, 15))

    with refused("InsufficientFreeAddressesInSubnet"):
        cloud.ec2.create_network_interface(SubnetId=small)
    cloud.ec2.delete_network_interface(NetworkInterfaceId=first["NetworkInterfaceId"])
    address = cloud.ec2.allocate_address(Domain="vpc")["AllocationId"]
    for _ in range(2):
        made = cloud.ec2.create_nat_gateway(SubnetId=small, AllocationId=address)["NatGateway"]
        assert made["NatGatewayAddresses"][0]["PrivateIp"] == first["PrivateIpAddress"]
        cloud.clock.advance(cloud.world.timings.gateway)
        cloud.ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
        cloud.clock.advance(cloud.world.timings.gateway_deletion)
