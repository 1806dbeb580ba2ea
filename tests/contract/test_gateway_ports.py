"""What Gateways promises, in the simulated AWS and by the adapter alike; and what its address does."""

from __future__ import annotations

import pytest

from natkeeper.core.actions import Cause, LaunchNode
from natkeeper.core.errors import AwsError, NotFoundError, NotReadyError
from natkeeper.core.last_resort import GatewayState, LastResorts, NatGateway, NatGatewayId
from natkeeper.core.last_resort_actions import CreateNatGateway
from natkeeper.core.model import AllocationId, Market, Node, Route
from tests.contract.stages import ZONE, Stage

MINUTES = 200.0
"""Seconds in which a gateway is there, or gone."""


def make(stage: Stage, allocation: AllocationId | None = None, number: int = 0) -> NatGateway:
    action = CreateNatGateway(ZONE, stage.subnet, allocation, number, Cause.LAST_RESORT, "a test")
    return stage.gateways.create(action)


def made(stage: Stage) -> NatGateway:
    make(stage, stage.address)
    stage.advance(MINUTES)
    return the_one(stage)


def the_one(stage: Stage) -> NatGateway:
    (found,) = stage.gateways.find().gateways
    return found


def the_route(stage: Stage) -> Route:
    vpc = stage.network.vpc_of([stage.subnet])
    assert vpc
    return next(t.route for t in stage.network.tables(vpc) if t.route.table == stage.table)


def a_node(stage: Stage) -> Node:
    launch = LaunchNode(ZONE, stage.subnet, 0, ("t4g.nano",), Cause.NO_NODE, "a test")
    stage.nodes.launch(launch, Market.ON_DEMAND, "t4g.nano")
    stage.advance(10)
    return stage.nodes.find()[0]


def test_a_stack_without_gateways_has_none(stage: Stage) -> None:
    assert stage.gateways.find() == LastResorts()


def test_it_is_pending_first_and_available_in_minutes(stage: Stage) -> None:
    told = make(stage, stage.address)
    assert (told.zone, told.subnet, told.state) == (ZONE, stage.subnet, GatewayState.PENDING)
    assert the_one(stage).state is GatewayState.PENDING

    stage.advance(MINUTES)
    found = the_one(stage)
    assert (found.id, found.state, found.allocation) == (told.id, GatewayState.AVAILABLE, stage.address)
    assert found.interface


def test_its_interface_holds_the_address(stage: Stage) -> None:
    gateway = made(stage)
    (address,) = stage.network.addresses([stage.address])

    assert address.holder == gateway.interface


def test_the_same_token_makes_no_second(stage: Stage) -> None:
    assert make(stage, stage.address).id == make(stage, stage.address).id
    assert the_one(stage)


def test_an_address_is_allocated_for_it_if_it_is_told_none(stage: Stage) -> None:
    gateway = make(stage)
    (allocation,) = stage.gateways.find().allocations

    assert (allocation.id, allocation.zone, allocation.held) == (gateway.allocation, ZONE, True)
    assert allocation.id != stage.address


def test_with_an_address_that_is_taken_it_fails_a_moment_later(stage: Stage) -> None:
    node = a_node(stage)
    assert node.interface
    stage.network.associate(stage.address, node.interface)
    make(stage, stage.address)
    stage.advance(MINUTES)

    failed = the_one(stage)
    assert failed.state is GatewayState.FAILED
    assert failed.failure.startswith("Resource.AlreadyAssociated")
    assert stage.network.addresses([stage.address])[0].holder == node.interface


def test_with_an_address_that_is_not_there_it_is_refused(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        make(stage, AllocationId("eipalloc-0123456789abcdef0"))


def test_a_table_is_pointed_at_it_with_or_without_a_route(stage: Stage) -> None:
    gateway = made(stage)
    for _ in range(2):
        stage.gateways.point(stage.table, gateway.id)

        assert (the_route(stage).target, the_route(stage).blackhole) == (gateway.id, False)


def test_a_table_is_not_pointed_at_one_that_is_not_there(stage: Stage) -> None:
    stage.gateways.point(stage.table, made(stage).id)

    with pytest.raises(NotFoundError):
        stage.gateways.point(stage.table, NatGatewayId("nat-0123456789abcdef0"))


def test_while_it_is_deleted_it_has_its_address_and_nobody_else_gets_that(stage: Stage) -> None:
    gateway, node = made(stage), a_node(stage)
    assert node.interface
    stage.gateways.point(stage.table, gateway.id)
    stage.gateways.delete(gateway.id)

    assert the_one(stage).state is GatewayState.DELETING
    assert the_route(stage).blackhole
    assert stage.network.addresses([stage.address])[0].holder == gateway.interface
    with pytest.raises(AwsError, match="AuthFailure"):
        stage.network.associate(stage.address, node.interface)


def test_once_it_is_deleted_its_address_is_free(stage: Stage) -> None:
    gateway, node = made(stage), a_node(stage)
    assert node.interface
    stage.gateways.delete(gateway.id)
    stage.advance(MINUTES)

    assert the_one(stage).state is GatewayState.DELETED
    assert stage.network.addresses([stage.address])[0].holder is None
    stage.network.associate(stage.address, node.interface)
    assert stage.network.addresses([stage.address])[0].holder == node.interface


def test_deleting_it_twice_is_as_good(stage: Stage) -> None:
    gateway = made(stage)
    for _ in range(2):
        stage.gateways.delete(gateway.id)
    stage.advance(MINUTES)

    stage.gateways.delete(gateway.id)
    assert the_one(stage).state is GatewayState.DELETED


def test_what_was_allocated_is_released_when_the_gateway_is_gone_and_not_before(stage: Stage) -> None:
    gateway = make(stage)
    stage.advance(MINUTES)
    assert gateway.allocation
    with pytest.raises(NotReadyError):
        stage.gateways.release(gateway.allocation)

    stage.gateways.delete(gateway.id)
    stage.advance(MINUTES)
    for _ in range(2):
        stage.gateways.release(gateway.allocation)
    assert stage.gateways.find().allocations == ()
