"""In the packet lab: the processor time of the guard and all it starts, on booted nodes that rest."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.throughput import MANY
from tests.bench.vpc import BenchVpc, natkeeper

MOST_FORWARDS = 4
SECONDS = 20.0
SETTLED = 3.0
# The fields utime, stime, cutime and cstime; the name before them has no space.
SPENT = "cut -d ' ' -f 14-17 /proc/$(pgrep -o -x natkeeper-guard)/stat; getconf CLK_TCK"


@dataclass(frozen=True)
class Row:
    """The guard's share of one core, in percent."""

    forwards: int
    percent: float
    bound: bool
    """Whether the template takes so many forwards."""


def _spent(vpc: BenchVpc, node: str) -> float:
    """Seconds of processor time so far."""
    *ticks, a_second = map(int, vpc.ask(node, SPENT).split())
    return sum(ticks) / a_second


def measure(forwards: int) -> Row:
    """Boots a node, lets it come to rest, and looks twice."""
    with tempfile.TemporaryDirectory() as logs:
        vpc = BenchVpc(Path(logs), {"node": natkeeper(forwards)})
        try:
            time.sleep(SETTLED)
            began, before = time.monotonic(), _spent(vpc, "node")
            time.sleep(SECONDS)
            spent, passed = _spent(vpc, "node") - before, time.monotonic() - began
        finally:
            vpc.close()
    return Row(forwards, 100 * spent / passed, forwards <= MOST_FORWARDS)


def rows() -> list[Row]:
    """Without forwards, with as many as the template takes, and with many."""
    return [measure(0), measure(MOST_FORWARDS), measure(MANY)]
