"""Labs side by side take turns: while one of them breaks something, it has the machine to itself."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lab.local_aws.aws import ROOT

PLACE = ROOT / "build" / "lab-turn"


class Turn:
    """What all labs of this working copy share; it is given back at the latest when the process ends."""

    def __init__(self, place: Path = PLACE) -> None:
        self._place = place
        self._held: IO[bytes] | None = None

    def take(self) -> None:
        """Returns once no other lab has it, however long that takes; at once if it is this lab's."""
        if self._held is None:
            self._place.parent.mkdir(parents=True, exist_ok=True)
            file = self._place.open("ab")
            fcntl.flock(file, fcntl.LOCK_EX)
            self._held = file

    def give_back(self) -> None:
        """Lets another lab have it; nothing to do if it is not this lab's."""
        if self._held is not None:
            self._held.close()
            self._held = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Takes it, and gives it back in the end."""
        self.take()
        try:
            yield
        finally:
            self.give_back()
