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

from natkeeper.core.model import InstanceId, ZoneName

MOST = 12
"""So many nodes a list names (template.yaml, ProbeDocument)."""
WATCHED = 2
"""So many each watches."""
MOST_RANGES = 32
"""From so many ranges a node sends by its cover address (template.yaml, ProbeDocument)."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A node of the ring, and its private address. What comes `of` the other zone that it would cover, from
    these `ranges`, it sends by its `cover` address (docs/adr/0024); so it is to be told since then. Where
    nobody `watches`, each is told of itself alone."""

    id: InstanceId
    address: str
    cover: str = ""
    of: ZoneName | None = None
    ranges: tuple[str, ...] = ()
    since: datetime | None = None
    watches: bool = True


class Said(StrEnum):
    """What one node says of another."""

    SILENT = "silent"  # nothing comes back through it
    HEARD = "heard"  # after that something does again
    UNSURE = "unsure"  # two echoes are missing; it moves nothing, and tells early of a link that broke


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

    @property
    def key(self) -> str:
        """What it is kept by. A doubt stands beside what is known, and never in its place."""
        return f"{self.reporter} {self.about}{' unsure' if self.said is Said.UNSURE else ''}"


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

    def accused_since(self, moment: datetime) -> Mapping[InstanceId, frozenset[InstanceId]]:
        """Who was said to be silent since then, and by whom."""
        words = [w for w in self.words if w.said is Said.SILENT and w.at >= moment]
        return {a: frozenset(w.reporter for w in words if w.about == a) for a in {w.about for w in words}}

    def heard_again_since(self, moment: datetime) -> frozenset[tuple[InstanceId, InstanceId]]:
        """Who began since then to say of whom that it is heard again."""
        return frozenset((w.reporter, w.about) for w in self.words if w.said is Said.HEARD and w.at >= moment)


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


def told(ring: Sequence[Peer], node: InstanceId | None = None) -> str:
    """The ring as this node is told of it; empty: there is nobody to watch, and nothing to cover by.

    Who has a cover address hears of all: "i-0a=10.0.1.10/10.0.1.77=10.0.5.0/24+10.0.6.0/24,i-0b=10.0.2.10".
    Its program knows that form, for no older one has been launched with such an address. Anybody else hears
    "i-0a=10.0.1.10,i-0b=10.0.2.10": an older program would believe nothing of the longer form.
    """
    own = next((peer for peer in ring if peer.id == node and peer.cover), None)
    watching = [peer for peer in ring if peer.watches]
    if own:
        return ",".join(map(_entry, watching or [own]))
    return ",".join(f"{peer.id}={peer.address}" for peer in watching) if len(watching) > 1 else ""


def _entry(peer: Peer) -> str:
    cover = f"/{peer.cover}" if peer.cover else ""
    ranges = f"={'+'.join(peer.ranges)}" if cover and peer.ranges else ""
    return f"{peer.id}={peer.address}{cover}{ranges}"
