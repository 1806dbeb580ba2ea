"""The timelines of runs as a page under build/, and what every page says of how it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from lab.ec2.timings import provenance, shortened
from lab.local_aws.aws import ROOT
from lab.report.page import page
from lab.report.run import LATE, LATE_IN_OUTAGE, SHARE, Run
from release.version import version

BUILD = ROOT / "build"
TITLE = "natkeeper: what breaks, and what packets notice"
NOTES = (
    "Real packets on a real kernel: an instance is a namespace that runs the template's own user data.",
    "The functions are the deployed ones, with their own roles, run by a local AWS. There is no AWS account.",
    "What no event tells of strikes at any moment of the schedule's minute: the next sweep sees it.",
    f"AWS's delays are settings (lab/ec2/timings.py): {provenance()}.",
    (
        f"The lab spoils a run by being more than {LATE} s late with a change ({LATE_IN_OUTAGE} s or "
        f"{SHARE:.0%} of the outage, whichever is more, with a change in an outage)."
    ),
)


def write_page(runs: list[Run], path: Path, again: str, *more: str) -> None:
    """Writes the timelines; `again` is the command that plays them again, `more` what else is to be known."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(runs, title=TITLE, notes=[_played(runs, again), *_paces(runs), *more, *NOTES]))


def played_again(times: int) -> str:
    """Returns what becomes of a run that the lab has spoilt."""
    again = f"played again, {times} times at most" if times else "not played again"
    return f"Such a run is {again}."


def _played(runs: Sequence[Run], again: str) -> str:
    day = datetime.fromtimestamp(max((run.struck for run in runs), default=0.0), UTC).date()
    return f"Played on {day} with natkeeper {version()}; again by: {again}"


def _paces(runs: Sequence[Run]) -> list[str]:
    """What is quicker here than it is on AWS: a healing that waits for it looks better than it would be."""
    quicker = {name: shortened(name) for name in sorted({run.timings for run in runs})}
    return [f"Shortened at the pace {name}: {what}." for name, what in quicker.items() if what]
