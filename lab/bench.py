"""Rounds of faults: one stage after the other, or several side by side in processes of their own."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lab.aws import ROOT
from lab.catalogue import FAULTS
from lab.deployment import build
from lab.ec2.timings import sources
from lab.experiment import play
from lab.naps import EXPERIMENTS, NAPS
from lab.narrator import Say, narrator
from lab.packets.corner import refusal
from lab.report.duration import since_fault
from lab.report.outage import Row, load, load_rows, markdown, renew, store, store_rows, summarise
from lab.report.page import page
from lab.report.parts import parts
from lab.report.run import LATE, LATE_IN_OUTAGE, SHARE, Run
from lab.stage import Stage, staged

BUILD = ROOT / "build"
TABLE = ROOT / "docs" / "outage.json"
A_STAGE = 6  # faults on one stack: more, and its zones come near twenty launches an hour
STAGGER = 12.0  # seconds
AGAIN = 2  # times that a run which the lab spoilt is repeated
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


def known(names: Iterable[str]) -> list[str]:
    """Returns the names. Raises ValueError naming every one that is no fault's."""
    wanted = list(names)
    unknown = sorted(set(wanted) - set(EXPERIMENTS))
    if unknown:
        raise ValueError(f"unknown fault {', '.join(unknown)}: one of {', '.join(EXPERIMENTS)}")
    return wanted


def by_stage(names: Iterable[str]) -> list[list[str]]:
    """Returns faults in groups that one stage can play: equally many zones, the same parameters, and not too
    many for one stack. Raises ValueError naming every unknown one."""
    groups: dict[tuple[int, str], list[str]] = {}
    for name in known(names):
        fault = EXPERIMENTS[name]
        groups.setdefault((fault.zones, str(fault.parameters)), []).append(name)
    return [group[at : at + A_STAGE] for group in groups.values() for at in range(0, len(group), A_STAGE)]


def play_round(
    names: list[str], say: Say, *, pace: str, minute: float, logs: Path, again: int = AGAIN
) -> Iterator[Run]:
    """Plays faults of one group of `by_stage` on one fresh stage. Yields each run when it is over; raises
    RuntimeError when the stage does not come to rest, or the kernel did not follow the API."""
    first = EXPERIMENTS[names[0]]
    with staged(logs, say, zones=first.zones, pace=pace, minute=minute, **first.parameters) as stage:
        for name in names:
            say("", f"\n== {EXPERIMENTS[name].title}  [{name}]")
            yield in_time(partial(_play_one, stage, name, say), say, again)
        refused = stage.aws.control.refusals()
        if refused:
            raise RuntimeError(f"the kernel did not follow the API: {refused}")


def _play_one(stage: Stage, name: str, say: Say) -> Run:
    run = play(stage, EXPERIMENTS[name], say)
    say("packets", summary(run))
    for part in parts(run) if name in NAPS else []:
        say("part", f"{since_fault(part.after):>16}  {part.what}")
    return run


def in_time(play_it: Callable[[], Run], say: Say, again: int = AGAIN) -> Run:
    """Plays, and `again` so often while the lab itself was too late for its figures to be AWS's. Returns the
    last."""
    run = play_it()
    for _ in range(again):
        if not run.spoilt:
            break
        say("lab", f"the kernel was {run.late:.2f} s late, this machine is busy: once more")
        run = play_it()
    return run


def summary(run: Run) -> str:
    """Returns a run in one line."""
    flows = run.flows
    return (
        f"{run.lost} of {run.sent_udp} packets lost, {run.failed} of {run.sent_tcp} new connections failed, "
        f"{run.outage_seconds:.2f} s without an answer; of the long connections {flows.speaks_alive} of "
        f"{flows.speaks} that speak and {flows.listens_alive} of {flows.listens} that listen live; promise "
        f"({run.promise}) {'kept' if run.kept else 'BROKEN'}"
    )


