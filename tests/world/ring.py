"""The echo ring as the nodes make it: who was told of whom sends echoes, and says when none come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from natkeeper.core.model import InstanceId, Lifecycle
from natkeeper.core.ring import WATCHED, Said
from tests.world.bus import REPORT, Bus, Event
from tests.world.gate import Gate
from tests.world.instances import Instance, Instances

BELIEVED = 600.0
"""Seconds for which a node believes the list that it was told."""
ANSWERED = 1200.0
"""Seconds for which it answers who was on it: lists arrive at different times."""
UNSURE, SILENT, HEARD = (0.2, 0.3), (0.5, 0.6), (1.0, 1.1)
"""Seconds without an echo, or with all of them, after which that is said."""
SENT = 0.2
"""Seconds from there until the event is on the bus."""
AGAIN, TOLD_AGAIN = 5.0, 60.0
"""Between two words that say the same; and for so long that is done."""
TIMES = {Said.SILENT: 12, Said.HEARD: 3}
Pair = tuple[InstanceId, InstanceId]  # who watches, and whom


@dataclass
class Ring:
    """`broken`: between these zones nothing passes."""

    gate: Gate
    instances: Instances
    bus: Bus
    random: Random
    broken: set[frozenset[str]] = field(default_factory=set)
    lost: float = 0.0  # so many reports never arrive
    _heard: set[Pair] = field(default_factory=set)
    _silent: dict[Pair, str] = field(default_factory=dict)
    _turning: set[Pair] = field(default_factory=set)
    _doubted: dict[Pair, float] = field(default_factory=dict)

    def look(self) -> None:
        """Something may have changed: what every watcher hears now, and will say if it goes on so."""
        watching = set(self._pairs())
        self._heard &= watching
        self._silent = {pair: since for pair, since in self._silent.items() if pair in watching}
        for pair in sorted(watching):
            hears = self._hears(*pair)
            if hears:
                self._heard.add(pair)
            if hears is (pair in self._silent) and pair in self._heard and pair not in self._turning:
                self._turning.add(pair)
                seconds = self.random.uniform(*(HEARD if hears else SILENT))
                since = self._now()
                self.gate.agenda.after(seconds, lambda pair=pair, since=since: self._turn(pair, since))  # type: ignore[misc]
                if not hears:
                    early = seconds - SILENT[0] + UNSURE[0]
                    self.gate.agenda.after(early, lambda pair=pair, since=since: self._doubt(pair, since))  # type: ignore[misc]

    def age(self, seconds: float) -> None:
        """So much time is left out, in which everybody would have been told the same again."""
        for instance in self.instances.all.values():
            guest = instance.guest
            guest.told += seconds
            guest.answers_to = {name: at + seconds for name, at in guest.answers_to.items()}

    def say(self, pair: Pair, said: Said, since: str = "") -> Event:
        """One report, whether it is true or not."""
        reporter, about = pair
        detail = {
            "stack": self.bus.stack,
            "about": about,
            "word": said.value,
            "since": since or self._now(),
            "hears": [w for r, w in self._pairs() if r == reporter and self._hears(r, w)],
        }
        source = f"natkeeper.node/arn:aws:ec2:eu-west-1:123456789012:instance/{reporter}"
        event = self.bus.made(source, REPORT, detail)
        heard = self.random.random() >= self.lost
        there = self.instances.all.get(reporter)
        if heard and (there is None or there.node.public_address):  # it leaves by the primary private address
            self.bus.send(event)
        return event

    def watched_by(self, node: InstanceId) -> tuple[InstanceId, ...]:
        """Whom it was told to watch."""
        instance = self.instances.all.get(node)
        peers = instance.guest.peers if instance else ()
        if node not in peers or not instance or self.gate.agenda.at - instance.guest.told > BELIEVED:
            return ()
        place = peers.index(node)
        after = (peers[(place + distance) % len(peers)] for distance in range(1, WATCHED + 1))
        return tuple(dict.fromkeys(peer for peer in after if peer != node))

    def _pairs(self) -> Iterator[Pair]:
        for name, instance in self.instances.all.items():
            if instance.guest.peers and instance.node.lifecycle is Lifecycle.RUNNING:
                yield from ((name, watched) for watched in self.watched_by(name))

    def _hears(self, watcher: InstanceId, watched: InstanceId) -> bool:
        there = self.instances.all.get(watched)
        if there is None or self.gate.agenda.at - there.guest.answers_to.get(watcher, -ANSWERED) > ANSWERED:
            return False
        link = frozenset((self.instances.all[watcher].node.zone, there.node.zone))
        return self._forwards(there) and link not in self.broken

    def _forwards(self, instance: Instance) -> bool:
        runs = instance.node.lifecycle is Lifecycle.RUNNING
        return runs and instance.guest.forwards(self.gate.agenda.at)

    def _turn(self, pair: Pair, since: str) -> None:
        """It has gone on so: who watches says it, if it works itself. A pause that is over is none."""
        self._turning.discard(pair)
        hears = pair in set(self._pairs()) and self._hears(*pair)
        watcher = self.instances.all.get(pair[0])
        if watcher is None or hears is not (pair in self._silent) or not self._forwards(watcher):
            return
        if hears:
            del self._silent[pair]
            # While that is said again and again a node tells no doubt (node/system/ring.py).
            self._doubted[pair] = self.gate.agenda.at + TOLD_AGAIN - AGAIN
        else:
            self._silent[pair] = since
        said = Said.HEARD if hears else Said.SILENT
        self.gate.agenda.after(SENT, lambda: self._repeat(pair, said, since, TIMES[said]))

    def _doubt(self, pair: Pair, since: str) -> None:
        """Two echoes are missing: that is said once, and not of what flickers."""
        watcher, now = self.instances.all.get(pair[0]), self.gate.agenda.at
        still = pair in self._turning and pair in set(self._pairs()) and not self._hears(*pair)
        if still and watcher and self._forwards(watcher) and now - self._doubted.get(pair, -AGAIN) >= AGAIN:
            self._doubted[pair] = now
            self.gate.agenda.after(SENT, lambda: self._unsure(pair, since))

    def _unsure(self, pair: Pair, since: str) -> None:
        watcher = self.instances.all.get(pair[0])
        if watcher and self._forwards(watcher):
            self.say(pair, Said.UNSURE, since)

    def _repeat(self, pair: Pair, said: Said, since: str, left: int) -> None:
        holds = self._silent.get(pair) == (since if said is Said.SILENT else None)
        watcher = self.instances.all.get(pair[0])
        if left and holds and watcher and self._forwards(watcher):
            self.say(pair, said, since)
            self.gate.agenda.after(AGAIN, lambda: self._repeat(pair, said, since, left - 1))

    def _now(self) -> str:
        return f"{self.gate.agenda():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
