"""A short soak, and what a seed promises."""

from __future__ import annotations

from random import Random

import pytest

from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.faults.sleep import SLEEP_BY_NAME
from tests.simulation.life.life import Life
from tests.simulation.life.ways import ALWAYS, PLAIN, WAYS
from tests.simulation.lives.live import live
from tests.world.timings import AT_ONCE


@pytest.mark.parametrize(("zones", "years"), [(1, 0.3), (2, 0.15), (3, 0.1)])
def test_no_law_is_broken_in_some_months(zones: int, years: float) -> None:
    result = live(zones, seed=11, years=years)

    assert not result.violations, result.violations[0]
    assert sum(result.faults.values()) > 5


@pytest.mark.parametrize("zones", [1, 3])
def test_no_law_is_broken_in_a_storm(zones: int) -> None:
    result = live(zones, seed=11, years=0.001, storm=300)

    assert not result.violations, result.violations[0]
    assert sum(result.faults.values()) > 10


@pytest.mark.parametrize("way", [way for way in WAYS if way != ALWAYS])
def test_no_law_is_broken_where_zones_sleep_or_run_on_spot(way: str) -> None:
    months = 0.05 if way == PLAIN else 0.03  # there less befalls it
    for zones, years, storm in ((2, months, 1.0), (1, 0.0003, 300.0), (3, 0.0002, 300.0)):
        result = live(zones, seed=11, years=years, storm=storm, way=way)

        assert not result.violations, result.violations[0]
        assert sum(result.faults.values()) > 2


def test_the_same_seed_gives_the_same_life_to_the_last_line() -> None:
    lives = [Life(2, seed=5), Life(2, seed=5)]
    for life in lives:
        life.settle()

    assert list(lives[0].diary.lines) == list(lives[1].diary.lines)
    assert lives[0].at == lives[1].at


@pytest.mark.parametrize("way", WAYS)
def test_time_is_left_out_only_where_nothing_happens(way: str) -> None:
    skipping, watching = (Life(2, 5, WAYS[way], AT_ONCE) for _ in range(2))
    watching.calm.skip = lambda until: None  # type: ignore[method-assign]
    for life in (skipping, watching):
        strike(life, SLEEP_BY_NAME["workload comes"], 0)
        strike(life, SLEEP_BY_NAME["a person wakes it"], 1)
        life.run(3 * 3600.0)
        strike(life, SLEEP_BY_NAME["workloads go"], 0)
        life.run(1 * 3600.0)

    assert skipping.calm.skipped_minutes > 100
    assert watching.calm.skipped_minutes == 0
    assert skipping.world.network.routes.keys() == watching.world.network.routes.keys()
    assert skipping.world.store.records.memory == watching.world.store.records.memory
    assert skipping.launched == watching.launched


def test_an_account_with_a_trail_is_without_a_way_out_for_less_long() -> None:
    def without(trail: bool) -> float:
        life = Life(1, seed=1)
        life.settle()
        life.world.bus.trail = Random(1) if trail else None
        before = life.availability.total()
        for _ in range(10):
            strike(life, BY_NAME["route deleted"], 0)
            life.run(1000.0)
        return life.availability.total() - before

    assert without(trail=True) < without(trail=False) * 0.6
