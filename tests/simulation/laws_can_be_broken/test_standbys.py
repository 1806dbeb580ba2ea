"""Whoever wastes a spare or a standby is caught, and whatever befalls one breaks no law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import Action, Cause, LaunchNode, PointRoute, StopNode
from natkeeper.core.decision import plan, rules, spare, standby
from natkeeper.core.judgement import standby as standing
from natkeeper.core.judgement.view import View
from natkeeper.core.model import Lifecycle
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.faults.sleep import SLEEP_BY_NAME
from tests.simulation.faults.standby import STANDBY_BY_NAME
from tests.simulation.laws.bounds import HOUR
from tests.simulation.laws.standbys import (
    a_standby_is_no_emergency,
    ends_no_standby_before_its_successor,
    keeps_one_spare,
    leaves_the_serving_node_for_no_spare,
    starts_the_spare_first,
)
from tests.simulation.laws_can_be_broken.sabotage import add_rule, caught, paired, remove_rule
from tests.simulation.life.life import BrokenLawError, Life
from tests.simulation.life.ways import WAYS


def standing_by() -> Life:
    life = Life(1, seed=1, policy=WAYS["with a spare"])
    life.settle()
    return life


def stopping(view: View) -> Iterator[Action]:
    """Stops every node that runs."""
    for s in view.own:
        if s.node.lifecycle is Lifecycle.RUNNING:
            yield StopNode(view.zone.name, s.node.id, Cause.SPARE, "a broken rule")


def test_a_launch_beside_a_spare_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = standing_by()
    monkeypatch.setattr(View, "sleeper", lambda self: None)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, starts_the_spare_first)


def test_a_second_spare_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = standing_by()
    add_rule(monkeypatch, stopping)
    caught(life, keeps_one_spare)


def test_a_spare_that_takes_over_from_a_node_that_is_well_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = standing_by()
    life.run(HOUR)
    remove_rule(monkeypatch, spare.spare)
    strike(life, SLEEP_BY_NAME["sleeping node started by hand"], 0)
    life.run(0.1 * HOUR)

    def rule(view: View) -> Iterator[Action]:
        for s in view.own:
            table, interface = view.zone.routes[0].table, s.node.interface
            assert interface
            if s != view.current and s.node.lifecycle is Lifecycle.RUNNING:
                tables = (table,)
                yield PointRoute(
                    view.zone.name, s.node.id, interface, tables, None, None, Cause.ROUTE, "a broken rule"
                )

    add_rule(monkeypatch, rule, first=True)
    caught(life, leaves_the_serving_node_for_no_spare)


def test_a_zone_that_lacks_its_spare_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = standing_by()
    remove_rule(monkeypatch, spare.spare)
    strike(life, SLEEP_BY_NAME["sleeping node terminated"], 0)
    with pytest.raises(BrokenLawError, match="0 nodes that stand by"):
        life.settle()


def test_a_standby_that_is_ended_before_its_successor_works_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = paired(drain=timedelta(0))
    monkeypatch.setattr(standing, "old_standby", lambda view: None)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, ends_no_standby_before_its_successor)


def test_a_zone_that_lacks_its_standby_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = paired()
    remove_rule(monkeypatch, standby.standby)
    strike(life, STANDBY_BY_NAME["standby terminated"], 0)
    with pytest.raises(BrokenLawError, match="calm, but eu-west-1a has 1 nodes"):
        life.settle()


def test_a_standby_that_is_launched_as_an_emergency_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = paired()
    honest = standby.standby

    def hasty(view: View) -> Iterator[Action]:
        return (replace(a, urgent=True) if isinstance(a, LaunchNode) else a for a in honest(view))

    monkeypatch.setattr(plan, "RULES", (*(r for r in rules.RULES if r is not honest), hasty))
    strike(life, STANDBY_BY_NAME["standby terminated"], 0)
    caught(life, a_standby_is_no_emergency)


@pytest.mark.parametrize("name", STANDBY_BY_NAME)
def test_whatever_befalls_a_standby_no_law_is_broken(name: str) -> None:
    life = paired(zones=2)
    for zone in (0, 1, 0):
        strike(life, STANDBY_BY_NAME[name], zone)
        life.run(20 * 60.0)
    life.settle()
