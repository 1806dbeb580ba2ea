"""Office hours, against an oracle that walks through the night minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from natkeeper.core.office_hours import DAYS, OfficeHours, OfficeHoursError, Opening, Window, parse

ZONES = (
    "UTC",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",  # the clocks change at midnight, in the southern summer
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Cairo",
    "Pacific/Auckland",
)
MINUTE = timedelta(minutes=1)


def zone_of(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, LookupError, OSError):
        return None


def hours(text: str) -> OfficeHours:
    return parse(text, zone_of)


def at(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def mistakes(text: str) -> str:
    with pytest.raises(OfficeHoursError) as caught:
        hours(text)
    return "\n".join(caught.value.mistakes)


# --- the oracle: it knows nothing but what the clock on the wall shows


def open_minutes(window: Window, zone: tzinfo, around: date) -> set[datetime]:
    """The minutes (UTC) of a window's occurrences near a date: each lasts from the first minute that the
    wall clock shows within it to the last."""
    found: set[datetime] = set()
    for days in range(-2, 3):
        midnight = datetime.combine(around + timedelta(days=days), datetime.min.time())
        if midnight.weekday() != window.day:
            continue
        start, end = midnight + window.start * MINUTE, midnight + window.end * MINUTE
        first = midnight.replace(tzinfo=UTC) - timedelta(hours=16)
        walk = (first + n * MINUTE for n in range(72 * 60))
        shown = {m: m.astimezone(zone).replace(tzinfo=None, fold=0) for m in walk}
        within = [m for m, wall in shown.items() if start <= wall <= end]
        if not within:
            continue
        last = max(within)
        stop = last if shown[last] == end else last + MINUTE
        found |= {min(within) + n * MINUTE for n in range((stop - min(within)) // MINUTE)}
    return found


def clock_changes(name: str) -> list[date]:
    """The dates around which the zone's offset changes within four years, a leap day, and a plain one."""
    zone, day, found = ZoneInfo(name), datetime(2027, 1, 1, tzinfo=UTC), [date(2028, 2, 29), date(2027, 5, 5)]
    while day.year < 2031:
        if day.astimezone(zone).utcoffset() != (day + timedelta(days=1)).astimezone(zone).utcoffset():
            found.append(day.date())
        day += timedelta(days=1)
    return found


NIGHTS = [(name, day) for name in ZONES for day in clock_changes(name)]


@settings(max_examples=25, deadline=None)
@example(night=("Europe/Berlin", date(2027, 3, 28)), weekday=6, start=135, length=60)  # begins in the gap
@example(night=("Europe/Berlin", date(2027, 3, 28)), weekday=6, start=60, length=90)  # ends in the gap
@example(night=("Europe/Berlin", date(2027, 3, 28)), weekday=6, start=130, length=30)  # all of it leapt over
@example(night=("Europe/Berlin", date(2027, 10, 31)), weekday=6, start=150, length=60)  # begins twice
@example(night=("Europe/Berlin", date(2027, 10, 31)), weekday=6, start=0, length=150)  # ends twice
@given(
    night=st.sampled_from(NIGHTS),
    weekday=st.integers(0, 6),
    start=st.integers(0, 1439),
    length=st.integers(1, 1440),
)
def test_no_minute_of_a_window_is_missed_and_none_added(
    night: tuple[str, date], weekday: int, start: int, length: int
) -> None:
    name, day = night
    zone, window = ZoneInfo(name), Window(weekday, start, min(start + length, 1440 + start - 1))
    told = OfficeHours((window,), zone)
    wanted = open_minutes(window, zone, day)
    noon = datetime.combine(day, datetime.min.time(), UTC)
    for number in range(-24 * 60, 24 * 60):
        minute = noon + number * MINUTE
        assert told.look(minute).is_open is (minute in wanted), minute


@settings(max_examples=80, deadline=None)
@given(
    name=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    spans=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1439)), min_size=1, max_size=4
    ),
)
def test_it_stays_as_it_is_until_the_change_that_it_tells(
    name: str, moment: datetime, spans: list[tuple[int, int, int]]
) -> None:
    told = OfficeHours(tuple(Window(d, s, s + n) for d, s, n in spans), ZoneInfo(name))
    now = moment.replace(tzinfo=UTC)
    look = told.look(now)
    if look.until is None:
        assert look.is_open
        assert all(told.look(now + timedelta(hours=h)).is_open for h in range(24 * 7))
        return
    assert look.until > now
    assert told.look(look.until - timedelta(microseconds=1)).is_open is look.is_open
    assert told.look(now + (look.until - now) / 2).is_open is look.is_open
    assert told.look(look.until).is_open is not look.is_open


def test_a_working_week_in_tokyo() -> None:
    week = hours("Mon-Fri 08:00-20:00 Asia/Tokyo")

    assert week.look(at("2026-11-20T19:59", "Asia/Tokyo")).is_open
    friday_night = week.look(at("2026-11-20T20:00", "Asia/Tokyo"))
    assert (friday_night.is_open, friday_night.until) == (False, at("2026-11-23T08:00", "Asia/Tokyo"))


