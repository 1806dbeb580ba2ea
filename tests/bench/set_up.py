"""How long the packet lab takes to stand and to go, two side by side, and whether anything is left."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.local_aws.aws import LocalAws

RUNS = 3


@dataclass(frozen=True)
class Row:
    """Seconds until both labs stand, and until both have gone; what was left, a line each."""

    up: tuple[float, ...]
    down: tuple[float, ...]
    left: tuple[str, ...]


def rows() -> Row:
    """Two labs at once, several times."""
    before = _seen()
    ups, downs = [], []
    for _ in range(RUNS):
        with _two() as up:
            ups.append(up)
            began = time.perf_counter()
        downs.append(time.perf_counter() - began)
    return Row(tuple(ups), tuple(downs), tuple(sorted(_seen() - before)))


@contextmanager
def _two() -> Iterator[float]:
    with ExitStack() as places, ThreadPoolExecutor(2) as pool:
        labs = [_lab(places) for _ in range(2)]
        began = time.perf_counter()
        ends = [ExitStack() for _ in labs]
        try:
            for lab, end in zip(labs, ends, strict=True):
                end.enter_context(lab)
            yield time.perf_counter() - began
        finally:
            # Each ends by itself, as two people's would: not the second only after the first.
            list(pool.map(ExitStack.close, ends))


def _lab(places: ExitStack) -> LocalAws:
    return LocalAws(Path(places.enter_context(tempfile.TemporaryDirectory())), packets=True)


def _seen() -> set[str]:
    """This machine's interfaces, namespaces, rules and processes of the lab."""
    commands = {
        "interface": ["ip", "-o", "link"],
        "namespace": ["ip", "netns", "list"],
        "rule": ["nft", "list", "ruleset"],
        "process": ["pgrep", "-af", "lab.ec2|lab.ministack|lab/packets|unshare"],
    }
    found = set()
    for kind, command in commands.items():
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        found |= {f"{kind}: {line}" for line in said.splitlines()}
    return found
