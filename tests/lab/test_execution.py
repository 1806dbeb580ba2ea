"""What a run is judged by: lateness only where it weighs, connections not before they try again."""

from __future__ import annotations

from lab.experiments.execution import LONGEST_RETRY, last_retry, late_in_outage
from lab.report.run import Outage
from lab.traffic.recording import Outage as Stretch


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


def test_it_may_wait_three_times_as_long_where_it_was_answered_in_between() -> None:
    assert last_retry([Stretch(100.0, 102.0, 200), Stretch(160.0, 160.5, 50)]) == 168.0
