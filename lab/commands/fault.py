"""Single experiments, played on this terminal."""

from __future__ import annotations

import argparse

from lab.commands.rounds import by_stage, play_round
from lab.commands.timelines import played_again, write_page
from lab.packets.corner import refusal
from lab.report.outage import store
from lab.report.run import Run
from lab.stage.deployment import build
from lab.stage.narrator import narrator


def main(arguments: argparse.Namespace) -> int:
    """Plays the experiments named. Returns 0 when every promise was kept."""
    reason = refusal()
    if reason:
        print(f"No packets on this machine: {reason}")
        return 2
    if not arguments.built:
        build()
    runs: list[Run] = []
    try:
        for names in by_stage(arguments.names):
            logs, again = arguments.logs / names[0], arguments.again
            pace, minute = arguments.pace, arguments.minute
            runs += play_round(names, narrator(), pace=pace, minute=minute, logs=logs, again=again)
    finally:
        if arguments.json and runs:
            store(runs, arguments.json)
        if arguments.html and runs:
            write_page(
                runs,
                arguments.html,
                f"python -m lab fault {' '.join(arguments.names)} --pace {arguments.pace}",
                played_again(arguments.again),
            )
    return 0 if all(run.kept for run in runs) else 1
