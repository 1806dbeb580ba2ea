"""What the kernel tells by itself: that rules, forwarding or routes have changed; and how often rules did.
Its connection table, read and written.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress

ROUTE, NETFILTER = 0, 12
IPV4_ROUTE, IPV4_NETCONF, NFTABLES = 1 << 6, 1 << 23, 1 << 6
"""Groups: of routes; of forwarding; of rules."""
NEW_GENERATION, GET_GENERATION = 10 << 8 | 15, 10 << 8 | 16
UPDATED_FLOWS = 1 << 1
"""Group: of flows that have come to another state."""
FLOW, FLOWS, NO_FLOW = 1 << 8, 1 << 8 | 1, 1 << 8 | 2
CHANGE, CREATE, DUMP = 1, 0x601, 0x301
"""Flags: of what is there; of what must not be; of a question for all."""
ERROR, END = 2, b"\x14\0\0\0\3\0"
BUFFER_BY_FORCE = 33
UNTOLD_LOSS = (270, 5)
HEADER = struct.Struct("=IHHII")
CALM, MOST = 10, 5
"""Milliseconds in which nothing more is told: whoever flushes one table often goes on with the next. And how
often such a rest is waited for."""


class Listener:
    """Hears of what changes that this kernel tells of."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._told: list[socket.socket] = []
        self.hears_rules = self._hear(NETFILTER, NFTABLES)
        self._hear(ROUTE, IPV4_ROUTE | IPV4_NETCONF)

    def _hear(self, protocol: int, groups: int) -> bool:
        try:
            told = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
            told.bind((0, groups))
        except OSError:
            return False
        self._told.append(told)
        self._poll.register(told, select.POLLIN)
        return True

    def wait(self, seconds: float) -> None:
        """Returns after so long, or soon after something has changed."""
        rest = seconds * 1000
        for _ in range(MOST):
            if not self._poll.poll(rest):
                return
            self.forget()
            rest = CALM

    def forget(self) -> None:
        """Takes what was told so far as known. What did not fit, and is lost, was told all the same."""
        for each in self._told:
            while _read(each):
                pass


def table(groups: int = 0) -> socket.socket:
    """Returns a way to the connection table, which hears of these groups. What does not fit is lost. Raises
    OSError."""
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETFILTER)
    made.setsockopt(*UNTOLD_LOSS, 1)
    widen(made)
    made.bind((0, groups))
    return made


def widen(way: socket.socket) -> None:
    """Gives it room for what comes while nobody reads; not in a container, which may not ask for that."""
    with suppress(OSError):
        way.setsockopt(socket.SOL_SOCKET, BUFFER_BY_FORCE, 1 << 21)


def flows() -> Iterator[bytes]:
    """Yields the connection table, piece by piece. Raises OSError."""
    with table() as asking:
        asking.settimeout(1)
        asking.send(HEADER.pack(HEADER.size + 4, FLOWS, DUMP, 1, 0) + b"\2\0\0\0")
        while True:
            piece = asking.recv(1 << 16)
            if HEADER.unpack_from(piece)[1] == ERROR:
                raise OSError("the kernel tells no flows")
            yield piece
            if piece[-20:-14] == END:
                return


def refused(way: socket.socket, kind: int, flags: int, bodies: Sequence[bytes]) -> set[int]:
    """Asks for changes. Returns which of them, counted from 0, the kernel did not take. Raises OSError."""
    size, found = HEADER.size, set()
    parts = [HEADER.pack(size + len(b), kind, flags, n, 0) + b for n, b in enumerate(bodies)]
    if parts:
        way.send(b"".join(parts))
        # It answers what it refuses, before send returns.
        with suppress(BlockingIOError):
            while True:
                found.add(HEADER.unpack_from(way.recv(64))[3])
    return found


def generation() -> int:
    """Returns a number that is another one after each change of the rules. Raises OSError."""
    with table() as asking:
        asking.settimeout(1)
        asking.send(HEADER.pack(HEADER.size + 4, GET_GENERATION, 1, 1, 0) + bytes(4))
        answer = asking.recv(4096)
    if HEADER.unpack_from(answer)[1] != NEW_GENERATION:
        raise OSError("the kernel counts no changes of rules")
    # After the header come four bytes of family, and four of the first attribute's own header.
    return int.from_bytes(answer[24:28], "big")


def _read(told: socket.socket) -> bool:
    """Whether there may be more."""
    try:
        return bool(told.recv(1 << 16))
    except BlockingIOError:
        return False
    except OSError as error:
        return error.errno == errno.ENOBUFS
