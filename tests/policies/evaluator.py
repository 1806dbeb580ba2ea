"""IAM's answer to one question, from a role's own policies (IAM User Guide, "Policy evaluation logic").

Only what a role's policies can say: no resource policies, boundaries or session policies, and of variables
those that the question answers. What is not understood is an error, never an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any

Statement = Mapping[str, Any]
Value = str | tuple[str, ...]
_KNOWN = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}


class Answer(Enum):
    """What IAM says, and why."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "no statement allows it"
    DENIED = "a statement denies it"


@dataclass(frozen=True)
class Question:
    """An action, a resource, and the condition keys that the request has; a tuple is a key of many values."""

    action: str
    resource: str
    context: Mapping[str, Value] = field(default_factory=dict)


def evaluated(statements: Iterable[Statement], question: Question) -> Answer:
    """Not allowed without an allow; any deny wins. Raises ValueError for what it cannot read."""
    effects = {statement["Effect"] for statement in statements if applies(statement, question)}
    if "Deny" in effects:
        return Answer.DENIED
    return Answer.ALLOWED if "Allow" in effects else Answer.NOT_ALLOWED


def applies(statement: Statement, question: Question) -> bool:
    """Whether a statement speaks about the question, conditions included."""
    if unknown := statement.keys() - _KNOWN:
        raise ValueError(f"a statement has {sorted(unknown)}")
    return (
        _names(statement, "Action", question.action, matches_action)
        and _names(statement, "Resource", question.resource, matches)
        and all(
            _holds(
                operator, key, [_filled(each, question.context) for each in listed(wanted)], question.context
            )
            for operator, pairs in statement.get("Condition", {}).items()
            for key, wanted in pairs.items()
        )
    )


def _filled(wanted: str, context: Mapping[str, Value]) -> str:
    """With variables replaced by what the request has; of one value only, as IAM does."""
    for key, value in context.items():
        if isinstance(value, str):
            wanted = wanted.replace(f"${{{key}}}", value)
    return wanted


def _names(statement: Statement, element: str, asked: str, match: Callable[[str, str], bool]) -> bool:
    if element in statement:
        return any(match(pattern, asked) for pattern in listed(statement[element]))
    return not any(match(pattern, asked) for pattern in listed(statement[f"Not{element}"]))


def listed(value: Any) -> list[str]:
    """IAM takes one value or a list."""
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def matches(pattern: str, text: str) -> bool:
    """`*` is any text, colons too; `?` is one character; capitals count."""
    return _expression(pattern).fullmatch(text) is not None


def matches_action(pattern: str, action: str) -> bool:
    """As `matches`, but actions are the same in capitals."""
    return matches(pattern.lower(), action.lower())


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    if "${" in pattern:
        raise ValueError(f"{pattern} has a policy variable")
    any_text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(any_text, re.DOTALL)


def matches_arn(pattern: str, arn: str) -> bool:
    """Each of the six parts by itself: a `*` does not reach over a colon."""
    wanted, found = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(found) == 6 and all(map(matches, wanted, found))


def _equal(wanted: str, found: str) -> bool:
    if "${" in wanted:
        raise ValueError(f"{wanted} has a policy variable")
    return wanted == found


def _equal_in_any_case(wanted: str, found: str) -> bool:
    return _equal(wanted.lower(), found.lower())


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_in_any_case,
    "StringLike": matches,
    "ArnEquals": matches_arn,  # the same as ArnLike, by the documentation
    "ArnLike": matches_arn,
    "Bool": _equal_in_any_case,
}


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, Value]) -> bool:
    """One key of one operator. The names of keys are the same in capitals."""
    found = next((value for name, value in context.items() if name.lower() == key.lower()), None)
    if operator == "Null":
        return (found is None) == (wanted == ["true"])
    quantifier, _, plain = operator.rpartition(":")
    name = plain.removesuffix("IfExists")
    negated = name in (
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
        "ArnNotEquals",
        "ArnNotLike",
    )
    positive = name.replace("Not", "", 1) if negated else name
    if positive not in _OPERATORS or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise ValueError(f"the operator {operator} is not understood")
    if found is None:
        return plain != name or _without(quantifier, negated=negated)

    def one(value: str) -> bool:
        return any(_OPERATORS[positive](each, value) for each in wanted) != negated

    if quantifier:
        return (all if quantifier == "ForAllValues" else any)(map(one, listed(found)))
    if not isinstance(found, str):
        raise ValueError(f"{key} has many values: {operator} needs ForAllValues or ForAnyValue")  # noqa: TRY004
    return one(found)


def _without(quantifier: str, *, negated: bool) -> bool:
    """What a missing key means: true for all of none, false for any of none, else true only for a `Not`."""
    return {"ForAllValues": True, "ForAnyValue": False}.get(quantifier, negated)
