"""The queue of what nodes say of each other: each message is shown once, to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


@dataclass(eq=False)
class Listener:
    """One run. What it cannot note ends its listening."""

    note: Callable[[Word], None]
    ears: Ears = field(default_factory=Ears)
    over: bool = False

    def take(self, word: Word) -> None:
        try:
            self.note(word)
        except AwsError as error:
            self.fail(error)

    def fail(self, error: AwsError) -> None:
        self.ears.hears, self.ears.error, self.over = False, error, True


@dataclass
class Reports:
    """The port of that name."""

    gate: Gate
    stack: str
    _kept: list[tuple[datetime, Event]] = field(default_factory=list)
    _listeners: list[Listener] = field(default_factory=list)
    """The first is shown what comes."""

    def send(self, event: Event) -> None:
        """A message comes."""
        self._kept.append((self.gate.agenda(), event))
        self._show()

    @contextmanager
    def listening(self, note: Callable[[Word], None]) -> Iterator[Ears]:
        """Its first answer takes as long as one of the table."""
        listener = Listener(note)
        delay = self.gate.timings.draw(self.gate.random, self.gate.timings.table)
        if delay:
            self.gate.agenda.after(delay, lambda: self._answer(listener))
        else:
            self._answer(listener)
        try:
            yield listener.ears
        finally:
            listener.over = True

    def _answer(self, listener: Listener) -> None:
        try:
            self.gate.beside("ReceiveMessage", "receiving the nodes' reports", self.stack)
        except AwsError as error:
            listener.fail(error)
        else:
            listener.ears.hears = True
            self._listeners.append(listener)
            self._show()

    def _show(self) -> None:
        while self._kept:
            self._listeners = [each for each in self._listeners if not each.over]
            if not self._listeners:
                return
            sent, event = self._kept.pop(0)
            word = parse(event, self.stack, sent)
            if self.gate.agenda() - sent < KEPT and isinstance(word, Word):
                self._listeners[0].take(word)
