"""docs/operations.md explains every goal as the planner has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from natkeeper.core.decision.goals import GOALS, Goal
from natkeeper.core.policy import Policy

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def row(goal: Goal) -> str:
    """The goal's line of the table."""
    minutes = int(goal.within(Policy(1, ("t4g.nano",))).total_seconds() // 60)
    after = f"{minutes} minutes" if minutes else "at once"
    return f"| {goal.name} | {goal.means} | {after} | {goal.cure} |"


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_every_goal_has_its_line(goal: Goal) -> None:
    assert row(goal) in PAGE.splitlines()


def test_no_line_is_of_another_goal() -> None:
    table = PAGE.partition("| goal | it means |")[2].partition("\n\n")[0]

    assert len(table.splitlines()) == len(GOALS) + 2
