"""A flow, as the kernel's connection table tells it and takes it (linux/netfilter/nfnetlink_conntrack.h). And
as nodes tell one another of it, in 17 bytes: protocol, source, destination, their ports, the public port,
seconds.

What the table tells is looked for as a whole: an answer in any other form holds no flows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

SIZE = 17
TCP, CLOSE_WAIT = 6, 5
"""The protocol, and its last state in which one of both ends may still speak."""
MOST = 500
"""Seconds that a flow is told for: more than it may be idle (core/settings.py)."""
_TUPLE = (
    b"\x34\0%b\x80\x14\0\1\x80\x08\0\1\0%b\x08\0\2\0%b"
    b"\x1c\0\2\x80\5\0\1\0%b\0\0\0\6\0\2\0%b\0\0\6\0\3\0%b\0\0"
)
_STATUS, _SECONDS, _MARK = (b"\x08\0%b\0\0\0" % each for each in (b"\3", b"\7", b"\x08"))
_TOLD = b"nl"
"""The mark of one that was told of: beside 0x6e6b, of what this node's own rules translate."""
_ENTRY = re.compile(
    _TUPLE % (b"\1", b"(.{4})", b"(.{4})", b"([\6\x11])", b"(..)", b"(..)")
    + _TUPLE % (b"\2", rb"\2", b"(.{4})", rb"\3", rb"\5", b"(..)")
    # Its status: translated and answered, and perhaps assured, which only packets that pass here make it.
    # Kernels differ in what stands between; an entry is longer than that.
    + b".{0,16}?" + _STATUS + b".([\x9a\x9e])(?:" + _MARK + b"(..))?.{0,60}?" + _SECONDS + b"(..)"
    + b"(?:.{0,60}?.\0\4\x80.{4}\5\0\1\0(.))?",
    re.DOTALL,
)  # fmt: skip


class Place(NamedTuple):
    """Where flows are written. Addresses are bytes."""

    own: bytes
    cover: bytes
    """Empty for none."""
    covered: list[tuple[int, int]]
    """Whose flows get that one."""
    ranges: list[tuple[int, int]]
    nodes: Collection[bytes]


def packed(address: str) -> bytes:
    """Returns an address as bytes; none for none."""
    return bytes(map(int, filter(None, address.split("."))))


def block(text: str) -> tuple[int, int]:
    """Returns a range as the number that its addresses begin with, and how many bits follow."""
    first, _, size = text.partition("/")
    free = 32 - int(size)
    return int.from_bytes(packed(first), "big") >> free, free


def found(table: bytes, place: Place) -> Iterator[tuple[bytes, int, int, bool, bool]]:
    """Yields the flows of clients that a piece of the table holds: all but seconds; seconds; TCP's state or
    0; whether its packets pass here; whether a peer told of it."""
    for each in _ENTRY.findall(table):
        source, to, protocol, port, at, public, outer, status, mark, seconds, state = each
        if public in (place.own, place.cover):
            key = protocol + source + to + port + at + outer
            yield key, int.from_bytes(seconds, "big"), ord(state or b"\0"), status == b"\x9e", mark == _TOLD


def public(record: bytes, place: Place) -> bytes:
    """Returns the address that others see a flow as here; nothing for one that no client can have."""
    source, to = record[1:5], record[5:9]
    if (
        record[0] not in (TCP, 17)
        or record[13] < 4  # no port below 1024
        or not 0 < record[5] < 224
        or source in place.nodes
        or not _within(source, place.ranges)
        or _within(to, place.ranges)
    ):
        return b""
    return place.cover if _within(source, place.covered) else place.own


def _within(address: bytes, blocks: list[tuple[int, int]]) -> bool:
    return any(int.from_bytes(address, "big") >> free == first for first, free in blocks)


def named(record: bytes) -> bytes:
    """Returns what the kernel knows a flow by."""
    return b"\2\0\0\0" + _TUPLE % (b"\1", record[1:5], record[5:9], record[:1], record[9:11], record[11:13])


def unused(record: bytes) -> bytes:
    """Returns a change that is refused for a flow that passes here: it would not be assured any more."""
    return named(record) + _STATUS + b"\0\x0a"


def lasting(record: bytes) -> bytes:
    """Returns a change of how long it is kept."""
    return named(record) + _SECONDS + min(record[15:], MOST.to_bytes(2, "big"))


def entry(record: bytes, address: bytes) -> bytes:
    """Returns the whole of it, translated to this address."""
    back = _TUPLE % (b"\2", record[5:9], record[1:5], record[:1], record[11:13], record[9:11])
    source = b"\x18\0\6\x80\x08\0\1\0%b\x0c\0\3\x80\6\0\1\0%b\0\0" % (address, record[13:15])
    state = b"\x10\0\4\x80\x0c\0\1\x80\5\0\1\0\3\0\0\0" * (record[0] == TCP)
    return lasting(record) + back + _STATUS + b"\0\x0a" + _MARK + _TOLD + source + state
