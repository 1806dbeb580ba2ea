"""The rival does what its documents say: one node, a fixed interface that it waits for, no other check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest

from lab.ec2.clock import wait_until
from lab.ec2.corrected import corrected
from lab.ec2.timings import Timings
from lab.ec2.world import Impairment, World
from lab.experiments.faults import FAULTS
from lab.report.outage import markdown, renew, summarise
from lab.report.run import RIVAL
from lab.rival.delays import Delays
from lab.rival.faults import RIVAL_FAULTS
from lab.rival.group import RULES, Group
from lab.rival.network import RivalNetwork, build
from tests.lab.runs import HUNG, TERMINATED
from tests.local_moto import local_moto

SOON = 30.0
QUICK = Delays(check=0.1, attach_again=0.05, attached=0.0, associated=0.0)
AWS = Timings(pending=0.05, shutting_down=0.2, stopping=0.1, interface_release=0.3, services=0.0)


@dataclass
class Rival:
    """A group that keeps its node, and what was run in which."""

    ec2: Any
    world: World
    network: RivalNetwork
    group: Group
    ran: list[tuple[str, str]] = field(default_factory=list)

    def holder(self) -> str:
        """Returns who has the fixed interface."""
        wanted = {"NetworkInterfaceIds": [self.network.interface]}
        shown = self.ec2.describe_network_interfaces(**wanted)["NetworkInterfaces"][0]
        return str(shown.get("Attachment", {}).get("InstanceId", ""))

    def serves(self, *, other_than: str = "") -> str:
        """Returns the node once it serves, and is another one."""
        assert wait_until(lambda: self.group.ready and self.group.node != other_than, SOON, 0.02)
        return self.group.node


@pytest.fixture
def rival(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rival]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    world = World(lambda _: None, timings=replace(AWS))
    with corrected(world), local_moto():
        ec2: Any = boto3.Session(region_name="us-east-1").client("ec2")
        network = build(ec2)
        ran: list[tuple[str, str]] = []

        def inside(node: str, script: str) -> str:
            ran.append((node, script))
            return ""

        made = Rival(ec2, world, network, Group(ec2, network, inside, lambda: 0.0, QUICK), ran)
        made.group.begin()
        yield made
        made.group.close()
        wait_until(lambda: False, 0.3)


def test_a_node_takes_address_and_interface_and_makes_its_rules(rival: Rival) -> None:
    node = rival.serves()
    address = rival.ec2.describe_addresses(AllocationIds=[rival.network.allocation])["Addresses"][0]
    assert (rival.holder(), address["InstanceId"]) == (node, node)
    assert address["NetworkInterfaceId"] != rival.network.interface
    assert rival.ran == [(node, RULES)]


def test_a_terminated_node_is_replaced_and_its_successor_waits_for_the_interface(rival: Rival) -> None:
    first = rival.serves()
    rival.ec2.terminate_instances(InstanceIds=[first])
    second = rival.serves(other_than=first)
    assert rival.holder() == second
    assert [node for node, _ in rival.ran] == [first, second]


def test_a_stopped_node_is_ended_and_replaced(rival: Rival) -> None:
    first = rival.serves()
    rival.ec2.stop_instances(InstanceIds=[first])
    rival.serves(other_than=first)
    found = rival.ec2.describe_instances(InstanceIds=[first])["Reservations"][0]["Instances"][0]
    assert found["State"]["Name"] in ("shutting-down", "terminated")


def test_a_node_whose_status_check_failed_is_replaced(rival: Rival) -> None:
    first = rival.serves()
    with rival.world.lock:
        rival.world.faults.impaired[first] = Impairment("impaired", "ok")
    rival.serves(other_than=first)


def test_a_node_that_runs_is_let_alone_whatever_its_route_is(rival: Rival) -> None:
    node = rival.serves()
    rival.ec2.delete_route(RouteTableId=rival.network.table, DestinationCidrBlock="0.0.0.0/0")
    assert not wait_until(lambda: rival.group.node != node, 0.5, 0.05)


def test_it_is_struck_by_the_same_hand() -> None:
    assert all(each.trigger is FAULTS[name].trigger for name, each in RIVAL_FAULTS.items())


def test_its_outage_stands_beside_ours_and_has_no_row_of_its_own() -> None:
    rows = summarise([TERMINATED, HUNG, replace(TERMINATED, by=RIVAL), replace(HUNG, by=RIVAL)])
    lines = [line for line in markdown(rows, timings={}, how="", notes=[]).splitlines() if "(`" in line]
    assert len(lines) == 2
    assert "| 0.43 s, worst 0.43 s; 20 of 20; 3 of 20 |" in lines[0]
    assert "| not healed in 1 of 1; 20 of 20; 3 of 20 |" in lines[1]


def test_ours_measured_anew_leaves_the_rival_s_row() -> None:
    old = summarise([TERMINATED, replace(TERMINATED, by=RIVAL)])
    again = summarise([replace(TERMINATED, zones=3)])
    assert [(row.zones, row.by) for row in renew(old, again, ["terminate"])] == [
        (3, "natkeeper"),
        (2, RIVAL),
    ]
