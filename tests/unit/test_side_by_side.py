"""While a neighbour takes over, address and routes go side by side: each call is a part of the outage."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from natkeeper.core.actions import Cause, PointRoute
from natkeeper.core.errors import ThrottledError
from natkeeper.core.model import Address, AllocationId, InstanceId, InterfaceId, RouteTableId, ZoneName
from natkeeper.reconcile.applier import Applier
from tests.stack import Stack

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
    both: Barrier = field(default_factory=lambda: Barrier(2, timeout=0.5))
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
        applier(Network()).apply(action)
