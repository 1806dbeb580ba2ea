"""Labs side by side take turns: while one of them breaks something, it has the machine to itself."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

from lab.local_aws.aws import ROOT

PLACE = ROOT / "build" / "lab-turn"


class Turn:
    """What all labs of this working copy share; it is given back at the latest when the process ends."""

    def __init__(self, place: Path = PLACE) -> None:
        self._place = place
        self._asked: Future[IO[bytes]] | None = None

    def ask(self) -> None:
        """Has it taken as soon as no other lab has it, and does not wait for that."""
        if self._asked is None:
            self._asked = Future()
            Thread(target=_lock, args=(self._place, self._asked), daemon=True).start()

    def take(self) -> None:
        """Returns once no other lab has it, however long that takes; at once if it is this lab's."""
        self.ask()
        if self._asked:
            self._asked.result()

    def give_back(self) -> None:
        """Lets another lab have it, also if this one only waits for it; nothing to do if it does neither."""
        if self._asked:
            self._asked.add_done_callback(lambda asked: asked.result().close())
            self._asked = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Takes it, and gives it back in the end."""
        self.take()
        try:
            yield
        finally:
            self.give_back()


def _lock(place: Path, asked: Future[IO[bytes]]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        file = place.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        asked.set_exception(error)
    else:
        asked.set_result(file)
