"""Reads environment variables, and collects every mistake instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

K = TypeVar("K", bound=StrEnum)
_TAG = r"(?![aA][wW][sS]:|natkeeper:|Name=)[\w.:/+@-][\w .:/+@-]{0,127}=[\w .:/+@-]{0,256}"
"""With what every service takes in a tag (Tagging AWS Resources, naming limits); not ours, nor AWS's."""


class SettingsError(ValueError):
    """The environment is not usable; the message lists every mistake."""


@dataclass(slots=True)
class Reader:
    """An environment, and what is wrong with it: each mistake with name, value and what would be right."""

    environment: Mapping[str, str]
    mistakes: list[str] = field(default_factory=list)

    def text(self, name: str, pattern: str, right: str) -> str:
        """The variable, which must match the whole pattern; `right` says what it should be."""
        value = self.environment.get(name)
        if value is None:
            self.mistakes.append(f"{name} is not set: it should be {right}")
        elif not re.fullmatch(pattern, value):
            self.mistakes.append(f"{name} is {value!r}: it should be {right}")
        return value or ""

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number between the two; the lower one after a mistake."""
        value = self.environment.get(name, "")
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            right = f"a whole number from {low} to {high}"
            state = f"is {value!r}" if name in self.environment else "is not set"
            self.mistakes.append(f"{name} {state}: it should be {right}")
            return low
        return int(value)

    def choice(self, name: str, kind: type[K]) -> K:
        """One of an enumeration's values; the first after a mistake."""
        value, known = self.environment.get(name), [member.value for member in kind]
        if value not in known:
            state = f"is {value!r}" if name in self.environment else "is not set"
            self.mistakes.append(f"{name} {state}: it should be one of {', '.join(known)}")
            return next(iter(kind))
        return kind(value)

    def flag(self, name: str) -> bool:
        """Whether it is `true`; it must be `true` or `false`."""
        return self.text(name, r"true|false", "true or false") == "true"

    def ids(self, name: str, prefix: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        """AWS ids with this prefix, each once, separated by commas."""
        values = tuple(v.strip() for v in self.environment.get(name, "").split(",") if v.strip())
        wrong = [value for value in values if not re.fullmatch(rf"{prefix}-[0-9a-f]{{8,17}}", value)]
        if name not in self.environment:
            self.mistakes.append(f"{name} is not set: it should be ids like {prefix}-0123456789abcdef0")
        elif wrong or not (values or may_be_empty):
            shown = ", ".join(wrong)
            self.mistakes.append(f"{name} is {shown!r}: it should be ids like {prefix}-0123456789abcdef0")
        if len(set(values)) < len(values):
            self.mistakes.append(f"{name} is {','.join(values)!r}: it should name each id once")
        return values

    def stack(self) -> str:
        """The stack's name."""
        return self.text("STACK_NAME", r"[A-Za-z][A-Za-z0-9-]{0,127}", "the stack's name")

    def table(self) -> str:
        """The name of its table."""
        return self.text("TABLE_NAME", r"[\w.-]{3,255}", "a DynamoDB table's name")

    def topic(self) -> str:
        """The ARN of the topic that a person hears by."""
        return self.text("TOPIC_ARN", r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+", "an SNS topic's ARN")

    def tags(self, name: str) -> dict[str, str]:
        """Tags as `key=value`, separated by commas; empty is none."""
        right = "empty, or tags like team=net,cost-center=42 with keys of your own"
        value = self.text(name, rf"({_TAG}(,{_TAG})*)?", right)
        pairs = [part.partition("=") for part in value.split(",") if part]
        tags = {key: text for key, _, text in pairs}
        if len(tags) < len(pairs):
            self.mistakes.append(f"{name} is {value!r}: it should name each key once")
        return tags

    def finish(self) -> None:
        """Raises SettingsError if anything was wrong."""
        if self.mistakes:
            raise SettingsError("natkeeper cannot start:\n- " + "\n- ".join(self.mistakes))
