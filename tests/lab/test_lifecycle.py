"""States take time, each change is an event, and death frees what it should."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lab.ec2.world import Impairment

from .conftest import Cloud

SINCE = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def states(cloud: Cloud) -> list[str]:
    return [e.detail["state"] for e in cloud.events if e.source == "aws.ec2"]


def test_an_instance_is_pending_until_its_delay_is_over(cloud: Cloud) -> None:
    node = cloud.launch()
    assert cloud.state(node) == "pending"
    cloud.clock.advance(cloud.world.timings.pending)
    assert cloud.state(node) == "running"


def test_termination_passes_through_shutting_down(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.ec2.terminate_instances(InstanceIds=[node])
    assert cloud.state(node) == "shutting-down"
    cloud.clock.advance(60)
    assert cloud.state(node) == "terminated"


def test_stopping_takes_time_and_starting_goes_through_pending(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.ec2.stop_instances(InstanceIds=[node])
    assert cloud.state(node) == "stopping"
    cloud.clock.advance(60)
    assert cloud.state(node) == "stopped"
    cloud.ec2.start_instances(InstanceIds=[node])
    assert cloud.state(node) == "pending"
    cloud.clock.advance(60)
    assert cloud.state(node) == "running"


def test_every_change_of_state_is_an_event(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert states(cloud) == [
        "pending",
        "running",
        "stopping",
        "stopped",
        "shutting-down",
        "terminated",
    ]


def test_an_event_carries_the_id_and_the_state_and_no_more(cloud: Cloud) -> None:
    node = cloud.launch()
    envelope = cloud.events[0].envelope()
    assert envelope["detail-type"] == "EC2 Instance State-change Notification"
    assert envelope["detail"] == {"instance-id": node, "state": "pending"}
    assert envelope["resources"][0].endswith(f":instance/{node}")


def test_termination_deletes_the_interface_a_little_later(cloud: Cloud) -> None:
    interface = cloud.interface_of(node := cloud.running())
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(cloud.world.timings.shutting_down)
    wanted: Any = [{"Name": "network-interface-id", "Values": [interface]}]
    assert cloud.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]
    cloud.clock.advance(cloud.world.timings.interface_release)
    assert not cloud.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]


def test_a_stopped_instance_keeps_its_interface(cloud: Cloud) -> None:
    interface = cloud.interface_of(node := cloud.running())
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert cloud.interface_of(node) == interface


def test_a_terminated_instance_shows_no_network(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    found = cloud.instance(node)
    assert not found.get("NetworkInterfaces")
    assert "PrivateIpAddress" not in found
    assert "SubnetId" not in found


@pytest.mark.parametrize("call", ["stop_instances", "start_instances", "reboot_instances"])
def test_work_on_a_terminated_instance_is_refused(cloud: Cloud, refused: Any, call: str) -> None:
    node = cloud.running()
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    with refused("IncorrectInstanceState"):
        getattr(cloud.ec2, call)(InstanceIds=[node])


def test_terminating_twice_is_no_error(cloud: Cloud) -> None:
    node = cloud.running()
    for _ in range(2):
        cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert states(cloud).count("terminated") == 1


def test_the_source_dest_check_is_one_for_instance_and_interface(cloud: Cloud) -> None:
    interface = cloud.interface_of(node := cloud.running())
    cloud.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface, SourceDestCheck={"Value": False}
    )
    assert cloud.instance(node)["SourceDestCheck"] is False
    cloud.ec2.modify_instance_attribute(InstanceId=node, SourceDestCheck={"Value": True})
    found = cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
    assert found["NetworkInterfaces"][0]["SourceDestCheck"] is True


def test_an_instance_attribute_of_a_dead_instance_cannot_be_changed(cloud: Cloud, refused: Any) -> None:
    node = cloud.running()
    cloud.ec2.terminate_instances(InstanceIds=[node])
    with refused("IncorrectInstanceState"):
        cloud.ec2.modify_instance_attribute(InstanceId=node, SourceDestCheck={"Value": False})


def test_an_attached_interface_cannot_be_deleted(cloud: Cloud, refused: Any) -> None:
    interface = cloud.interface_of(cloud.running())
    with refused("InvalidParameterValue"):
        cloud.ec2.delete_network_interface(NetworkInterfaceId=interface)


def test_status_checks_can_fail(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.world.faults.impaired[node] = Impairment("impaired", "ok", SINCE)
    found = cloud.ec2.describe_instance_status(InstanceIds=[node])["InstanceStatuses"][0]
    assert found["InstanceStatus"]["Status"] == "impaired"
    assert found["InstanceStatus"]["Details"][0]["ImpairedSince"] == SINCE
    assert found["SystemStatus"]["Status"] == "ok"


def test_a_retirement_shows_in_the_status(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.world.faults.scheduled[node] = [{"Code": "instance-retirement", "Description": "old"}]
    found = cloud.ec2.describe_instance_status(InstanceIds=[node])["InstanceStatuses"][0]
    assert found["Events"][0]["Code"] == "instance-retirement"


def test_the_status_of_a_stopped_instance_is_told_when_all_are_asked_for(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    assert not cloud.ec2.describe_instance_status(InstanceIds=[node])["InstanceStatuses"]
    found = cloud.ec2.describe_instance_status(InstanceIds=[node], IncludeAllInstances=True)
    assert found["InstanceStatuses"][0]["InstanceState"]["Name"] == "stopped"
