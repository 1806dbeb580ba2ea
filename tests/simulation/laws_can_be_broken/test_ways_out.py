"""Whoever leaves a zone without a way out, or without a node of its own, is caught."""

from __future__ import annotations

import pytest

from natkeeper.core.decision import rules, sleeping
from natkeeper.core.decision.egress import egress
from natkeeper.core.judgement import demand
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.faults.sleep import SLEEP_BY_NAME
from tests.simulation.laws.ways_out import (
    ends_no_last_node,
    every_zone_gets_a_node,
    no_wanted_zone_sleeps_on,
    no_zone_is_left_without,
    spares_who_serves_well,
)
from tests.simulation.laws_can_be_broken.sabotage import (
    add_rule,
    caught,
    end_all,
    remove_rule,
    settled,
    working,
)


def test_the_end_of_a_good_node_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    add_rule(monkeypatch, end_all)
    caught(life, spares_who_serves_well)


def test_a_zone_left_without_a_way_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    remove_rule(monkeypatch, egress)
    strike(life, BY_NAME["route deleted"], 0)
    caught(life, no_zone_is_left_without)


def test_a_zone_that_does_not_wake_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = working("on demand", asleep=True)
    remove_rule(monkeypatch, sleeping.wake)
    strike(life, SLEEP_BY_NAME["workload comes"], 0)
    caught(life, no_wanted_zone_sleeps_on)


def test_a_zone_put_to_sleep_because_a_read_failed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = working("on demand")

    def careless(*_: object, **__: object) -> demand.Demand:
        return demand.Demand(wanted=False, ground=demand.Ground.WORKLOADS, reason="a broken rule")

    monkeypatch.setattr(demand, "_unread", careless)
    strike(life, SLEEP_BY_NAME["workloads unreadable"], 0)
    caught(life, spares_who_serves_well)


def test_the_end_of_the_last_node_that_works_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    add_rule(monkeypatch, end_all)
    caught(life, ends_no_last_node)


def test_a_zone_that_never_gets_a_node_of_its_own_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    remove_rule(monkeypatch, rules.capacity)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, every_zone_gets_a_node)
