"""The stack's table in DynamoDB: records, the lease with its fencing number; it can be lost whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from natkeeper.adapters.dynamodb_lease import MARGIN, TERM
from natkeeper.adapters.dynamodb_store import KEPT_FOR, SAME
from natkeeper.core.errors import LostLeaseError
from natkeeper.core.intake.commands import Entry, Written
from natkeeper.core.memory import Memory
from natkeeper.core.model import Doom, InstanceId, Order, Pause, Probe, RouteTableId, Wish, ZoneName
from natkeeper.core.ring import Misheard, Word
from natkeeper.records import Records
from tests.world.gate import Gate, Refusal


@dataclass
class Item:
    """The lease's item: who holds it until when, how often it was taken, how often one more pass was wanted."""

    holder: object = None
    expires: datetime | None = None
    epoch: int = 0
    wanted: int = 0


@dataclass
class Store:
    """The port `Store`. `saved` hears of every save of memory, `heard` of every probe."""

    gate: Gate
    records: Records = field(default_factory=Records)
    epoch: int = 0
    saves: int = 0
    item: Item = field(default_factory=Item)
    saved: Callable[[Memory, int], None] = lambda memory, epoch: None
    heard: Callable[[InstanceId, Probe], None] = lambda node, probe: None
    ordered: Callable[[str, object], None] = lambda scope, wanted: None  # a person's order is written down

    def load(self) -> Records:
        """Everything, as one consistent read."""
        with self.gate.read("TableQuery", "reading the table", "the table"):
            return replace(self.records, epoch=self.epoch)

    def save(self, memory: Memory, epoch: int) -> None:
        """Refused when a later holder of the lease has saved already."""
        with self._put("saving memory"):
            if epoch < self.epoch:
                raise Refusal("ConditionalCheckFailedException", "a later run has saved")
            self.epoch, self.saves = epoch, self.saves + 1
            self.records = replace(self.records, memory=memory)
            self.saved(memory, epoch)

    def save_evidence(self, node: InstanceId, probes: Sequence[Probe]) -> None:
        """Kept for a day."""
        with self._put("saving evidence"):
            evidence = {**self.records.evidence, node: tuple(probes)}
            self.records = replace(self.records, evidence=evidence)
            self.heard(node, probes[-1])

    def save_doom(self, node: InstanceId, doom: Doom) -> None:
        """Kept for a day."""
        with self._put("saving an announcement"):
            self.records = replace(self.records, dooms={**self.records.dooms, node: doom})
        self._forget_later(node)

    def forget_doom(self, node: InstanceId) -> None:
        """It is announced no more."""
        with self._put("forgetting an announcement"):
            dooms = {n: d for n, d in self.records.dooms.items() if n != node}
            self.records = replace(self.records, dooms=dooms)

    def write_down(self, entry: Entry, command: str) -> Written:
        """A command's entry with its id, both or neither; an order and the id are kept for a day."""
        with self._put("saving a command"):
            if command in self.records.obeyed:
                return Written.KNOWN
            if (stands := _standing(self.records, entry)) and stands.at > entry.said.at:
                return Written.OVERTAKEN
            obeyed = self.records.obeyed | {command} if command else self.records.obeyed
            self.records = replace(self.records.noting(entry), obeyed=obeyed)
        self.gate.agenda.after(KEPT_FOR.total_seconds(), lambda: self._forget_command(command))
        if isinstance(entry.said, Order):
            self._forget_later(InstanceId(entry.on))
        self.ordered(entry.on or "pause", entry.said)
        return Written.NEW

    def note_word(self, word: Word) -> None:
        """The first that says so is kept, and none that was so before what is there."""
        with self._put("saving a word"):
            hearsay = self.records.hearsay
            before = {w.key: w for w in hearsay.words}
            there = before.get(word.key)
            if there is None or there.since < word.since or there.at < word.at - SAME:
                before[word.key] = word
                self._keep_words(before.values())
                self.gate.agenda.after(KEPT_FOR.total_seconds(), lambda: self._forget_word(word))

    def save_misheard(self, misheard: Misheard) -> None:
        """Kept for a day."""
        with self._put("counting what means nothing"):
            self.records = replace(self.records, hearsay=replace(self.records.hearsay, misheard=misheard))

    def save_original(self, table: RouteTableId, target: str | None) -> None:
        """What was saved first is kept."""
        with self._put("saving an original route"):
            self.records = replace(self.records, originals={table: target, **self.records.originals})

    def save_removed(self) -> None:
        """The tombstone."""
        with self._put("saving the tombstone"):
            self.records = replace(self.records, removed=True)

    def lose_lease(self) -> None:
        """Somebody deletes the item of the lease; memory keeps the number of who saved last."""
        self.item = Item()

    def lose_memory(self) -> None:
        """Somebody deletes the item of the memory, and with it the number of who saved last."""
        self.records, self.epoch = replace(self.records, memory=Memory()), 0

    def lose_evidence(self) -> None:
        """Somebody deletes what the probe has written down."""
        self.records = replace(self.records, evidence={})

    def lose(self) -> None:
        """The table is gone; somebody makes an empty one."""
        self.records, self.epoch, self.item = Records(), 0, Item()

    def _put(self, attempted: str) -> AbstractContextManager[None]:
        return self.gate.note("TableWrite", attempted, "the table")  # no deed: it touches nothing of EC2

    def _keep_words(self, words: Iterable[Word]) -> None:
        self.records = replace(self.records, hearsay=replace(self.records.hearsay, words=tuple(words)))

    def _forget_word(self, word: Word) -> None:
        self._keep_words(w for w in self.records.hearsay.words if w is not word)

    def _forget_later(self, node: InstanceId) -> None:
        self.gate.agenda.after(KEPT_FOR.total_seconds(), lambda: self._forget(node))

    def _forget_command(self, command: str) -> None:
        self.records = replace(self.records, obeyed=self.records.obeyed - {command})

    def _forget(self, node: InstanceId) -> None:
        orders = {n: o for n, o in self.records.orders.items() if n != node}
        dooms = {n: d for n, d in self.records.dooms.items() if n != node}
        evidence = {n: e for n, e in self.records.evidence.items() if n != node}
        self.records = replace(self.records, orders=orders, dooms=dooms, evidence=evidence)


