"""What the demo plays, and what it says of it in the end."""

from __future__ import annotations

from dataclasses import replace

from lab.commands.demo import PLAYED, survivors, verdict
from lab.commands.timelines import played_again
from lab.experiments.sleep_experiments import EXPERIMENTS
from lab.report.run import Flows
from tests.lab.runs import TERMINATED

RUN = replace(
    TERMINATED,
    kept=True,
    late=0.0,
    late_in_outage=0.0,
    flows=Flows(5, 5, 1, 4, 1.5),
    addresses=("203.0.113.1", "203.0.113.1"),
)


def test_one_stack_of_two_zones_can_play_all_of_it() -> None:
    played = [EXPERIMENTS[name] for name in PLAYED]

    assert {(each.zones, str(each.parameters)) for each in played} == {(2, "{}")}
    assert "hang" in PLAYED


def test_it_says_how_many_connections_live_and_that_the_address_stayed() -> None:
    said = survivors(RUN)

    assert said == (
        "5 of 5 long connections live, of those that only listen 1 of 4; seen as 203.0.113.1 all the time"
    )


def test_another_address_and_none_at_all_are_told_aloud() -> None:
    two = replace(RUN, addresses=("203.0.113.1", "203.0.113.9"))

    assert "SEEN AS 203.0.113.1, 203.0.113.9" in survivors(two)
    assert "SEEN AS NOBODY" in survivors(replace(RUN, addresses=()))


def test_a_broken_promise_is_told_unless_the_lab_itself_was_late() -> None:
    broken = replace(RUN, kept=False)

    assert verdict(RUN) == ""
    assert verdict(broken) == f"  PROMISE BROKEN: {RUN.promise}"
    assert "the lab itself 0.7 s late" in verdict(replace(broken, late=0.7))


def test_what_never_heals_is_broken_however_busy_the_machine() -> None:
    assert "BROKEN" in verdict(replace(RUN, kept=False, late=9.0, healed=None))


def test_a_page_says_what_becomes_of_a_run_that_the_lab_has_spoilt() -> None:
    assert played_again(0) == "Such a run is not played again."
    assert "2 times at most" in played_again(2)
