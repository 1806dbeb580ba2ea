"""What a check comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import TypeVar

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts
from natkeeper.core.examined import MOST, Examined, Fault
from natkeeper.core.model import Unread

T = TypeVar("T")


class Occasion(Enum):
    """When a check is made."""

    BEFORE = auto()  # from a checkout, with a person's own rights
    DEPLOYMENT = auto()  # by the stack itself, and what is wrong fails the deployment
    RUNNING = auto()  # in the account, of a stack that is there


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WRONG = "wrong"
    UNREAD = "could not be read"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that is wrong, and what to do about it."""

    what: str
    cure: str


Judge = Callable[[Facts, Asked], Iterator[Mistake]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `on` names what was looked at (empty: there is nothing of the kind); `judge` says
    what is wrong with it, and raises NotReadError when that cannot be told."""

    name: str
    looks_at: str
    why: str
    occasions: frozenset[Occasion]
    on: Callable[[Asked], str]
    judge: Judge


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to. `unread` is why it could not be made, or not wholly."""

    check: Check
    on: str
    verdict: Verdict
    mistakes: tuple[Mistake, ...] = ()
    unread: str = ""

    def figures(self) -> Mapping[str, object]:
        """The same for machines."""
        mistakes = [{"what": m.what, "what_to_do": m.cure} for m in self.mistakes]
        return {
            "check": self.check.name,
            "looked_at": self.on,
            "verdict": self.verdict.value,
            "why_it_matters": self.check.why,
            "mistakes": mistakes,
            "could_not_be_read": self.unread,
        }


def examined(findings: Sequence[Finding], at: datetime) -> Examined:
    """What an examination came to, short enough to be kept: all counts, and the first of what is wrong or
    could not be read."""
    faults = [Fault(f.check.name, _short(m.what), _short(m.cure)) for f in findings for m in f.mistakes]
    unmade = [f"{f.check.name}: {_short(f.unread)}" for f in findings if f.unread]
    counts = Counter(finding.verdict for finding in findings)
    return Examined(
        at=at,
        ok=counts[Verdict.OK],
        wrong=counts[Verdict.WRONG],
        unread=counts[Verdict.UNREAD],
        faults=tuple(faults[:MOST]),
        unmade=tuple(unmade[:MOST]),
        left=len(faults[MOST:]) + len(unmade[MOST:]),
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_LONGEST = 300
"""So many characters of a finding are kept."""


class NotReadError(Exception):
    """What a check needs was not read, and why."""


def known(value: T | Unread) -> T:
    """What was read. Raises NotReadError if it was not."""
    if isinstance(value, Unread):
        raise NotReadError(value.error)
    return value


def made(check: Check, facts: Facts, asked: Asked) -> Finding:
    """The check, made. Mistakes that were found before something turned out to be unread stand."""
    mistakes: list[Mistake] = []
    unread = ""
    try:
        mistakes.extend(check.judge(facts, asked))
    except NotReadError as error:
        unread = str(error)
    verdict = Verdict.WRONG if mistakes else Verdict.UNREAD if unread else Verdict.OK
    return Finding(check, check.on(asked), verdict, tuple(mistakes), unread)
