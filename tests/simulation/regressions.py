"""Puts each old behaviour back and lives on with it: which law breaks, in how many lives, and how soon.

`python -m tests.simulation.regressions` prints the table; `--write` puts it into docs/reliability.md; numbers
of faults measure only those.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

import pytest

from tests.simulation.lives.live import live
from tests.simulation.lives.old_behaviours import ALL, Old
from tests.simulation.lives.page import DOCUMENT, between
from tests.simulation.soak import PROCESSES

SEEDS = range(500, 512)
"""Storms of their own: no seed of the soak."""
HEAD = "| fault | why the old proofs missed it | found now by | lives | without it | after, in the median |"


@dataclass(frozen=True)
class Found:
    """What came of one fault put back: the laws that broke, and after how many simulated hours each time; and in how
    many of the same lives today's controller breaks one."""

    of: int
    laws: Counter[str]
    hours: tuple[float, ...]
    today: int


def measure(old: Old, pool: ProcessPoolExecutor, seeds: Sequence[int] = SEEDS) -> Found:
    """As many lives as there are seeds, zones in turn."""
    put_back, today = (
        [first for first in pool.map(_live, [old.number] * len(seeds), seeds, [is_old] * len(seeds)) if first]
        for is_old in (True, False)
    )
    laws = Counter(law for law, _ in put_back)
    return Found(len(seeds), laws, tuple(hours for _, hours in put_back), len(today))


def _live(number: str, seed: int, put_back: bool) -> tuple[str, float] | None:
    """The law that one life breaks, and after how many hours."""
    old = next(old for old in ALL if old.number == number)
    zones, weather = old.zones[seed % len(old.zones)], old.weather
    with pytest.MonkeyPatch.context() as patch:
        if old.back and put_back:
            old.back(patch)
        result = live(zones, seed, weather.years, weather.storm, old.way, focus=old.focus)
    return result.broken[0] if result.broken else None


def row(old: Old, found: Found | None) -> str:
    """One line of the table."""
    by = [f"`{law}`" for law, _ in found.laws.most_common(2)] if found else []
    tests = [f"`{test}`" for test in old.tests]
    lives, today = (f"{len(found.hours)} of {found.of}", str(found.today)) if found else ("-", "-")
    after = f"{median(found.hours):.0f} h" if found and found.hours else "-"
    cells = (f"{old.number}: {old.what}", old.missed, "; ".join([*by, *tests]), lives, today, after)
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Prints a row as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", help="of faults; none: all")
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT.name}")
    options = parser.parse_args()
    lines = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        for old in ALL:
            if not options.numbers or old.number in options.numbers:
                lines.append(row(old, measure(old, pool) if old.back else None))
                print(lines[-1], flush=True)
    if options.write:
        DOCUMENT.write_text(between(DOCUMENT.read_text(), "regressions", "\n".join(lines)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
