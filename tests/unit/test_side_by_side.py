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
from natkeeper.core.model import AllocationId, InstanceId, InterfaceId, RouteTableId, ZoneName
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


@pytest.mark.parametrize(
    "action", [replace(COVER, private=""), replace(COVER, even_without_address=False)], ids=["own", "served"]
)
def test_where_somebody_would_see_it_the_address_goes_first(action: PointRoute) -> None:
    with pytest.raises(BrokenBarrierError):
        applier(Network()).apply(action)
