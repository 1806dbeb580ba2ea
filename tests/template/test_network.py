"""The network, new or existing, and who may come in."""

from __future__ import annotations

from typing import Any

import pytest

from node.core.rules import BEATS, FLOWS
from tests.template.cfn import Stack, template
from tests.template.stacks import (
    ALL,
    DEFAULT,
    EVERYTHING,
    EXISTING,
    EXISTING_SIX,
    SIX_ZONES,
    THREE_ZONES,
    TUTORIAL,
    of_type,
)


def _variables(stack: Stack, function: str) -> dict[str, str]:
    found: dict[str, str] = stack.properties(f"{function}Function")["Environment"]["Variables"]
    return found


def _ingress(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.properties("NodeSecurityGroup")["SecurityGroupIngress"]
    return found


@pytest.mark.parametrize("zones", range(1, 7))
def test_each_zone_has_a_public_and_a_private_subnet_in_a_zone_and_a_range_of_its_own(zones: int) -> None:
    resources = Stack({"ZoneCount": str(zones)}).resources().values()
    subnets = [r["Properties"] for r in resources if r["Type"] == "AWS::EC2::Subnet"]

    assert len({s["CidrBlock"] for s in subnets}) == 2 * zones
    assert sorted(s["AvailabilityZone"] for s in subnets) == sorted(
        "us-east-1" + z for z in "abcdef"[:zones] * 2
    )
    assert len([r for r in resources if r["Type"] == "AWS::EC2::EIP"]) == zones
    assert len([r for r in resources if r["Type"] == "AWS::EC2::SubnetRouteTableAssociation"]) == 2 * zones


def test_the_subnets_are_where_the_tutorial_says() -> None:
    blocks = {
        name: r["Properties"]["CidrBlock"]
        for name, r in THREE_ZONES.resources().items()
        if r["Type"] == "AWS::EC2::Subnet"
    }
    assert blocks == {
        "PublicSubnet1": "10.0.0.0/24",
        "PrivateSubnet1": "10.0.1.0/24",
        "PublicSubnet2": "10.0.2.0/24",
        "PrivateSubnet2": "10.0.3.0/24",
        "PublicSubnet3": "10.0.4.0/24",
        "PrivateSubnet3": "10.0.5.0/24",
    }


def test_no_private_table_has_a_default_route_of_cloudformations() -> None:
    tables = [r["Properties"]["RouteTableId"] for r in of_type("AWS::EC2::Route").values()]
    assert tables == [{"Ref": "PublicRouteTable"}]


def test_s3_is_reachable_without_internet_from_every_table() -> None:
    endpoint = THREE_ZONES.properties("S3Endpoint")
    assert set(endpoint["RouteTableIds"]) == {
        "<PublicRouteTable>",
        "<PrivateRouteTable1>",
        "<PrivateRouteTable2>",
        "<PrivateRouteTable3>",
    }
    assert len(SIX_ZONES.properties("S3Endpoint")["RouteTableIds"]) == 7
    assert endpoint["VpcEndpointType"] == "Gateway"


def test_an_elastic_address_in_a_new_vpc_waits_for_the_gateway() -> None:
    addresses = of_type("AWS::EC2::EIP")
    assert len(addresses) == 12, "six that go with the stack, and six that stay"
    assert all(address["DependsOn"] == "GatewayReady" for address in addresses.values())
    handle = template()["Resources"]["GatewayReady"]["Metadata"]["Gateway"]
    assert DEFAULT.value(handle) == "<GatewayAttachment>"
    assert EXISTING.value(handle) == "existing"


def test_every_elastic_address_carries_the_stacks_tag() -> None:
    for number in range(1, 7):
        name = f"Address{number}"
        tags = {t["Key"]: t["Value"] for t in SIX_ZONES.properties(name)["Tags"]}
        assert tags["natkeeper:stack"] == "natkeeper"


def test_addresses_come_in_the_order_of_the_subnets() -> None:
    variables = _variables(SIX_ZONES, "Reconcile")
    numbers = range(1, 7)
    assert variables["PUBLIC_SUBNET_IDS"] == ",".join(f"<PublicSubnet{i}>" for i in numbers)
    assert variables["PRIVATE_ROUTE_TABLE_IDS"] == ",".join(f"<PrivateRouteTable{i}>" for i in numbers)
    assert variables["ALLOCATION_IDS"] == ",".join(f"<Address{i}.AllocationId>" for i in numbers)


def test_an_address_is_made_for_each_listed_public_subnet() -> None:
    variables = _variables(EXISTING, "Reconcile")
    assert variables["ALLOCATION_IDS"] == "<Address1.AllocationId>,<Address2.AllocationId>"
    assert variables["PUBLIC_SUBNET_IDS"] == EXISTING.given["ExistingPublicSubnetIds"]
    assert variables["PRIVATE_ROUTE_TABLE_IDS"] == EXISTING.given["ExistingPrivateRouteTableIds"]


def test_an_address_brought_along_takes_the_place_of_one_that_would_be_made() -> None:
    brought = Stack({**THREE_ZONES.given, "ExistingAllocationIds": "eipalloc-01234567,eipalloc-01234568"})
    ids = "eipalloc-01234567,eipalloc-01234568,<Address3.AllocationId>"

    assert [name for name, r in brought.resources().items() if r["Type"] == "AWS::EC2::EIP"] == ["Address3"]
    assert _variables(brought, "Reconcile")["ALLOCATION_IDS"] == ids
    assert ",".join(brought.properties("Teardown")["AllocationIds"]) == ids
    assert {name for name in brought.outputs() if name.startswith("EgressAddress")} == {"EgressAddress3"}


def test_addresses_brought_along_for_fewer_zones_than_named_are_left_alone() -> None:
    brought = Stack({"ZoneCount": "1", "ExistingAllocationIds": "eipalloc-01234567,eipalloc-01234568"})

    assert _variables(brought, "Reconcile")["ALLOCATION_IDS"] == "eipalloc-01234567"


def test_addresses_that_stay_take_the_place_of_those_that_go_with_the_stack() -> None:
    stays = Stack({**SIX_ZONES.given, "RetainAddresses": "true"})
    ids = [f"<RetainedAddress{i}.AllocationId>" for i in range(1, 7)]

    assert set(_addresses(stays)) == {f"RetainedAddress{i}" for i in range(1, 7)}
    assert _variables(stays, "Reconcile")["ALLOCATION_IDS"] == ",".join(ids)
    assert stays.properties("Teardown")["AllocationIds"] == ids
    assert stays.outputs()["RetainedAddresses"] == ",".join(ids)
    assert stays.outputs()["EgressAddress3"] == "<RetainedAddress3>"
    assert "RetainedAddresses" not in SIX_ZONES.outputs()


def test_they_outlive_the_stack_but_no_creation_that_fails() -> None:
    for name, resource in of_type("AWS::EC2::EIP").items():
        policies = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        assert policies == (
            ("RetainExceptOnCreate", "Retain") if name.startswith("Retained") else (None, None)
        )


def test_they_bear_no_tag_that_makes_them_a_stacks_own() -> None:
    stays = Stack({"RetainAddresses": "true"})
    for name in _addresses(stays):
        tags = {t["Key"]: t["Value"] for t in stays.properties(name)["Tags"]}
        assert tags.keys() == {"Name", "natkeeper:retained"}
        assert tags["natkeeper:retained"] == "natkeeper"


def test_of_addresses_that_stay_only_those_are_made_that_nobody_brings_along() -> None:
    stays = Stack({**EXISTING_SIX.given, "RetainAddresses": "true"})
    made = [f"<RetainedAddress{i}.AllocationId>" for i in range(3, 7)]

    assert set(_addresses(stays)) == {f"RetainedAddress{i}" for i in range(3, 7)}
    assert stays.outputs()["RetainedAddresses"] == ",".join(made)


def _addresses(stack: Stack) -> list[str]:
    return [name for name, r in stack.resources().items() if r["Type"] == "AWS::EC2::EIP"]


def test_without_kept_addresses_there_are_none() -> None:
    stack = Stack({"KeepAddress": "false"})
    assert _variables(stack, "Reconcile")["ALLOCATION_IDS"] == ""
    assert not [r for r in stack.resources().values() if r["Type"] == "AWS::EC2::EIP"]


def test_six_public_subnets_are_six_zones_some_with_addresses_brought_along() -> None:
    made = ",".join(f"<Address{i}.AllocationId>" for i in range(3, 7))
    brought = EXISTING_SIX.given["ExistingAllocationIds"]

    assert _variables(EXISTING_SIX, "Reconcile")["ALLOCATION_IDS"] == f"{brought},{made}"
    assert _variables(EXISTING_SIX, "Report")["ZONES"] == "6"
    assert [_variables(Stack({"ZoneCount": n}), "Report")["ZONES"] for n in "146"] == ["1", "4", "6"]


def test_an_existing_network_is_left_as_it_is() -> None:
    made = {r["Type"] for r in EXISTING.resources().values() if r["Type"].startswith("AWS::EC2::")}
    assert made == {
        "AWS::EC2::EIP",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::LaunchTemplate",
    }


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL.keys())
def test_nothing_is_used_that_does_not_exist(stack: Stack) -> None:
    assert stack.resources()
    assert stack.outputs()


