"""Years of it: `make soak`, or `python -m tests.simulation.soak`. Every life has a seed; a broken law prints its
timeline and the command that shows it again, as `--zones 2 --seed 17`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.life.ways import ALWAYS, PLAIN, WAYS
from tests.simulation.lives.found import FOUND, STORM, Job
from tests.simulation.lives.live import Result, live
from tests.simulation.lives.page import DOCUMENT, Kind, summary, table, write

PROCESSES = 2
MINUTE = 60.0
STORM_YEARS = 0.005
"""In a storm faults come STORM times as often, a new one every hour or so for two days."""
SHARES = {1: 2.6, 2: 0.42, 3: 0.17}
"""Of all lives, by zones: a year of three zones takes five times as long to live as one of one."""


def jobs(lives: int, storms: int, plain: int, others: int) -> list[Job]:
    """So many lives of a year, and so many storms, for a number of zones (more with one zone, fewer with three:
    `SHARES`); so many years of plain faults; and so many of both in each other way to run a stack."""
    return [
        (zones, seed, years, storm, way)
        for years, storm, number in (
            (1.0, 1.0, {ALWAYS: lives, PLAIN: plain}),
            (STORM_YEARS, STORM, {ALWAYS: storms, PLAIN: 0}),
        )
        for way in WAYS
        for zones, share in SHARES.items()
        for seed in range(_lives(way, number, others, share))
    ]


def _lives(way: str, number: Mapping[str, int], others: int, share: float) -> int:
    return round(number[way] * share) if way in number else min(others, number[ALWAYS])


def gather(results: Iterable[tuple[Job, Result]]) -> dict[Kind, Result]:
    """Results by way and number of zones, storms apart."""
    gathered: dict[Kind, Result] = {}
    for (zones, _, _, storm, way), result in results:
        gathered.setdefault((way, zones, storm > 1), Result(zones)).add(result)
    return gathered


def soak(lives: int, storms: int, plain: int, others: int) -> dict[Kind, Result]:
    """All of it and what was found before, in two processes; the longest lives first: both end together."""
    todo = sorted(
        [*jobs(lives, storms, plain, others), *FOUND], key=lambda job: (job[4] in (ALWAYS, PLAIN), -job[0])
    )
    with ProcessPoolExecutor(PROCESSES) as pool:
        return gather(_aloud(zip(todo, pool.map(_live, todo), strict=True), len(todo)))


def _aloud(results: Iterable[tuple[Job, Result]], of: int) -> Iterator[tuple[Job, Result]]:
    """The same, as they come: a broken law is told at once, and every minute how far it is."""
    began = told = time.monotonic()
    for number, (job, result) in enumerate(results, 1):
        for violation in result.violations:
            print(f"\n{violation}", flush=True)
        if (now := time.monotonic()) - told >= MINUTE:
            told = now
            print(f"{number} of {of} lives after {now - began:,.0f} s", file=sys.stderr, flush=True)
        yield job, result


def _live(job: Job) -> Result:
    return live(*job)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zones", type=int, default=2, help="of the one life to show again")
    parser.add_argument("--seed", type=int, help="show this one life again")
    parser.add_argument("--years", type=float, default=1.0, help="of that life")
    parser.add_argument("--storm", type=float, default=1.0, help="how many times as many faults in it")
    parser.add_argument("--way", choices=WAYS, default=ALWAYS, help="how that life's stack is run")
    parser.add_argument("--lives", type=int, default=140, help="years for a number of zones")
    parser.add_argument("--plain", type=int, default=164, help="years in which nobody meddles, the same")
    parser.add_argument("--storms", type=int, default=50, help="storms for a number of zones")
    parser.add_argument("--others", type=int, default=2, help="of both for each other way to run a stack")
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT.name}")
    return parser.parse_args()


def main() -> int:
    """Returns 1 when a law was broken."""
    options, began = _options(), time.monotonic()
    if options.seed is not None:
        job = (options.zones, options.seed, options.years, options.storm, options.way)
        gathered = gather(_aloud([(job, _live(job))], 1))
    else:
        gathered = soak(options.lives, options.storms, options.plain, options.others)
    print(table(gathered))
    print(summary(gathered, time.monotonic() - began))
    if options.write:
        write(gathered, time.monotonic() - began)
    return int(any(result.violations for result in gathered.values()))


if __name__ == "__main__":
    sys.exit(main())
