"""A NAT gateway: what it forwards leaves from its address, when it is available and until it is deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.ec2.clock import wait_until

from .region import ADMIN, SERVER, Region

ECHO = 7
SOON = 30.0
"""Seconds in which a gateway's state changes, in the lab's quick pace."""


@pytest.fixture(scope="module")
def host(region: Region) -> str:
    """An instance in a private subnet."""
    return region.launch(region.one)


def state(region: Region, gateway: str) -> str:
    found = region.ec2.describe_nat_gateways(NatGatewayIds=[gateway])
    return str(found["NatGateways"][0]["State"])


def comes_to(region: Region, gateway: str, wanted: str) -> None:
    assert wait_until(lambda: state(region, gateway) == wanted, SOON, 0.05)
    region.settle()


@pytest.fixture
def made(region: Region) -> Iterator[tuple[str, str]]:
    """A gateway that was just asked for, to which the private table leads; and its public address."""
    public, allocation = region.elastic()
    answer = region.ec2.create_nat_gateway(SubnetId=region.public, AllocationId=allocation)
    gateway = answer["NatGateway"]["NatGatewayId"]
    table = region.tables[region.one]
    region.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)
    region.settle()
    yield gateway, public
    region.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    region.ec2.delete_nat_gateway(NatGatewayId=gateway)
    comes_to(region, gateway, "deleted")


def test_nothing_passes_while_it_is_pending(region: Region, host: str, made: tuple[str, str]) -> None:
    gateway, public = made
    if state(region, gateway) == "pending":
        assert region.fetch(host) == ""
    comes_to(region, gateway, "available")
    assert region.fetch(host) == public


def test_a_flow_lives_in_it_and_nobody_begins_one_from_outside(
    region: Region, host: str, made: tuple[str, str]
) -> None:
    gateway, public = made
    comes_to(region, gateway, "available")
    talk = region.talk(host, SERVER, ECHO)
    assert talk.say("hello") == "hello"
    assert region.talk("internet", public, 22, ADMIN).state != "up"


def test_once_it_is_deleted_nothing_passes_and_its_address_is_free(
    region: Region, host: str, made: tuple[str, str]
) -> None:
    gateway, public = made
    comes_to(region, gateway, "available")
    region.ec2.delete_nat_gateway(NatGatewayId=gateway)
    comes_to(region, gateway, "deleted")
    assert region.fetch(host) == ""
    address = region.ec2.describe_addresses(PublicIps=[public])["Addresses"][0]
    assert "AssociationId" not in address


def test_another_is_made_with_the_same_address(region: Region, host: str, made: tuple[str, str]) -> None:
    gateway, public = made
    comes_to(region, gateway, "available")
    assert region.fetch(host) == public


def test_a_connection_that_is_over_keeps_no_port_busy_at_the_other_side(
    region: Region, host: str, made: tuple[str, str]
) -> None:
    gateway, public = made
    comes_to(region, gateway, "available")
    assert region.fetch(host) == public
    assert region.run("internet", "ss -Htan state time-wait state closing") == ""
