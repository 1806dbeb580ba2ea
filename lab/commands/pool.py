"""Stages side by side, each played by a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from lab.commands.rounds import AGAIN, by_stage
from lab.commands.timelines import BUILD
from lab.local_aws.aws import ROOT
from lab.report.outage import load
from lab.report.run import Run


@dataclass
class Pool:
    """Stages side by side, each in a process of its own that ends with this one."""

    pace: str
    minute: float
    again: int = AGAIN
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def play(self, runs: int, labs: int, names: list[str]) -> list[Run]:
        """Plays every experiment `runs` times, `labs` stages at a time. Returns what was measured; a stage
        that failed is told of on the standard error."""
        jobs = enumerate(stages(runs, labs, names), 1)
        with ThreadPoolExecutor(labs) as pool:
            try:
                found = list(pool.map(lambda job: self._play(*job), jobs))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                for child in self.children:
                    child.terminate()
        return [run for part in found for run in part]

    def _play(self, number: int, names: list[str]) -> list[Run]:
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
        print(f"stage {number}: {', '.join(names)}: exit {code}, {took:.0f} s", file=sys.stderr, flush=True)
        return load(result) if result.exists() else []


def stages(runs: int, labs: int, names: list[str]) -> list[list[str]]:
    """As few as can be, for to deploy one takes long, but one for each lab if there is enough to play."""
    few = by_stage(names * runs)
    return few if len(few) >= labs else by_stage(names) * runs
