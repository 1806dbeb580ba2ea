"""In the packet lab: TCP, small datagrams and new connections through a node, against a way without one."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from lab.packets.network import SERVER
from lab.packets.services.internet import ECHO
from tests.bench.vpc import FORWARDER, HOST, IPERF_PORT, BenchVpc, natkeeper

ROUNDS = 7
TCP_SECONDS, SMALL_SECONDS = 2, 1
DATAGRAM = 64
MANY = 1000
IPERF = f"iperf3 -J -c {SERVER} -p {IPERF_PORT}"
CONNECTIONS = f"""
import socket, time
end, count = time.monotonic() + {SMALL_SECONDS}, 0
while time.monotonic() < end:
    with socket.create_connection(("{SERVER}", {ECHO}), 5) as caller:
        caller.send(b"x")
        caller.recv(1)
    count += 1
print(count / {SMALL_SECONDS})
"""


@dataclass(frozen=True)
class Row:
    """What was measured on every way, round by round; in each round all ways come in turn."""

    what: str
    figures: tuple[tuple[float, ...], ...]

    def middle(self, way: int) -> float:
        """The median of one way's figures."""
        return median(self.figures[way])

    def ratios(self, ours: int, theirs: int) -> tuple[float, ...]:
        """One way's figures by another's, round by round."""
        return tuple(a / b for a, b in zip(self.figures[ours], self.figures[theirs], strict=True))


@dataclass(frozen=True)
class Forwards:
    """Nodes with one forward and with many; seconds that `natkeeper-apply` takes on each."""

    rows: list[Row]
    apply: tuple[float, float]


def tcp(vpc: BenchVpc) -> float:
    """Gbit/s from the host to the internet's server, as that one has received them."""
    end = json.loads(vpc.ask(HOST, f"{IPERF} -t {TCP_SECONDS}"))["end"]
    return float(end["sum_received"]["bits_per_second"]) / 1e9


def datagrams(vpc: BenchVpc) -> float:
    """Small datagrams that arrive, thousands a second, while as many are sent as can be."""
    said = json.loads(vpc.ask(HOST, f"{IPERF} -u -b 0 -l {DATAGRAM} -t {SMALL_SECONDS}"))
    got = said["end"]["sum_received"]
    return float(got["packets"] - got["lost_packets"]) / float(got["seconds"]) / 1e3


def connections(vpc: BenchVpc) -> float:
    """Connections a second, one after another: opened, a byte there and back, closed."""
    return float(vpc.ask(HOST, f"$(cat /run/python) - <<'EOT'\n{CONNECTIONS}EOT"))


MEASURES: dict[str, Callable[[BenchVpc], float]] = {
    "TCP, Gbit/s": tcp,
    f"{DATAGRAM}-byte datagrams, thousands/s": datagrams,
    "connections/s, one after another": connections,
}


def ways(vpc: BenchVpc, ways: list[Callable[[], None]]) -> list[Row]:
    """Measures all on each of these ways, round by round."""
    found = []
    for what, measure in MEASURES.items():
        rounds = []
        for _ in range(ROUNDS):
            figures = []
            for way in ways:
                way()
                figures.append(measure(vpc))
            rounds.append(figures)
        found.append(Row(what, tuple(zip(*rounds, strict=True))))
    return found


def rows() -> list[Row]:
    """Direct, over a machine that only passes packets on, and through a node."""
    with tempfile.TemporaryDirectory() as logs:
        vpc = BenchVpc(Path(logs), {"forwarder": FORWARDER, "node": natkeeper(1)})
        try:
            return ways(vpc, [vpc.direct, lambda: vpc.over("forwarder"), lambda: vpc.through("node")])
        finally:
            vpc.close()


def forwards() -> Forwards:
    """Through a node with one port forward, and through one with many."""
    with tempfile.TemporaryDirectory() as logs:
        vpc = BenchVpc(Path(logs), {"one": natkeeper(1), "many": natkeeper(MANY)})
        try:
            found = ways(vpc, [lambda: vpc.through("one"), lambda: vpc.through("many")])
            return Forwards(found, (_apply(vpc, "one"), _apply(vpc, "many")))
        finally:
            vpc.close()


def _apply(vpc: BenchVpc, node: str) -> float:
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        vpc.ask(node, "natkeeper-apply 1")
        taken.append(time.perf_counter() - began)
    return median(taken)
