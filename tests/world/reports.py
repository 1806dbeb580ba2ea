"""The queue of what nodes say of each other: each message is shown once, to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from natkeeper.core.errors import AwsError
from natkeeper.core.intake.triggers import parse
from natkeeper.core.ring import Word
from tests.world.bus import Event
from tests.world.gate import Gate

KEPT = timedelta(seconds=60)


@dataclass(eq=False)
class Ears:
    """Of one who listens."""

    note: Callable[[Word], None]
    hears: bool = False
    error: AwsError | None = None
    over: bool = False


@dataclass
class Reports:
    """The port of that name."""

    gate: Gate
    stack: str
    _kept: list[tuple[datetime, Event]] = field(default_factory=list)
    _ears: list[Ears] = field(default_factory=list)

    def send(self, event: Event) -> None:
        """A message comes."""
        self._kept.append((self.gate.agenda(), event))
        self._show()

    @contextmanager
    def listening(self, note: Callable[[Word], None]) -> Iterator[Ears]:
        """Its first answer takes as long as one of the table."""
        ears = Ears(note)
        delay = self.gate.timings.draw(self.gate.random, self.gate.timings.table)
        if delay:
            self.gate.agenda.after(delay, lambda: self._open(ears))
        else:
            self._open(ears)
        try:
            yield ears
        finally:
            ears.over = True

    def _open(self, ears: Ears) -> None:
        try:
            self.gate.beside("ReceiveMessage", "receiving the nodes' reports", self.stack)
        except AwsError as error:
            ears.error = error
        else:
            ears.hears = True
            self._ears.append(ears)
            self._show()

    def _show(self) -> None:
        self._ears = [ears for ears in self._ears if not ears.over]
        if not self._ears:
            return
        shown, self._kept = self._kept, []
        for sent, event in shown:
            if self.gate.agenda() - sent < KEPT:
                self._tell(self._ears[0], sent, event)

    def _tell(self, ears: Ears, sent: datetime, event: Event) -> None:
        word = parse(event, self.stack, sent)
        if isinstance(word, Word):
            try:
                ears.note(word)
            except AwsError as error:
                ears.hears, ears.error = False, error
