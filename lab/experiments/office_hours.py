"""Office hours around the present minute: the functions are the deployed ones and know only the true time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lab.experiments.experiment import Before
from lab.experiments.preconditions import Plan, rested
from lab.report.run import Moment
from lab.stage.stage import Stage

ALWAYS = "Mon-Sun 00:00-24:00 UTC"
NOTICE = timedelta(seconds=75)  # a stack update before the closing minute
NIGHT = timedelta(minutes=4)  # long enough to fall asleep before the node is started for the morning
DAY = timedelta(hours=1)


def hours(now: datetime) -> tuple[str, datetime, datetime]:
    """Returns office hours that end soon and begin again a short night later, with both moments."""
    closing = (now + NOTICE + timedelta(minutes=1)).replace(second=0, microsecond=0)
    opening = closing + NIGHT
    windows = ", ".join(_window(start, start + DAY) for start in (closing - DAY, opening))
    return f"{windows} UTC", closing, opening


def _window(start: datetime, end: datetime) -> str:
    return f"{start:%a} {start:%H:%M}-{end:%H:%M}"


def crossing(stage: Stage) -> Plan:
    """Updates the stack, so that its office hours end at a minute soon, and begin again a few later, which
    is the moment that counts. Raises RuntimeError when the stack does not come to rest before."""
    rested(stage)
    text, closing, opening = hours(datetime.now(UTC))
    stage.update(OfficeHours=text)
    if datetime.now(UTC) >= closing:
        raise RuntimeError(f"the update took longer than {NOTICE}: the office hours have ended already")
    words = f"{closing:%H:%M} UTC, your office hours end ({text})"
    return Plan(opening.timestamp(), (Moment(closing.timestamp(), "you", words),))


def opens(_stage: Stage, _before: Before) -> str:
    """The clock strikes by itself."""
    return f"{datetime.now(UTC):%H:%M} UTC, your office hours begin"