def test_by_default_nothing_comes_in_from_outside() -> None:
    assert [(rule["IpProtocol"], rule["CidrIp"]) for rule in _ingress(DEFAULT)] == [("-1", "10.0.0.0/16")]


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL.keys())
def test_nodes_hear_one_another_wherever_they_live(stack: Stack) -> None:
    found = stack.properties("NodePeerIngress")
    group = "<NodeSecurityGroup.GroupId>"
    assert (found["GroupId"], found["SourceSecurityGroupId"]) == (group, group)
    assert (found["IpProtocol"], found["FromPort"], found["ToPort"]) == ("udp", BEATS, FLOWS)


def test_each_private_range_may_come_in() -> None:
    assert [rule["CidrIp"] for rule in _ingress(EXISTING)] == ["10.0.0.0/16", "100.64.0.0/10"]
    five = "10.0.0.0/16,10.1.0.0/16,10.2.0.0/16,10.3.0.0/16,10.4.0.0/16"
    stack = Stack({**EXISTING.given, "PrivateCidrs": five})
    assert ",".join(rule["CidrIp"] for rule in _ingress(stack)) == five


def test_a_forward_opens_its_port_to_the_admin_only() -> None:
    closed = Stack({**EVERYTHING.given, "SecurityGroup": "closed"})
    outside = [rule for rule in _ingress(closed) if rule["CidrIp"] != "10.0.0.0/16"]
    assert {rule["CidrIp"] for rule in outside} == {"203.0.113.7/32"}
    assert [(r["IpProtocol"], r["FromPort"], r["ToPort"]) for r in outside] == [
        ("tcp", "9999", "9999"),
        ("udp", "51820", "51820"),
        ("tcp", "80", "80"),
        ("tcp", "443", "443"),
        ("tcp", "2222", "2222"),
        ("tcp", 22, 22),
    ]