def test_several_windows_one_of_them_past_midnight() -> None:
    week = hours("Mon-Fri 08:00-12:00, Mon-Fri 13:00-20:00, Sat 22:00-02:00 Europe/Berlin")

    assert not week.look(at("2026-11-25T12:30", "Europe/Berlin")).is_open
    assert week.look(at("2026-11-22T01:59", "Europe/Berlin")).is_open
    assert not week.look(at("2026-11-22T02:00", "Europe/Berlin")).is_open


def test_windows_that_touch_are_one() -> None:
    week = hours("Mon 08:00-24:00, Tue 00:00-10:00 UTC")

    assert week.look(at("2026-11-23T09:00", "UTC")).until == at("2026-11-24T10:00", "UTC")


def test_the_week_wraps_around() -> None:
    week = hours("Sat-Mon 22:00-06:00 UTC")

    assert [DAYS[w.day] for w in week.windows] == ["Mon", "Sat", "Sun"]
    assert week.look(at("2026-11-23T05:00", "UTC")).is_open


def test_always_open_never_changes() -> None:
    assert hours("Mon-Sun 00:00-24:00 Asia/Tokyo").look(at("2026-11-23T05:00", "UTC")).until is None


def test_without_a_window_it_is_never_open() -> None:
    assert OfficeHours((), UTC).look(at("2026-11-23T05:00", "UTC")) == Opening(is_open=False, until=None)


def test_a_window_that_begins_in_a_leap_of_the_clocks_opens_when_they_leap() -> None:
    week, leap = hours("Sun 02:06-03:15 Europe/Berlin"), at("2027-03-28T03:00", "Europe/Berlin")

    before = week.look(leap - timedelta(microseconds=1))
    assert before == Opening(is_open=False, until=leap)
    assert week.look(leap) == Opening(is_open=True, until=leap + timedelta(minutes=15))


def test_a_window_that_ends_in_a_leap_of_the_clocks_closes_when_they_leap() -> None:
    week, leap = hours("Sun 01:00-02:10 Australia/Lord_Howe"), at("2027-10-03T02:30", "Australia/Lord_Howe")

    assert week.look(leap - timedelta(microseconds=1)) == Opening(is_open=True, until=leap)
    assert not week.look(leap).is_open


def test_a_window_that_lies_in_a_leap_of_the_clocks_opens_a_week_later() -> None:
    week = hours("Sun 02:15-02:45 Europe/Berlin")

    assert week.look(at("2027-03-28T00:00", "Europe/Berlin")).until == at("2027-04-04T02:15", "Europe/Berlin")


def test_what_is_told_is_told_in_utc_whatever_the_zones_are() -> None:
    plain, leaping = hours("Sun 05:00-06:00 Europe/Berlin"), hours("Sun 02:15-03:15 Europe/Berlin")
    midnight = at("2027-03-28T00:00", "Europe/Berlin")

    for week in (plain, leaping):
        until = week.look(midnight).until
        assert until
        assert until.tzinfo is UTC


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    week, berlin = hours("Sun 02:30-02:45 Europe/Berlin"), "Europe/Berlin"

    assert week.look(at("2027-10-31T02:30", berlin, fold=0)).is_open
    assert week.look(at("2027-10-31T02:30", berlin, fold=0)).until == at("2027-10-31T02:45", berlin, fold=1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Mon-Fri 08:00-20:00 Mars/Olympus", "'Mars/Olympus' is no time zone"),
        ("Mon-Fri 08:00-20:00", "'08:00-20:00' is no time zone"),
        ("", "'' is no time zone"),
        ("Funday 08:00-20:00 UTC", "'Funday' in 'Funday 08:00-20:00' is no day"),
        ("Mon 8-20 UTC", "'Mon 8-20' should be days and hours"),
        ("Mon 25:00-26:00 UTC", "should begin from 00:00 to 23:59"),
        ("Mon 08:70-09:00 UTC", "should begin from 00:00 to 23:59"),
        ("Mon 08:60-09:30 UTC", "should begin from 00:00 to 23:59"),
        ("Funday 08:00-20:00 UTC", "it should be one of Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
        ("Mon 24:00-02:00 UTC", "should begin from 00:00 to 23:59"),
        ("Mon 08:00-08:00 UTC", "never opens"),
        ("Mon 08:00-12:00, Mon 11:00-13:00 UTC", "the windows at Mon 08:00 and Mon 11:00 overlap"),
        ("Sun 22:00-06:00, Mon 05:00-07:00 UTC", "the windows at Sun 22:00 and Mon 05:00 overlap"),
        ("Mon-Fri 20:00-08:00, Wed 07:00-09:00 UTC", "the windows at Tue 20:00 and Wed 07:00 overlap"),
    ],
)
def test_nonsense_is_named(text: str, told: str) -> None:
    assert told in mistakes(text)


def test_every_mistake_is_told_at_once() -> None:
    told = mistakes("Mon 08:00-08:00, Foo-Bar 09:00-10:00, Tue 1:00-3:00, Tue 2:00-4:00 Nowhere")

    for part in ("never opens", "'Foo'", "'Bar'", "overlap", "'Nowhere' is no time zone"):
        assert part in told


def test_the_error_is_all_mistakes_in_one_line() -> None:
    assert str(OfficeHoursError(["one", "two"])) == "one; two"
