"""A day's use, from spans and counts: to the minute, once, and never more than was there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natkeeper.core.ledger import KEPT, Span
from natkeeper.core.model import InstanceId, Outcome, Probe
from natkeeper.core.savings.cost import Usage
from natkeeper.core.savings.usage import Day, Past, Shape, missing_days, today
from tests.builders import A, B

MIDNIGHT = datetime(2026, 3, 15, tzinfo=UTC)
NOW = MIDNIGHT + timedelta(minutes=10)
YESTERDAY = date(2026, 3, 14)
TWO = Shape(zones=2, keeps_addresses=True)
N1, N2 = InstanceId("i-1"), InstanceId("i-2")


def before_midnight(hours: float) -> datetime:
    return MIDNIGHT - timedelta(hours=hours)


def span(node: InstanceId = N1, began: float = 100, ended: float | None = None, **changes: object) -> Span:
    """A span that began and ended so many hours before midnight."""
    values: dict[str, object] = {"zone": A, "instance_type": "t4g.nano", "spot": False, "running": True}
    end = None if ended is None else before_midnight(ended)
    return Span(node=node, started=before_midnight(began), ended=end, **{**values, **changes})  # type: ignore[arg-type]


def told(sent: int | None, hours: float = 0.1) -> Probe:
    return Probe(before_midnight(hours), Outcome.PASSED, (), sent)


def past(
    *spans: Span,
    evidence: Mapping[InstanceId, Sequence[Probe]] | None = None,
    last: Day | None = None,
    shape: Shape = TWO,
) -> Past:
    return Past(shape, spans, evidence or {}, last)


def only_day(known: Past, now: datetime = NOW) -> Day:
    (day,) = missing_days(known, now)
    return day


def entry(on: date = date(2026, 3, 13), **counters: int) -> Day:
    """The day before yesterday, written down."""
    (made,) = missing_days(past(span(began=40)), MIDNIGHT - timedelta(days=1) + timedelta(minutes=10))
    return Day(on, made.usage, made.at, {InstanceId(n.replace("_", "-")): c for n, c in counters.items()})


def test_a_day_of_two_zones_that_always_run() -> None:
    usage = only_day(past(span(N1), span(N2, zone=B, spot=True), last=entry())).usage

    assert usage.machines == {"t4g.nano": 24.0, "t4g.nano spot": 24.0}
    assert (usage.disks, usage.addresses, usage.zones, usage.asleep, usage.controller) == (48, 48, 48, 0, 24)


def test_a_zone_asleep_by_stopping_pays_its_disk_and_its_kept_address() -> None:
    usage = only_day(past(span(N1, ended=14), span(N1, began=14, running=False), last=entry())).usage

    assert usage.machines == {"t4g.nano": 10.0}
    assert (usage.disks, usage.addresses, usage.asleep) == (24, 48, 48 - 10)


def test_without_kept_addresses_only_a_running_node_has_one() -> None:
    shape = Shape(zones=1, keeps_addresses=False)

    assert only_day(past(span(N1, ended=14), last=entry(), shape=shape)).usage.addresses == 10


def test_a_successor_beside_its_predecessor_brings_an_address_of_its_own() -> None:
    usage = only_day(past(span(N1), span(N2, began=2), last=entry())).usage

    assert usage.addresses == 48 + 2
    assert usage.asleep == 24  # the other zone; this one is not awake twice


def test_the_first_day_begins_with_the_first_node() -> None:
    usage = only_day(past(span(began=6))).usage

    assert (usage.machines, usage.zones, usage.controller) == ({"t4g.nano": 6.0}, 12, 6)


def test_a_stack_without_a_past_has_nothing_to_write_down() -> None:
    assert missing_days(past(), NOW) == ()


def test_a_day_that_is_written_down_is_not_missing() -> None:
    assert missing_days(past(span(), last=entry(YESTERDAY)), NOW) == ()


def test_bytes_are_what_was_told_since_the_last_entry() -> None:
    day = only_day(past(span(N1), evidence={N1: [told(700), told(900), told(None)]}, last=entry(i_1=500)))

    assert day.usage.sent == 400
    assert day.counters == {N1: 900}


def test_a_count_that_began_anew_with_a_boot_counts_from_zero() -> None:
    assert only_day(past(span(N1), evidence={N1: [told(30)]}, last=entry(i_1=500))).usage.sent == 30


def test_a_silent_node_carries_nothing_new_and_keeps_its_count() -> None:
    day = only_day(past(span(N1), last=entry(i_1=500)))

    assert (day.usage.sent, day.counters) == (0, {N1: 500})


def test_a_node_that_ended_counts_with_its_last_word_once() -> None:
    gone = span(N1, ended=5, sent=800)
    day = only_day(past(gone, last=entry(i_1=500)))

    assert (day.usage.sent, day.counters) == (300, {})
    later = past(gone, last=day)
    assert today(later, NOW + timedelta(hours=3)).usage.sent == 0


def test_a_node_that_vanished_counts_with_the_last_word_in_the_table() -> None:
    words = [told(600, hours=8), told(800, hours=6)]

    assert only_day(past(span(N1, ended=5), evidence={N1: words}, last=entry())).usage.sent == 800


def test_a_node_started_again_counts_from_zero_even_past_its_old_count() -> None:
    stopped, runs = span(N1, ended=20, sent=700), span(N1, began=10)
    day = only_day(past(stopped, runs, evidence={N1: [told(900)]}, last=entry(i_1=500)))

    assert day.usage.sent == 200 + 900


def test_after_missed_days_each_has_its_hours_and_the_newest_all_bytes() -> None:
    known = past(span(N1), evidence={N1: [told(900)]}, last=entry(date(2026, 3, 11), i_1=500))
    days = missing_days(known, NOW)

    assert [d.on.day for d in days] == [12, 13, 14]
    assert [d.usage.hours for d in days] == [24, 24, 24]
    assert [d.usage.sent for d in days] == [0, 0, 400]


def test_of_missed_days_only_the_newest_is_written_down_now_and_with_new_counts() -> None:
    last = entry(date(2026, 3, 11), i_1=500)
    *early, newest = missing_days(past(span(N1), evidence={N1: [told(900)]}, last=last), NOW)

    assert [(d.at, d.counters) for d in early] == [(last.at, {N1: 500})] * 2
    assert (newest.at, newest.counters) == (NOW, {N1: 900})


def test_a_stack_that_is_written_down_already_is_there_all_day_though_its_nodes_are_young() -> None:
    usage = only_day(past(span(began=6), last=entry())).usage

    assert (usage.hours, usage.zones, usage.controller) == (6, 48, 24)


def test_a_node_that_ended_when_the_last_entry_was_written_is_in_it() -> None:
    last = entry(i_1=500)
    gone = replace(span(N1, sent=800), ended=last.at)

    assert only_day(past(gone, last=last)).usage.sent == 0


def test_a_node_that_started_when_the_last_entry_was_written_has_not_booted_since() -> None:
    last = entry(i_1=500)
    young = replace(span(N1), started=last.at)

    assert only_day(past(young, evidence={N1: [told(900)]}, last=last)).usage.sent == 400


def test_what_a_node_tells_at_its_start_and_at_its_end_is_its_own() -> None:
    def sent(hours: float) -> int:
        return only_day(past(span(N1, began=10, ended=5), evidence={N1: [told(800, hours)]})).usage.sent

    assert [sent(hours) for hours in (10.01, 10, 5, 4.99)] == [0, 800, 800, 0]


def test_a_node_that_lies_stopped_hides_no_other_ones_bytes() -> None:
    known = past(span(N2, running=False), span(N1), evidence={N1: [told(700)]}, last=entry(i_1=500))

    assert only_day(known).usage.sent == 200


def test_what_was_missed_for_too_long_is_given_up() -> None:
    known = past(span(began=24 * 60), last=entry(date(2026, 1, 1)))

    assert len(missing_days(known, NOW)) == KEPT.days


def test_today_is_nothing_yet_in_a_stack_that_has_no_past() -> None:
    assert today(past(), NOW) == Day(MIDNIGHT.date(), Usage(), NOW)


def test_today_is_told_as_of_now() -> None:
    assert today(past(span(N1), last=entry(YESTERDAY)), NOW).at == NOW


def test_today_is_the_hours_so_far() -> None:
    usage = today(past(span(N1), last=entry(YESTERDAY)), MIDNIGHT + timedelta(hours=6)).usage

    assert (usage.hours, usage.zones) == (6, 12)


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0, 60), st.booleans()), max_size=6))
def test_days_add_up_to_the_whole_time(stretches: list[tuple[float, float, bool]]) -> None:
    spans = [
        span(InstanceId(f"i-{i}"), began=max(a, b), ended=min(a, b), running=running)
        for i, (a, b, running) in enumerate(stretches)
    ]
    days = missing_days(past(*spans), NOW)
    whole = sum(s.hours(before_midnight(100), MIDNIGHT) for s in spans if s.running)

    assert sum(d.usage.hours for d in days) == pytest.approx(whole)
    assert all(0 <= d.usage.asleep <= d.usage.zones for d in days)
