"""What a run is made of: the moments on the way from what caused it to the first answered packet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.report.run import Outage, Run

LAST = 0.5  # seconds: a run ends a second after packets were answered for one, or in the middle of a gap
INSTANCE = re.compile(r"i-[0-9a-f]+")
PENDING = "the event of the workload's `pending` state reaches EventBridge"
STEPS = (
    ("aws", "State-change.*: WORKLOAD pending$", PENDING),
    ("aws", "State-change.*: WORKLOAD running$", "the workload is `running`, its first packet leaves"),
    ("decision", "^StopNode ", "natkeeper decides to stop the node"),
    ("call", "^StopInstances ", "AWS has taken the order to stop it"),
    ("aws", "State-change.*: NODE stopped$", "the node is `stopped`"),
    ("decision", "^(Start|Launch)Node ", "natkeeper decides to have a node"),
    ("call", "^(Start|Run)Instances", "AWS has taken the order to have one"),
    ("aws", "State-change.*: NODE running$", "the node is `running`"),
    ("node", "^NODE boots$", "its services start; user data, at its first boot"),
    ("node", "^NODE: user data has ended$", "the boot has ended"),
    ("decision", "^PointRoute ", "natkeeper decides to move address and route to it"),
    ("route", "", "the route leads to it"),
    ("aws", "State-change.*: NODE shutting-down$", "the old node is shutting down"),
)
"""A lane, what the first moment in it looks like that counts, and its words."""


@dataclass(frozen=True, slots=True)
class Part:
    """A moment, in seconds after what caused it all (below zero: before), and what it was."""

    after: float
    what: str


def cause(run: Run) -> float:
    """Returns when it began, a point in time: when EventBridge has the event of a workload's `pending`; when
    it struck, if that was no workload."""
    return next((at for at, what in _steps(run) if what == PENDING), run.struck)


def gap(run: Run) -> Outage | None:
    """Returns the longest stretch in which no packet was answered; None when there was none."""
    found = (outage for outage in run.outages if outage.kind == "udp")
    return max(found, key=lambda outage: outage.seconds, default=None)


def answered_after(run: Run) -> float | None:
    """Returns the seconds from the cause until packets were answered again, below zero when that was before
    it; None when they always were, or are not at the end of the run."""
    longest = gap(run)
    if longest is None or longest.ended > run.ended - LAST:
        return None
    return longest.ended - cause(run)


def parts(run: Run) -> list[Part]:
    """Returns the moments that matter, in the order of time."""
    zero, longest = cause(run), gap(run)
    found = list(_steps(run))
    found += [(m.at, INSTANCE.sub("i-…", m.text)) for m in run.moments if m.lane == "you"]
    if longest:
        first = min(outage.began for outage in run.outages if outage.kind == "udp")
        found.append((first, "the first packet has no answer"))
    again = answered_after(run)
    if again is not None:
        found.append((zero + again, "packets are answered"))
    return [Part(at - zero, what) for at, what in sorted(found)]


def _steps(run: Run) -> Iterator[tuple[float, str]]:
    """The first moment of each step, in the order of steps; a call counts when it has ended."""
    told = " ".join(m.text for m in run.moments if m.lane == "you" and "workload" in m.text)
    workload = "|".join(INSTANCE.findall(told)) or "nobody"
    for lane, looks, what in STEPS:
        pattern = looks.replace("WORKLOAD", f"(?:{workload})").replace("NODE", f"(?!{workload})i-\\w+")
        seen = (m for m in run.moments if m.lane == lane and re.search(pattern, m.text))
        first = next(seen, None)
        if first:
            yield first.until or first.at, what
