"""What a private host writes down; `recording.py` reads it."""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GRACE = 3  # ticks between two looks at the clock; what is longer was the program's own standstill
SILENCE = 0.25  # seconds; a connection that hears nothing for longer is silent


class Ledger:
    """The log: what became of each packet, and a count of each second once nothing of it is open."""

    def __init__(self, path: Path, timeout: float, interval: float) -> None:
        self._file, self._timeout, self._grace = path.open("w", buffering=1), timeout, GRACE * interval
        self._numbers, self._stood, self._looked = itertools.count(1), 0.0, time.time()
        self._open: dict[int, tuple[str, float, float, Callable[[], None] | None]] = {}
        self._seconds: dict[int, dict[str, int]] = {}
        self._addresses: dict[str, str] = {}

    @property
    def awake(self) -> float:
        """Seconds that this program has run. They count for time-outs: who did not run has lost nothing."""
        now = time.time()
        gap, self._looked = now - self._looked, now
        if gap > self._grace:
            self._stood += gap
            self.write("stood", now - gap, seconds=round(gap, 4))
        return now - self._stood

    def write(self, kind: str, at: float, **more: Any) -> None:
        """Writes a line, which is in the file at once."""
        line = {"kind": kind, "at": round(at, 4), **more}
        if not self._file.closed:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def end(self) -> None:
        """Writes the last line. What is open is neither answered nor lost, however it is closed now."""
        self.write("ended", time.time())
        self._file.close()

    def sent(self, what: str, close: Callable[[], None] | None = None) -> int:
        """Counts a packet that leaves now; `close` runs if no answer comes. Returns its number."""
        number, at = next(self._numbers), round(time.time(), 4)
        self._open[number] = (what, at, self.awake + self._timeout, close)
        self._seconds.setdefault(int(at), {"udp": 0, "udp_ok": 0, "tcp": 0, "tcp_ok": 0})[what] += 1
        return number

    def decide(self, number: int, error: str = "", address: str = "") -> None:
        """A packet was answered, and came from this address, or was lost to an error."""
        what, at, _, close = self._open.pop(number, ("", 0.0, 0.0, None))
        if what and error:
            self.write(what, at, ok=False, error=error)
        elif what:
            self._seconds[int(at)][f"{what}_ok"] += 1
            if self._addresses.get(what) != address:
                self._addresses[what] = address
                self.write("address", time.time(), address=address)
        if error and close:
            close()

    def settle(self) -> None:
        """Gives up what has waited too long; writes the seconds that are decided."""
        for number, (_, _, until, _) in list(self._open.items()):
            if until >= self.awake:
                break
            self.decide(number, "timeout")
        # A silence that began in a second must be in the log before it.
        waiting = next((at for _, at, *_ in self._open.values()), math.inf)
        for second in [at for at in self._seconds if at + 1 <= min(waiting, time.time() - 2 * SILENCE)]:
            self.write("second", second, **self._seconds.pop(second))
