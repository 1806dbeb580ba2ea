"""A planned move that shows a third address, or leaves something behind, is seen."""

from __future__ import annotations

import pytest

from natkeeper.core.actions import PointRoute
from natkeeper.core.decision import rules
from natkeeper.core.decision.outcome import Refused
from natkeeper.core.errors import ThrottledError
from natkeeper.core.model import InterfaceId
from natkeeper.reconcile.hand_over import HandOver
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.laws.planned_moves import (
    a_planned_move_shows_no_third_address,
    no_fence_outlives_its_run,
    who_was_led_there_is_led_back,
)
from tests.simulation.laws_can_be_broken.sabotage import caught, remove_rule, settled
from tests.world.instances import Instances
from tests.world.network import Network


def test_a_fence_that_stays_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def fence(self: HandOver) -> tuple[Refused, ...]:
        if self.action.fence:
            self.nodes.set_source_dest_check(self.action.fence, on=True)
        return ()

    monkeypatch.setattr(HandOver, "carry_out", fence)
    remove_rule(monkeypatch, rules.source_dest_check)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, no_fence_outlives_its_run)


def test_routes_that_stay_where_no_address_came_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def refuse(self: Network, address: str, interface: str, private: str = "") -> None:
        raise ThrottledError("associating", address, "RequestLimitExceeded", "no")

    honest = Instances.set_public_address

    def take(self: Instances, interface: InterfaceId, *, on: bool) -> None:
        if not on:
            honest(self, interface, on=on)

    monkeypatch.setattr(Network, "associate", refuse)
    monkeypatch.setattr(Instances, "set_public_address", take)
    monkeypatch.setattr(PointRoute, "origin", property(lambda self: None))
    remove_rule(monkeypatch, rules.public_address)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, who_was_led_there_is_led_back)


@pytest.mark.parametrize("kept", ["the old node's", "the new node's"])
def test_a_planned_move_beside_another_public_address_is_seen(
    kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = settled(1)

    def take_one(self: HandOver) -> bool:
        asked = self.action.interface if kept == "the old node's" else self.action.fence
        self.nodes.set_public_address(InterfaceId(str(asked)), on=False)
        return True

    monkeypatch.setattr(HandOver, "_is_bare", take_one)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, a_planned_move_shows_no_third_address)
