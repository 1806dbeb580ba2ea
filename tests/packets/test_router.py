"""The implicit router and the source/dest check, and how long a change takes to arrive."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from lab.ec2.clock import wait_until

from .region import TALK, Region

ELSEWHERE = "198.18.0.9"  # an address that is not of the VPC, and that both ways own
PROPAGATION = 1.0


@pytest.fixture(scope="module")
def ways(region: Region) -> list[str]:
    """Two instances that say which one they are to whoever reaches them under the same foreign address."""
    made = [region.launch(region.public) for _ in range(2)]
    for each in made:
        region.run(each, f"ip addr add {ELSEWHERE}/32 dev lo")
        region.run(each, f"setsid {sys.executable} {TALK} name {each} >/dev/null 2>&1 </dev/null &")
        region.uncheck(each)
    region.settle()
    return made


@pytest.fixture(scope="module")
def hosts(region: Region) -> list[str]:
    """One host in each private subnet."""
    return [region.launch(region.one), region.launch(region.two)]


def route_to(region: Region, subnet: str, way: str, *, new: bool = False) -> None:
    call = region.ec2.create_route if new else region.ec2.replace_route
    call(
        RouteTableId=region.tables[subnet],
        DestinationCidrBlock="0.0.0.0/0",
        NetworkInterfaceId=region.interface(way),
    )


@pytest.fixture
def routed(region: Region, ways: list[str], hosts: list[str]) -> Iterator[None]:
    """Each private subnet's table leads to a way of its own."""
    for subnet, way in zip((region.one, region.two), ways, strict=True):
        route_to(region, subnet, way, new=True)
    region.settle()
    yield
    region.world.timings.change(propagation=0)
    for subnet in (region.one, region.two):
        region.ec2.delete_route(RouteTableId=region.tables[subnet], DestinationCidrBlock="0.0.0.0/0")
    region.settle()


def way_of(region: Region, host: str) -> str:
    """Returns the instance that a host's packets reach."""
    return region.run(host, f"{sys.executable} {TALK} ask {ELSEWHERE}")


def test_each_subnet_follows_its_own_table(
    region: Region, routed: None, ways: list[str], hosts: list[str]
) -> None:
    assert [way_of(region, host) for host in hosts] == ways


def test_what_stays_in_the_vpc_goes_straight_there(
    region: Region, routed: None, ways: list[str], hosts: list[str]
) -> None:
    heard = region.listen(hosts[1], 5000)
    region.send(hosts[0], region.private(hosts[1]), 5000, "0.0.0.0", "hello")
    assert heard.first() == f"{region.private(hosts[0])} hello"
    assert region.pings(hosts[0], region.private(ways[0]))


def test_a_replaced_route_is_followed_after_the_propagation_time_and_not_before(
    region: Region, routed: None, ways: list[str], hosts: list[str]
) -> None:
    region.world.timings.change(propagation=PROPAGATION)
    route_to(region, region.one, ways[1])
    accepted = time.monotonic()
    assert way_of(region, hosts[0]) == ways[0]
    assert wait_until(lambda: way_of(region, hosts[0]) == ways[1], 30, 0.01)
    assert time.monotonic() - accepted >= PROPAGATION


def test_the_lab_notes_how_late_it_followed_the_propagation_time_not_counted(
    region: Region, routed: None, ways: list[str]
) -> None:
    region.world.timings.change(propagation=PROPAGATION)
    region.world.late.clear()
    route_to(region, region.one, ways[1])
    region.settle()

    ((followed, late),) = region.world.late
    assert 0 < late < PROPAGATION
    assert 0 <= time.time() - followed < PROPAGATION


def test_a_route_to_a_stopped_instance_is_silence(region: Region, routed: None, hosts: list[str]) -> None:
    short = region.launch(region.public)
    region.uncheck(short)
    route_to(region, region.one, short)
    region.settle()
    region.ec2.stop_instances(InstanceIds=[short])
    region.settle()
    assert way_of(region, hosts[0]) == ""
    assert region.run(hosts[0], f"{sys.executable} {TALK} ping {ELSEWHERE}") == "silence"


def test_no_route_at_all_is_silence(region: Region, hosts: list[str]) -> None:
    assert region.run(hosts[0], f"{sys.executable} {TALK} ping {ELSEWHERE}") == "silence"


def check(region: Region, instance: str, *, on: bool) -> None:
    region.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=region.interface(instance), SourceDestCheck={"Value": on}
    )
    region.settle()


def test_what_is_for_another_arrives_only_with_the_check_off(
    region: Region, routed: None, ways: list[str], hosts: list[str]
) -> None:
    heard = region.listen(ways[0], 5001)
    check(region, ways[0], on=True)
    region.send(hosts[0], ELSEWHERE, 5001, "0.0.0.0", "checked")
    check(region, ways[0], on=False)
    region.send(hosts[0], ELSEWHERE, 5001, "0.0.0.0", "free")
    assert heard.first() == f"{region.private(hosts[0])} free"


def test_what_is_from_another_leaves_only_with_the_check_off(
    region: Region, ways: list[str], hosts: list[str]
) -> None:
    heard = region.listen(hosts[0], 5002)
    check(region, ways[0], on=True)
    region.send(ways[0], region.private(hosts[0]), 5002, ELSEWHERE, "checked")
    check(region, ways[0], on=False)
    region.send(ways[0], region.private(hosts[0]), 5002, ELSEWHERE, "free")
    assert heard.first() == f"{ELSEWHERE} free"
