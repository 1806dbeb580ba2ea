"""Timelines: every mark can be seen, and a short outage too."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from lab.report.axis import LEFT, RIGHT, Axis, close_ups, whole
from lab.report.lanes import Entry, rows
from lab.report.timeline import timeline
from tests.lab.runs import CALM, HUNG, TERMINATED


def entry(number: int, at: float, text: str = "ReplaceRoute") -> Entry:
    return Entry(number, at, None, "call", text)


def test_a_short_outage_in_a_long_run_gets_a_close_up_that_shows_it_wide() -> None:
    closest = close_ups(TERMINATED)[0]

    assert closest.shows(0, 0)
    assert closest.x(0.43) - closest.x(0) > 300
    assert whole(TERMINATED).x(0.43) - whole(TERMINATED).x(0) < 10


def test_what_fills_its_axis_gets_no_close_up() -> None:
    assert close_ups(HUNG) == []
    assert close_ups(replace(CALM, moments=())) == []


def test_the_whole_axis_goes_from_before_the_fault_until_after_healing() -> None:
    axis = whole(TERMINATED)

    assert axis.start < 0
    assert axis.end > 119
    assert (axis.x(axis.start), axis.x(axis.end)) == (LEFT, RIGHT)
    assert whole(HUNG).end > 120


def test_ticks_are_round_and_few() -> None:
    assert Axis(-0.3, 3.2).ticks() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert len(Axis(-3, 700).ticks()) <= 13


def test_marks_that_fall_together_lie_in_rows_and_do_not_overlap() -> None:
    placed = rows([entry(n, n * 0.01) for n in range(1, 4)], Axis(0, 100))

    assert [[mark.number for mark in row] for row in placed] == [["1"], ["2"], ["3"]]


def test_a_crowd_becomes_one_mark_that_names_its_numbers() -> None:
    placed = rows([entry(n, n * 0.01) for n in range(1, 21)], Axis(0, 100))

    assert placed[-1][-1].number == "4 … 20"
    assert sorted(e.number for row in placed for mark in row for e in mark.entries) == list(range(1, 21))


@pytest.mark.parametrize("step", [0.05, 0.5, 1.5, 4.0])
def test_no_mark_hides_another(step: float) -> None:
    placed = rows([entry(n, n * step, "a text of some length") for n in range(1, 25)], Axis(0, 100))

    for row in placed:
        for mark, following in pairwise(row):
            assert mark.right + max(mark.room, 0) <= following.left - max(-following.room, 0)


def test_every_stretch_without_an_answer_is_hatched_and_has_its_length_beside_it() -> None:
    drawn = timeline(TERMINATED, close_ups(TERMINATED)[0], "run-1-at-1")

    assert drawn.count('class="unanswered"') == 2
    assert 'fill="url(#run-1-at-1-hatch)"' in drawn
    assert ">no answer for 0.43 s: 43 packets lost</text>" in drawn


def test_ten_thousand_losses_are_not_ten_thousand_elements() -> None:
    drawn = timeline(HUNG, whole(HUNG), "run-1-at-0")

    assert 1 <= drawn.count('class="lost"') < 1000


def test_a_mark_without_room_joins_its_neighbour_and_not_a_bar_that_began_long_ago() -> None:
    bars = [Entry(n, n * 0.5, 90, "call", "RunInstances") for n in range(1, 4)]
    crowd = [entry(n, 50 + n * 0.01) for n in range(4, 7)]

    placed = rows([*bars, *crowd], Axis(0, 100))

    assert [mark.number for mark in placed[-1]] == ["4 … 6"]
