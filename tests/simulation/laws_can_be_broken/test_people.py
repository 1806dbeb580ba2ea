"""Whoever obeys wrongly, answers nothing, or tells too little or too much, is caught."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.decision import plan
from natkeeper.core.intake import grammar
from natkeeper.core.intake.commands import Origin
from natkeeper.core.intake.envelope import Envelope
from natkeeper.reconcile.clerk import Clerk
from tests.simulation.faults.catalogue import ALL_BY_NAME
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.laws.people import (
    missed_deadlines_are_told,
    orders_are_answered,
    orders_are_obeyed_once,
    tells_and_does_not_nag,
    wrong_orders_are_not_obeyed,
)
from tests.simulation.laws_can_be_broken.sabotage import caught, settled
from tests.world.gate import Trouble
from tests.world.world import STACK


def test_a_wrong_order_that_is_obeyed_is_seen() -> None:
    life = settled(1)
    life.orders.give("Failover", {"stack": STACK, "zone": life.world.zones[0]}, good=False)
    caught(life, wrong_orders_are_not_obeyed)


def test_an_order_that_is_never_answered_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    monkeypatch.setattr(Clerk, "_answer", lambda self, origin, reply, reason: reason)
    strike(life, ALL_BY_NAME["wrong order"], 0)
    caught(life, orders_are_answered)


def test_an_order_that_is_obeyed_again_after_a_newer_one_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def undated(kind: str, e: Envelope) -> tuple[Origin, list[str]]:
        return Origin(kind, "", e.now), []

    monkeypatch.setattr(grammar, "origin_of", undated)
    strike(life, ALL_BY_NAME["order delivered again"], 0)
    caught(life, orders_are_obeyed_once)


def test_a_zone_whose_missed_deadline_nobody_hears_of_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.world.gate.troubles.append(Trouble("InternalError", ("RunInstances",)))
    monkeypatch.setattr(plan, "tell_goals", lambda sight: ())
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, missed_deadlines_are_told)


def test_news_told_again_and_again_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    life.controller.policy = replace(life.policy, renotify=timedelta(0), takebacks_per_hour=0)
    strike(life, BY_NAME["address stolen"], 0)
    caught(life, tells_and_does_not_nag)
