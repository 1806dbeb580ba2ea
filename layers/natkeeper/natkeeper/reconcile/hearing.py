"""What nodes say of each other, read as late as can be: beside a look at AWS, and after it.

Where a link broke, the accused says so too. Its objection starts a function of its own, maybe a cold one; it
lies in a queue as well, to which the run that weighs the accusation listens (docs/adr/0033).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from natkeeper.core.model import InstanceId, Lifecycle, Observed
from natkeeper.core.policy import Policy
from natkeeper.core.ring import Hearsay, Word
from natkeeper.ports import Clock, Journal, Reports, Store
from natkeeper.records import Records

HEARING = timedelta(seconds=0.3)
"""So long after a look began the word of one neighbour alone is judged, where its own report has come by the
queue: where a link broke the accused's doubt was sent as long before the word, and goes the same way."""
UNDOUBTED, AGAIN = timedelta(seconds=0.6), timedelta(seconds=65)
"""The same where the accused called that neighbour heard again within so long. It says so for a minute, and
tells no doubt meanwhile (node/system/ring.py): its objection leaves when the accusation does."""
STARTING = timedelta(seconds=1.2)
"""The same where nothing of it has: then the objection waits for a function that starts cold, and events are
not equally quick."""
STEP = 0.05  # seconds
LATELY = timedelta(seconds=6)
"""A word is said again every five seconds. What is older proves no way."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Everything that it takes to listen, wired by `bootstrap`."""

    reports: Reports
    store: Store
    journal: Journal
    clock: Clock
    policy: Policy
    sleep: Callable[[float], None]

    @contextmanager
    def listening(self, records: Records, began: datetime) -> Iterator[Collection[InstanceId]]:
        """Writes down what comes while AWS is looked at, where somebody was just accused. The value: who has
        been heard so."""
        heard: set[InstanceId] = set()

        def note(words: Sequence[Word]) -> None:
            for word in words:
                if not records.strangers_of(word):
                    self.store.note_word(word)
            heard.update(word.reporter for word in words if word.at >= began - LATELY)

        if not self._newly_accused(records, began, records.memory.nodes):
            yield heard
            return
        with self.reports.listening(note) as ears:
            yield heard
        if ears.error:
            self.journal.unreadable(ears.error)

    def hearsay(
        self, records: Records, began: datetime, observed: Observed, heard: Collection[InstanceId]
    ) -> Hearsay:
        """What nodes say of each other. Where one that runs was just accused the table is read once more, as
        late as can be: one that agrees may be on the way, or the accused's own word, where a link broke."""
        running = frozenset(n.id for n in observed.nodes() if n.lifecycle is Lifecycle.RUNNING)
        if not self._newly_accused(records, began, running):
            return records.hearsay
        records = self.store.load()
        accused = self._newly_accused(records, began, running)
        alone = {(node, each) for node, by in accused.items() if len(by) == 1 for each in by}
        if not alone:
            return records.hearsay
        again = records.hearsay.heard_again_since(began - AGAIN)
        least = UNDOUBTED if alone & again else HEARING
        self.sleep(max(0.0, (began + least - self.clock()).total_seconds()))
        self._wait_for({by for _, by in alone}, heard, began + STARTING)
        return self.store.load().hearsay

    def _wait_for(
        self, accusers: Collection[InstanceId], heard: Collection[InstanceId], end: datetime
    ) -> None:
        """A queue that answers may be one that nothing reaches. What came of who accuses is the proof that
        what the accused says would have."""
        while not all(each in heard for each in accusers) and self.clock() < end:
            self.sleep(STEP)

    def _newly_accused(
        self, records: Records, now: datetime, running: Collection[InstanceId]
    ) -> Mapping[InstanceId, frozenset[InstanceId]]:
        """By whom each of these is said to be silent that was not found so yet."""
        if not self.policy.peer_watch:
            return {}
        accused = records.hearsay.accused_since(now - self.policy.word_age)
        new = (node for node in running if records.memory.node(node).silent_since is None)
        return {node: accused[node] for node in new if node in accused}
