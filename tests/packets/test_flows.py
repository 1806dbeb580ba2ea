"""Who takes a node's place knows its flows: a neighbour that covers its zone, and a successor."""

from __future__ import annotations

import json
import re
import shlex
import time
from dataclasses import dataclass
from typing import Any

import pytest

from lab.ec2.clock import wait_until
from lab.packets.network import EVENTS_PORT
from tests.node.template_script import plain_script

from .region import SERVER, Conversation, Region
from .test_ring import STOP

COUNT = 25
SETTLED = 2.0
"""Seconds in which a flow that lives for a moment is told."""
LOOK = 3.0
"""Seconds in which a node alone has looked whether there are others."""
PLACES = {"one": "10.0.1.0/24", "two": "10.0.2.0/24"}
OTHER = {"one": "two", "two": "one"}
ALL_LIVE = f"{COUNT} {COUNT}"


@dataclass
class Zones:
    """Two zones, each with its node and its elastic address."""

    region: Region
    nodes: dict[str, str]
    hosts: dict[str, str]
    elastic: dict[str, tuple[str, str]]

    def launch(self) -> str:
        """Launches a node, and returns it once it is guarded."""
        region = self.region
        made = region.launch(region.public, public=True, user_data=plain_script(), secondary=1)
        region.uncheck(made)
        assert wait_until(
            lambda: region.run(made, "test -e /run/natkeeper/guard && echo yes") == "yes", 90
        ), region.run(made, "cat /var/log/cloud-init-output.log")
        return made

    def tell(self, *nodes: tuple[str, str]) -> dict[str, list[dict[str, Any]]]:
        """Tells each of these nodes of all, as the controller does: node and zone. Returns their reports."""
        return {node: self.tell_one(node, *nodes) for node, _ in nodes}

    def tell_one(self, node: str, *nodes: tuple[str, str]) -> list[dict[str, Any]]:
        """Tells a node of these. Returns its reports."""
        words = ",".join(
            f"{node}={self.region.private(node)}/{self.region.secondary(node)}={PLACES[OTHER[zone]]}"
            for node, zone in nodes
        )
        said = self.region.run(node, f"natkeeper-probe '{words}'")
        return [json.loads(line) for line in said.splitlines()]

    def serve(self, zone: str, node: str, private: str = "") -> None:
        """Moves a zone's elastic address and then its route, as the controller does."""
        region, to = self.region, self.region.interface(node)
        named: Any = {"PrivateIpAddress": private} if private else {}
        region.ec2.associate_address(
            AllocationId=self.elastic[zone][1], NetworkInterfaceId=to, AllowReassociation=True, **named
        )
        table = region.tables[region.one if zone == "one" else region.two]
        region.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
        region.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=to)
        region.settle()

    def flows(self, zone: str) -> Conversation:
        """Opens flows from a zone's host: as many on which it speaks as on which it only listens."""
        made = self.region._converse(self.hosts[zone], f"many {SERVER} {COUNT}")
        assert made.heard() == "up"
        return made

    def seen(self, zone: str) -> set[str]:
        """Returns under which addresses and ports the internet sees connections of a zone; not the one by
        which a node speaks to EventBridge."""
        said = self.region.run("internet", f"ss -Htn state established sport != :{EVENTS_PORT}")
        return {word for word in said.split() if word.startswith(f"{self.elastic[zone][0]}:")}


@pytest.fixture(scope="module")
def zones(region: Region) -> Zones:
    """Both served, and told of one another."""
    made = Zones(region, {}, {}, {zone: region.elastic() for zone in PLACES})
    for zone, subnet in (("one", region.one), ("two", region.two)):
        region.ec2.create_route(
            RouteTableId=region.tables[subnet], DestinationCidrBlock="0.0.0.0/0",
            GatewayId=region.ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"],
        )  # fmt: skip
        made.nodes[zone] = made.launch()
        made.hosts[zone] = region.launch(subnet)
        made.serve(zone, made.nodes[zone])
    told = list(zip(made.nodes.values(), PLACES, strict=True))
    made.tell(*told)
    made.tell(*told)
    return made


