"""docs/adopt.md where addresses are to stay: a zone behind a NAT gateway, and one behind an instance that
serves by its interface as fck-nat does, keep the address that the internet knows. Each test goes on from the
one before."""

from __future__ import annotations

from dataclasses import dataclass
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
from tests.life.test_adopt import PAGE, STACK, default
from tests.life.test_bad_input import refused
from tests.template.aws_cli import commands, read

BY_GATEWAY, BY_INSTANCE = "The gateway's address", "From fck-nat, or an instance made by hand"
GATEWAYS, INSTANCES = 0, 1  # the zones
SWEEPS = 3 * MINUTE  # so long nothing may move that shall not


@dataclass
class Kept:
    """The VPC, what served it before, and the addresses that are to stay, zone by zone."""

    aws: LocalAws
    built: Path
    vpc: Built
    gateway: str
    interface: str
    addresses: list[str]
    before: Inventory

    def step(self, heading: str, zone: int) -> list[Any]:
        """Carries out a step's commands for a zone. Returns what each would print."""
        shell = {
            "TABLE_A": self.vpc.tables[zone],
            "TABLE_B": self.vpc.tables[1 - zone],
            "GATEWAY_A": self.gateway,
            "INTERFACE_A": self.interface,
            "ADDRESS_A": self.addresses[zone],
        }
        calls = [read(command, shell) for command in commands(PAGE, heading)]
        assert calls, heading
        return [call.on(self.aws.client(call.service)) for call in calls]

    def deploy(self, **changed: str) -> None:
        given = {**PARAMETERS, "NetworkMode": "existing", **self.vpc.parameters()}
        deploy(
            self.aws, STACK, self.built, **given, ExistingAllocationIds=",".join(self.addresses), **changed
        )

    def ways(self) -> list[str]:
        """Where the default route of each zone's table leads."""
        listed = self.vpc.ec2.describe_route_tables(RouteTableIds=self.vpc.tables)["RouteTables"]
        routes = {t["RouteTableId"]: t["Routes"] for t in listed}
        return [default(routes[table]) for table in self.vpc.tables]

    def holder(self, zone: int) -> str:
        """The interface that has a zone's address; empty: none."""
        (address,) = self.vpc.ec2.describe_addresses(AllocationIds=[self.addresses[zone]])["Addresses"]
        return str(address.get("NetworkInterfaceId", ""))

    def state(self) -> tuple[list[str], list[str]]:
        """Where the tables lead, and who has the addresses."""
        return self.ways(), [self.holder(zone) for zone in (GATEWAYS, INSTANCES)]

    def keeps(self, zone: int) -> bool:
        """Whether the zone's own verified node serves it, with the very address."""
        view = StackView(self.aws, STACK, self.vpc.tables)
        return view.zones()[zone].well and self.holder(zone) == view.zones()[zone].target

    def tested(self) -> int:
        view = StackView(self.aws, STACK, self.vpc.tables)
        return len(view._verified() & set(view.nodes_by_id()))


def _nat_instance(vpc: Built) -> tuple[str, str]:
    """A NAT instance that somebody made by hand in the second zone, which it serves. Its interface, and the
    allocation id of its elastic address."""
    arm = [{"Name": "architecture", "Values": ["arm64"]}]
    image = vpc.ec2.describe_images(Filters=arm)["Images"][0]["ImageId"]
    launched = vpc.ec2.run_instances(
        ImageId=image, InstanceType="t4g.nano", MinCount=1, MaxCount=1, SubnetId=vpc.public[INSTANCES]
    )["Instances"][0]
    vpc.ec2.get_waiter("instance_running").wait(InstanceIds=[launched["InstanceId"]])
    interface = str(launched["NetworkInterfaces"][0]["NetworkInterfaceId"])
    vpc.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    address = str(vpc.ec2.allocate_address(Domain="vpc")["AllocationId"])
    vpc.ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)
    route = {"DestinationCidrBlock": ANYWHERE, "NetworkInterfaceId": interface}
    vpc.ec2.create_route(RouteTableId=vpc.tables[INSTANCES], **route)
    return interface, address


