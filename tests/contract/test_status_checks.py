"""When status checks are asked for, which changes nothing of what is found: while a node is dead, a look
should wait for one answer, not for two in a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from natkeeper.adapters.ec2_nodes import Ec2Nodes
from natkeeper.core.errors import DeniedError, UnreachableError
from natkeeper.core.model import Doom, DoomKind, InstanceId, Lifecycle, Node
from tests.contract.recorded import Reply, client, ec2_error
from tests.contract.stages import Stage
from tests.contract.test_ec2_ports import launched
from tests.contract.test_recorded_shapes import IMPAIRED, NODE, OTHER, instance, instances, scheduled, status

FORGOTTEN, GARBLED = InstanceId("i-0fedcba9876543210"), InstanceId("i-?")


def ill(stage: Stage, generation: int = 0) -> InstanceId:
    """A node whose status check fails."""
    name = launched(stage, generation).instance
    stage.advance(10)
    stage.impair(name)
    return name


def found(stage: Stage, known: Iterable[InstanceId]) -> tuple[dict[InstanceId, bool], list[int]]:
    """The nodes, each with whether it is seen to be impaired; and how many calls that took, by API."""
    apis = ("DescribeInstances", "DescribeInstanceStatus")
    before = [stage.count(api) for api in apis]
    nodes = stage.nodes.find(frozenset(known))
    calls = [stage.count(api) - count for api, count in zip(apis, before, strict=True)]
    return {node.id: node.impaired_since is not None for node in nodes}, calls


def test_where_none_is_known_the_checks_take_one_call(stage: Stage) -> None:
    node = ill(stage)

    assert found(stage, ()) == ({node: True}, [1, 1])


def test_where_nobody_is_there_nor_known_no_checks_are_asked_for(stage: Stage) -> None:
    assert found(stage, ()) == ({}, [1, 0])


def test_of_nodes_that_are_known_the_checks_take_one_call(stage: Stage) -> None:
    one, well = ill(stage), launched(stage, 1).instance

    assert found(stage, (one, well)) == ({one: True, well: False}, [1, 1])


def test_a_new_node_beside_one_that_is_known_is_asked_for_by_a_second_call(stage: Stage) -> None:
    known, new = ill(stage), ill(stage, 1)

    assert found(stage, (known,)) == ({known: True, new: True}, [1, 2])


@pytest.mark.parametrize("wrong", [FORGOTTEN, GARBLED])
def test_an_id_that_ec2_refuses_costs_a_second_call_and_hides_nothing(
    stage: Stage, wrong: InstanceId
) -> None:
    known = ill(stage)

    assert found(stage, (known, wrong)) == ({known: True}, [1, 2])


def test_an_id_that_ec2_has_forgotten_is_no_node(stage: Stage) -> None:
    assert found(stage, (FORGOTTEN,)) == ({}, [1, 1])


def test_a_node_that_has_ended_since_is_found_as_ended_and_is_not_asked_for_again(stage: Stage) -> None:
    node, other = ill(stage), ill(stage, 1)
    stage.nodes.terminate(node)
    stage.advance(10)

    assert found(stage, (node, other)) == ({node: False, other: True}, [1, 1])
    ended = {n.id for n in stage.nodes.find((node, other)) if n.lifecycle is Lifecycle.TERMINATED}
    assert ended == {node}


def test_a_node_that_sleeps_is_answered_for_like_one_that_runs(stage: Stage) -> None:
    node = launched(stage).instance
    stage.advance(10)
    stage.stop(node)

    assert found(stage, (node,)) == ({node: False}, [1, 1])


# --- the adapter, on AWS's recorded answers

REFUSED = ec2_error("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
BROKEN = ec2_error("InternalError", "An internal error has occurred", 500)
LISTED, ILL = instances(instance()), status(IMPAIRED)


def adapter(described: Reply, checked: Reply | list[Reply]) -> tuple[Ec2Nodes, Any]:
    made, _ = client("ec2", DescribeInstances=described, DescribeInstanceStatus=checked)
    return Ec2Nodes(made, "natkeeper", "lt-1", 1, "sg-1"), made.meta.events


def test_the_checks_of_a_known_node_are_asked_for_while_the_nodes_are_listed() -> None:
    nodes, events = adapter(LISTED, ILL)
    both = Barrier(2, timeout=10)
    events.register_first("before-send.ec2", lambda **_: both.wait() and None)
    (node,) = nodes.find([NODE])

    assert node.impaired_since == datetime(2026, 3, 14, 11, 50, tzinfo=UTC)


def test_what_is_scheduled_for_a_known_node_is_read_beside_too() -> None:
    events = scheduled("instance-retirement", "The instance is running on degraded hardware")
    nodes, _ = adapter(LISTED, status(f"<eventsSet>{events}</eventsSet>"))
    (node,) = nodes.find([NODE])

    assert node.doom == Doom(DoomKind.RETIREMENT, datetime(2026, 3, 20, tzinfo=UTC))


def seen(nodes: tuple[Node, ...]) -> list[tuple[InstanceId, bool]]:
    return [(node.id, node.impaired_since is not None) for node in nodes]


def test_who_is_left_out_of_the_early_answer_is_asked_for_again() -> None:
    both = instances(instance(NODE), instance(OTHER))
    nodes, _ = adapter(both, [status(IMPAIRED, NODE), status(IMPAIRED, OTHER)])

    assert seen(nodes.find([NODE, OTHER])) == [(NODE, True), (OTHER, True)]


def test_a_check_of_a_terminated_node_says_nothing_of_it() -> None:
    nodes, _ = adapter(instances(instance(state="terminated", more="")), ILL)

    assert seen(nodes.find([NODE])) == [(NODE, False)]


@pytest.mark.parametrize(
    ("described", "checked", "means"),
    [
        (LISTED, REFUSED, DeniedError),
        (LISTED, BROKEN, UnreachableError),
        (REFUSED, ILL, DeniedError),
        (BROKEN, ILL, UnreachableError),
        (BROKEN, REFUSED, UnreachableError),
    ],
)
def test_what_fails_of_either_fails_the_whole_read(
    described: Reply, checked: Reply, means: type[Exception]
) -> None:
    nodes, _ = adapter(described, checked)

    with pytest.raises(means):
        nodes.find([NODE])
