"""What a person orders, as values: read by `grammar`, aimed by `aim`, written down as an `Entry`, answered by
`Answered`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from natkeeper.core.model import InstanceId, Order, Pause, Verb, Wish, ZoneName


@dataclass(frozen=True, slots=True)
class Origin:
    """Which command it is: its kind, the event's id (empty: a direct call) and when it was given."""

    kind: str
    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Succession:
    """A node is to be succeeded: the one named, or whichever serves the zone, or that only if it is still
    `served_by` the one that a person saw there."""

    verb: Verb
    zone: ZoneName | None = None
    instance: InstanceId | None = None
    served_by: InstanceId | None = None


@dataclass(frozen=True, slots=True)
class SetWish:
    """A zone (None: every zone) is to be awake, asleep, or as it would be by itself."""

    wish: Wish
    zone: ZoneName | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A person wants to know what was used and saved."""


Asked = Succession | SetWish | Pause | Report


@dataclass(frozen=True, slots=True)
class Command:
    """A person's order that keeps to the grammar. `dry_run`: only say what it would lead to; `as_of`: when
    the person looked, if that is told."""

    origin: Origin
    asked: Asked
    dry_run: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A person's order for this stack that cannot be obeyed, and every reason why."""

    origin: Origin
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down of a command. `on`: the node of an order, the zone of a wish, or nothing."""

    on: str
    said: Order | Wish | Pause


class Written(StrEnum):
    """What became of an entry."""

    NEW = "new"
    KNOWN = "known"  # a command of this id was written down before
    OVERTAKEN = "overtaken"  # a later one about the same stands there


class Reply(StrEnum):
    """What a command came to, in one word or two."""

    OBEYED = "obeyed"
    REFUSED = "refused"
    KNOWN = "already obeyed"
    SO = "already so"  # what it asks for is so, or was ordered and stands
    TRIED = "dry run"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a command, and why it is that or what came of it."""

    origin: Origin
    reply: Reply
    reason: str

    def subject(self) -> str:
        """For a notice."""
        return f"natkeeper: {self.origin.kind} {self.reply}"

    def text(self) -> str:
        """For who called: what was refused is ignored, like every other event that leads to nothing."""
        ignored = "ignored: " if self.reply is Reply.REFUSED else ""
        return f"{ignored}{self.reply}: {self.reason}"
