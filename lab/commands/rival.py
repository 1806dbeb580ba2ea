"""The rival on the same faults, a fresh one for each, for a column of its own in docs/outage.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from lab.commands.rounds import AGAIN, in_time, summary
from lab.commands.timelines import BUILD
from lab.experiments.execution import play
from lab.packets.corner import refusal
from lab.report.run import RIVAL, Run
from lab.rival.faults import RIVAL_FAULTS
from lab.rival.stage import staged_rival
from lab.stage.narrator import Say, narrator


def main(arguments: argparse.Namespace) -> int:
    """Plays the faults named. Returns 0 when all were played, whatever became of them, and 2 when
    there is no such fault or nothing can be played here."""
    reason = refusal()
    if reason:
        print(f"No packets on this machine: {reason}")
        return 2
    if unknown := sorted(set(arguments.names) - set(RIVAL_FAULTS)):
        print(f"not played on the rival: {', '.join(unknown)}. Known are {', '.join(RIVAL_FAULTS)}")
        return 2
    list(played(arguments.names or list(RIVAL_FAULTS), arguments.runs, arguments.pace, narrator()))
    return 0


def played(
    names: Iterable[str], runs: int, pace: str, say: Say, logs: Path = BUILD / "rival"
) -> Iterable[Run]:
    """Yields each run of those faults that are played on the rival too. What it does not heal by itself stays
    broken, so each begins with a rival of its own."""
    for name in names:
        for number in range(runs if name in RIVAL_FAULTS else 0):
            say("", f"\n== {RIVAL_FAULTS[name].title}  [{name}, by the rival]")
            yield in_time(lambda: _play(name, number, pace, say, logs), say, AGAIN)  # noqa: B023 - called here


def _play(name: str, number: int, pace: str, say: Say, logs: Path) -> Run:
    with staged_rival(logs / f"{name}-{number + 1}", say, pace=pace) as stage:
        run = replace(play(stage, RIVAL_FAULTS[name], say), by=RIVAL)
    say("packets", summary(run))
    return run
