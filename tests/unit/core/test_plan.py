"""The planner, over its table of situations, and the laws that hold in each of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from natkeeper.core.actions import Disruptive, TerminateNode
from natkeeper.core.plan import plan
from natkeeper.core.render import text
from tests.builders import NOW
from tests.unit.core.decision_table import DOCUMENT, render
from tests.unit.core.situations import SITUATIONS, Situation, shown

each_situation = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.name)


def decide(situation: Situation) -> tuple[object, ...]:
    return plan(situation.observed, situation.policy, situation.memory, NOW)


@each_situation
def test_the_planner_decides_as_the_table_says(situation: Situation) -> None:
    actions = plan(situation.observed, situation.policy, situation.memory, NOW)

    assert tuple(shown(action) for action in actions) == situation.expected, text(actions)


@each_situation
def test_a_zone_gets_at_most_one_disruptive_action_a_run(situation: Situation) -> None:
    actions = plan(situation.observed, situation.policy, situation.memory, NOW)
    disruptive = Counter(action.zone for action in actions if isinstance(action, Disruptive))

    assert all(count == 1 for count in disruptive.values())


@each_situation
def test_nothing_that_a_route_points_at_is_terminated(situation: Situation) -> None:
    routed = {r.target for zone in situation.observed.readable() for r in zone.routes}
    interfaces = {node.id: node.interface for node in situation.observed.nodes()}
    actions = plan(situation.observed, situation.policy, situation.memory, NOW)
    ended = [interfaces[a.node] for a in actions if isinstance(a, TerminateNode)]

    assert not routed.intersection(ended)


@each_situation
def test_the_same_world_gives_the_same_plan(situation: Situation) -> None:
    assert decide(situation) == decide(situation)


def test_every_situation_has_a_name_of_its_own() -> None:
    names = [situation.name for situation in SITUATIONS]

    assert len(set(names)) == len(names)


def test_the_decision_table_in_the_docs_is_current() -> None:
    assert Path(DOCUMENT).read_text() == render(), "run `make docs`"