def test_a_neighbour_that_covers_and_a_successor_know_all_flows_and_the_address_never_changes(
    region: Region, zones: Zones
) -> None:
    flows, others = zones.flows("one"), zones.flows("two")
    late = region._converse("internet", "later 9000")
    assert late.heard() == "ready"
    caller = region._converse(zones.hosts["one"], f"call {SERVER} 9000")
    assert [caller.first() for _ in range(3)] == ["up", "yes", "yes"]
    time.sleep(SETTLED)
    before = zones.seen("one"), zones.seen("two")
    assert [len(each) for each in before] == [2 * COUNT] * 2
    cover = zones.nodes["two"]

    region.underlay.guest.fault(zones.nodes["one"], "hang")
    zones.serve("one", cover, region.secondary(cover))
    assert flows.say("covered") == ALL_LIVE
    assert others.say("covered") == ALL_LIVE
    assert zones.elastic["one"][0] in late.say("a datagram that nobody has asked for")
    assert caller.first() == "a datagram that nobody has asked for"
    assert (zones.seen("one"), zones.seen("two")) == before
    assert region.fetch(zones.hosts["one"]) == zones.elastic["one"][0]
    assert region.fetch(zones.hosts["two"]) == zones.elastic["two"][0]

    successor = zones.launch()
    # Its first list is of the others: nobody tells it of flows yet, and it has heard of none.
    those = (zones.nodes["one"], "one"), (cover, "two")
    assert zones.tell_one(successor, *those)[-1]["flows"] is None
    time.sleep(LOOK)
    assert zones.tell_one(successor, *those)[-1]["flows"] is None
    # The next names it, and the one that hangs as well, which tells nobody anything. The first answer of who
    # was told of its peers ends with their flows all the same: a move that waits for it waits no minute.
    told = (successor, "one"), (cover, "two"), (zones.nodes["one"], "one")
    zones.tell_one(cover, *told)
    assert zones.tell_one(successor, *told)[-1]["flows"] >= 4 * COUNT
    zones.serve("one", successor)
    assert flows.say("handed back") == ALL_LIVE
    assert others.say("handed back") == ALL_LIVE
    late.say("another one")
    assert caller.first() == "another one"
    assert (zones.seen("one"), zones.seen("two")) == before
    assert region.fetch(zones.hosts["one"]) == zones.elastic["one"][0]


def test_a_peer_that_lies_neither_ends_nor_moves_what_passes_here_and_writes_only_what_a_client_can_have(
    region: Region, zones: Zones
) -> None:
    victim, liar = zones.nodes["two"], zones.launch()
    zones.tell((victim, "two"), (liar, "one"))
    flows = zones.flows("two")
    time.sleep(SETTLED)
    entries = "grep -v ' dport=700' /proc/net/nf_conntrack | grep 'src=10.0.2' | grep -c ASSURED"
    before = region.run(victim, entries)
    lies = f"""
import socket
victim, liar = {region.private(victim)!r}, {region.private(liar)!r}
place = lambda text: bytes(map(int, text.split(".")))
mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
mouth.bind((liar, 7009))
def say(kind, source, to, ports):
    ports = b"".join(port.to_bytes(2, "big") for port in ports)
    record = bytes([6]) + place(source) + place(to) + ports + bytes([1, 200])
    mouth.sendto(kind + record, (victim, 7009))
for source, to, ports in {_ends(region, victim)!r}:
    say(b"-", source, to, (*ports, ports[0]))
    say(b"+", source, to, (*ports, 55555))
say(b"+", "10.0.2.99", "198.51.100.77", (4000, 80, 4000))
say(b"+", "10.0.2.99", "198.51.100.78", (4000, 80, 22))
say(b"+", victim, "198.51.100.79", (4000, 80, 4000))
mouth.sendto(bytes(range(256)) * 5, (victim, 7009))
mouth.sendto(b"+" + bytes(1000), (victim, 7009))
"""
    region.run(liar, f"{STOP}; python3 -c {shlex.quote(lies)}")
    written = "grep -o 'dst=198.51.100.7[0-9]' /proc/net/nf_conntrack | sort -u"
    assert wait_until(lambda: region.run(victim, written) == "dst=198.51.100.77", 30, 0.1)
    time.sleep(1)
    assert region.run(victim, written) == "dst=198.51.100.77"
    assert region.run(victim, entries) == before
    assert flows.say("after the lies") == ALL_LIVE


def _ends(region: Region, node: str) -> list[tuple[str, str, tuple[int, int]]]:
    """Returns clients and servers, with their ports, of the TCP flows of zone two that a node translates."""
    found = re.findall(
        r"tcp .*? src=(10\.0\.2\.\d+) dst=(\S+) sport=(\d+) dport=(\d+) .*ASSURED",
        region.run(node, "cat /proc/net/nf_conntrack"),
    )
    return [(source, to, (int(port), int(at))) for source, to, port, at in found]
