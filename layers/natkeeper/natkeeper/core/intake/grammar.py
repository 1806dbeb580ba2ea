"""What a person may order, as data. The reading of an order, each refusal and the grammar in
docs/operations.md are made from FORMS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import partial

from natkeeper.core.intake.commands import Asked, Command, Refused, Report, SetWish, Succession
from natkeeper.core.intake.envelope import INSTANCE, ZONE, Envelope, Event, matches, require_stack, shown
from natkeeper.core.intake.origin import origin_of
from natkeeper.core.model import Pause, Verb, Wish, WishKind

LONGEST = timedelta(days=7)
"""So long a pause, or a wish to be awake, may last."""
USUAL = 60  # minutes, when none are said
_NAMED = 5
"""So many unknown keys are named; nobody mistypes more."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an order's detail: what it must be, and what it means to leave it out."""

    name: str
    must: str
    holds: Callable[[object], bool]
    left_out: str

    def mistake(self, detail: Event) -> str:
        """What is wrong with it; empty when nothing is."""
        if self.name not in detail or self.holds(detail[self.name]):
            return ""
        return f"{self.name} {shown(detail[self.name])} should be {self.must}"


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of order: what it asks for, its keys besides `stack`, those of which it needs one, an example,
    and how it is read."""

    kind: str
    asks: str
    keys: tuple[Key, ...]
    read: Callable[[Event, datetime], Asked]
    needs: tuple[Key, ...] = ()
    example: Mapping[str, object] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """Every key that it knows."""
        return ("stack", *(key.name for key in self.keys))

    def shape(self, stack: str) -> str:
        """Its right form for people: an example, and all keys."""
        example = json.dumps({"stack": stack, **self.example})
        return f"{self.kind} knows {', '.join(self.names())}; for example {example}"

    def mistakes(self, detail: Event) -> Iterator[str]:
        """Everything that is wrong with an order of this kind."""
        unknown = [name for name in detail if name not in self.names()]
        yield from (self._unknown(name) for name in unknown[:_NAMED])
        if len(unknown) > _NAMED:
            yield f"{len(unknown) - _NAMED} more unknown keys"
        yield from filter(None, (key.mistake(detail) for key in self.keys))
        if self.needs and not any(key.name in detail for key in self.needs):
            yield f"it needs {' or '.join(key.name for key in self.needs)}"

    def _unknown(self, name: str) -> str:
        if near := get_close_matches(name.lower(), self.names()):
            return f"{shown(name)} is no key of {self.kind}: did you mean {near[0]}?"
        others = [form.kind for form in FORMS.values() if name in form.names()]
        return f"{shown(name)} is no key of {self.kind}{', but of ' if others else ''}{', '.join(others)}"


def read(form: Form, e: Envelope) -> Command | Refused:
    """The order, or why it is refused: every mistake at once, and the right form. Raises BadEventError when
    it is meant for another stack."""
    require_stack(e)
    origin, refusals = origin_of(form.kind, e)
    mistakes = list(form.mistakes(e.detail))
    if mistakes:
        refusals += [*mistakes, form.shape(e.stack)]
    if refusals:
        return Refused(origin, "; ".join(refusals))
    seen = _moment(e.detail.get("as_of"))
    return Command(origin, form.read(e.detail, origin.at), e.detail.get("dry_run") is True, seen)


def _is_minutes(value: object) -> bool:
    longest = LONGEST.total_seconds() / 60
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= longest


def _moment(value: object) -> datetime | None:
    """The time that a text says, if it says one with its offset."""
    try:
        at = datetime.fromisoformat(value)  # type: ignore[arg-type]
        return at.astimezone(UTC) if at.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def _until(detail: Event, at: datetime) -> datetime:
    return at + timedelta(minutes=detail.get("minutes", USUAL))


def _succession(verb: Verb, detail: Event, _: datetime) -> Asked:
    return Succession(verb, detail.get("zone"), detail.get("instance"), detail.get("served_by"))


def _pause(detail: Event, at: datetime) -> Asked:
    return Pause(at, _until(detail, at))


def _wish(kind: WishKind, detail: Event, at: datetime) -> Asked:
    return SetWish(Wish(kind, at, _until(detail, at) if kind is WishKind.ON else None), detail.get("zone"))


_DRY_RUN = Key("dry_run", "true or false", lambda value: isinstance(value, bool), "it is done")
_SERVED = Key("zone", "a zone's name, such as us-east-1a", partial(matches, ZONE), "the instance's")
_ZONE = Key("zone", _SERVED.must, _SERVED.holds, "every zone")
_INSTANCE = Key(
    "instance", "an instance's id, such as i-0123456789abcdef0", partial(matches, INSTANCE), "the zone's"
)
_MINUTES = Key(
    "minutes", f"a number above 0, at most {LONGEST.total_seconds() / 60:.0f}", _is_minutes, str(USUAL)
)
_SERVED_BY = Key("served_by", _INSTANCE.must, _INSTANCE.holds, "whichever serves the zone")
_AS_OF = Key(
    "as_of",
    "when you looked, such as 2026-03-14T12:00:00+00:00",
    lambda value: _moment(value) is not None,
    "whatever was ordered since",
)
_NODE = (_SERVED, _INSTANCE)
_SUCCESSION = (*_NODE, _SERVED_BY, _AS_OF, _DRY_RUN)
_SOME_ZONE = {"zone": "us-east-1a"}

FORMS: Mapping[str, Form] = {
    form.kind: form
    for form in (
        Form("Failover", "move a zone off its node now", _SUCCESSION,
             partial(_succession, Verb.FAILOVER), _NODE, _SOME_ZONE),
        Form("Replace", "a new node first, then move", _SUCCESSION,
             partial(_succession, Verb.REPLACE), _NODE, _SOME_ZONE),
        Form("Pause", "no action, for so many minutes", (_MINUTES, _AS_OF, _DRY_RUN), _pause, (),
             {"minutes": 30}),
        Form("Resume", "act again", (_AS_OF, _DRY_RUN), lambda _, at: Pause(at)),
        Form("Wake", "awake, for so many minutes", (_ZONE, _MINUTES, _AS_OF, _DRY_RUN),
             partial(_wish, WishKind.ON), (), {**_SOME_ZONE, "minutes": 120}),
        Form("Sleep", "asleep, until another wish", (_ZONE, _AS_OF, _DRY_RUN),
             partial(_wish, WishKind.OFF), (), _SOME_ZONE),
        Form("Automatic", "as the parameters say", (_ZONE, _AS_OF, _DRY_RUN),
             partial(_wish, WishKind.AUTOMATIC)),
        Form("Report", "tell what was used and saved", (_DRY_RUN,), lambda *_: Report()),
    )
}  # fmt: skip
