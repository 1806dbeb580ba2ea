"""Items of the stack's table, each read by itself: one that cannot be understood hides no other; and what a
write came to that has a condition."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from dacite import DaciteError

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import RefusedError

T = TypeVar("T")


_TEXT = 200
"""So many characters of what is wrong with an item are kept."""
_UNREADABLE = (
    DaciteError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Items:
    """The partition by sort key. `damaged` grows with every item that is there and cannot be read."""

    by_key: Mapping[str, Mapping[str, Any]]
    damaged: list[str] = field(default_factory=list)

    def one(self, key: str, decode: Callable[[str], T], otherwise: T) -> T:
        """The item as it decodes; `otherwise` when it is not there or does not."""
        return self.each(key, decode).get("", otherwise) if key in self.by_key else otherwise

    def each(self, prefix: str, decode: Callable[[str], T]) -> dict[str, T]:
        """Every item that decodes, by what its key has after the prefix."""
        found: dict[str, T] = {}
        for key in self.by_key:
            if key.startswith(prefix):
                try:
                    found[key.removeprefix(prefix)] = decode(self.by_key[key]["doc"]["S"])
                except _UNREADABLE as error:
                    self.damaged.append(f"{key} ({type(error).__name__}: {error})"[:_TEXT])
        return found

    def names(self, prefix: str) -> list[str]:
        """What the keys have after the prefix, of items that say no more."""
        return [key.removeprefix(prefix) for key in self.by_key if key.startswith(prefix)]

    def number(self, key: str, name: str) -> int:
        """An item's number; 0 when there is none."""
        text = self.by_key.get(key, {}).get(name, {}).get("N", "0")
        return int(text)


def conditionally(attempted: str, on: str, write: Callable[[], T]) -> T | None:
    """What a write answers; None when its condition does not hold. Raises AwsError."""
    try:
        with named(attempted, on):
            return write()
    except RefusedError as error:
        if error.code != "ConditionalCheckFailedException":
            raise
        return None


def moment(text: str) -> datetime:
    """A time as we write it down. Raises ValueError for one without its offset: it compares to no other."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} says no offset")
    return at


def load(doc: str) -> Any:
    """JSON's value. Raises ValueError also for what only Python takes for a number."""
    return json.loads(doc, parse_constant=_no_number)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