@dataclass
class Pool:
    """Stages side by side, each in a process of its own that ends with this one."""

    pace: str
    minute: float
    again: int = AGAIN
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def play(self, runs: int, labs: int, names: list[str]) -> list[Run]:
        """Plays every fault `runs` times, `labs` stages at a time. Returns what was measured; a stage that
        failed is told of on the standard error."""
        groups = [(number + 1, group) for number in range(runs) for group in by_stage(names)]
        # To deploy takes both cores: not all at once.
        jobs = [(*job, STAGGER * index if index < labs else 0) for index, job in enumerate(groups)]
        with ThreadPoolExecutor(labs) as pool:
            try:
                found = list(pool.map(lambda job: self._play(*job), jobs))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                for child in self.children:
                    child.terminate()
        return [run for part in found for run in part]

    def _play(self, number: int, names: list[str], pause: float) -> list[Run]:
        time.sleep(pause)
        place = BUILD / "lab-bench" / f"{number}-{names[0]}"
        result = place / "runs.json"
        result.unlink(missing_ok=True)
        place.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "lab", "fault", *names, f"--pace={self.pace}",
                   f"--minute={self.minute}", f"--again={self.again}", f"--logs={place}",
                   f"--json={result}", "--built"]  # fmt: skip
        began = time.monotonic()
        with (place / "out.log").open("wb") as log:
            child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.children.append(child)
        code, took = child.wait(), time.monotonic() - began
        print(f"run {number} of {', '.join(names)}: exit {code}, {took:.0f} s", file=sys.stderr, flush=True)
        return load(result) if result.exists() else []


def faults(arguments: argparse.Namespace) -> int:
    """Plays the faults named. Returns 0 when every promise was kept."""
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
            write_page(runs, arguments.html)
    return 0 if all(run.kept for run in runs) else 1


def write_page(runs: list[Run], path: Path) -> None:
    """Writes the timelines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(runs, title=TITLE, notes=NOTES))


def main(arguments: argparse.Namespace) -> int:
    """Measures every fault, or only those named, and writes docs/outage.json and docs/outage.md. Returns 0
    when each of them was played as often as asked and every promise kept."""
    reason = refusal()
    if reason:
        print(f"No packets on this machine: {reason}")
        return 2
    build()
    names = arguments.names or list(FAULTS)
    pool = Pool(arguments.pace, arguments.minute)
    shift = shifts(names, arguments.labs)
    runs = [run for labs, some in shift for run in pool.play(arguments.runs, labs, some)]
    store(runs, BUILD / "outage-runs.json")
    write_page(runs, BUILD / "outage.html")
    write_table(summarise(runs), arguments)
    return 0 if len(runs) == arguments.runs * len(names) and all(run.kept for run in runs) else 1


def shifts(names: Iterable[str], labs: int) -> list[tuple[int, list[str]]]:
    """Returns faults with the number of labs that may play them side by side: first those to which a busy
    neighbour does not matter, then those whose promise leaves no room for one. Raises ValueError naming every
    unknown one."""
    roomy: list[str] = []
    tight: list[str] = []
    for name in known(names):
        (tight if EXPERIMENTS[name].promise.tight else roomy).append(name)
    return [(labs, roomy), (1, tight)]


def write_table(new: list[Row], arguments: argparse.Namespace) -> None:
    """Writes docs/outage.json and docs/outage.md: the new rows, and those of faults not measured again."""
    rows = renew(load_rows(TABLE), new, list(FAULTS))
    store_rows(rows, TABLE)
    how = (
        f"The last measurement: {arguments.runs} runs of each fault, {arguments.labs} labs side by side (one "
        "alone where packets are lost only while address and route move). The lab was late even when played "
        f"again in {sum(row.spoilt for row in rows)} of the table's {sum(row.runs for row in rows)} runs."
    )
    TABLE.with_suffix(".md").write_text(markdown(rows, timings=sources(arguments.pace), how=how, notes=NOTES))
