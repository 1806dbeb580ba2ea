"""Whoever leads a route or an address to the wrong place, or without end, is caught."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from natkeeper.core.actions import Action, AssociateAddress, Cause, PointRoute, TerminateNode
from natkeeper.core.decision import contest, look
from natkeeper.core.decision import egress as egress_rules
from natkeeper.core.judgement.view import View
from natkeeper.core.remembering import hearsay as remembering
from tests.simulation.faults.catalogue import ALL_BY_NAME
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import HOUR
from tests.simulation.laws.moves import (
    clients_are_seen_by_their_address,
    leads_nobody_where_nothing_leaves,
    moves_are_bounded,
    moves_only_to_the_verified,
    no_plan_contradicts_itself,
    pushes_no_address_off,
)
from tests.simulation.laws_can_be_broken.sabotage import add_rule, caught, settled


def test_a_move_to_an_unverified_node_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def youngest(zone: object, standings: dict[object, object], *_: object) -> object:
        return max(standings.values(), key=lambda s: s.node.launched_at)  # type: ignore[attr-defined]

    monkeypatch.setattr(look, "elect", youngest)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, moves_only_to_the_verified)


def test_a_plan_that_leans_on_what_it_lets_go_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    name, interface = next((n.id, n.interface) for n in life.world.instances.find())
    assert interface
    neighbour, own = life.world.zones[1], life.world.zones[0]

    def rule(view: View) -> Iterator[Action]:
        if view.zone.name == neighbour:
            table = view.zone.routes[0].table
            yield PointRoute(neighbour, name, interface, (table,), None, None, Cause.ROUTE, "a broken rule")
        else:
            yield TerminateNode(own, name, Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    caught(life, no_plan_contradicts_itself)


def test_a_route_fought_for_without_end_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    monkeypatch.setattr(contest, "rests_until", lambda *_: None)
    strike(life, ALL_BY_NAME["route taken again and again"], 0)
    caught(life, moves_are_bounded)


def test_a_zone_that_is_seen_by_another_address_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "deal", lambda ring, zones, memory: {})
    life = settled(2)
    strike(life, BY_NAME["no room at all"], 0)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, clients_are_seen_by_their_address)


def test_an_address_that_is_put_where_another_one_is_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    neighbour = next(i.node for i in truth.living(life.world) if i.node.zone == life.world.zones[1])
    address = life.world.layout.allocations[0]

    def rule(view: View) -> Iterator[Action]:
        assert neighbour.interface
        yield AssociateAddress(
            view.zone.name, neighbour.id, neighbour.interface, address, Cause.ADDRESS, "a broken rule"
        )

    add_rule(monkeypatch, rule, first=True)
    strike(life, BY_NAME["address taken off"], 0)
    caught(life, pushes_no_address_off)


def test_a_route_to_who_would_send_by_no_address_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    monkeypatch.setattr(egress_rules, "may_send", lambda node, zone, context: False)
    strike(life, BY_NAME["failover ordered"], 0)
    caught(life, leads_nobody_where_nothing_leaves)


@pytest.mark.parametrize("name", ["address on the second private one", "no second address for nodes"])
def test_whatever_befalls_second_addresses_no_law_is_broken(name: str) -> None:
    life = settled(2)
    strike(life, BY_NAME[name], 0)
    strike(life, BY_NAME["template updated"], 0)
    life.run(2 * HOUR)
    strike(life, BY_NAME["node terminated"], 0)
    life.settle()
