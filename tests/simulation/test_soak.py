"""A short soak, and what a seed promises."""

from __future__ import annotations

import pytest

from tests.simulation.life import Life
from tests.simulation.lives import live


@pytest.mark.parametrize(("zones", "years"), [(1, 1.0), (2, 0.5), (3, 0.3)])
def test_no_law_is_broken_in_some_months(zones: int, years: float) -> None:
    result = live(zones, seed=11, years=years)

    assert not result.violations, result.violations[0]
    assert sum(result.faults.values()) > 5


@pytest.mark.parametrize("zones", [1, 3])
def test_no_law_is_broken_in_a_storm(zones: int) -> None:
    result = live(zones, seed=11, years=0.002, storm=300)

    assert not result.violations, result.violations[0]
    assert sum(result.faults.values()) > 10


def test_the_same_seed_gives_the_same_life_to_the_last_line() -> None:
    lives = [Life(2, seed=5), Life(2, seed=5)]
    for life in lives:
        life.settle()

    assert list(lives[0].diary.lines) == list(lives[1].diary.lines)
    assert lives[0].at == lives[1].at


def test_time_is_left_out_only_where_nothing_happens() -> None:
    skipping, watching = Life(2, seed=5), Life(2, seed=5)
    watching.calm.skip = lambda until: None  # type: ignore[method-assign]
    for life in (skipping, watching):
        life.settle()
        life.run(5 * 3600.0)

    assert skipping.calm.skipped_minutes > 100
    assert watching.calm.skipped_minutes == 0
    assert skipping.world.network.routes.keys() == watching.world.network.routes.keys()
    assert skipping.world.store.records.memory == watching.world.store.records.memory
    assert skipping.launched == watching.launched
