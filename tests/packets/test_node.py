"""The template's own user data makes a NAT of an instance, and Run Command really runs in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.ec2.clock import wait_until
from tests.node.template_script import plain_script

from .region import Region

TARGETS = "https://checkip.amazonaws.com https://1.1.1.1 https://www.example.com"
DOCUMENT = """
schemaVersion: "2.2"
description: run
mainSteps:
  - action: aws:runShellScript
    name: run
    inputs:
      runCommand: [{}]
"""


@pytest.fixture(scope="module")
def node(region: Region) -> str:
    """A node that user data has made."""
    made = region.launch(region.public, public=True, user_data=plain_script())
    region.uncheck(made)
    region.ec2.create_route(
        RouteTableId=region.tables[region.one],
        DestinationCidrBlock="0.0.0.0/0",
        NetworkInterfaceId=region.interface(made),
    )
    assert wait_until(lambda: region.run(made, "test -e /run/natkeeper/guard && echo yes") == "yes", 30), (
        region.run(made, "cat /var/log/cloud-init-output.log")
    )
    return made


@pytest.fixture(scope="module")
def host(region: Region, node: str) -> str:
    """A private host behind the node."""
    made = region.launch(region.one)
    region.settle()
    return made


def run_command(region: Region, node: str, line: str) -> Any:
    name = f"document-{abs(hash(line))}"
    region.ssm.create_document(
        Name=name, DocumentType="Command", DocumentFormat="YAML", Content=DOCUMENT.format(json.dumps(line))
    )
    assert wait_until(lambda: node in region.world.registered, 30)
    sent = region.ssm.send_command(DocumentName=name, InstanceIds=[node])["Command"]["CommandId"]

    def found() -> Any:
        return region.ssm.get_command_invocation(CommandId=sent, InstanceId=node)

    assert wait_until(lambda: found()["Status"] not in ("Pending", "InProgress", "Delayed"), 20)
    return found()


def test_a_host_behind_the_node_is_seen_under_the_nodes_address(region: Region, node: str, host: str) -> None:
    assert region.fetch(host) == region.instance(node)["PublicIpAddress"]


def test_the_nodes_probe_runs_in_the_node_with_names_and_tls(region: Region, node: str) -> None:
    found = run_command(region, node, f"/usr/local/sbin/natkeeper-probe {TARGETS}")
    assert (found["Status"], found["ResponseCode"]) == ("Success", 0)
    answer = json.loads(found["StandardOutputContent"])
    assert all(answer["checks"].values()), answer
    assert answer["egress"]["address"] == region.instance(node)["PublicIpAddress"]


def test_a_failed_command_tells_its_code_and_both_outputs(region: Region, node: str) -> None:
    found = run_command(region, node, "echo out; echo err >&2; exit 7")
    assert (found["Status"], found["ResponseCode"]) == ("Failed", 7)
    assert (found["StandardOutputContent"], found["StandardErrorContent"]) == ("out\n", "err\n")


def test_flushed_rules_are_mended_by_the_guard(region: Region, node: str, host: str) -> None:
    region.underlay.guest.fault(node, "flush-rules")
    assert wait_until(lambda: region.run(node, "cat /run/natkeeper/repairs") not in ("", "0"), 30)
    assert region.fetch(host)


def test_targets_that_are_down_fail_the_probe_and_not_the_node(region: Region, node: str, host: str) -> None:
    region.underlay.guest.fault("internet", "targets-down")
    answer = json.loads(region.run(node, "natkeeper-probe https://1.1.1.1"))
    region.underlay.guest.fault("internet", "targets-up")
    assert (answer["checks"]["egress"], answer["checks"]["rules"]) == (False, True)


def test_rules_that_are_gone_for_good_are_mended_by_nobody_on_the_node(
    region: Region, node: str, host: str
) -> None:
    """The last one: the node is no use any more."""
    region.underlay.guest.fault(node, "rules-broken")
    assert not wait_until(lambda: region.fetch(host) != "", 5)
    answer = json.loads(region.run(node, "natkeeper-probe https://1.1.1.1"))
    assert (answer["checks"]["rules"], answer["checks"]["guard"]) == (False, True)
