"""What stopping, starting, spot and the private subnets promise, in the simulated AWS and the adapters."""

from __future__ import annotations

import pytest

from natkeeper.core.actions import Cause, LaunchNode
from natkeeper.core.errors import CapacityError, NotReadyError, RefusedError
from natkeeper.core.intake.workloads import INSTANCE
from natkeeper.core.model import Lifecycle, Market, Node
from natkeeper.ports import Launched
from tests.contract.stages import ZONE, Stage


def launched(stage: Stage, market: Market = Market.ON_DEMAND) -> Launched:
    action = LaunchNode(ZONE, stage.subnet, 0, ("t4g.nano",), Cause.NO_NODE, "a test", (market,))
    return stage.nodes.launch(action, market, "t4g.nano")


def running_node(stage: Stage, market: Market = Market.ON_DEMAND) -> Node:
    launched(stage, market)
    stage.advance(10)
    return stage.nodes.find()[0]


def sleeping_node(stage: Stage) -> Node:
    node = running_node(stage)
    stage.nodes.stop(node.id)
    stage.advance(15)
    return node


def test_a_stopped_node_keeps_its_interface_and_its_address(stage: Stage) -> None:
    node = running_node(stage)
    assert node.interface
    stage.network.associate(stage.address, node.interface)
    stage.nodes.stop(node.id)
    assert stage.nodes.find()[0].lifecycle is Lifecycle.STOPPING
    stage.advance(15)
    (asleep,) = stage.nodes.find()

    assert (asleep.lifecycle, asleep.interface) == (Lifecycle.STOPPED, node.interface)
    assert stage.network.addresses([stage.address])[0].holder == node.interface


def test_stopping_and_starting_twice_is_as_good_as_once(stage: Stage) -> None:
    node = sleeping_node(stage)
    stage.nodes.stop(node.id)
    for _ in range(2):
        stage.nodes.start(node.id)

    assert stage.nodes.find()[0].lifecycle is Lifecycle.PENDING


def test_a_started_node_is_pending_then_runs_with_a_new_launch_time(stage: Stage) -> None:
    node = sleeping_node(stage)
    stage.nodes.start(node.id)
    assert stage.nodes.find()[0].lifecycle is Lifecycle.PENDING
    stage.advance(10)
    (awake,) = stage.nodes.find()

    assert awake.lifecycle is Lifecycle.RUNNING
    assert (awake.id, awake.interface) == (node.id, node.interface)
    assert awake.launched_at >= node.launched_at


def test_a_pending_node_cannot_be_stopped_and_a_stopping_one_not_started(stage: Stage) -> None:
    name = launched(stage).instance
    with pytest.raises(NotReadyError):
        stage.nodes.stop(name)
    stage.advance(10)
    stage.nodes.stop(name)
    with pytest.raises(NotReadyError):
        stage.nodes.start(name)


def test_without_room_a_start_is_a_capacity_error(stage: Stage) -> None:
    node = sleeping_node(stage)
    stage.fill("t4g.nano")

    with pytest.raises(CapacityError):
        stage.nodes.start(node.id)


def test_a_node_says_whether_it_is_spot(stage: Stage) -> None:
    assert running_node(stage, Market.SPOT).spot is True


def test_a_node_on_demand_is_not_spot(stage: Stage) -> None:
    assert running_node(stage).spot is False


def test_spot_without_room_is_a_capacity_error_and_on_demand_may_have_some(stage: Stage) -> None:
    stage.fill("spot t4g.nano")

    with pytest.raises(CapacityError):
        launched(stage, Market.SPOT)
    assert running_node(stage).spot is False


def test_a_one_time_spot_instance_cannot_be_stopped(stage: Stage) -> None:
    node = running_node(stage, Market.SPOT)

    with pytest.raises(RefusedError):
        stage.nodes.stop(node.id)


def test_what_lies_in_a_subnet_is_found_and_our_nodes_are_not(stage: Stage) -> None:
    running_node(stage)
    instance, interface = stage.put_instance("natkeeper:ignore"), stage.put_interface()
    found = {presence.id: presence for presence in stage.workloads.find([stage.subnet, stage.private])}

    assert found[instance].kind == INSTANCE
    assert found[instance].tags == {"natkeeper:ignore"}
    assert (found[interface].in_use, found[interface].description) == (False, "a job")
    assert all(p.attached for name, p in found.items() if name not in (instance, interface))


def test_other_subnets_are_not_looked_at(stage: Stage) -> None:
    stage.put_instance()

    assert stage.workloads.find([]) == ()
