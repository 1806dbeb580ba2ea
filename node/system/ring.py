"""Ten beats a second to each of two peers, through their NAT and back: no process over there takes part, so
an echo says that a node forwards, and nothing of its programs.

A thread of the guard's: an interpreter of its own would take 9 MB of a nano's 512 for ever.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Set
from contextlib import suppress
from itertools import count
from threading import Thread

from node.core import peers
from node.core.hearing import BEAT, DOUBT, ENOUGH, HEARD, REPEATED, TIMES, Hearing, after
from node.core.rules import BEATS, ECHOES
from node.system import machine

LOOK = 10
"""Beats between two looks at the list of peers; so many beats back, an echo is still one."""
REST = 5
"""Seconds of it while there is nobody to watch, or after what should not happen."""
BYTES = 100
"""On the wire, of a beat and of an echo for somebody else: as many watch a node as it watches."""


class Ring(Thread):
    """Watches for ever once started."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.able = False
        """Whether this node's own rules are right: else what it does not hear says nothing of others."""
        self.sent = machine.number(machine.RING)
        """Bytes since boot."""
        self._mouth: subprocess.Popen[str] | None = None

    def run(self) -> None:
        """Never returns."""
        while True:
            try:
                self._watch()
            except OSError as error:
                sys.stderr.write(f"natkeeper-guard: {error}\n")
            time.sleep(REST)

    def _watch(self) -> None:
        """Returns when there is nobody to watch any more. Raises OSError."""
        own = machine.way_out(REST)[1]
        watched: dict[tuple[str, str], Watch] = {}
        with _port(own, ECHOES) as ears:
            due = time.monotonic()
            for beat in count():
                if beat % LOOK == 0:
                    told = peers.watched(machine.text(machine.PEERS), machine.uptime(), own)
                    watched = {peer: watched.get(peer) or Watch(own, peer[1]) for peer in told}
                if not watched:
                    return
                echoes, now = _received(ears), time.monotonic()
                # Who comes late may have been stopped, and the network with it.
                late = now - due >= BEAT
                for watch in watched.values():
                    watch.beat(now, echoes, fair=self.able and not late)
                    self.sent += BYTES
                self._tell(watched, now)
                due = (now if late else due) + BEAT
                time.sleep(max(0, due - now))

    def _tell(self, watched: dict[tuple[str, str], Watch], now: float) -> None:
        heard = {peer[0]: each.known.missed for peer, each in watched.items() if each.known.word == HEARD}
        words = [" ".join((peer[0], w, *heard)) for peer, each in watched.items() if (w := each.word(now))]
        # Of one missed beat nobody is told. With the next there is a doubt: its way is to be open by then.
        if words or 1 in heard.values():
            # What TLS needs goes with a process of its own, and beats wait for no network.
            if not self._mouth or self._mouth.poll() is not None:
                command = ("timeout", "-k", "1", "4", *machine.PROGRAM, "word")
                self._mouth = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
            with suppress(OSError):
                print(*words, sep="\n", file=self._mouth.stdin, flush=True)


class Watch:
    """Of one peer."""

    def __init__(self, own: str, address: str) -> None:
        self.known = Hearing()
        self._own, self._address = own, address
        self._secrets: list[bytes] = []
        """What was sent lately. A stranger cannot echo it."""
        self._said = ""

    def beat(self, now: float, echoes: Set[bytes], *, fair: bool) -> None:
        """Takes what has come since the last beat, and sends the next. Raises OSError without a port."""
        echo = not echoes.isdisjoint(self._secrets)
        self.known = after(self.known, now, echo=echo, fair=fair and bool(self._secrets))
        if self.known.answered % ENOUGH == 0:
            # nat sees a flow's first packet alone. Not each beat is one, for tables keep all for minutes. And
            # one that was not answered may be kept as it is for as long as somebody goes on with it.
            self._port = _port(self._own)
        self._secrets = [*self._secrets[1 - LOOK :], os.urandom(8)]
        try:
            self._port.sendto(self._secrets[-1], (self._address, BEATS))
        except OSError:
            self._secrets = []

    def word(self, now: float) -> str:
        """Returns what is to be said of it now; nothing, if nothing is. Said again it is the same to the
        millisecond: what is later counts as another word."""
        known = self.known
        left = known.left
        if now < known.due or not (left or (known.word and known.missed == DOUBT)):
            return ""
        if left in (0, TIMES):
            self._said = f"{known.word if left else 'unsure'} {time.time() - now + known.since:.3f}"
        self.known = known._replace(left=max(0, left - 1), due=now + REPEATED)
        return self._said


def _port(own: str, number: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    made.bind((own, number))
    return made


def _received(ears: socket.socket) -> set[bytes]:
    found: set[bytes] = set()
    with suppress(BlockingIOError):
        for _ in range(1000):
            found.add(ears.recv(64))
    return found
