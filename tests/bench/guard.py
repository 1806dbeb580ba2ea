"""In the packet lab: what the guard costs on booted nodes that rest, and how soon it mends."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from node.core.peers import WATCHED
from tests.bench.throughput import MANY
from tests.bench.vpc import BenchVpc, natkeeper

MOST_FORWARDS = 4
SECONDS = 60.0
SETTLED = 10.0
TIMES = 21
GUARD = "pgrep -o -f 'natkeeper guard$'"
# The scheduler's own count, for a tick is long for one who spends next to nothing; and cutime and cstime.
SPENT = (
    f"cat /proc/$({GUARD})/task/*/schedstat | awk '{{sum += $1}} END {{print sum}}';"
    f"cut -d ' ' -f 16-17 /proc/$({GUARD})/stat; getconf CLK_TCK"
)
RESIDENT = f"grep VmRSS /proc/$({GUARD})/status | tr -dc 0-9"
HARMS = {
    "rules flushed": ("iptables -F", "iptables -S FORWARD | grep -q ESTABLISHED"),
    "translation flushed": ("iptables -t nat -F", "iptables -t nat -S POSTROUTING | grep -q MASQ"),
    "forwarding off": ("echo 0 >/proc/sys/net/ipv4/ip_forward", "grep -q 1 /proc/sys/net/ipv4/ip_forward"),
}
MEND = """
for ((n = 0; n < {times}; n++)); do
  {harm}
  began=${{EPOCHREALTIME/.}}
  until {healed}; do :; done
  echo $((${{EPOCHREALTIME/.}} - began))
  sleep 0.5
done
"""


@dataclass(frozen=True)
class Row:
    """The guard's share of one core, in percent, and its memory, in MB."""

    forwards: int
    percent: float
    megabytes: float


@dataclass(frozen=True)
class Repairs:
    """Seconds from the harm until it was undone, again and again."""

    harm: str
    seconds: tuple[float, ...]

    @property
    def middle(self) -> float:
        """Their median."""
        return median(self.seconds)


def _spent(vpc: BenchVpc, node: str) -> float:
    """Seconds of processor time so far, of the guard and of what it started."""
    nanoseconds, *ticks, a_second = map(int, vpc.ask(node, SPENT).split())
    return nanoseconds / 1e9 + sum(ticks) / a_second


def measure(forwards: int, peers: int = 0) -> Row:
    """Boots a node, and so many peers for it to watch, lets them come to rest, and looks twice."""
    names = ["node", *(f"peer{n}" for n in range(peers))]
    with tempfile.TemporaryDirectory() as logs:
        vpc = BenchVpc(Path(logs), {name: natkeeper(forwards) for name in names})
        try:
            told = ",".join(f"i-0000000{n}=10.0.0.1{n}" for n in range(1, peers + 2)) if peers else ""
            for name in names:
                vpc.ask(name, f"natkeeper-probe '{told}'")
            time.sleep(SETTLED)
            began, before = time.monotonic(), _spent(vpc, "node")
            time.sleep(SECONDS)
            spent, passed = _spent(vpc, "node") - before, time.monotonic() - began
            resident = int(vpc.ask("node", RESIDENT))
        finally:
            vpc.close()
    return Row(forwards, 100 * spent / passed, resident / 1024)


def rows() -> list[Row]:
    """Without forwards, with as many as the template takes, and with many."""
    return [measure(0), measure(MOST_FORWARDS), measure(MANY)]


def beside_peers() -> Row:
    """With as many others as a node watches at most."""
    return measure(0, peers=WATCHED)


def repairs() -> list[Repairs]:
    """Each harm, many times over on one node."""
    with tempfile.TemporaryDirectory() as logs:
        vpc = BenchVpc(Path(logs), {"node": natkeeper(MOST_FORWARDS)})
        try:
            time.sleep(SETTLED)
            return [
                Repairs(harm, tuple(int(each) / 1e6 for each in vpc.ask("node", script).split()))
                for harm, (command, healed) in HARMS.items()
                for script in [MEND.format(times=TIMES, harm=command, healed=healed)]
            ]
        finally:
            vpc.close()
