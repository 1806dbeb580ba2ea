"""Links that break: one way or both, for a while or until they are mended, and nothing else with them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lab.packets.cuts import pairs

from .region import SERVER, Region

PAUSE = 400
"""Milliseconds."""


@pytest.fixture(scope="module")
def ends(region: Region) -> list[str]:
    """Three hosts with public addresses, each in a subnet of its own."""
    table, gateway = region.tables, region.ec2.describe_internet_gateways()["InternetGateways"][0]
    for subnet in (region.one, region.two):
        region.ec2.create_route(
            RouteTableId=table[subnet],
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId=gateway["InternetGatewayId"],
        )
    return [region.launch(each, public=True) for each in (region.public, region.one, region.two)]


@pytest.fixture
def whole(region: Region, ends: list[str]) -> Iterator[None]:
    """Whatever is cut is mended."""
    yield
    region.underlay.guest.cut([], 0)


def arrives(region: Region, sender: str, receiver: str) -> bool:
    """Returns whether a datagram comes through."""
    heard = region.listen(receiver, 5000)
    region.send(sender, region.private(receiver), 5000, region.private(sender), "one")
    found = heard.heard() == f"{region.private(sender)} one"
    heard.close()
    region.run(receiver, "pkill -f 'talk.py udp'")
    return found


def test_a_link_breaks_one_way(region: Region, ends: list[str], whole: None) -> None:
    one, two, three = ends
    region.underlay.guest.cut([(one, two)], 0)
    assert not arrives(region, one, two)
    assert arrives(region, two, one)
    assert region.pings(one, region.private(three))
    assert region.pings(one, SERVER)


def test_a_link_breaks_both_ways_until_it_is_mended(region: Region, ends: list[str], whole: None) -> None:
    one, two, _ = ends
    region.underlay.guest.cut([(one, two), (two, one)], 0)
    assert not region.pings(one, region.private(two))
    region.underlay.guest.cut([], 0)
    assert region.pings(one, region.private(two))


def test_a_pause_ends_by_itself(region: Region, ends: list[str], whole: None) -> None:
    one, two, three = ends
    region.underlay.guest.cut([(one, "*"), ("*", one)], PAUSE)
    assert region.run(one, f"ping -c 1 -W 0.2 {SERVER} >/dev/null || echo lost") == "lost"
    assert region.pings(two, region.private(three))
    time.sleep(PAUSE / 1000)
    assert region.pings(one, SERVER)
    assert region.pings(one, region.private(two))


def test_a_host_is_cut_off_from_the_internet_alone(region: Region, ends: list[str], whole: None) -> None:
    one, two, _ = ends
    region.underlay.guest.cut([(one, "internet")], 0)
    assert not region.pings(one, SERVER)
    assert region.pings(one, region.private(two))


def test_a_place_that_is_not_there_is_named(region: Region, ends: list[str], whole: None) -> None:
    with pytest.raises(ValueError, match="no interface of i-gone"):
        region.underlay.guest.cut([(ends[0], "i-gone")], 0)
    with pytest.raises(ValueError, match="no such instances"):
        region.underlay.guest.cut([("i-gone", "i-lost")], 0)


def test_nobody_is_cut_off_from_itself() -> None:
    assert pairs([("*", "*")], []) == []
