"""A NAT gateway that serves a zone when its stack is deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.adapters.ec2_gateways import Ec2Gateways
from natkeeper.adapters.ec2_removal import Ec2Removal
from natkeeper.core.actions import Cause
from natkeeper.core.last_resort import NatGateway, NatGatewayId, Resort
from natkeeper.core.last_resort_actions import CreateNatGateway
from natkeeper.core.memory import Memory, ZoneMemory
from natkeeper.core.model import AllocationId, SubnetId
from tests.builders import A
from tests.integration.demolition.site import Site


def last_resort(site: Site, *, allocates: bool = False) -> NatGateway:
    """A NAT gateway that the controller makes for the first zone, with the zone's address or another."""
    own = AllocationId(site.aws.environment["ALLOCATION_IDS"].split(",")[0])
    subnet = SubnetId(site.aws.environment["PUBLIC_SUBNET_IDS"].split(",")[0])
    action = CreateNatGateway(A, subnet, None if allocates else own, 0, Cause.LAST_RESORT, "no room")
    return Ec2Gateways(site.aws.ec2, "natkeeper").create(action)


def gateways(site: Site) -> dict[str, str]:
    """How each NAT gateway stands."""
    return {g["NatGatewayId"]: g["State"] for g in site.aws.ec2.describe_nat_gateways()["NatGateways"]}


@pytest.mark.parametrize("allocates", [True, False], ids=["an address of its own", "the zone's address"])
def test_a_gateway_that_is_pending_is_waited_for_and_goes_with_what_was_allocated(
    site: Site, allocates: bool
) -> None:
    before = {a["AllocationId"] for a in site.aws.ec2.describe_addresses()["Addresses"]}
    made = last_resort(site, allocates=allocates)
    assert gateways(site) == {made.id: "pending"}
    site.demolish()

    assert gateways(site) == {made.id: "deleted"}
    left = site.aws.ec2.describe_addresses()["Addresses"]
    assert {a["AllocationId"] for a in left} == before
    assert not [a for a in left if a.get("AssociationId")]


def test_a_gateway_that_ec2_does_not_list_yet_is_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, began = last_resort(site), site.clock()
    resort = Resort(made, made=1, made_at=began)
    site.store.save(Memory(zones={A: ZoneMemory(resort=resort)}), 1)
    listed = Ec2Removal._gateways

    def late(self: Ec2Removal) -> list[NatGateway]:
        return listed(self) if site.clock() - began > timedelta(seconds=40) else []

    monkeypatch.setattr(Ec2Removal, "_gateways", late)
    site.demolish()

    assert gateways(site) == {made.id: "deleted"}


def test_one_that_is_never_listed_holds_no_deletion_up(site: Site) -> None:
    made, began = last_resort(site), site.clock()
    gone = replace(made, id=NatGatewayId("nat-0123456789abcdef0"))
    site.store.save(Memory(zones={A: ZoneMemory(resort=Resort(gone, made=1, made_at=began))}), 1)
    site.demolish()

    assert site.clock() - began < timedelta(minutes=5)