def test_an_open_group_lets_everybody_in_and_tells_the_nodes_that_they_have_to_guard() -> None:
    opened = Stack({"SecurityGroup": "open"})
    assert [(rule["IpProtocol"], rule["CidrIp"]) for rule in _ingress(opened)] == [
        ("-1", "10.0.0.0/16"),
        ("-1", "0.0.0.0/0"),
    ]
    for stack, word in ((opened, "open"), (DEFAULT, "closed")):
        script = stack.properties("NodeLaunchTemplate")["LaunchTemplateData"]["UserData"]
        assert f"\n{word}\n" in script


def test_without_an_admin_range_nothing_opens_even_if_the_rules_were_skipped() -> None:
    stack = Stack({"PortForward1": "tcp/9999=10.0.1.10:22", "NodeSsh": "true"})
    assert [rule["CidrIp"] for rule in _ingress(stack)] == ["10.0.0.0/16"]


def test_ssh_to_the_node_is_closed_in_the_tutorial() -> None:
    assert "22" not in [str(rule.get("FromPort")) for rule in _ingress(TUTORIAL)]


def test_the_test_host_is_private_and_lets_in_ssh_that_comes_through_the_nat() -> None:
    host = TUTORIAL.properties("TestHostInstance")
    assert host["SubnetId"] == "<PrivateSubnet1>"
    for stack, source in (
        (TUTORIAL, {"SourceSecurityGroupId": "<NodeSecurityGroup>"}),
        (Stack({**TUTORIAL.given, "KeepClientAddress": "true"}), {"CidrIp": "203.0.113.7/32"}),
    ):
        (rule,) = stack.properties("TestHostSecurityGroup")["SecurityGroupIngress"]
        opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **source}
        assert {key: value for key, value in rule.items() if key != "Description"} == opened


def test_no_subnet_gives_away_public_addresses() -> None:
    for subnet in of_type("AWS::EC2::Subnet").values():
        assert not subnet["Properties"].get("MapPublicIpOnLaunch", False)


def test_the_test_hosts_address_is_whatever_it_gets_so_that_a_successor_can_be_made_beside_it() -> None:
    assert "PrivateIpAddress" not in TUTORIAL.properties("TestHostInstance")
    fixed = Stack({**TUTORIAL.given, "TestHostAddress": "10.0.1.10"})
    assert fixed.properties("TestHostInstance")["PrivateIpAddress"] == "10.0.1.10"


def test_the_test_hosts_port_leads_to_the_address_that_it_got() -> None:
    script = TUTORIAL.properties("NodeLaunchTemplate")["LaunchTemplateData"]["UserData"]
    assert "\ntcp/9999=<TestHostInstance.PrivateIp>:22\n" in script
    without = Stack({**TUTORIAL.given, "TestHostPort": ""})
    assert "TestHostInstance" not in str(without.properties("NodeLaunchTemplate"))


def test_the_outputs_tell_how_to_reach_the_test_host() -> None:
    outputs = TUTORIAL.outputs()
    assert outputs["TestHostCommand"] == "ssh -p 9999 ec2-user@<Address1>"
    assert outputs["TestHostAddress"] == "<TestHostInstance.PrivateIp>"
    assert not {"TestHostCommand", "TestHostAddress"} & DEFAULT.outputs().keys()
    assert EVERYTHING.outputs()["PortForwardAddress"] == "tcp/<Address1>:9999"


def test_each_zones_egress_address_is_an_output() -> None:
    assert {"EgressAddress1", "EgressAddress2"} <= DEFAULT.outputs().keys()
    assert "EgressAddress3" not in DEFAULT.outputs()
    assert "EgressAddress3" in THREE_ZONES.outputs()
    assert "EgressAddress6" in SIX_ZONES.outputs()
