"""The timelines of runs as a page under build/, and what every page says of how it was measured."""

from __future__ import annotations

from pathlib import Path

from lab.local_aws.aws import ROOT
from lab.report.page import page
from lab.report.run import LATE, LATE_IN_OUTAGE, SHARE, Run

BUILD = ROOT / "build"
TITLE = "natkeeper: what breaks, and what packets notice"
NOTES = (
    "Real packets on a real kernel: an instance is a namespace that runs the template's own user data.",
    "The functions are the deployed ones, with their own roles, run by a local AWS. There is no AWS account.",
    "AWS's delays are settings; where nobody published a figure, one is assumed (lab/ec2/timings.py).",
    (
        f"Where the lab was more than {LATE} s late with a change ({LATE_IN_OUTAGE} s or {SHARE:.0%} of the "
        "outage, whichever is more, with a change in an outage) the run is played again, twice at most."
    ),
)


def write_page(runs: list[Run], path: Path) -> None:
    """Writes the timelines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(runs, title=TITLE, notes=NOTES))
