"""When other labs may disturb this one: never while its packets are about to be lost, or are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.experiments.promise import Promise
from lab.report.run import Moment

LEAST, MOST = 5.0, 15.0
"""Seconds from the fault for which none may: at least, and at the most where packets are not answered again
sooner."""
MOVED, BOOTED = "PointRoute", "user data has ended"


def may_be_disturbed(
    promise: Promise, after: float, answered: Callable[[], bool], moments: Sequence[Moment]
) -> bool:
    """Returns whether what needs the whole machine is over so many seconds after the fault, or has not come
    yet: a planned move comes some seconds after a new node has booted."""
    if after <= LEAST:
        return False
    if promise.tight:
        return not _is_about_to_move(moments)
    return after > MOST or answered()


def _is_about_to_move(moments: Sequence[Moment]) -> bool:
    booted = [moment.at for moment in moments if BOOTED in moment.text]
    moved = [moment.at for moment in moments if moment.lane == "decision" and moment.text.startswith(MOVED)]
    return max(booted, default=0.0) > max(moved, default=0.0)