def _standing(records: Records, entry: Entry) -> Order | Wish | Pause | None:
    match entry.said:
        case Order():
            return records.orders.get(InstanceId(entry.on))
        case Wish():
            return records.wishes.get(ZoneName(entry.on))
        case Pause():
            return records.pause
        case _:
            assert_never(entry.said)


@dataclass
class Lease:
    """The port `Lease`, one for each process, as each process has its own adapter."""

    store: Store
    _seen: int = 0

    def renew(self) -> bool:
        """Whether it is still ours; free while MARGIN of it is left."""
        item, now = self.store.item, self.store.gate.agenda()
        if item.holder is self and item.expires and item.expires - now >= MARGIN:
            return True
        with self._update():
            item = self.store.item
            if item.holder is self:
                item.expires = self.store.gate.agenda() + TERM
            return item.holder is self

    def lift(self, above: int) -> int:
        """A number higher than memory's."""
        with self._update():
            if self.store.item.holder is not self:
                raise LostLeaseError
            self.store.item.epoch = above + 1
            return above + 1

    def acquire(self) -> int | None:
        """The fencing number; None while another holds it."""
        with self._update():
            item, now = self.store.item, self.store.gate.agenda()
            if item.expires and now <= item.expires:
                return None
            item.holder, item.expires, item.epoch = self, now + TERM, item.epoch + 1
            self._seen = item.wanted
            return item.epoch

    def request(self) -> bool:
        """One more pass, please; False: nobody holds it."""
        with self._update():
            item, now = self.store.item, self.store.gate.agenda()
            held = item.holder is not None and item.expires is not None and now <= item.expires
            item.wanted += held
            return held

    def release(self) -> bool:
        """Given back, if it is still ours; whether somebody asked for another pass meanwhile."""
        with self._update():
            item = self.store.item
            if item.holder is not self:
                return False
            item.holder, item.expires = None, None
            return item.wanted != self._seen

    def _update(self) -> AbstractContextManager[None]:
        return self.store.gate.note("TableUpdate", "updating the lease", "the table")
