"""The same question about what is not the stack's: another stack's, or nobody's."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.policies.evaluator import Question, Value

OURS = re.compile(r"(aws:ResourceTag|aws:RequestTag|ec2:ResourceTag|ssm:resourceTag)/natkeeper:stack")
_TEMPLATE = "ec2:LaunchTemplate"


def of_another_stack(question: Question) -> Question:
    """Another resource, with another stack's tag, launched from another stack's template."""
    return replace(
        question,
        resource=_another(question.resource),
        context={key: _anothers(key, value) for key, value in question.context.items()},
    )


def untagged(question: Question) -> Question:
    """Another resource that has and is given no tag, and was launched from no template."""
    left = {k: v for k, v in question.context.items() if not OURS.fullmatch(k) and k != _TEMPLATE}
    return replace(question, resource=_another(question.resource), context=left)


def _another(arn: str) -> str:
    """What is about to be made has no id yet: `instance/*` is any stack's."""
    return arn if arn.endswith("*") else re.sub(r"[^/:]+$", "another", arn)


def _anothers(key: str, value: Value) -> Value:
    if OURS.fullmatch(key):
        return "another"
    return _another(value) if key == _TEMPLATE and isinstance(value, str) else value
