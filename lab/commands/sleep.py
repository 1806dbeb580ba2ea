"""Every way to sleep and to wake, measured and written down as docs/sleep.md."""

from __future__ import annotations

import argparse
import os

from lab.commands.pool import Pool
from lab.commands.timelines import BUILD, NOTES, write_page
from lab.ec2.timings import sources
from lab.experiments.sleep_experiments import SLEEP_EXPERIMENTS
from lab.local_aws.aws import ROOT
from lab.packets.corner import refusal
from lab.report.outage import load, store
from lab.report.run import LATE, Run
from lab.report.sleep import markdown
from lab.stage.deployment import build

PACE, MINUTE = "published", 60.0


def main(arguments: argparse.Namespace) -> int:
    """Measures every sleep experiment, or those named again, and writes build/sleep.json, build/sleep.html
    and docs/sleep.md. Returns 0 when each was played as often as asked and every promise kept."""
    reason = refusal()
    if reason:
        print(f"No packets on this machine: {reason}")
        return 2
    build()
    before = os.getloadavg()[0]
    order = list(SLEEP_EXPERIMENTS)
    names = arguments.names or order
    runs = Pool(PACE, MINUTE, again=0).play(arguments.runs, arguments.labs, names)
    if arguments.names:
        runs += [run for run in load(BUILD / "sleep.json") if run.fault not in names]
    runs.sort(key=lambda run: order.index(run.fault))
    store(runs, BUILD / "sleep.json")
    write_page(runs, BUILD / "sleep.html", "make sleep-bench")
    text = markdown(runs, timings=sources(PACE), how=_how(arguments, before), notes=[*NOTES[:3], _late(runs)])
    (ROOT / "docs" / "sleep.md").write_text(text)
    return 0 if len(runs) == arguments.runs * len(SLEEP_EXPERIMENTS) and all(run.kept for run in runs) else 1


def _how(arguments: argparse.Namespace, before: float) -> str:
    times = "once" if arguments.runs == 1 else f"{arguments.runs} times"
    after = os.getloadavg()[0]
    return (
        f"Each played {times}, {arguments.labs} labs side by side on {os.cpu_count()} cores. The "
        f"machine's load, the labs' own and all others', was {before:.1f} before the last measurement and "
        f"{after:.1f} at its end."
    )


def _late(runs: list[Run]) -> str:
    late = [run for run in runs if run.late > LATE]
    worst = max((run.late for run in runs), default=0.0)
    return (
        f"In {len(late)} of {len(runs)} runs the lab itself was more than {LATE} s late with a change, by "
        f"{worst:.2f} s at worst: so much of a figure may be this machine's."
    )
