"""The queue of what nodes say of each other, as SQS keeps one: each message is shown once, in any order, ten to an
answer, to whoever polls; also to one who has gone, and will never read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from natkeeper.core.errors import AwsError
from natkeeper.core.intake.triggers import parse
from natkeeper.core.ring import Word
from natkeeper.ports import Ears
from tests.world.bus import Event
from tests.world.gate import Gate

KEPT = timedelta(seconds=60)
MOST, LONGEST = 10, 1.0
"""Messages of an answer, and seconds of a poll."""
FROZEN = 0.5
"""So many answers to one who has gone are never read: the process is frozen by then."""
Message = tuple[datetime, Event]


@dataclass(eq=False)
class Listener:
    """One run, and its poll."""

    note: Callable[[Sequence[Word]], None]
    ears: Ears = field(default_factory=Ears)
    polls: int = 0
    over: bool = False


@dataclass
class Reports:
    """The port of that name. `deaf`: nothing reaches the queue, and it answers all the same."""

    gate: Gate
    stack: str
    deaf: bool = False
    _kept: list[Message] = field(default_factory=list)
    _polling: list[Listener] = field(default_factory=list)

    def send(self, event: Event) -> None:
        """A message comes."""
        if not self.deaf:
            self._kept.append((self.gate.agenda(), event))
            self._show()

    @contextmanager
    def listening(self, note: Callable[[Sequence[Word]], None]) -> Iterator[Ears]:
        """Its last poll goes on for a second."""
        listener = Listener(note)
        self._soon(lambda: self._poll(listener))
        try:
            yield listener.ears
        finally:
            listener.over = True

    def _poll(self, listener: Listener) -> None:
        if listener.over:
            return
        try:
            self.gate.beside("ReceiveMessage", "receiving the nodes' reports", self.stack)
        except AwsError as error:
            listener.ears.error = error
            return
        listener.polls += 1
        number = listener.polls
        self._polling.append(listener)
        self.gate.agenda.after(LONGEST, lambda: self._end(listener, number))
        self._show()

    def _end(self, listener: Listener, number: int) -> None:
        """Nothing came."""
        if listener in self._polling and listener.polls == number:
            self._polling.remove(listener)
            self._poll(listener)

    def _show(self) -> None:
        self._kept = [(sent, event) for sent, event in self._kept if self.gate.agenda() - sent < KEPT]
        while self._kept and self._polling:
            listener = self._polling.pop(0)
            self.gate.random.shuffle(self._kept)
            shown, self._kept = self._kept[:MOST], self._kept[MOST:]
            self._soon(lambda listener=listener, shown=shown: self._take(listener, shown))  # type: ignore[misc]

    def _take(self, listener: Listener, shown: Sequence[Message]) -> None:
        if listener.over and self.gate.random.random() < FROZEN:
            return
        words = [parse(event, self.stack, sent) for sent, event in shown]
        try:
            listener.note([word for word in words if isinstance(word, Word)])
        except AwsError as error:
            listener.ears.error = error
        else:
            self._poll(listener)

    def _soon(self, act: Callable[[], None]) -> None:
        delay = self.gate.timings.draw(self.gate.random, self.gate.timings.table)
        if delay:
            self.gate.agenda.after(delay, act)
        else:
            act()
