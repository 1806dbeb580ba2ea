"""A measurement that the lab itself has spoilt is made again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.bench import AGAIN, in_time, shifts
from lab.experiment import LONGEST_RETRY, last_retry, late_in_outage
from lab.report.run import LATE, Outage, Run
from lab.traffic.recording import Outage as Stretch
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


def test_only_changes_beside_an_outage_are_late_in_it() -> None:
    outages = (Outage(5.0, 5.4, 40, "udp"), Outage(9.0, 9.4, 40, "tcp"))

    assert late_in_outage([(5.0, 0.01), (5.45, 0.2), (9.3, 0.1), (7.0, 0.4), (12.0, 0.3)], outages) == 0.2
    assert late_in_outage([(7.0, 0.4)], outages) == 0


def test_a_long_connection_may_wait_as_long_as_all_stretches_of_an_outage_took() -> None:
    whole = Stretch(100.0, 156.0, 5600)
    halves = (Stretch(100.0, 126.5, 2650), Stretch(126.5, 156.0, 2950))

    assert last_retry([whole]) == last_retry(halves) == 212.0
    assert last_retry([Stretch(0.0, 300.0, 30_000)]) == 300.0 + LONGEST_RETRY
    assert last_retry([]) == 0


def test_what_a_busy_neighbour_would_spoil_is_played_alone_after_all_others() -> None:
    assert shifts(["replace", "terminate", "failover", "hang"], labs=3) == [
        (3, ["terminate", "hang"]),
        (1, ["replace", "failover"]),
    ]


def test_on_a_machine_that_is_always_late_the_last_run_counts_and_says_so() -> None:
    last = replace(LATE_RUN, late=9.0)

    assert played(*[LATE_RUN] * AGAIN, last, TERMINATED) == (last, 1)
