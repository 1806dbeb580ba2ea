"""An update that leaves something out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import pytest

from natkeeper import bootstrap
from natkeeper.adapters.dynamodb_lease import DynamoDbLease
from natkeeper.adapters.ec2_removal import Ec2Removal
from natkeeper.core.errors import ThrottledError
from tests.integration.demolition.site import Site


def test_an_update_with_a_zone_less_waits_until_its_node_and_address_are_free(site: Site) -> None:
    site.serve()
    gone = next(i for i in site.aws.instances() if i["Placement"]["AvailabilityZone"] == "us-east-1b")
    began = site.clock()
    site.aws.clock.later(20, lambda: site.aws.ec2.terminate_instances(InstanceIds=[gone["InstanceId"]]))
    site.trim(1)

    assert site.clock() - began >= timedelta(seconds=20)
    assert [i["Placement"]["AvailabilityZone"] for i in site.aws.instances()] == ["us-east-1a"]
    assert len(site.removal.interfaces()) == len(site.removal.held_addresses()) == 1


def test_an_update_with_a_zone_less_waits_until_the_node_that_sleeps_there_is_ended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller itself ends it, from its environment after the update: it is not started for that."""
    site.serve()
    site.sleep_by_wish()
    for name in ("PUBLIC_SUBNET_IDS", "PRIVATE_ROUTE_TABLE_IDS", "ALLOCATION_IDS"):
        monkeypatch.setenv(name, site.aws.environment[name].split(",")[0])
    monkeypatch.setenv("DRAIN_SECONDS", "0")
    bootstrap.desk.cache_clear()
    site.aws.world.calls.clear()
    for seconds in (20, 21):
        site.aws.clock.later(seconds, site.sweep)
    site.trim(1)

    assert [i["Placement"]["AvailabilityZone"] for i in site.aws.instances()] == ["us-east-1a"]
    assert len(site.removal.interfaces()) == len(site.removal.idle_addresses()) == 1
    assert "StartInstances" not in [call["action"] for call in site.aws.world.calls]


def test_an_update_does_not_wait_for_ever_and_names_what_is_in_the_way(site: Site) -> None:
    site.serve()
    began = site.clock()

    assert site.trim(1, seconds=60) == "freed 1 addresses"
    assert site.clock() - began < timedelta(seconds=70)
    assert any("still in use" in line and "eni-" in line for line in site.journal.lines)
    assert len(site.aws.instances()) == 2


def test_addresses_that_are_no_longer_kept_leave_their_nodes_at_once(site: Site) -> None:
    site.serve()
    began = site.clock()

    assert site.trim(2, addresses=False) == "freed 2 addresses"
    assert site.clock() == began
    assert len(site.aws.instances()) == 2


@dataclass
class Cover:
    """The first zone's node covers the second zone, whose own node is gone."""

    site: Site

    def __post_init__(self) -> None:
        self.site.serve()
        by_zone = {i["Placement"]["AvailabilityZone"]: i for i in self.site.aws.instances()}
        (self.interface,) = by_zone["us-east-1a"]["NetworkInterfaces"]
        self.site.aws.ec2.terminate_instances(InstanceIds=[by_zone["us-east-1b"]["InstanceId"]])
        self.give(self.site.aws.environment["ALLOCATION_IDS"].split(",")[1])
        self.site.aws.clock.advance(60)

    def give(self, address: str) -> None:
        """The address comes to the cover address, and drives off what is there."""
        private = next(
            p["PrivateIpAddress"] for p in self.interface["PrivateIpAddresses"] if not p["Primary"]
        )
        self.site.aws.ec2.associate_address(
            AllocationId=address,
            NetworkInterfaceId=self.interface["NetworkInterfaceId"],
            PrivateIpAddress=private,
            AllowReassociation=True,
        )


def test_an_address_by_which_a_neighbour_covers_the_zone_that_goes_is_taken_off(site: Site) -> None:
    """The controller does not know that zone any more, and nobody else would."""
    Cover(site)
    began = site.clock()

    assert site.trim(1) == "freed 1 addresses"
    assert site.clock() - began < timedelta(minutes=3)
    assert site.journal.lines == []


def test_a_zone_that_stays_and_is_covered_has_its_new_address_before_the_old_one_is_free(site: Site) -> None:
    cover, began = Cover(site), site.clock()
    other = site.aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    site.aws.clock.later(100, lambda: cover.give(other))

    assert site.trim(1) == "freed 0 addresses"
    assert timedelta(seconds=100) <= site.clock() - began < timedelta(seconds=110)


def test_a_node_that_covered_has_an_address_when_none_are_kept_any_longer(site: Site) -> None:
    cover, began = Cover(site), site.clock()

    assert site.trim(2, addresses=False) == "freed 2 addresses"
    assert timedelta(seconds=150) <= site.clock() - began < timedelta(minutes=3)
    (node,) = site.aws.instances()
    assert [i["NetworkInterfaceId"] for i in node["NetworkInterfaces"]] == [
        cover.interface["NetworkInterfaceId"]
    ]
    assert node.get("PublicIpAddress")


def test_the_address_of_a_zone_that_sleeps_is_free_for_another_to_take_its_place(site: Site) -> None:
    site.serve()
    site.sleep_by_wish()
    began = site.clock()

    assert site.states() == ["stopped", "stopped"]
    assert site.trim(1, subnets=2) == "freed 1 addresses"
    assert site.clock() - began < timedelta(minutes=3)
    assert site.journal.lines == []


def test_an_update_waits_for_a_run_that_had_begun_before_it(site: Site) -> None:
    """It may launch where the stack was, after the look that found nothing."""
    site.serve()
    gone = next(i for i in site.aws.instances() if i["Placement"]["AvailabilityZone"] == "us-east-1b")
    site.aws.ec2.terminate_instances(InstanceIds=[gone["InstanceId"]])
    site.aws.clock.advance(60)
    began, run = site.clock(), DynamoDbLease(site.dynamodb, site.table, site.clock)
    assert run.acquire()
    site.trim(1)

    assert site.clock() - began >= timedelta(seconds=30)


def test_what_is_refused_for_a_moment_when_time_is_up_does_not_fail_the_update(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.serve()
    busy = [ThrottledError("reading", "addresses", "RequestLimitExceeded", "")]
    free = Ec2Removal.free_addresses

    def throttled(self: Ec2Removal, but: Collection[str] = ()) -> int:
        if busy:
            raise busy.pop()
        return free(self, but)

    monkeypatch.setattr(Ec2Removal, "free_addresses", throttled)

    assert site.trim(1, seconds=60) == "freed 1 addresses"
