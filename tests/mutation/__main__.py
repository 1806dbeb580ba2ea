"""`make mutation`: changes the core one thing at a time, and fails when too few changes are noticed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import monotonic

from tests.mutation.explained import LIST, complaints, explanations
from tests.mutation.mutants import change, run, run_again
from tests.mutation.page import Run, killed_share, measured, measured_again, page, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "mutation.md"
LEAST_KILLED = 0.99


def main(modules: Sequence[str], children: int, *, again: bool) -> int:
    """Tests every mutant of these modules, or of all, or `again` those that survived the last run of all.
    The exit code: 1 if something is to be done."""
    explained = explanations(LIST.read_text())
    begun = monotonic()
    mutants = run_again(children) if again else run(modules, children)
    minutes = (monotonic() - begun) / 60
    used = getrusage(RUSAGE_CHILDREN)
    processor = (used.ru_utime + used.ru_stime) / 60
    wrong = complaints(
        [change(m) for m in mutants if not m.is_killed], explained, {m.module for m in mutants}
    )
    if killed_share(mutants) < LEAST_KILLED:
        wrong.append(f"only {killed_share(mutants):.1%} are killed, {LEAST_KILLED:.0%} are asked for")
    if not modules:
        told = measured(Run(datetime.now(UTC).date(), children, minutes, processor))
        if again:
            told = measured_again(DOCUMENT.read_text(), sum(not m.is_killed for m in mutants))
        DOCUMENT.write_text(page(mutants, explained, told))
    print(f"\n{table(mutants)}\n\n{minutes:.1f} minutes")
    print("\n".join(wrong) or "Every survivor is explained.")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="modules of the core, without .py; none: all of them")
    parser.add_argument("--children", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--again", action="store_true", help="only what survived the last run of all")
    arguments = parser.parse_args()
    sys.exit(main(arguments.modules, arguments.children, again=arguments.again))
