"""What the doctor's last examination of the stack came to, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MOST = 10
"""So many mistakes, and so many checks that could not be made, are kept; what is left is counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a check found wrong, and what to do about it."""

    check: str
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class Examined:
    """When the stack was examined, how many checks found nothing, how many something, how many could not be
    made; the first mistakes, and why the first of the others could not be made."""

    at: datetime
    ok: int
    wrong: int
    unread: int
    faults: tuple[Fault, ...] = ()
    unmade: tuple[str, ...] = ()
    left: int = 0
