"""Security groups remember the flows they let out, unless everything is open both ways."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from .region import ADMIN, OPEN, SERVER, Region

ECHO = 7


@pytest.fixture(scope="module")
def closed(region: Region) -> str:
    """A group that lets everything out and nothing in."""
    return region.new_group("closed", [])


@pytest.fixture(scope="module")
def shut(region: Region, closed: str) -> str:
    """A public instance in the closed group."""
    return region.launch(region.public, public=True, group=closed)


@pytest.fixture(scope="module")
def free(region: Region) -> str:
    """A public instance in the open group."""
    return region.launch(region.public, public=True)


@pytest.fixture
def egress(region: Region, closed: str) -> Iterator[None]:
    """Puts the rules of both groups back."""
    yield
    for group in (region.group, closed):
        found = region.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        if not found["IpPermissionsEgress"]:
            region.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=OPEN)
    region.settle()


def revoke(region: Region, group: str) -> None:
    region.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=OPEN)
    region.settle()


def allow(region: Region, group: str, permission: dict[str, Any]) -> None:
    region.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])  # type: ignore[list-item]
    region.settle()


def test_a_reply_needs_no_rule_and_a_stranger_does(region: Region, shut: str) -> None:
    public = region.instance(shut)["PublicIpAddress"]
    assert region.fetch(shut) == public
    assert region.talk("internet", public, 22, ADMIN).state != "up"
    assert not region.pings("internet", public)
    assert region.pings(shut, SERVER)


def test_a_tracked_flow_outlives_its_rule_and_a_new_one_does_not_begin(
    region: Region, shut: str, closed: str, egress: None
) -> None:
    flow = region.talk(shut, SERVER, ECHO)
    assert flow.say("before") == "before"
    revoke(region, closed)
    assert flow.say("after") == "after"
    assert region.fetch(shut) == ""


@pytest.fixture
def forgetful(region: Region) -> Iterator[None]:
    """Security groups do not begin to track a TCP flow in its middle."""
    region.world.midstream = False
    with region.world.lock:
        region.world.notify()
    region.settle()
    yield
    region.world.midstream = True
    with region.world.lock:
        region.world.notify()
    region.settle()


def forget(region: Region, instance: str) -> None:
    """The group has never seen the flows of an instance, as if they had gone another way until now."""
    device = f"e{region.interface(instance)[-12:]}"
    region.underlay._corner.run(f"nft flush set ip vpc flows_{device}", region.vpc)


def test_a_group_picks_up_a_flow_in_its_middle_when_its_client_speaks(region: Region, shut: str) -> None:
    flow = region.talk(shut, SERVER, ECHO)
    assert flow.say("before") == "before"
    forget(region, shut)
    assert flow.say("after") == "after"


def test_or_it_does_not_and_only_new_flows_are_tracked(region: Region, shut: str, forgetful: None) -> None:
    flow = region.talk(shut, SERVER, ECHO)
    assert flow.say("before") == "before"
    assert flow.say("between") == "between"
    forget(region, shut)
    assert flow.say("after") == ""
    assert region.talk(shut, SERVER, ECHO).say("anew") == "anew"


def test_an_untracked_flow_needs_no_memory_in_either_case(region: Region, free: str, forgetful: None) -> None:
    flow = region.talk(free, SERVER, ECHO)
    assert flow.say("before") == "before"
    forget(region, free)
    assert flow.say("after") == "after"


def test_an_untracked_flow_is_cut_with_its_rule(region: Region, free: str, egress: None) -> None:
    flow = region.talk(free, SERVER, ECHO)
    assert flow.say("before") == "before"
    revoke(region, region.group)
    assert flow.say("after") == ""


def test_nobody_can_close_the_way_to_metadata_and_resolver(
    region: Region, shut: str, closed: str, egress: None
) -> None:
    revoke(region, closed)
    assert region.run(shut, "curl -s -m 1 -o /dev/null -w '%{http_code}' http://169.254.169.254/") == "401"
    ask = 'import socket; print(socket.gethostbyname("www.example.com"))'
    assert region.run(shut, f"{sys.executable} -c '{ask}'") == "198.51.100.12"


def test_a_rule_opens_its_ports_to_its_range_only(region: Region, shut: str, closed: str, free: str) -> None:
    public = region.instance(shut)["PublicIpAddress"]
    allow(
        region,
        closed,
        {"IpProtocol": "tcp", "FromPort": 20, "ToPort": 22, "IpRanges": [{"CidrIp": f"{ADMIN}/32"}]},
    )
    assert region.talk("internet", public, 22, ADMIN).state == "up"
    assert region.talk("internet", public, 22, SERVER).state != "up"
    assert region.talk("internet", public, 23, ADMIN).state != "up"


def test_a_rule_can_name_a_group(region: Region, shut: str, closed: str, free: str) -> None:
    outsider = region.launch(region.one, group=region.new_group("outsider", []))
    named = [{"GroupId": region.group}]
    rule = {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "UserIdGroupPairs": named}
    allow(region, closed, rule)
    assert region.pings(free, region.private(shut))
    assert not region.pings(outsider, region.private(shut))
