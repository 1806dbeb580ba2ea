"""Years of it: `python -m tests.simulation.soak` (`make soak`). `--zones 2 --seed 17` shows one life again."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tests.simulation.faults import FAULTS, Fault, strike
from tests.simulation.life import Life

YEAR = 365 * 24 * 3600.0
STORM = 300.0
"""In a storm, faults come so many times as often."""


@dataclass
class Result:
    """What came of some lives."""

    zones: int
    lives: int = 0
    years: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    heals: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    down: float = 0.0
    launched: int = 0
    killed: int = 0
    longest_neglect: float = 0.0
    violations: list[str] = field(default_factory=list)


def live(zones: int, seed: int, years: float, storm: float = 1.0) -> Result:
    """One life of so many years; faults come `storm` times as often as in the catalogue."""
    again = f"python -m tests.simulation.soak --zones {zones} --seed {seed} --years {years:g} --storm {storm:g}"
    life = Life(zones, seed, again=again)
    result = Result(zones, 1, years)
    try:
        life.settle()
        before = life.availability.total()
        for seconds, fault, zone in _plan(life, Random(seed + 1), years * YEAR, storm):
            life.run(seconds)
            if fault:
                strike(life, fault, zone)
        result.down = life.availability.total() - before
        life.settle()
    except AssertionError as error:
        result.violations.append(str(error))
    result.faults, result.heals = life.injected, life.controller.heals
    result.calls = life.world.gate.counts + life.calm.skipped_calls
    result.launched, result.killed = life.launched, life.controller.killed
    result.longest_neglect = life.availability.longest_neglect
    return result


def _plan(life: Life, random: Random, seconds: float, storm: float) -> Iterator[tuple[float, Fault | None, int]]:
    """Faults in order, each with the time to live before it; the last pause has none."""
    rates = [f.year * (life.zones if f.of_zone else 1) * storm / YEAR for f in FAULTS]
    left = seconds
    while (pause := random.expovariate(sum(rates))) < left:
        left -= pause
        yield pause, random.choices(FAULTS, rates)[0], random.randrange(life.zones)
    yield left, None, 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--years", type=float, default=1.0)
    parser.add_argument("--storm", type=float, default=1.0)
    parser.add_argument("--lives", type=int, default=10)
    options = parser.parse_args()
    t = time.time()
    for seed in range(options.seed or 0, (options.seed or 0) + (1 if options.seed is not None else options.lives)):
        r = live(options.zones or 2, seed, options.years, options.storm)
        print(seed, f"{time.time()-t:.1f}s", f"down {r.down:.0f}", r.launched, r.killed, f"{r.longest_neglect:.0f}", sum(r.faults.values()), sum(r.heals.values()))
        for v in r.violations:
            print(v)
            return


if __name__ == "__main__":
    main()
