"""The planner, over its table of situations, and the laws that hold in each of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from natkeeper.core.actions import Disruptive, LaunchNode, StartNode, StopNode, TerminateNode
from natkeeper.core.decision.render import text
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.demand import Stage, demand_of
from tests.builders import NOW, looked
from tests.unit.core.decision_table import ALL, DOCUMENT, render
from tests.unit.core.situations import Situation, shown
from tests.unit.core.sleep_situations import WANTING, Wanting

SITUATIONS = tuple(s for chapter in ALL.values() for s in chapter)

each_situation = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.name)


def decide(situation: Situation) -> tuple[object, ...]:
    return situation.decided()


@each_situation
def test_the_planner_decides_as_the_table_says(situation: Situation) -> None:
    actions = situation.decided()

    assert tuple(shown(action) for action in actions) == situation.expected, text(actions)


@each_situation
def test_a_zone_gets_at_most_one_disruptive_action_a_run(situation: Situation) -> None:
    actions = situation.decided()
    disruptive = Counter(action.zone for action in actions if isinstance(action, Disruptive))

    assert all(count == 1 for count in disruptive.values())


@each_situation
def test_nothing_that_a_route_of_a_zone_awake_points_at_is_ended_or_stopped(situation: Situation) -> None:
    views = looked(situation.observed, situation.memory, situation.policy).views.values()
    asleep = {view.zone.name for view in views if view.stage is Stage.ASLEEP}
    zones = situation.observed.readable()
    routed = {r.target for z in zones for r in z.routes if r.held or z.name not in asleep}
    interfaces = {node.id: node.interface for node in situation.observed.nodes()}
    actions = situation.decided()
    ended = [interfaces[a.node] for a in actions if isinstance(a, TerminateNode | StopNode)]

    assert not routed.intersection(ended)


@each_situation
def test_nothing_is_launched_or_started_in_a_zone_that_wants_none(situation: Situation) -> None:
    views = looked(situation.observed, situation.memory, situation.policy).views.values()
    awake = {view.zone.name for view in views if view.stage is Stage.AWAKE}
    actions = situation.decided()

    assert {a.zone for a in actions if isinstance(a, LaunchNode | StartNode)} <= awake


@pytest.mark.parametrize("row", WANTING, ids=lambda row: row.name)
def test_a_zone_wants_a_nat_as_the_table_says(row: Wanting) -> None:
    found = demand_of(row.zone, Context(row.policy, row.memory, NOW))

    assert (found.wanted, found.ground) == (row.wanted, row.ground), found.reason


@each_situation
def test_the_same_world_gives_the_same_plan(situation: Situation) -> None:
    assert decide(situation) == decide(situation)


def test_every_situation_has_a_name_of_its_own() -> None:
    names = [situation.name for situation in SITUATIONS]

    assert len(set(names)) == len(names)


def test_the_decision_table_in_the_docs_is_current() -> None:
    assert Path(DOCUMENT).read_text() == render(), "run `make docs`"
