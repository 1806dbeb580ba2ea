"""The echo ring: nodes that watch each other's forwarding, and what they say of each other, as values.

The ring is all running nodes that have proved themselves, in turn one of each zone. Each sends echoes through
the next two of it, so where there are three everybody is watched by two (docs/adr/0018).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from natkeeper.core.model import InstanceId

MOST = 12
"""So many nodes a list names (template.yaml, ProbeDocument)."""
WATCHED = 2
"""So many each watches."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A node of the ring, and its private address."""

    id: InstanceId
    address: str


class Said(StrEnum):
    """What one node says of another."""

    SILENT = "silent"  # nothing comes back through it
    HEARD = "heard"  # after that something does again


@dataclass(frozen=True, slots=True)
class Word:
    """What `reporter` says `about` another node, when it sent that, since when it is so by its own clock, and
    whom else that it watches it hears."""

    reporter: InstanceId
    about: InstanceId
    said: Said
    at: datetime
    since: datetime
    hears: tuple[InstanceId, ...] = ()


@dataclass(frozen=True, slots=True)
class Misheard:
    """How many reports meant nothing of late, when the last of them came, and why it did not count."""

    count: int = 0
    last: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hearsay:
    """What the nodes have said of each other, the last word of each about each."""

    words: tuple[Word, ...] = ()
    misheard: Misheard = Misheard()

    def accused_since(self, moment: datetime) -> Counter[InstanceId]:
        """Who was said to be silent since then, and by how many."""
        return Counter(w.about for w in self.words if w.said is Said.SILENT and w.at >= moment)


def in_order(zones: Mapping[InstanceId, str]) -> list[InstanceId]:
    """The nodes of these zones as they watch each other: in turn one of each zone, so that two who watch the
    same see it over two links."""
    places: dict[InstanceId, int] = {}
    counted: Counter[str] = Counter()
    for name in sorted(zones):
        places[name] = counted[zones[name]]
        counted[zones[name]] += 1
    return sorted(zones, key=lambda name: (places[name], zones[name], name))


def watchers(ring: Sequence[InstanceId], node: InstanceId) -> frozenset[InstanceId]:
    """Who watches this node of the ring."""
    if node not in ring:
        return frozenset()
    place = ring.index(node)
    before = (ring[place - distance] for distance in range(1, WATCHED + 1) if distance < len(ring))
    return frozenset(before)


def told(ring: Sequence[Peer]) -> str:
    """The ring as nodes are told of it: "i-0a=10.0.1.10,i-0b=10.0.2.10". Empty: there is nobody to watch."""
    return ",".join(f"{peer.id}={peer.address}" for peer in ring) if len(ring) > 1 else ""
