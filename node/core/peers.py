"""The stack's nodes as the controller tells them, in the order of a ring: each watches the next two."""

from __future__ import annotations

import re

from node.core.parameters import ADDRESS

PEER = re.compile(f"(i-[0-9a-f]{{8,17}})=({ADDRESS})")
WATCHED = 2
BELIEVED, ADMITTED = 600, 1200
"""Seconds after which nobody is watched by a list any more, and nobody of it answered. Lists reach one node
sooner than another: who were silent to those of the last one would be accused by them."""
Peer = tuple[str, str]
"""Id and address."""


def read(words: str) -> list[Peer]:
    """Returns the nodes of `i-0a=10.0.0.10,i-0b=...`, or of nothing."""
    return [(each[0], each[1]) for each in PEER.findall(words)]


def told(note: str, words: str, now: int) -> str:
    """Returns the note of all lists told lately, the newest first, with this one. Raises ValueError for what
    is no list."""
    if words != ",".join(map("=".join, read(words))):
        raise ValueError("not a list of nodes")
    older = [f"{at} {was}" for at, was in _lists(note) if was != words and now - at < ADMITTED]
    return "\n".join([f"{now} {words}", *older])


def admitted(note: str, now: int) -> set[str]:
    """Returns the addresses that are answered."""
    lately = [words for at, words in _lists(note) if now - at < ADMITTED]
    return {address for words in lately for _, address in read(words)}


def watched(note: str, now: int, own: str) -> list[Peer]:
    """Returns whom the node with this address watches now."""
    for at, words in _lists(note):
        peers = read(words)
        addresses = [address for _, address in peers]
        if now - at < BELIEVED and own in addresses:
            here = addresses.index(own)
            return [*peers[here + 1 :], *peers[:here]][:WATCHED]
        break
    return []


def _lists(note: str) -> list[tuple[int, str]]:
    # Whatever a damaged note says: rules must be made.
    found = re.findall("^([0-9]{1,9}) (.*)$", note, re.MULTILINE)
    return [(int(at), words) for at, words in found]
