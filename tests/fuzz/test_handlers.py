"""Whatever arrives, the handlers answer; what is malformed is told so, and changes nothing anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from tests.fuzz.hostile import fuzzed, json_values, spoilt
from tests.fuzz.surroundings import BUS, event, handlers, writes

Handler = Callable[[object, Any], dict[str, str]]
HANDLERS = [pytest.param(reconcile, id="reconcile"), pytest.param(probe, id="probe")]
INSTANCE: list[tuple[str, ...]] = [("detail", "instance-id")]
NEEDED: dict[str, list[tuple[str, ...]]] = {
    "aws.ec2": INSTANCE,
    "aws.ssm": INSTANCE,
    "aws.health": [("detail", "service"), ("detail", "eventTypeCategory"), ("detail", "affectedEntities")],
    "aws.cloudwatch": [("detail", "alarmName")],
    "natkeeper": [("detail", "stack")],
}
"""What an event must say, by its source, besides source and detail-type themselves."""
LONGEST = 1000  # characters of an answer


def is_needed(source: str, way: tuple[Any, ...]) -> bool:
    """Whether the event means nothing once this part of it is spoilt."""
    return way in [("source",), ("detail-type",)] or way in NEEDED.get(source, [])


def answered(handle: Handler, value: object) -> str:
    """The summary, which must be such that Lambda can hand it on and a person can read it."""
    summary = handle(value, None)["summary"]
    assert summary.encode()
    assert len(summary) <= LONGEST
    return summary


@pytest.mark.parametrize("handle", HANDLERS)
@fuzzed(100)
@given(value=json_values())
def test_any_json_is_answered_and_changes_nothing(handle: Handler, value: Any) -> None:
    with handlers() as stack:
        before = stack.store.records

        assert answered(handle, value).startswith("ignored: ")
        assert stack.aws.calls == []
        assert stack.store.records is before
        (line,) = stack.journal.lines
        assert line.startswith("ignored ")
        assert line.isprintable()


@cache
def sound_writes(handle: Handler, file: Path) -> set[str]:
    """What the whole event makes the handler do to AWS."""
    with handlers() as stack:
        handle(event(file, stack), None)
        return writes(stack)


@pytest.mark.parametrize("handle", HANDLERS)
@fuzzed(250)
@given(file=st.sampled_from(BUS), data=st.data())
def test_a_real_event_with_one_part_spoilt_does_no_more_than_the_whole_one(
    handle: Handler, file: Path, data: st.DataObject
) -> None:
    with handlers() as stack:
        sound = event(file, stack)
        way, bad = data.draw(spoilt(sound))
        before = stack.store.records
        summary = answered(handle, bad)

        refused = summary.startswith("ignored: refused: ")
        if refused:
            assert writes(stack) == {"publish"}, "a person is told, and nothing else"
        elif way != ("detail", "dry_run"):  # without it the event means what it says
            assert writes(stack) <= sound_writes(handle, file)
        if is_needed(sound["source"], way):
            assert summary.startswith("ignored: ")
        if summary.startswith("ignored: "):
            assert refused or stack.aws.calls == []
            heard = stack.store.records.hearsay  # a node's report that means nothing is counted
            assert replace(heard, misheard=before.hearsay.misheard) == before.hearsay
            assert replace(stack.store.records, hearsay=before.hearsay) == before
            assert all(line.isprintable() for line in stack.journal.lines)


@fuzzed(40)
@given(file=st.sampled_from([file for file in BUS if not file.stem.startswith("sleep")]), data=st.data())
def test_after_a_spoilt_event_the_sweeps_go_on_as_before(file: Path, data: st.DataObject) -> None:
    with handlers() as stack:
        _, bad = data.draw(spoilt(event(file, stack)))
        reconcile(bad, None)
        stack.settle(3)

        assert stack.serving(0)
        assert stack.serving(1)
        assert len(stack.living()) <= 4


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_a_warning_from_no_time_counts_from_now_at_the_latest(time: str) -> None:
    with handlers() as stack:
        (file,) = (file for file in BUS if file.stem == "spot-interruption")
        reconcile({**event(file, stack), "time": time}, None)
        (doom,) = stack.store.records.dooms.values()

        assert (doom.at - stack.clock()).total_seconds() <= 120
        assert stack.sweep()


@pytest.mark.parametrize("start", ["Tue, 8 Dec 99999999999 10:00:00 GMT", 7, None, ["x"], {}, "", "\ud800"])
def test_a_retirement_without_a_date_that_can_be_is_one_from_now_on(start: object) -> None:
    with handlers() as stack:
        (file,) = (file for file in BUS if file.stem == "health-retirement")
        sound = event(file, stack)
        answered(reconcile, {**sound, "detail": {**sound["detail"], "startTime": start}})
        (doom,) = stack.store.records.dooms.values()

        assert doom.at == stack.clock()
