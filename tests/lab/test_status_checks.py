"""What AWS sees from outside: status checks after their delay, and agents that SSM hears or does not."""

from __future__ import annotations

from typing import Any

import pytest

from lab.ec2 import checks
from lab.ec2.guest import PaperGuest
from lab.ec2.world import Impairment

from .conftest import Cloud


def status(cloud: Cloud, node: str) -> tuple[str, str]:
    found = cloud.ec2.describe_instance_status(InstanceIds=[node])["InstanceStatuses"][0]
    return found["InstanceStatus"]["Status"], found["SystemStatus"]["Status"]


def agents(cloud: Cloud) -> list[str]:
    found = cloud.ssm.describe_instance_information()["InstanceInformationList"]
    return [agent["InstanceId"] for agent in found]


@pytest.fixture
def node(cloud: Cloud) -> str:
    """A running instance, checked every five seconds."""
    made = cloud.running()
    checks.begin(cloud.world)
    return made


def test_a_hang_shows_only_after_two_checks_in_a_row(cloud: Cloud, node: str) -> None:
    cloud.guest.fault(node, "hang")
    cloud.clock.advance(9)
    assert status(cloud, node) == ("ok", "ok")
    cloud.clock.advance(1)
    assert status(cloud, node) == ("impaired", "ok")


def test_it_is_impaired_since_the_first_failure(cloud: Cloud, node: str) -> None:
    cloud.world.timings.change(status_failures=3)
    cloud.guest.fault(node, "hang")
    cloud.clock.advance(5)
    after_one = Impairment("impaired", "ok").since
    cloud.clock.advance(10)
    assert cloud.world.faults.impaired[node].since <= after_one


def test_one_missed_check_is_forgotten(cloud: Cloud, node: str) -> None:
    for _ in range(3):
        cloud.guest.fault(node, "hang")
        cloud.clock.advance(5)
        cloud.guest.fault(node, "mend")
        cloud.clock.advance(5)
    assert cloud.world.faults.impaired == {}


def test_one_passed_check_ends_it(cloud: Cloud, node: str) -> None:
    cloud.guest.fault(node, "hang")
    cloud.clock.advance(20)
    cloud.guest.fault(node, "mend")
    cloud.clock.advance(5)
    assert status(cloud, node) == ("ok", "ok")


def test_what_was_impaired_on_purpose_stays_so(cloud: Cloud, node: str) -> None:
    put = cloud.world.faults.impaired[node] = Impairment("ok", "impaired")
    cloud.guest.fault(node, "hang")
    cloud.clock.advance(20)
    cloud.guest.fault(node, "mend")
    cloud.clock.advance(20)
    assert cloud.world.faults.impaired[node] is put


def test_what_was_mended_on_purpose_is_checked_again(cloud: Cloud, node: str) -> None:
    cloud.world.faults.impaired[node] = Impairment("ok", "ok")
    cloud.guest.fault(node, "hang")
    cloud.clock.advance(10)
    assert status(cloud, node) == ("impaired", "ok")


def test_a_stop_ends_it_and_the_next_boot_begins_anew(cloud: Cloud, node: str) -> None:
    cloud.guest.fault(node, "hang")
    cloud.clock.advance(20)
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(10)
    assert cloud.world.faults.impaired == {}
    cloud.ec2.start_instances(InstanceIds=[node])
    cloud.clock.advance(20)
    assert status(cloud, node) == ("ok", "ok")


def test_a_shorter_interval_counts_at_once(cloud: Cloud, node: str) -> None:
    cloud.world.timings.change(status_interval=3600)
    cloud.clock.advance(60)
    cloud.guest.fault(node, "hang")
    cloud.world.timings.change(status_interval=1)
    cloud.clock.advance(3)
    assert status(cloud, node) == ("impaired", "ok")


class Watching(PaperGuest):
    """Notes whether the world's lock is held when it is asked."""

    def __init__(self, lock: Any) -> None:
        super().__init__()
        self._world_lock = lock
        self.held: list[tuple[str, bool]] = []

    def reachable(self, instance_id: str) -> bool:  # noqa: ARG002 - the protocol
        self.held.append(("reachable", self._world_lock._is_owned()))
        return True

    def connected(self, instance_id: str) -> bool:  # noqa: ARG002 - the protocol
        self.held.append(("connected", self._world_lock._is_owned()))
        return True


def test_a_guest_is_asked_without_the_lock(cloud: Cloud) -> None:
    guest = cloud.world.guest = Watching(cloud.world.lock)
    checks.begin(cloud.world)
    cloud.ssm.send_command(DocumentName=cloud.probe_document(), InstanceIds=[cloud.running()])
    cloud.clock.advance(1)
    # Once to register and once for the command.
    assert [held for question, held in guest.held if question == "connected"] == [False, False]
    assert {held for question, held in guest.held if question == "reachable"} == {False}


def test_an_agent_that_cannot_reach_ssm_registers_when_it_can(cloud: Cloud) -> None:
    node = cloud.launch()
    cloud.clock.advance(cloud.world.timings.pending)
    cloud.guest.fault(node, "hang")
    cloud.clock.advance(60)
    assert agents(cloud) == []
    cloud.guest.fault(node, "mend")
    cloud.clock.advance(1)
    assert agents(cloud) == [node]


def test_an_agents_tries_end_with_its_boot(cloud: Cloud) -> None:
    node = cloud.launch()
    cloud.clock.advance(cloud.world.timings.pending)
    cloud.guest.fault(node, "hang")
    cloud.clock.advance(5)
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(cloud.world.timings.stopping)
    cloud.world.timings.change(registration=60)
    cloud.ec2.start_instances(InstanceIds=[node])
    cloud.clock.advance(50)
    assert agents(cloud) == []
    cloud.clock.advance(20)
    assert agents(cloud) == [node]


def test_a_command_to_a_hung_instance_is_delayed_and_times_out(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.guest.fault(node, "hang")
    sent = cloud.ssm.send_command(DocumentName=cloud.probe_document(), InstanceIds=[node], TimeoutSeconds=30)[
        "Command"
    ]["CommandId"]

    def details() -> str:
        found = cloud.ssm.list_command_invocations(CommandId=sent)["CommandInvocations"]
        return str(found[0]["StatusDetails"])

    cloud.clock.advance(1)
    assert details() == "Delayed"
    cloud.clock.advance(30)
    assert details() == "DeliveryTimedOut"
