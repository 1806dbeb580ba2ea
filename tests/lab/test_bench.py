"""A measurement that the lab itself has spoilt is made again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.commands.rounds import AGAIN, in_time
from lab.report.run import LATE, Outage, Run
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


@pytest.mark.parametrize(
    ("outage", "late", "spoilt"),
    [(0.4, 0.09, False), (0.4, 0.11, True), (1.5, 0.11, False), (1.5, 0.16, True)],
)
def test_a_short_outage_is_spoilt_by_less(outage: float, late: float, spoilt: bool) -> None:
    run = replace(TERMINATED, outages=(Outage(5.0, 5.0 + outage, 1, "udp"),), late=late, late_in_outage=late)

    assert run.spoilt == spoilt


def test_on_a_machine_that_is_always_late_the_last_run_counts_and_says_so() -> None:
    last = replace(LATE_RUN, late=9.0)

    assert played(*[LATE_RUN] * AGAIN, last, TERMINATED) == (last, 1)
