"""docs/adopt.md, command by command: a VPC with a NAT gateway in each zone is moved zone by zone, back, on,
and left as it was found. Each test goes on from the one before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lab.ec2.clock import wait_until
from lab.local_aws.aws import LocalAws
from lab.stage.deployment import delete, deploy
from lab.stage.stack_view import StackView
from tests.doctor.region import ANYWHERE, Built, build_vpc
from tests.life.account import Inventory, inventory, leftovers
from tests.life.conftest import MINUTE, PARAMETERS, PATIENCE
from tests.template.aws_cli import commands, read
from tests.template.cfn import ROOT

PAGE = (ROOT / "docs" / "adopt.md").read_text()
STACK = "natkeeper"
SWEEPS = 3 * MINUTE  # so long nothing may move that shall not


@dataclass
class Move:
    """The VPC, its gateways, and the account before anything was done."""

    aws: LocalAws
    built: Path
    vpc: Built
    gateways: list[str]
    before: Inventory

    def step(self, heading: str, zone: int = 0) -> list[Any]:
        """Carries out a step's commands, for one zone if it is one. Returns what each would print."""
        shell = {
            "TABLE_A": self.vpc.tables[zone],
            "TABLE_B": self.vpc.tables[1 - zone],
            "GATEWAY_A": self.gateways[zone],
            "ADDRESS_A": self.address_of(zone),
        }
        calls = [read(command, shell) for command in commands(PAGE, heading)]
        assert calls, heading
        return [call.on(self.aws.client(call.service)) for call in calls]

    @property
    def view(self) -> StackView:
        return StackView(self.aws, STACK, self.vpc.tables)

    def ways(self) -> list[str]:
        """Where the default route of each zone's table leads."""
        listed = self.vpc.ec2.describe_route_tables(RouteTableIds=self.vpc.tables)["RouteTables"]
        routes = {t["RouteTableId"]: t["Routes"] for t in listed}
        return [default(routes[table]) for table in self.vpc.tables]

    def address_of(self, zone: int) -> str:
        """The allocation id of a zone's gateway."""
        listed = self.vpc.ec2.describe_nat_gateways(NatGatewayIds=[self.gateways[zone]])["NatGateways"]
        return str(listed[0]["NatGatewayAddresses"][0]["AllocationId"])

    def served(self, zone: int) -> bool:
        """Whether the zone's own verified node serves it."""
        return self.view.zones()[zone].well

    def promised(self, zone: int) -> str:
        """The zone's address, as the page has it looked up before anything moves."""
        _, addresses = self.step("3. Deploy")
        return str(dict(addresses)[f"EgressAddress{zone + 1}"])

    def leads_to(self, gateway: str) -> list[str]:
        """The tables that still lead to a gateway, as the page has it looked up before that is deleted."""
        listed = [c for c in commands(PAGE, "7. Take the old way down") if "describe-route-tables" in c]
        (call,) = [read(command, {"GATEWAY_A": gateway}) for command in listed]
        return list(call.on(self.vpc.ec2))

    def tested(self) -> int:
        """How many nodes are tested, whether or not anything leads to them."""
        nodes = self.view.nodes_by_id()
        return len(self.view._verified() & set(nodes))

    def stays(self, ways: list[str]) -> bool:
        """Whether the routes lead there, and still do some sweeps later."""
        return self.ways() == ways and not wait_until(lambda: self.ways() != ways, SWEEPS, 0.3)


def default(routes: list[Any]) -> str:
    """Where the default route leads; empty if there is none."""
    for route in (r for r in routes if r.get("DestinationCidrBlock") == ANYWHERE):
        assert route["State"] == "active"
        return str(route.get("NatGatewayId") or route.get("NetworkInterfaceId"))
    return ""


@pytest.fixture(scope="module")
def move(aws: LocalAws, built: Path) -> Move:
    vpc = build_vpc(aws.client("ec2"))
    gateways = [vpc.gateway(number) for number in range(2)]
    return Move(aws, built, vpc, gateways, inventory(aws))


def test_on_tables_that_are_held_nodes_come_up_and_are_tested_and_no_route_moves(move: Move) -> None:
    move.step("1. Look")
    move.step("2. Hold")
    deploy(move.aws, STACK, move.built, **PARAMETERS, NetworkMode="existing", **move.vpc.parameters())

    assert wait_until(lambda: move.tested() == 2, PATIENCE, 0.3)
    assert move.stays(move.gateways)
    assert [move.leads_to(gateway) for gateway in move.gateways] == [[table] for table in move.vpc.tables]
    nodes, addresses = move.step("3. Deploy")
    listed = {a["PublicIp"] for a in move.vpc.ec2.describe_addresses()["Addresses"]}
    assert {zone for _, zone in nodes} == {"us-east-1a", "us-east-1b"}
    assert {name for name, _ in addresses} == {"EgressAddress1", "EgressAddress2"}
    assert {address for _, address in addresses} < listed


def test_one_tag_less_moves_that_table_and_no_other(move: Move) -> None:
    move.step("4. Move one zone")

    assert wait_until(lambda: move.served(0), PATIENCE, 0.3)
    assert move.view.public_address(move.ways()[0]) == move.promised(0)
    assert move.ways()[1] == move.gateways[1]


def test_the_tag_and_one_command_are_the_way_back_and_it_lasts(move: Move) -> None:
    move.step("5. Back at once")

    assert move.ways() == move.gateways, "as soon as the command is answered"
    assert move.stays(move.gateways)
    assert move.tested() == 2, "the node is there for another try"


def test_the_zones_move_one_after_the_other(move: Move) -> None:
    for zone in range(2):
        move.step("4. Move one zone", zone)
        assert wait_until(partial(move.served, zone), PATIENCE, 0.3)


def test_nothing_leads_to_the_gateways_then(move: Move) -> None:
    assert [move.leads_to(gateway) for gateway in move.gateways] == [[], []]


def test_a_gateway_is_taken_down_and_its_zone_does_not_notice(move: Move) -> None:
    way, address = move.ways()[1], move.address_of(1)
    move.step("7. Take the old way down", 1)

    assert move.stays([move.ways()[0], way])
    assert move.served(1)
    listed = move.vpc.ec2.describe_nat_gateways(NatGatewayIds=[move.gateways[1]])["NatGateways"]
    assert [gateway["State"] for gateway in listed] == ["deleted"]
    assert address not in {a["AllocationId"] for a in move.vpc.ec2.describe_addresses()["Addresses"]}


def test_whoever_leaves_has_the_old_way_again_where_it_stands_and_nothing_is_left(move: Move) -> None:
    began = time.monotonic()
    move.step("Out again")
    delete(move.aws, STACK)

    assert time.monotonic() - began < PATIENCE
    assert move.ways() == [move.gateways[0], ""], "the second gateway is gone"
    gone = leftovers(move.before, inventory(move.aws))
    assert gone.keys() == {"addresses", "interfaces", "routes"}, "what was taken down"
    assert all(what <= move.before[kind] for kind, what in gone.items()), "nothing is new"
