"""What natkeeper promises of a fault, in words and as a check of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lab.ec2.timings import Timings
from lab.report.run import Run

ACTS = (
    "AssociateAddress",
    "CreateRoute",
    "ReplaceRoute",
    "RunInstances",
    "StopInstances",
    "TerminateInstances",
)
SLACK = 0.1  # seconds: packets are 10 ms apart, and a kernel command takes a few milliseconds


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised in words, and whether a run kept it. A run that never healed kept nothing."""

    words: str
    kept: Callable[[Run, Timings], bool]
    tight: bool = False
    """Whether what it is about may come at any time until all is healed: no other lab may disturb that."""
    by_schedule: bool = False
    """No event tells of it: when in the schedule's minute it strikes is a matter of chance, and counts."""


def within(seconds: float) -> Promise:
    """Answered again so soon."""
    return Promise(
        f"packets are answered again within {seconds:g} s",
        lambda run, _: run.outage_seconds <= seconds + SLACK,
    )


def within_a_boot(slack: float) -> Promise:
    """Nobody else can take over: what AWS and the boot take, and a little more."""

    def kept(run: Run, timings: Timings) -> bool:
        aws = timings.launch + timings.pending + timings.boot + timings.packages
        return run.outage_seconds <= aws + slack + SLACK

    return Promise(f"packets are answered again {slack:g} s after what AWS and the boot take", kept)


def nothing_lost() -> Promise:
    """Nobody notices."""
    return Promise("no packet is lost and no node replaced", lambda run, _: not run.lost and not run.failed)


def unmoved(seconds: float = 0) -> Promise:
    """It is no reason to move or to replace anything, and packets are lost for so long at most."""

    def kept(run: Run, _: Timings) -> bool:
        acted = [m for m in run.moments if m.lane == "call" and m.at > run.struck and m.text.startswith(ACTS)]
        return not acted and run.outage_seconds <= (seconds + SLACK if seconds else 0)

    lost = f"packets are lost for {seconds:g} s at most" if seconds else "no packet is lost"
    return Promise(f"nothing is moved, launched or ended, and {lost}", kept)


def only_while_moving(seconds: float) -> Promise:
    """New flows lose nothing but what is sent while address and route move."""

    def kept(run: Run, timings: Timings) -> bool:
        moves = [
            (m.at, (m.until or m.at) + timings.propagation + SLACK)
            for m in run.moments
            if m.lane == "call" and m.text.startswith(("AssociateAddress", "ReplaceRoute"))
        ]
        inside = all(any(a <= at <= b for a, b in moves) for at in (*run.lost_udp, *run.lost_tcp))
        return inside and run.outage_seconds <= seconds

    words = f"packets are lost only while address and route move, for {seconds:g} s at most"
    return Promise(words, kept, tight=True)


def moved_once(seconds: float) -> Promise:
    """It is believed once: the zone is moved and taken back, with a node launched beside it and ended again.
    That the accused is not ended is seen by who serves in the end (`recovery.kept`)."""
    most = {"AssociateAddress": 2, "ReplaceRoute": 2, "RunInstances": 1, "TerminateInstances": 1}

    def kept(run: Run, timings: Timings) -> bool:
        calls = [m.text for m in run.moments if m.lane == "call" and m.at > run.struck]
        done = Counter(act for text in calls for act in ACTS if text.startswith(act))
        return all(n <= most.get(act, 0) for act, n in done.items()) and moving.kept(run, timings)

    moving = only_while_moving(seconds)
    words = f"the zone is moved and back once an hour at most, the accused is not ended, and {moving.words}"
    return Promise(words, kept)


def by_sweep(seconds: float) -> Promise:
    """No event tells of it: the next sweep sees it."""
    return Promise(
        f"packets are answered again after one sweep: {seconds:g} s at most",
        lambda run, _: run.outage_seconds <= seconds,
        by_schedule=True,
    )


def stays() -> Promise:
    """It is not natkeeper's to mend, and a new node would not mend it."""
    return Promise("no node is replaced, and packets flow again with the mending", lambda _run, _: True)
