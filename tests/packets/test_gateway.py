"""The internet gateway: a public address is one private address, without memory, or nothing passes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

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


@pytest.fixture(scope="module")
def cover(region: Region) -> str:
    """A node with a secondary private address that nothing inside it owns: its kernel translates to it what
    a neighbour's clients send, and to its primary one the rest."""
    made = region.launch(region.public, public=True, secondary=1)
    region.uncheck(made)
    region.run(
        made, f"echo 1 >/proc/sys/net/ipv4/ip_forward; nft -f - <<'EOT'\n{_translation(region, made)}EOT"
    )
    region.settle()
    return made


def _translation(region: Region, node: str) -> str:
    return f"""table ip cover {{
  chain out {{
    type nat hook postrouting priority 100;
    ip saddr 10.0.1.0/24 snat to {region.secondary(node)}
    ip saddr 10.0.2.0/24 masquerade
  }}
}}
"""


@pytest.fixture
def client(region: Region, cover: str) -> Iterator[str]:
    """A host in the neighbour's subnet, whose default route leads to the covering node."""
    table, target = region.tables[region.one], region.interface(cover)
    region.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=target)
    region.settle()
    yield region.launch(region.one)
    region.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    region.settle()


def associate(region: Region, allocation: str, instance: str, private: str = "") -> str:
    named: Any = {"PrivateIpAddress": private} if private else {}
    answer = region.ec2.associate_address(
        AllocationId=allocation,
        NetworkInterfaceId=region.interface(instance),
        AllowReassociation=True,
        **named,
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


def test_nobody_loses_a_packet_when_another_ones_address_changes(
    region: Region, host: str, address: tuple[str, str]
) -> None:
    speaks = region.launch(region.public, public=True)
    with ThreadPoolExecutor(1) as pool:
        losses = pool.submit(region.losses, speaks, "198.51.100.10", 4)
        while not losses.done():
            region.ec2.disassociate_address(AssociationId=associate(region, address[1], host))
            region.settle()

    assert losses.result() == 0


def test_a_secondary_private_address_without_an_elastic_one_does_not_pass(
    region: Region, cover: str, client: str
) -> None:
    assert region.fetch(client) == ""
    assert region.fetch(cover) == region.instance(cover)["PublicIpAddress"]


def test_a_node_has_two_public_addresses_and_each_source_leaves_by_its_own(
    region: Region, cover: str, client: str, address: tuple[str, str]
) -> None:
    public, allocation = address
    own = region.instance(cover)["PublicIpAddress"]
    associate(region, allocation, cover, region.secondary(cover))
    assert (region.fetch(client), region.fetch(cover)) == (public, own)
    assert region.pings(client, "198.51.100.10")


def test_what_the_internet_sends_to_it_reaches_the_interface_that_nobody_asks_for_it(
    region: Region, cover: str, client: str, address: tuple[str, str]
) -> None:
    public, allocation = address
    associate(region, allocation, cover, secondary := region.secondary(cover))
    assert secondary not in region.run(cover, "ip -o addr show")
    to = f"ip daddr {secondary} udp dport 5000 dnat to {region.private(client)}"
    region.run(
        cover,
        "nft add chain ip cover in '{ type nat hook prerouting priority -100; }'; "
        f"nft add rule ip cover in {to}",
    )
    heard = region.listen(client, 5000)
    region.send("internet", public, 5000, ADMIN, "one")
    assert heard.first() == f"{ADMIN} one"
    region.run(cover, "nft delete chain ip cover in")


def test_a_connection_lives_when_its_elastic_address_comes_to_the_address_that_its_entry_names(
    region: Region, cover: str, client: str, address: tuple[str, str]
) -> None:
    public, allocation = address
    associate(region, allocation, cover, region.secondary(cover))
    flow = region.talk(client, "198.51.100.10", 7)
    assert flow.say("before") == "before"
    other = region.launch(region.public)
    associate(region, allocation, other)
    assert flow.say("away") == ""
    assert region.fetch(other) == public
    associate(region, allocation, cover, region.secondary(cover))
    assert flow.say("back").startswith("away")


def test_the_instance_is_told_of_all_its_addresses(
    region: Region, cover: str, address: tuple[str, str]
) -> None:
    public, allocation = address
    associate(region, allocation, cover, secondary := region.secondary(cover))
    ask = (
        "base=http://169.254.169.254/latest; token=$(curl -s -X PUT "
        "-H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $base/api/token); "
        'ask() { curl -s -H "X-aws-ec2-metadata-token: $token" $base/meta-data/$1; echo; }; '
        "own=network/interfaces/macs/$(ask mac); "
        f"ask $own/local-ipv4s; ask $own/ipv4-associations/{public}"
    )
    told = region.run(cover, ask).split()
    assert told == [region.private(cover), secondary, secondary]
