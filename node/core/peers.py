"""The stack's nodes as the controller tells them, in the order of a ring: each watches the next two. Of each
its id and address, `i-0a=10.0.0.10`; where it may cover another zone, also the address for that, and the
ranges of that zone's clients: `i-0a=10.0.0.10/10.0.0.77=10.0.3.0/24+10.0.4.0/24`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from node.core.parameters import ADDRESS, SIZES

BLOCK = f"{ADDRESS}/({SIZES})"
ENTRY = f"(?P<own>{ADDRESS})(/(?P<cover>{ADDRESS}))?(=(?P<ranges>{BLOCK}([+]{BLOCK}){{0,49}}))?"
PEER = re.compile(f"(?P<id>i-[0-9a-f]{{8,17}})=(?P<entry>{ENTRY})")
MOST = 12
"""Nodes of one list."""
WATCHED = 2
BELIEVED, ADMITTED = 600, 1200
"""Seconds after which nobody is watched by a list any more, and nobody of it answered. Lists reach one node
sooner than another: who were silent to those of the last one would be accused by them."""


class Cover(NamedTuple):
    """What a node covers another zone with."""

    address: str = ""
    """No process has it: the kernel translates to it. Empty: everybody gets the node's own."""
    ranges: list[str] = []  # noqa: RUF012 - nobody changes it
    """Whose clients do: those of the zone that it would cover."""


def read(words: str) -> list[tuple[str, str]]:
    """Returns the nodes of a list, or of nothing: id and address."""
    return [(each["id"], each["own"]) for each in PEER.finditer(words)]


def told(note: str, words: str, now: int) -> str:
    """Returns the note of all lists told lately, the newest first, with this one. Raises ValueError for what
    is no list."""
    found = [each[0] for each in PEER.finditer(words)]
    if words != ",".join(found) or len(found) > MOST:
        raise ValueError("not a list of nodes")
    older = [f"{at} {was}" for at, was in _lists(note) if was != words and now - at < ADMITTED]
    return "\n".join([f"{now} {words}", *older])


def admitted(note: str, now: int) -> set[str]:
    """Returns the addresses that are answered."""
    lately = [words for at, words in _lists(note) if now - at < ADMITTED]
    return {address for words in lately for _, address in read(words)}


def watched(note: str, now: int, own: str) -> list[tuple[str, str]]:
    """Returns whom the node with this address watches now."""
    return others(note, now, own, BELIEVED)[:WATCHED]


def others(note: str, now: int, own: str, most: int = ADMITTED) -> list[tuple[str, str]]:
    """Returns the other nodes of the newest list, the next first, if it is no older and names this one."""
    for at, words in _lists(note):
        peers = read(words)
        addresses = [address for _, address in peers]
        if now - at < most and own in addresses:
            here = addresses.index(own)
            return [*peers[here + 1 :], *peers[:here]]
        break
    return []


def entry(note: str, own: str) -> str:
    """Returns what the newest list that names this node says of it, but for its id; else nothing."""
    for _, words in _lists(note):
        for each in PEER.finditer(words):
            if each["own"] == own:
                return each["entry"]
    return ""


def cover(entry: str, own: str) -> Cover:
    """Returns what an entry gives the node with this address; nothing if it is another's, or damaged."""
    found = re.fullmatch(ENTRY, entry.strip())
    if found and found["own"] == own and found["cover"] and found["ranges"]:
        return Cover(found["cover"], found["ranges"].split("+"))
    return Cover()


def _lists(note: str) -> list[tuple[int, str]]:
    # Whatever a damaged note says: rules must be made.
    found = re.findall("^([0-9]{1,9}) (.*)$", note, re.MULTILINE)
    return [(int(at), words) for at, words in found]
