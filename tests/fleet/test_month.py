"""Three hundred stacks: the hub knows the last of each, costs little, and its page stays small."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from natkeeper.core.fleet.announcement import read, written
from natkeeper.core.fleet.hearing import REASON, OrderAnswer
from natkeeper.core.fleet.page import render
from natkeeper.core.fleet.standing import Standing, rank
from natkeeper.core.fleet.state import ZoneHeal
from natkeeper.core.picture.overview import State
from natkeeper.fleet_ports import Entered
from tests.fleet.month import ACCOUNTS, DAYS, STACKS, Week, live
from tests.fleet.page import DOCUMENT, document

LAMBDAS_ANSWER = 6 * 1024 * 1024
"""Bytes that a function may answer with (Lambda quotas)."""


@pytest.fixture(scope="module")
def week() -> Week:
    return live()


def test_the_hub_knows_the_last_that_arrived_of_each_stack(week: Week) -> None:
    """Though events were lost, came twice, late, and in another order."""
    known = {key: one.state for key, one in week.register.kept.items()}

    assert known == {key: read(written(state)) for key, state in week.last_said.items()}
    assert len(known) == STACKS
    assert week.units[Entered.KNOWN] > 0


def test_every_stack_speaks_once_an_hour_and_when_something_changes(week: Week) -> None:
    hours = STACKS * DAYS * 24

    assert hours < week.sent < 3 * hours
    assert 0.99 < week.arrived / week.sent < 1.02


def test_the_hub_for_three_hundred_stacks_costs_less_than_five_dollars_a_month(week: Week) -> None:
    assert sum(week.bill().values()) < 5
    assert sum(dollars for name, dollars in week.bill().items() if name != "dashboard_month") < 1.5


def test_telling_costs_a_stack_less_than_half_a_dollar_a_month(week: Week) -> None:
    assert sum(week.of_a_stack().values()) < 0.5


def test_its_page_is_a_fraction_of_what_lambda_may_answer(week: Week) -> None:
    page, machine = week.hub.answer({"widgetContext": {}}), week.hub.answer({"format": "json"})
    text = week.hub.answer({"format": "text"})

    assert len(str(page).encode()) < LAMBDAS_ANSWER / 30
    assert len(json.dumps(machine)) < LAMBDAS_ANSWER / 20
    assert f"{STACKS} stacks in {ACCOUNTS} accounts" in str(text)


def test_even_when_every_stack_is_in_trouble_and_has_much_to_say(week: Week) -> None:
    answer = OrderAnswer("Automatic", "already obeyed", "<" * REASON, week.hub.clock())
    worst = tuple(
        replace(
            known,
            answer=answer,
            state=replace(
                known.state,
                zones=tuple(replace(zone, state=State.BROKEN) for zone in known.state.zones * 3),
                overdue=1000,
                refused=1000,
                heals=(ZoneHeal(known.state.zones[0].name, known.heard_at, 1e9),) * 10,
            ),
        )
        for known in week.register.kept.values()
    )
    fleet = rank(worst, week.hub.clock())

    assert fleet.counted() == {Standing.BROKEN: STACKS}
    assert len(render(fleet).encode()) < LAMBDAS_ANSWER / 8


def test_a_hub_of_silent_stacks_says_so(week: Week) -> None:
    later = max(known.heard_at for known in week.register.kept.values()).replace(year=2027)

    assert rank(tuple(week.register.kept.values()), later).counted() == {Standing.SILENT: STACKS}


def test_another_seed_is_another_week_and_the_same_seed_the_same() -> None:
    one, same, other = (live(stacks=5, days=2, seed=seed) for seed in (1, 1, 2))

    assert one.last_said == same.last_said
    assert one.last_said != other.last_said


def test_the_page_of_numbers_is_current(week: Week) -> None:
    assert document(week) == DOCUMENT.read_text(), "run: python -m tests.fleet.page"
