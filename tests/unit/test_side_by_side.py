"""What is asked of AWS side by side, for while a node is dead each call in a row is a part of the outage: the
status checks beside the list of nodes, the address beside the routes when a neighbour takes over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from natkeeper.core.actions import Cause, PointRoute
from natkeeper.core.errors import ThrottledError
from natkeeper.core.memory import Memory
from natkeeper.core.model import (
    Address,
    AllocationId,
    InstanceId,
    InterfaceId,
    Node,
    RouteTableId,
    ZoneName,
)
from natkeeper.reconcile.applier import Applier
from tests.stack import Stack, own, settled
from tests.unit.test_baking import bakers, baking

BUSY = ThrottledError("associating", "eipalloc-a", "RequestLimitExceeded", "slow down")
COVER = PointRoute(
    ZoneName("a"),
    InstanceId("i-b"),
    InterfaceId("eni-b"),
    (RouteTableId("rtb-a"),),
    AllocationId("eipalloc-a"),
    None,
    Cause.UNHEALTHY,
    "its node is gone",
    even_without_address=True,
    private="10.0.2.77",
)


def nothing() -> None:
    """A call that AWS takes."""


def refuse() -> None:
    """One that it does not."""
    raise BUSY


@dataclass
class Network:
    """Takes no call until the other one is under way as well."""

    answer: Callable[[], None] = nothing
    both: Barrier = field(default_factory=lambda: Barrier(2, timeout=10))
    calls: list[str] = field(default_factory=list)

    def associate(self, address: AllocationId, interface: InterfaceId, private: str = "") -> None:
        self.both.wait()
        self.calls.append(f"{address} to {interface} at {private}")
        self.answer()

    def point(self, table: RouteTableId, interface: InterfaceId) -> None:
        if len(self.calls) < 2:
            self.both.wait()
        self.calls.append(f"{table} to {interface}")


def applier(network: Any) -> Applier:
    pool = partial(ThreadPoolExecutor, 2)
    return replace(Stack(2).desk.reconciler.applier, network=network, pool=pool)


def test_a_neighbour_gets_the_zones_address_and_its_routes_at_once() -> None:
    network = Network()

    assert applier(network).apply(COVER).refused == ()
    assert sorted(network.calls) == ["eipalloc-a to eni-b at 10.0.2.77", "rtb-a to eni-b"]


def test_what_aws_refuses_of_the_address_is_told_and_the_routes_are_moved() -> None:
    network = Network(refuse)
    (refused,) = applier(network).apply(COVER).refused

    assert refused.error is BUSY
    assert "rtb-a to eni-b" in network.calls


HAND_BACK = replace(
    COVER,
    node=InstanceId("i-a"),
    interface=InterfaceId("eni-a"),
    private="",
    giver=Address(AllocationId("eipalloc-a"), InterfaceId("eni-b"), "10.0.2.77"),
    even_without_address=False,
    at_once=True,
)


@dataclass
class Nodes:
    """Has no public address of its own, once it is told so."""

    told: list[str] = field(default_factory=list)

    def set_public_address(self, interface: InterfaceId, *, on: bool) -> None:
        self.told.append(f"{interface} {on}")

    def public_address(self, _: InterfaceId) -> str:
        return ""


def test_a_node_of_the_zones_own_that_shows_no_other_address_gets_both_at_once() -> None:
    network, nodes = Network(), Nodes()

    assert replace(applier(network), nodes=nodes).apply(HAND_BACK).refused == ()  # type: ignore[arg-type]
    assert sorted(network.calls) == ["eipalloc-a to eni-a at ", "rtb-a to eni-a"]
    assert nodes.told == ["eni-a False", "eni-a True"], "the neighbour's own has nothing to do with it"


def test_routes_go_back_when_the_address_does_not_come() -> None:
    network = Network(refuse)
    done = replace(applier(network), nodes=Nodes()).apply(HAND_BACK)  # type: ignore[arg-type]

    assert [refused.error for refused in done.refused] == [BUSY]
    assert network.calls[-1] == "rtb-a to eni-b"


@pytest.mark.parametrize(
    "action", [replace(COVER, private=""), replace(COVER, even_without_address=False)], ids=["own", "served"]
)
def test_where_somebody_would_see_it_the_address_goes_first(action: PointRoute) -> None:
    with pytest.raises(BrokenBarrierError):
        applier(Network(both=Barrier(2, timeout=0.1))).apply(action)


# --- a look asks for status checks beside the list of nodes


def asked_first(stack: Stack, patch: pytest.MonkeyPatch) -> list[set[InstanceId]]:
    """Whose status checks each look from now on asks for without waiting for the list."""
    asked: list[set[InstanceId]] = []
    find = stack.aws.find

    def noted(known: Collection[InstanceId] = ()) -> tuple[Node, ...]:
        asked.append(set(known))
        return find(known)

    patch.setattr(stack.aws, "find", noted)
    return asked


def read_by(stack: Stack, act: Callable[[], object]) -> Counter[str]:
    """The calls by which instances are read meanwhile."""
    before = stack.world.gate.counts.copy()
    act()
    return Counter({api: n for api, n in (stack.world.gate.counts - before).items() if "Instance" in api})


TWO_CALLS = {"DescribeInstances": 1, "DescribeInstanceStatus": 1}


def test_a_look_asks_at_once_for_whom_the_last_one_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = settled(2)
    nodes = {node.id for node in stack.living()}
    asked = asked_first(stack, monkeypatch)

    assert read_by(stack, stack.sweep) == TWO_CALLS
    assert asked == [nodes]


def test_a_look_without_memory_asks_for_whom_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = settled(2)
    stack.store.records = replace(stack.store.records, memory=Memory())
    asked = asked_first(stack, monkeypatch)

    assert read_by(stack, stack.sweep) == TWO_CALLS
    assert asked == [set()]


def test_who_was_launched_a_moment_ago_is_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(1)
    stack.sweep()
    (launched,) = stack.living()
    asked = asked_first(stack, monkeypatch)

    assert read_by(stack, stack.sweep) == TWO_CALLS
    assert asked == [{launched.id}]


def test_a_baker_is_asked_for_at_once_like_a_node(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = baking()
    stack.settle(2)
    there = bakers(stack)
    asked = asked_first(stack, monkeypatch)

    assert read_by(stack, stack.sweep) == TWO_CALLS
    assert there
    assert {baker.id for baker in there} < asked[0]


def test_who_is_gone_is_not_asked_for_though_memory_keeps_it_longer_than_ec2(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = settled(2)
    lost = own(stack)
    stack.aws.terminate(lost)
    stack.settle(2)
    asked = asked_first(stack, monkeypatch)
    calls = []
    for _ in range(8):
        stack.aws.advance(60)
        calls.append(read_by(stack, stack.sweep))

    assert lost in stack.store.records.memory.nodes
    assert lost not in stack.world.instances.all, "EC2 would refuse its id, and with it all others"
    assert not any(lost in names for names in asked)
    assert calls == [TWO_CALLS] * 8


def test_a_node_that_is_not_known_costs_one_look_a_third_call() -> None:
    stack = settled(2)
    node = own(stack)
    memory = stack.store.records.memory
    others = {name: past for name, past in memory.nodes.items() if name != node}
    roster = tuple(name for name in memory.roster if name != node)
    forgetful = replace(memory, nodes=others, roster=roster)
    stack.store.records = replace(stack.store.records, memory=forgetful)

    assert read_by(stack, stack.sweep) == {"DescribeInstances": 1, "DescribeInstanceStatus": 2}
    assert read_by(stack, stack.sweep) == TWO_CALLS