@pytest.fixture(scope="module")
def kept(aws: LocalAws, built: Path) -> Kept:
    vpc = build_vpc(aws.client("ec2"))
    gateway = vpc.gateway(GATEWAYS)
    (first,) = vpc.ec2.describe_addresses()["Addresses"]
    interface, second = _nat_instance(vpc)
    return Kept(aws, built, vpc, gateway, interface, [first["AllocationId"], second], inventory(aws))


def test_the_page_finds_the_gateways_address(kept: Kept) -> None:
    (look, *_) = [read(c, {"GATEWAY_A": kept.gateway}) for c in list(commands(PAGE, BY_GATEWAY))[:1]]

    assert look.on(kept.vpc.ec2) == kept.addresses[GATEWAYS]


def test_an_address_that_something_else_uses_is_refused_and_nothing_is_left(kept: Kept) -> None:
    ec2 = kept.vpc.ec2
    server = ec2.create_network_interface(SubnetId=kept.vpc.public[0])["NetworkInterface"][
        "NetworkInterfaceId"
    ]
    used = ec2.allocate_address(Domain="vpc")["AllocationId"]
    held = ec2.associate_address(AllocationId=used, NetworkInterfaceId=server)["AssociationId"]
    before = inventory(kept.aws)
    given = {**kept.vpc.parameters(), "NetworkMode": "existing", "ExistingAllocationIds": used}
    said = refused(kept.aws, "grasping", kept.built, given)

    assert f"{used} is in use by {server}" in said
    delete(kept.aws, "grasping")
    assert leftovers(before, inventory(kept.aws)) == {}
    ec2.disassociate_address(AssociationId=held)
    ec2.delete_network_interface(NetworkInterfaceId=server)
    ec2.release_address(AllocationId=used)


def test_while_the_tables_are_held_nothing_moves_and_nobody_loses_an_address(kept: Kept) -> None:
    kept.step("2. Hold", GATEWAYS)
    was = kept.state()
    kept.deploy()

    assert wait_until(lambda: kept.tested() == 2, PATIENCE, 0.3)
    assert not wait_until(lambda: kept.state() != was, SWEEPS, 0.3)


def test_the_instances_zone_moves_with_its_address(kept: Kept) -> None:
    kept.step("4. Move one zone", INSTANCES)

    assert wait_until(lambda: kept.keeps(INSTANCES), PATIENCE, 0.3)
    assert kept.ways()[GATEWAYS] == kept.gateway


def test_and_back_with_it_and_on_again(kept: Kept) -> None:
    kept.step(BY_INSTANCE, INSTANCES)
    back = kept.state()

    assert (back[0][INSTANCES], back[1][INSTANCES]) == (kept.interface, kept.interface), "once answered"
    assert not wait_until(lambda: kept.state() != back, SWEEPS, 0.3)
    kept.step("4. Move one zone", INSTANCES)
    assert wait_until(lambda: kept.keeps(INSTANCES), PATIENCE, 0.3)


def test_the_gateways_zone_has_the_gateways_address_once_that_is_deleted(kept: Kept) -> None:
    kept.step(BY_GATEWAY, GATEWAYS)

    assert wait_until(lambda: kept.keeps(GATEWAYS), PATIENCE, 0.3)


def test_the_addresses_outlive_the_stack_and_one_goes_back_to_the_instance(kept: Kept) -> None:
    delete(kept.aws, STACK)

    assert kept.ways() == ["", kept.interface], "the gateway is gone"
    assert [kept.holder(zone) for zone in (GATEWAYS, INSTANCES)] == ["", ""]
    for command in commands(PAGE, BY_INSTANCE):
        if "associate-address" in command:
            shell = {"ADDRESS_A": kept.addresses[INSTANCES], "INTERFACE_A": kept.interface}
            read(command, shell).on(kept.vpc.ec2)
    assert kept.holder(INSTANCES) == kept.interface
    left = leftovers(kept.before, inventory(kept.aws))
    table = kept.vpc.tables[GATEWAYS]
    assert left.keys() == {"addresses", "interfaces", "routes"}, "associations are new"
    assert left["interfaces"] <= kept.before["interfaces"], "the deleted gateway's own"
    assert left["routes"] == {f"{table} {ANYWHERE} -> {kept.gateway} active"}
