"""What a node makes of another one's echoes."""

from __future__ import annotations

from typing import NamedTuple

BEAT = 0.1
"""Seconds between beats."""
DOUBT, ENOUGH, AGAIN = 2, 5, 10
"""Beats in a row without an echo, until a peer is doubted, and until it is called silent: a network may pause
for 0.4 s. And echoes in a row, until it is called heard again."""
HEARD, SILENT = "heard", "silent"
TIMES, REPEATED = 12, 5
"""A word is said so often, so many seconds apart, while it holds: one may be lost."""


class Hearing(NamedTuple):
    """Of one peer. Whoever was never heard is not accused: perhaps nobody has told it of this node yet."""

    word: str = ""
    since: float = 0
    """When the last echo came."""
    missed: int = 0
    answered: int = 0
    left: int = 0
    """How often the word is to be said yet, and when."""
    due: float = 0


def after(before: Hearing, now: float, *, echo: bool, fair: bool) -> Hearing:
    """Returns what is known a beat later. One that was not fair, for the sender itself was late or could not
    send, says nothing about others: both rows begin anew."""
    word, since, missed, answered, left, due = before
    if not fair:
        missed = answered = 0
    elif echo:
        since, missed, answered = now, 0, answered + 1
    else:
        missed, answered = missed + 1, 0
    if (word == HEARD and missed >= ENOUGH) or (word == SILENT and answered >= AGAIN):
        word = SILENT if missed else HEARD
        left, due = TIMES, now
    return Hearing(word or HEARD * bool(answered), since, missed, answered, left, due)
