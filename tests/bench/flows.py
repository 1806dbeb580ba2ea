"""In the packet lab: what it costs a node to tell peers of its flows, and to know theirs."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lab.packets.network import SERVER
from lab.packets.services.internet import ECHO
from tests.bench import throughput
from tests.bench.guard import GUARD, RESIDENT, SETTLED
from tests.bench.vpc import HOST, BenchVpc, natkeeper

A_SECOND = 500
SECONDS = 20
KEPT = 500
"""Connections that stay, beside those that come and go."""
SPENT = f"cat /proc/$({GUARD})/task/*/schedstat | awk '{{sum += $1}} END {{print sum}}'"
KNOWN = """
(for n in {1..30}; do grep -c mark=28268 /proc/net/nf_conntrack; sleep 1; done) >/run/known 2>&1 </dev/null &
"""
BUSY = f"""
import socket, time
kept = [socket.create_connection(("{SERVER}", {ECHO}), 5) for _ in range({KEPT})]
print("kept", flush=True)
time.sleep(3)
begun, count = time.monotonic(), 0
while (now := time.monotonic()) < begun + {SECONDS}:
    with socket.create_connection(("{SERVER}", {ECHO}), 5) as caller:
        caller.send(b"x")
        caller.recv(1)
    count += 1
    time.sleep(max(0, begun + count / {A_SECOND} - time.monotonic()))
print(count / {SECONDS})
"""


@dataclass(frozen=True)
class Row:
    """Of one core in percent, of who translates flows and of who is told; what else was seen meanwhile."""

    teller: float
    told: float
    at_rest: float
    connections: float
    """New ones a second."""
    known: int
    megabytes: float


def _pair() -> tuple[tempfile.TemporaryDirectory[str], BenchVpc]:
    logs = tempfile.TemporaryDirectory()
    vpc = BenchVpc(Path(logs.name), {"node": natkeeper(1), "peer": natkeeper(1), "alone": natkeeper(1)})
    for name in ("node", "peer", "node", "peer"):
        vpc.ask(name, "natkeeper-probe i-00000001=10.0.0.11,i-00000002=10.0.0.12")
    time.sleep(SETTLED)
    return logs, vpc


def _spent(vpc: BenchVpc, node: str) -> float:
    return float(vpc.ask(node, SPENT)) / 1e9


def row() -> Row:
    """Looks at both nodes at rest, and while connections come and go."""
    logs, vpc = _pair()
    try:
        vpc.through("node")
        before = _spent(vpc, "node")
        time.sleep(SECONDS)
        at_rest = _spent(vpc, "node") - before
        before, of_peer = _spent(vpc, "node"), _spent(vpc, "peer")
        vpc.ask("peer", KNOWN)
        said = vpc.ask(HOST, f"$(cat /run/python) - <<'EOT'\n{BUSY}EOT").split()
        time.sleep(2)
        teller, told = _spent(vpc, "node") - before, _spent(vpc, "peer") - of_peer
        known = int(vpc.ask("peer", "sort -n /run/known | tail -n 1"))
        resident = int(vpc.ask("node", RESIDENT)) / 1024
    finally:
        vpc.close()
        logs.cleanup()
    teller, told, at_rest = (100 * each / SECONDS for each in (teller, told, at_rest))
    return Row(teller, told, at_rest, float(said[-1]), known, resident)


def rows() -> list[throughput.Row]:
    """Through a node that is alone, and through one that tells a peer."""
    logs, vpc = _pair()
    try:
        return throughput.ways(vpc, [lambda: vpc.through("alone"), lambda: vpc.through("node")])
    finally:
        vpc.close()
        logs.cleanup()
