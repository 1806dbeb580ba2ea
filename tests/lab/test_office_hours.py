"""The office hours that the lab crosses are ones that natkeeper understands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.experiments.office_hours import NIGHT, NOTICE, hours
from natkeeper.core.office_hours import OfficeHours, parse

TEMPLATE = (Path(__file__).parents[2] / "template.yaml").read_text()
SECOND = timedelta(seconds=1)
FIRST, YEARS = datetime(2026, 1, 1, tzinfo=UTC), 2 * 365 * 86400
moments = st.integers(0, YEARS).map(lambda seconds: FIRST + timedelta(seconds=seconds))


def understood(text: str) -> OfficeHours:
    return parse(text, {"UTC": UTC}.get)


@given(moments)
def test_they_are_open_now_end_soon_and_begin_again_after_a_short_night(now: datetime) -> None:
    text, closing, opening = hours(now)
    office = understood(text)

    assert NOTICE <= closing - now <= NOTICE + timedelta(minutes=1)
    assert opening - closing == NIGHT
    around = (now, closing - SECOND, closing, opening - SECOND, opening)
    assert [office.look(at).is_open for at in around] == [True, True, False, False, True]
    assert office.look(closing).until == opening


@pytest.mark.parametrize("now", ["2026-11-25T08:00:00", "2026-11-25T23:58:30", "2026-12-31T00:30:00"])
def test_the_template_takes_them(now: str) -> None:
    pattern = re.search(r"OfficeHours:\n.*?AllowedPattern: (.*?)\n", TEMPLATE, re.DOTALL)
    assert pattern
    text, _, _ = hours(datetime.fromisoformat(now).replace(tzinfo=UTC))

    assert re.fullmatch(pattern[1], text)
