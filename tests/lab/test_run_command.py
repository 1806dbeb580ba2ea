"""Run Command reaches registered agents only, takes its time, and tells EventBridge."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from lab.ec2.corrected import corrected
from lab.ec2.guest import PaperGuest
from lab.ec2.world import World
from tests.local_moto import local_moto

from .conftest import PROBE, Cloud


def sent(cloud: Cloud, node: str, document: str = "", **more: Any) -> str:
    document = document or cloud.probe_document()
    answer = cloud.ssm.send_command(DocumentName=document, InstanceIds=[node], **more)
    return str(answer["Command"]["CommandId"])


def invocation(cloud: Cloud, command: str) -> Any:
    found = cloud.ssm.list_command_invocations(CommandId=command, Details=True)
    return found["CommandInvocations"][0]


def checks(cloud: Cloud, node: str) -> dict[str, bool]:
    code, out, _ = cloud.guest.run(node, "probe", ["natkeeper-probe"])
    assert code == 0
    return dict(json.loads(out)["checks"])


def test_an_agent_that_has_not_registered_is_not_in_a_valid_state(cloud: Cloud, refused: Any) -> None:
    node = cloud.launch()
    cloud.clock.advance(cloud.world.timings.pending)
    assert cloud.state(node) == "running"
    with refused("InvalidInstanceId"):
        sent(cloud, node)
    assert not cloud.ssm.describe_instance_information()["InstanceInformationList"]


def test_a_stopped_instance_is_not_in_a_valid_state(cloud: Cloud, refused: Any) -> None:
    node = cloud.running()
    cloud.ec2.stop_instances(InstanceIds=[node])
    with refused("InvalidInstanceId"):
        sent(cloud, node)


def test_a_registered_agent_is_online(cloud: Cloud) -> None:
    node = cloud.running()
    found = cloud.ssm.describe_instance_information()["InstanceInformationList"]
    assert [(i["InstanceId"], i["PingStatus"]) for i in found] == [(node, "Online")]


def test_an_invocation_is_pending_and_then_succeeds_with_the_probes_answer(cloud: Cloud) -> None:
    command = sent(cloud, cloud.running())
    assert invocation(cloud, command)["Status"] == "Pending"
    cloud.clock.advance(1)
    found = invocation(cloud, command)
    assert found["Status"] == "Success"
    answer = json.loads(found["CommandPlugins"][0]["Output"])
    assert answer["natkeeper"] == 1
    assert all(answer["checks"].values())


def test_one_invocation_can_be_asked_for_alone(cloud: Cloud, refused: Any) -> None:
    node = cloud.running()
    command = sent(cloud, node)
    cloud.clock.advance(1)
    found = cloud.ssm.get_command_invocation(CommandId=command, InstanceId=node)
    assert (found["Status"], found["ResponseCode"]) == ("Success", 0)
    with refused("InvocationDoesNotExist"):
        cloud.ssm.get_command_invocation(CommandId=command, InstanceId="i-0123456789abcdef0")


def test_each_step_of_an_invocation_is_an_event(cloud: Cloud) -> None:
    node = cloud.running()
    command = sent(cloud, node)
    cloud.clock.advance(1)
    found = [e.detail for e in cloud.events if e.source == "aws.ssm"]
    assert [detail["status"] for detail in found] == ["InProgress", "Success"]
    assert set(found[0]) == {
        "command-id",
        "document-name",
        "instance-id",
        "requested-date-time",
        "status",
    }
    assert (found[0]["command-id"], found[0]["instance-id"]) == (command, node)


def test_before_user_data_has_ended_the_command_is_not_found(cloud: Cloud) -> None:
    cloud.world.timings.change(boot=300)
    command = sent(cloud, cloud.running())
    cloud.clock.advance(1)
    found = invocation(cloud, command)
    assert (found["Status"], found["CommandPlugins"][0]["ResponseCode"]) == ("Failed", 127)
    assert "natkeeper-probe: command not found" in found["CommandPlugins"][0]["Output"]


def test_a_silent_agents_command_times_out_in_delivery(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.world.faults.silent_agents.add(node)
    command = sent(cloud, node, TimeoutSeconds=30)
    cloud.clock.advance(29)
    assert invocation(cloud, command)["Status"] == "Delayed"
    cloud.clock.advance(2)
    found = invocation(cloud, command)
    assert (found["Status"], found["StatusDetails"]) == ("TimedOut", "DeliveryTimedOut")


def test_an_unknown_document_is_refused(cloud: Cloud, refused: Any) -> None:
    with refused("InvalidDocument"):
        sent(cloud, cloud.running(), "nothing")


def test_a_document_has_versions(cloud: Cloud) -> None:
    name = cloud.probe_document()
    cloud.ssm.update_document(
        Name=name, Content=PROBE + "# two\n", DocumentVersion="$LATEST", DocumentFormat="YAML"
    )
    cloud.ssm.update_document_default_version(Name=name, DocumentVersion="2")
    found = cloud.ssm.describe_document(Name=name)["Document"]
    assert (found["LatestVersion"], found["DefaultVersion"]) == ("2", "2")
    cloud.ssm.delete_document(Name=name)


def test_flushed_rules_fail_the_probe_until_they_are_applied_again(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.guest.fault(node, "flush-rules")
    assert (checks(cloud, node)["rules"], checks(cloud, node)["egress"]) == (False, False)
    cloud.guest.run(node, "repair", ["/usr/local/sbin/natkeeper-apply"])
    assert all(checks(cloud, node).values())


def test_an_outside_that_is_down_is_not_mended_by_applying_rules(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.guest.fault(node, "egress-down")
    cloud.guest.run(node, "repair", ["natkeeper-apply"])
    assert checks(cloud, node)["egress"] is False


def test_a_fault_that_nobody_knows_is_named(cloud: Cloud) -> None:
    with pytest.raises(ValueError, match="flush-rules"):
        PaperGuest().fault("i-1", "gremlins")


def test_moto_is_as_it_was_after_the_corrections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with corrected(World(lambda _: None)):
        pass
    with local_moto():
        ec2 = boto3.client("ec2", "us-east-1")
        node = ec2.run_instances(MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        found = ec2.describe_instances(InstanceIds=[node])["Reservations"][0]["Instances"][0]
        assert found["State"]["Name"] == "running"
