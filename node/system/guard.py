"""Applies at boot, and again at once what is no longer as applied. It sleeps until the kernel tells of a
change; a slow look stays, for what nobody told.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

from node.core import sight
from node.core.settings import settings
from node.system import machine, netlink
from node.system.apply import apply
from node.system.flows import Flows
from node.system.ring import Ring

SLOW, UNTOLD = 5, 1
"""Seconds between looks; where the kernel does not tell of changed rules, the second."""
SHORTEST, LONGEST = 0.05, 5
"""Seconds of rest after a repair; doubled with each that follows at once, and cut short by news, but for its
first DEAF. A rival at work leaves the processor to what passes through."""
DEAF = 0.3
PAUSE = 4
"""So many times as long as a look took, there is no other; for DEAF at most."""


class Guard:
    """Its memory between looks."""

    def __init__(self) -> None:
        self._listener = netlink.Listener()
        # The old iptables change without a word.
        version = machine.run("iptables-restore", "--version")
        self._is_told = "nf_tables" in version and self._listener.hears_rules
        self._right = 0
        """The generation of rules that were found right."""
        self._sent = (0, 0)
        """When so many bytes had been sent."""
        self._ring = Ring()
        self._ring.start()
        Flows(daemon=True).start()

    def watch(self) -> None:
        """Never returns."""
        rest = SHORTEST
        while True:
            begun = time.monotonic()
            _note(machine.BEAT, machine.uptime())
            self._measure()
            try:
                self._ring.able = self._is_well()
                if self._ring.able:
                    rest = SHORTEST
                    time.sleep(min(PAUSE * (time.monotonic() - begun), DEAF))
                    self._listener.wait(SLOW if self._is_told else UNTOLD)
                    continue
                self._repair()
            except (OSError, ValueError) as error:
                _say(error)
            time.sleep(min(rest, DEAF))
            # What it changed itself is no news.
            self._listener.forget()
            self._listener.wait(rest)
            rest = min(2 * rest, LONGEST)

    def _is_well(self) -> bool:
        # One who applies just now is waited for: half-way, nothing is as it was.
        with machine.alone("lock"):
            interface = machine.interface()
            if machine.text(machine.INTERFACE) != f"{interface}\n":
                return False
            if not machine.is_set(settings(interface)):
                # Now, for rules take longer; they were in force before this.
                machine.set_all(settings(interface))
                return False
            now = 0
            with suppress(OSError):
                now = netlink.generation() if self._is_told else 0
            if not now or now != self._right:
                if machine.text(machine.RULES) != f"{machine.rules()}\n":
                    return False
                self._right = now
            return True

    def _measure(self) -> None:
        """Keeps the most bytes a second between two looks."""
        now, sent = machine.uptime(), sight.sent(machine.text("/proc/net/dev"), machine.interface())
        (before, then), self._sent = self._sent, (now, sent)
        _note(machine.RING, self._ring.sent)
        _note(machine.PEAK, max(machine.number(machine.PEAK), int((sent - then) / max(now - before, 1))))

    def _repair(self) -> None:
        # What is applied for the first time since boot is no repair.
        repairs = machine.number(machine.REPAIRS) + machine.RULES.exists()
        self._right = 0
        apply(1)
        _note(machine.REPAIRS, repairs)
        _say(f"applied, repair {repairs} since boot")


def _note(path: Path, number: int) -> None:
    # A full disk is no reason to leave the node alone.
    with suppress(OSError):
        machine.note(path, number)


def _say(what: object) -> None:
    sys.stderr.write(f"natkeeper-guard: {what}\n")


def main(_: list[str]) -> int:
    """Runs `natkeeper-guard`."""
    _note(machine.REPAIRS, machine.number(machine.REPAIRS))
    Guard().watch()
    return 0
