"""The product on the local AWS, as a user meets it: `sam deploy`, a node's death, `sam delete`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.aws import LocalAws
from lab.demo import STACK, Timeline, deploy, sam
from lab.ec2.clock import wait_until
from lab.scenes import all_well, first_replaced
from lab.stack_view import StackView

PATIENCE = 60.0


@dataclass
class Deployed:
    aws: LocalAws
    view: StackView


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The unmodified template with all defaults, built by its own functions and come to rest."""
    with LocalAws(tmp_path_factory.mktemp("logs"), minute=5) as aws:
        view = deploy(aws, Timeline())
        assert wait_until(lambda: all_well([], view.zones()), PATIENCE), view.zones()
        yield Deployed(aws, view)


def test_a_terminated_node_is_covered_by_the_neighbour_and_then_replaced(deployed: Deployed) -> None:
    before = deployed.view.zones()
    deployed.aws.client("ec2").terminate_instances(InstanceIds=[before[0].instance])

    assert wait_until(lambda: deployed.view.zones()[0].instance == before[1].instance, PATIENCE)
    assert wait_until(lambda: first_replaced(before, deployed.view.zones()), PATIENCE)


def test_flushed_rules_are_repaired_over_run_command(deployed: Deployed) -> None:
    assert wait_until(lambda: all_well([], deployed.view.zones()), PATIENCE)
    before = deployed.view.zones()
    sent = len([c for c in deployed.aws.control.calls() if c["action"] == "SendCommand"])
    deployed.aws.control.fault(before[0].instance, "flush-rules")

    assert wait_until(lambda: not all_well([], deployed.view.zones()), PATIENCE)
    assert wait_until(lambda: all_well([], deployed.view.zones()), PATIENCE)
    assert deployed.view.zones()[0].instance == before[0].instance
    assert len([c for c in deployed.aws.control.calls() if c["action"] == "SendCommand"]) > sent


def test_a_hung_node_is_replaced(deployed: Deployed) -> None:
    assert wait_until(lambda: all_well([], deployed.view.zones()), PATIENCE)
    before = deployed.view.zones()
    deployed.aws.control.hang(before[0].instance, seconds_ago=120)  # AWS takes so long to be sure

    assert wait_until(lambda: first_replaced(before, deployed.view.zones()), PATIENCE * 2)


def test_deleting_the_stack_leaves_nothing(deployed: Deployed) -> None:
    sam(deployed.aws, "delete", "--stack-name", STACK, "--no-prompts", "--region", "us-east-1")
    ec2 = deployed.aws.client("ec2")

    assert deployed.view.nodes() == {}
    assert ec2.describe_addresses()["Addresses"] == []
    groups = [g["GroupName"] for g in ec2.describe_security_groups()["SecurityGroups"]]
    assert not [name for name in groups if STACK in name]
