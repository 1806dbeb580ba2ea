"""Each law of the last resort notices a planner that breaks it; and whatever befalls a gateway breaks none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from natkeeper.core.actions import Action, Cause
from natkeeper.core.decision.last_resort import last_resort
from natkeeper.core.judgement.view import View
from natkeeper.core.last_resort_actions import CreateNatGateway, DeleteNatGateway
from natkeeper.core.policy import LastResort
from tests.simulation.faults.fault import strike
from tests.simulation.faults.last_resort import RESORT_FAULTS
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import HOUR
from tests.simulation.laws.last_resort import (
    ends_no_last_resort_that_serves,
    last_resorts_are_bounded,
    never_without_a_way_out,
    no_last_resort_beside_a_node_that_serves,
    one_last_resort_a_zone,
)
from tests.simulation.laws_can_be_broken.sabotage import add_rule, caught, remove_rule, settled
from tests.simulation.life.life import Life

RESORT_BY_NAME = {fault.name: fault for fault in RESORT_FAULTS}


def resorting(zones: int = 1) -> Life:
    return settled(zones, last_resort=LastResort.NAT_GATEWAY)


def at_the_gateway(zones: int = 1) -> Life:
    """All nodes are lost, there is no room, and each zone is served by a NAT gateway."""
    life = resorting(zones)
    strike(life, RESORT_BY_NAME["all lost, and no room"], 0)
    life.run(900.0)
    assert all(truth.is_at_last_resort(life.world, table) for table in life.world.layout.tables)
    return life


def making(numbers: Iterator[int]) -> Callable[[View], Iterator[Action]]:
    def rule(view: View) -> Iterator[Action]:
        if view.zone.subnet:
            number, reason = next(numbers), "a broken rule"
            yield CreateNatGateway(view.zone.name, view.zone.subnet, None, number, Cause.LAST_RESORT, reason)

    return rule


def ending(view: View) -> Iterator[Action]:
    for gateway in view.resort.gateways:
        yield DeleteNatGateway(view.zone.name, gateway.id, Cause.LAST_RESORT, "a broken rule")


def test_a_second_gateway_of_a_zone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = at_the_gateway()
    add_rule(monkeypatch, making(count(100)))
    caught(life, one_last_resort_a_zone)


def test_a_gateway_beside_a_node_that_serves_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = resorting()
    add_rule(monkeypatch, making(count(100)))
    strike(life, BY_NAME["template updated"], 0)
    caught(life, no_last_resort_beside_a_node_that_serves)


def test_gateways_that_come_and_go_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = at_the_gateway()
    numbers = count(100)

    def rule(view: View) -> Iterator[Action]:
        yield from making(numbers)(view)
        yield from ending(view)

    add_rule(monkeypatch, rule)
    caught(life, last_resorts_are_bounded)


def test_the_end_of_a_gateway_that_serves_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = at_the_gateway()
    add_rule(monkeypatch, ending)
    caught(life, ends_no_last_resort_that_serves)


def test_a_zone_without_a_way_out_is_seen_though_no_node_could_serve_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    life = resorting()
    remove_rule(monkeypatch, last_resort)
    strike(life, RESORT_BY_NAME["all lost, and no room"], 0)
    caught(life, never_without_a_way_out)


@pytest.mark.parametrize("name", RESORT_BY_NAME)
def test_whatever_befalls_the_last_resort_no_law_is_broken_and_nothing_is_left(name: str) -> None:
    life = at_the_gateway()
    strike(life, RESORT_BY_NAME[name], 0)
    life.run(HOUR)
    life.settle()
