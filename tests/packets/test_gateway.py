"""The internet gateway: a public address is one private address, without memory, or nothing passes."""

from __future__ import annotations

import pytest

from .region import ADMIN, Region


@pytest.fixture(scope="module")
def host(region: Region) -> str:
    """An instance in the public subnet without a public address."""
    return region.launch(region.public)


@pytest.fixture
def address(region: Region) -> tuple[str, str]:
    """An elastic address that nobody has, and its allocation."""
    return region.elastic()


def associate(region: Region, allocation: str, instance: str) -> str:
    answer = region.ec2.associate_address(
        AllocationId=allocation, NetworkInterfaceId=region.interface(instance), AllowReassociation=True
    )
    region.settle()
    return answer["AssociationId"]


def test_a_source_without_a_public_address_is_dropped(region: Region, host: str) -> None:
    assert region.fetch(host) == ""
    assert not region.pings(host, "198.51.100.10")


def test_a_public_address_is_what_the_internet_sees_and_reaches(
    region: Region, host: str, address: tuple[str, str]
) -> None:
    public, allocation = address
    association = associate(region, allocation, host)
    assert region.fetch(host) == public
    assert region.talk("internet", public, 22, ADMIN).say("hello") == f"SSH-2.0-stand-in {ADMIN}"
    region.ec2.disassociate_address(AssociationId=association)
    region.settle()
    assert region.fetch(host) == ""
    assert region.talk("internet", public, 22, ADMIN).state != "up"


def test_an_elastic_address_that_moves_takes_the_packets_along(
    region: Region, host: str, address: tuple[str, str]
) -> None:
    public, allocation = address
    other = region.launch(region.public)
    associate(region, allocation, host)
    heard = region.listen(other, 5000)
    associate(region, allocation, other)
    assert (region.fetch(host), region.fetch(other)) == ("", public)
    region.send("internet", public, 5000, ADMIN, "one")
    assert heard.first() == f"{ADMIN} one"
