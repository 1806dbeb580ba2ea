"""An update that goes astray or waits for ever is seen, and so is baking that costs a zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import Action, Cause, PointRoute
from natkeeper.core.decision import baking, look
from natkeeper.core.image import Baking
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.view import View
from tests.simulation.faults.baking import BAKING_BY_NAME
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.laws.bounds import HOUR
from tests.simulation.laws.updates import (
    an_update_moves_a_zone_forward,
    bakes_one_at_a_time_and_beside_the_stack,
    bakes_only_in_calm,
    no_update_waits_for_ever,
    nodes_come_only_from_tried_images,
)
from tests.simulation.laws_can_be_broken.sabotage import add_rule, caught, paired, settled


def test_an_update_that_goes_from_one_old_node_to_another_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = paired()

    def rule(view: View) -> Iterator[Action]:
        for s in view.own:
            table, interface = view.zone.routes[0].table, s.node.interface
            if s != view.current and s.cause is Cause.OUTDATED and interface:
                yield PointRoute(
                    view.zone.name, s.node.id, interface, (table,), None, None, s.cause, "a broken rule"
                )

    add_rule(monkeypatch, rule, first=True)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, an_update_moves_a_zone_forward)


def test_an_update_that_waits_for_another_zone_for_ever_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.run(4 * HOUR)
    monkeypatch.setattr(look, "turn_of", lambda views: life.world.zones[0])
    strike(life, BY_NAME["table held with a gateway"], 0)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, no_update_waits_for_ever, hours=4.5)


def test_more_images_than_are_kept_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1, own_image=True, image_life=timedelta(hours=1))
    monkeypatch.setattr(baking, "KEPT", 9)
    caught(life, bakes_one_at_a_time_and_beside_the_stack, hours=100)


def test_a_node_from_an_image_that_nobody_has_tried_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = baking._begin

    def untasted(context: Context, view: View) -> Iterator[Action]:
        return (action for action in honest(context, view) if not action.image)

    monkeypatch.setattr(baking, "_begin", untasted)
    monkeypatch.setattr(Baking, "default", lambda self, version: next((i.id for i in self.images), None))
    life = settled(1, own_image=True)
    life.run(3 * HOUR)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, nodes_come_only_from_tried_images)


def test_a_baker_beside_a_zone_that_lacks_its_node_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    monkeypatch.setattr(baking, "_calm_zone", lambda seen: list(seen.views.values())[1])
    strike(life, BY_NAME["no room at all"], 0)
    strike(life, BY_NAME["node terminated"], 0)
    life.run(900)
    monkeypatch.setattr(baking, "_unwanted", lambda seen, bakers: [])
    life.controller.policy = replace(life.controller.policy, own_image=True)
    caught(life, bakes_only_in_calm)


@pytest.mark.parametrize("name", BAKING_BY_NAME)
def test_whatever_befalls_the_images_no_law_is_broken_and_nodes_go_on(name: str) -> None:
    life = settled(2, own_image=True)
    life.run(2 * HOUR)
    strike(life, BAKING_BY_NAME[name], 0)
    life.run(20 * 60.0)
    strike(life, BY_NAME["template updated"], 0)
    life.run(2 * HOUR)
    strike(life, BY_NAME["node terminated"], 1)
    life.settle()
