"""A measurement that the lab itself has spoilt is made again."""

from __future__ import annotations

from dataclasses import replace

from lab.bench import AGAIN, LATE, in_time
from lab.report.run import Run
from tests.lab.runs import TERMINATED

LATE_RUN = replace(TERMINATED, late=LATE + 0.1)


def played(*runs: Run) -> tuple[Run, int]:
    """The run that counts, and how many were left unplayed."""
    left = list(runs)
    counted = in_time(lambda: left.pop(0), lambda _lane, _text: None)
    return counted, len(left)


def test_a_run_in_time_counts_at_once() -> None:
    assert played(TERMINATED, LATE_RUN) == (TERMINATED, 1)


def test_a_run_in_which_the_kernel_was_late_is_played_again() -> None:
    assert played(LATE_RUN, TERMINATED, LATE_RUN) == (TERMINATED, 1)


def test_on_a_machine_that_is_always_late_the_last_run_counts_and_says_so() -> None:
    last = replace(LATE_RUN, late=9.0)

    assert played(*[LATE_RUN] * AGAIN, last, TERMINATED) == (last, 1)
