"""The planner, over its table of situations, and the laws that hold in each of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from natkeeper.core.actions import Disruptive, LaunchNode, StartNode, StopNode, TerminateNode
from natkeeper.core.decision.demand import demand_of
from natkeeper.core.decision.plan import Stage, plan, stage
from natkeeper.core.render import text
from tests.builders import NOW
from tests.unit.core.decision_table import ALL, DOCUMENT, render
from tests.unit.core.situations import Situation, shown
from tests.unit.core.sleep_situations import WANTING, Wanting

SITUATIONS = tuple(s for chapter in ALL.values() for s in chapter)

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
def test_nothing_that_a_route_of_a_zone_awake_points_at_is_ended_or_stopped(situation: Situation) -> None:
    policy, memory = situation.policy, situation.memory
    asleep = {z.name for z in situation.observed.readable() if stage(z, policy, memory, NOW) is Stage.ASLEEP}
    zones = situation.observed.readable()
    routed = {r.target for z in zones for r in z.routes if r.held or z.name not in asleep}
    interfaces = {node.id: node.interface for node in situation.observed.nodes()}
    actions = plan(situation.observed, situation.policy, situation.memory, NOW)
    ended = [interfaces[a.node] for a in actions if isinstance(a, TerminateNode | StopNode)]

    assert not routed.intersection(ended)


@each_situation
def test_nothing_is_launched_or_started_in_a_zone_that_wants_none(situation: Situation) -> None:
    policy, memory = situation.policy, situation.memory
    awake = {z.name for z in situation.observed.readable() if stage(z, policy, memory, NOW) is Stage.AWAKE}
    actions = plan(situation.observed, policy, memory, NOW)

    assert {a.zone for a in actions if isinstance(a, LaunchNode | StartNode)} <= awake


@pytest.mark.parametrize("row", WANTING, ids=lambda row: row.name)
def test_a_zone_wants_a_nat_as_the_table_says(row: Wanting) -> None:
    decided = demand_of(row.zone, row.memory, row.policy, NOW)

    assert (decided.wanted, decided.ground) == (row.wanted, row.ground), decided.reason


@each_situation
def test_the_same_world_gives_the_same_plan(situation: Situation) -> None:
    assert decide(situation) == decide(situation)


def test_every_situation_has_a_name_of_its_own() -> None:
    names = [situation.name for situation in SITUATIONS]

    assert len(set(names)) == len(names)


def test_the_decision_table_in_the_docs_is_current() -> None:
    assert Path(DOCUMENT).read_text() == render(), "run `make docs`"
