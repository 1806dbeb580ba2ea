"""A private host's traffic, alone in its namespace. uvloop costs 40% of what asyncio's own loop does: so labs
disturb each other less.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import itertools
import math
import signal
import socket
import time
from pathlib import Path
from typing import Any

import uvloop

from lab.traffic.ledger import GRACE, SILENCE, Ledger

ECHO, PUSH, HTTP = 7, 19, 80
DEAD, RETRY = 600.0, 1.0
TIMEOUT = 0.9  # less than the second after which TCP repeats a SYN: what had to be repeated was lost
Way = tuple[str, tuple[str, int] | None, int]  # server, source, what is added to ports


def symbol(error: Exception | None) -> str:
    """Returns an error's name, such as ECONNREFUSED. Without an error the other side has ended."""
    return errno.errorcode.get(error.errno or 0, "OSError") if isinstance(error, OSError) else "EOF"


class Datagrams:
    """One flow of numbered datagrams; each echo also tells the address they come from."""

    def __init__(self, way: Way, ledger: Ledger) -> None:
        server, source, shift = way
        self._ledger, self._server = ledger, (server, ECHO + shift)
        # Not connected: an ICMP error would swallow the datagram after the one it is about.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(source or ("0.0.0.0", 0))
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def send(self) -> None:
        """Sends the next one."""
        number = self._ledger.sent("udp")
        try:
            self._socket.sendto(b"%d" % number, self._server)
        except OSError as error:
            self._ledger.decide(number, symbol(error))

    def _read(self) -> None:
        number, _, address = self._socket.recv(512).decode("ascii").partition(" ")
        self._ledger.decide(int(number), address=address)


class Stream(asyncio.Protocol):
    """A connection: being made, standing, or over."""

    transport: asyncio.Transport | None = None
    over, first = False, b""

    def __init__(self, way: Way, ledger: Ledger, port: int) -> None:
        self.ledger = ledger
        self._making = asyncio.create_task(self._make(way, port))

    async def _make(self, way: Way, port: int) -> None:
        server, source, shift = way
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, server, port + shift, local_addr=source)
        except OSError as error:
            self.connection_lost(error)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """It stands, and begins with its first words if it has any."""
        self.transport = transport
        transport.write(self.first)
        if self.over:  # closed in the moment between
            transport.abort()

    def close(self) -> None:
        """Ends it from this side, whatever its state."""
        self.over = True
        self._making.cancel()
        if self.transport:
            self.transport.abort()


class Request(Stream):
    """A new connection that asks once; lost unless the answer is there in time."""

    first = b"GET / HTTP/1.0\r\n\r\n"

    def __init__(self, way: Way, ledger: Ledger) -> None:
        super().__init__(way, ledger, HTTP)
        self._number, self._answer = ledger.sent("tcp", self.close), b""

    def data_received(self, data: bytes) -> None:
        """The answer is whole when there is a line after its head."""
        self._answer += data
        body = self._answer.partition(b"\r\n\r\n")[2]
        if self.transport and body.endswith(b"\n"):
            self.ledger.decide(self._number, address=body.decode("ascii").strip())
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """No answer will come."""
        self.ledger.decide(self._number, symbol(error))


class Flow(Stream):
    """A long connection that speaks or only listens, judged at each tick; it has a number once it stood."""

    numbers = itertools.count(1)

    def __init__(self, way: Way, ledger: Ledger, what: str) -> None:
        super().__init__(way, ledger, ECHO if what == "speaks" else PUSH)
        self.what, self._number = what, 0
        self._tried = self._heard = ledger.awake
        self._fresh = self._silent = False

    def due(self) -> bool:
        """Returns whether another one shall take its place: at once if this one has stood."""
        return self.over and (self._number > 0 or self.ledger.awake - self._tried > RETRY)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A silence can begin from here."""
        super().connection_made(transport)
        if not self.over:
            self._number, self._heard = next(self.numbers), self.ledger.awake
            self._write("opened", time.time())

    def data_received(self, data: bytes) -> None:  # noqa: ARG002
        """That it came is all that counts."""
        self._fresh = True

    def connection_lost(self, error: Exception | None) -> None:
        """Dead, unless ended from this side."""
        if self._number and not self.over:
            silence = round(self.ledger.awake - self._heard, 4)
            self._write("died", time.time(), error=symbol(error), silence=silence)
        self.over = True

    def tick(self) -> None:
        """Speaks if it is a speaker, and notes silence and its end."""
        silence = self.ledger.awake - self._heard
        if self.over or silence > (DEAD if self.transport else RETRY):
            self.connection_lost(TimeoutError(errno.ETIMEDOUT, "silence"))
            self.close()
        elif self.transport:
            self._listen(silence)
            self.transport.write(b"8 bytes\n" if self.what == "speaks" else b"")

    def _listen(self, silence: float) -> None:
        if silence > SILENCE and not self._silent:
            self._silent = True
            self._write("silent", time.time() - silence)
        if self._fresh:
            if self._silent:
                self._write("heard", time.time(), silence=round(silence, 4))
            self._heard, self._fresh, self._silent = self.ledger.awake, False, False

    def _write(self, event: str, at: float, **more: Any) -> None:
        self.ledger.write("flow", at, id=self._number, what=self.what, event=event, **more)


async def run(way: Way, ledger: Ledger, interval: float, kinds: list[str]) -> None:
    """Sends on the grid of whole intervals until SIGTERM."""
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    datagrams, flows = Datagrams(way, ledger), [Flow(way, ledger, what) for what in kinds]
    tick = math.ceil(time.time() / interval)
    while not ending.is_set():
        await asyncio.sleep(tick * interval - time.time())
        tick = max(tick, int(time.time() / interval) - GRACE + 1)  # what a standstill has missed is not sent
        while tick * interval <= time.time():
            datagrams.send()
            Request(way, ledger)
            tick += 1
        flows = [Flow(way, ledger, flow.what) if flow.due() else flow for flow in flows]
        for flow in flows:
            flow.tick()
        ledger.settle()
    ledger.end()


def main() -> None:
    """Reads the command line and runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--source")
    numbers = {"interval": 0.01, "timeout": TIMEOUT, "speakers": 5, "listeners": 5, "shift": 0}
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    args = parser.parse_args()
    ledger = Ledger(args.log, args.timeout, args.interval)
    ledger.write("began", time.time(), interval=args.interval, timeout=args.timeout)
    way = (args.server, (args.source, 0) if args.source else None, args.shift)
    kinds = ["speaks"] * args.speakers + ["listens"] * args.listeners
    uvloop.run(run(way, ledger, args.interval, kinds))


if __name__ == "__main__":
    main()
