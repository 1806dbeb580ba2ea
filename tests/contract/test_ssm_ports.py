"""What Probing and Repairs promise, in the simulated AWS and on Run Command alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from natkeeper.adapters.ssm_commands import SsmProbing, SsmRepairs
from natkeeper.core.actions import Cause, LaunchNode
from natkeeper.core.intake.evidence import read
from natkeeper.core.model import InstanceId, Market, Outcome
from natkeeper.ports import Probing, Repairs
from tests.builders import NOW
from tests.contract.stages import ZONE, Stage, moto_stage, world_stage
from tests.resources import create_document


@dataclass
class Nodes:
    """A stage with Run Command, and the two things that can go wrong inside a node."""

    stage: Stage
    probing: Probing
    repairs: Repairs
    flush: Callable[[InstanceId], None]
    silence: Callable[[InstanceId], None]

    def launch(self, generation: int) -> InstanceId:
        action = LaunchNode(ZONE, self.stage.subnet, generation, ("t4g.nano",), Cause.NO_NODE, "a test")
        return self.stage.nodes.launch(action, Market.ON_DEMAND, "t4g.nano").instance

    def outcome(self, *nodes: InstanceId) -> list[Outcome]:
        return [read(a.output, a.exit_code, NOW).outcome for a in self.probing.ask(nodes, lambda: math.inf)]


def in_the_world() -> Nodes:
    stage = world_stage()
    commands, instances = stage.world.commands, stage.world.instances.all
    return Nodes(
        stage,
        commands,
        commands,
        flush=lambda node: setattr(instances[node].guest, "flushed", True),
        silence=lambda node: setattr(instances[node].guest, "agent", False),
    )


def on_run_command(stack: ExitStack) -> Nodes:
    stage = moto_stage(stack)
    ssm: Any = boto3.client("ssm", region_name="us-east-1")
    return Nodes(
        stage,
        SsmProbing(ssm, create_document(ssm, "ProbeDocument"), stage.clock.advance),
        SsmRepairs(ssm, create_document(ssm, "RepairDocument")),
        flush=lambda node: stage.world.guest.fault(node, "flush-rules"),
        silence=stage.world.faults.silent_agents.add,
    )


@pytest.fixture(params=["world", "run command"])
def nodes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with ExitStack() as stack:
        makers: dict[str, Callable[[], Nodes]] = {
            "world": in_the_world,
            "run command": lambda: on_run_command(stack),
        }
        yield makers[request.param]()


def test_nobody_asked_nobody_answers(nodes: Nodes) -> None:
    assert nodes.probing.ask((), lambda: math.inf) == ()


def test_a_running_node_answers_that_it_is_well(nodes: Nodes) -> None:
    node = nodes.launch(0)
    nodes.stage.advance(30)

    assert nodes.outcome(node) == [Outcome.PASSED]


def test_a_node_that_is_not_there_yet_is_silent_and_hides_nobody(nodes: Nodes) -> None:
    node = nodes.launch(0)
    nodes.stage.advance(30)
    pending = nodes.launch(1)

    assert nodes.outcome(pending, node)[1] is Outcome.PASSED


def test_a_node_whose_agent_is_dead_is_silent_not_failed(nodes: Nodes) -> None:
    node = nodes.launch(0)
    nodes.stage.advance(30)
    nodes.silence(node)

    assert nodes.outcome(node) == [Outcome.SILENT]


def test_a_node_without_rules_fails_until_it_is_repaired(nodes: Nodes) -> None:
    node = nodes.launch(0)
    nodes.stage.advance(30)
    nodes.flush(node)
    assert nodes.outcome(node) == [Outcome.FAILED]

    nodes.repairs.repair(node)
    nodes.stage.advance(30)
    assert nodes.outcome(node) == [Outcome.PASSED]
