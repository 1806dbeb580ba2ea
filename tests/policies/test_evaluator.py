"""The evaluator answers as the IAM User Guide says: policy evaluation logic, JSON policy elements."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies.evaluator import Answer, Question, evaluated

ARN = "arn:aws:ec2:us-east-1:123456789012:instance/i-1"
ALLOW = {"Effect": "Allow", "Action": "ec2:TerminateInstances", "Resource": ARN}
ASKED = Question("ec2:TerminateInstances", ARN)


def holds(operator: str, wanted: Any, **context: Any) -> bool:
    """Whether a condition on the key `k` holds; the context is empty when `k` is not given."""
    statement = {**ALLOW, "Condition": {operator: {"k": wanted}}}
    return evaluated([statement], Question(ASKED.action, ARN, context)) is Answer.ALLOWED


def test_nothing_is_allowed_without_a_statement() -> None:
    assert evaluated([], ASKED) is Answer.NOT_ALLOWED


def test_an_allow_allows() -> None:
    assert evaluated([ALLOW], ASKED) is Answer.ALLOWED


@pytest.mark.parametrize("deny_first", [True, False])
def test_a_deny_wins_over_every_allow(deny_first: bool) -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}

    assert evaluated([deny, ALLOW] if deny_first else [ALLOW, deny], ASKED) is Answer.DENIED


def test_a_deny_about_something_else_denies_nothing() -> None:
    deny = {"Effect": "Deny", "Action": "ec2:StopInstances", "Resource": "*"}

    assert evaluated([deny, ALLOW], ASKED) is Answer.ALLOWED


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("*", True),
        ("ec2:*", True),
        ("ec2:Terminate*", True),
        ("ec2:TerminateInstance?", True),
        ("EC2:terminateinstances", True),
        (["ec2:StopInstances", "ec2:TerminateInstances"], True),
        ("ec2:Terminate", False),
        ("ec2:TerminateInstances?", False),
        ("ecs:*", False),
        ([], False),
    ],
)
def test_actions_match_with_wildcards_and_without_capitals(action: Any, allowed: bool) -> None:
    assert (evaluated([{**ALLOW, "Action": action}], ASKED) is Answer.ALLOWED) == allowed


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        ("*", True),
        ("arn:aws:ec2:us-east-1:123456789012:instance/*", True),
        ("arn:*:ec2:*:*:instance/i-1", True),
        ("arn:aws:ec2:*", True),  # the last `*` reaches over colons
        ("arn:aws:ec2:us-east-1:123456789012:instance/i-?", True),
        ("arn:aws:ec2:us-east-1:123456789012:Instance/i-1", False),
        ("arn:aws:ec2:us-east-1:123456789012:instance/i-1?", False),
        ("arn:aws:ec2:us-east-1:123456789012:instance/", False),
        ("arn:aws:ec2:us-east-1:123456789012:instance/i.1", False),
    ],
)
def test_resources_match_with_wildcards_and_with_capitals(resource: str, allowed: bool) -> None:
    assert (evaluated([{**ALLOW, "Resource": resource}], ASKED) is Answer.ALLOWED) == allowed


def test_not_action_and_not_resource_mean_all_others() -> None:
    others = {"Effect": "Allow", "NotAction": "s3:*", "NotResource": "arn:aws:ec2:*:*:volume/*"}

    assert evaluated([others], ASKED) is Answer.ALLOWED
    assert evaluated([{**others, "NotAction": "ec2:*"}], ASKED) is Answer.NOT_ALLOWED
    assert evaluated([{**others, "NotResource": ARN}], ASKED) is Answer.NOT_ALLOWED


TABLE: list[tuple[str, Any, Any, bool]] = [
    # operator, value of the policy, value of the request (None: not there), holds
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", "a", None, False),
    ("StringEqualsIfExists", "a", None, True),
    ("StringEqualsIfExists", "a", "b", False),
    ("StringEqualsIgnoreCase", "a", "A", True),
    ("StringNotEquals", "a", "b", True),
    ("StringNotEquals", "a", "a", False),
    ("StringNotEquals", ["a", "b"], "b", False),
    ("StringNotEquals", "a", None, True),
    ("StringLike", "a*c?", "abbcd", True),
    ("StringLike", "a*", "A", False),
    ("StringLike", "a*", None, False),
    ("StringNotLike", "a*", "b", True),
    ("ArnEquals", "arn:aws:ec2:*:*:launch-template/lt-1", "arn:aws:ec2:r:1:launch-template/lt-1", True),
    ("ArnLike", "arn:aws:ec2:*:*:launch-template/*", "arn:aws:ec2:r:1:launch-template/lt-1", True),
    ("ArnLike", "arn:aws:ec2:*", "arn:aws:ec2:r:1:launch-template/lt-1", False),  # part by part
    ("ArnLike", "arn:aws:ec2:*:launch-template/lt-1", "arn:aws:ec2:r:1:launch-template/lt-1", False),
    ("ArnEquals", "arn:aws:ec2:r:1:launch-template/lt-1", None, False),
    ("ArnNotEquals", "arn:aws:ec2:r:1:x/1", "arn:aws:ec2:r:1:x/2", True),
    ("Bool", "true", "True", True),
    ("Bool", "true", "false", False),
    ("Bool", "true", None, False),
    ("BoolIfExists", "true", None, True),
    ("Null", "true", None, True),
    ("Null", "true", "a", False),
    ("Null", "false", "a", True),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
    ("ForAllValues:StringEquals", "a", ("a", "b"), False),
    ("ForAllValues:StringEquals", "a", (), True),
    ("ForAllValues:StringEquals", "a", None, True),
    ("ForAllValues:StringNotEquals", "a", ("b", "c"), True),
    ("ForAllValues:StringNotEquals", "a", ("a", "c"), False),
    ("ForAnyValue:StringEquals", "a", ("a", "b"), True),
    ("ForAnyValue:StringEquals", "c", ("a", "b"), False),
    ("ForAnyValue:StringEquals", "a", (), False),
    ("ForAnyValue:StringEquals", "a", None, False),
    ("ForAnyValue:StringLike", "a*", ("b", "ac"), True),
]


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), TABLE)
def test_a_condition(operator: str, wanted: Any, given: Any, expected: bool) -> None:
    context = {} if given is None else {"k": given}

    assert holds(operator, wanted, **context) == expected


def test_all_operators_and_all_keys_must_hold() -> None:
    condition = {"StringEquals": {"a": "1", "b": "2"}, "StringLike": {"c": "3*"}}
    statement = {**ALLOW, "Condition": condition}
    whole = {"a": "1", "b": "2", "c": "33"}

    assert evaluated([statement], Question(ASKED.action, ARN, whole)) is Answer.ALLOWED
    for key in whole:
        spoilt = {**whole, key: "0"}
        assert evaluated([statement], Question(ASKED.action, ARN, spoilt)) is Answer.NOT_ALLOWED


def test_the_names_of_keys_are_the_same_in_capitals_and_their_values_are_not() -> None:
    assert holds("StringEquals", "a", K="a")
    assert not holds("StringEquals", "a", K="A")


def test_a_variable_is_what_the_request_has_of_that_name() -> None:
    condition = {"StringEquals": {"k": "mine/${ec2:SourceInstanceARN}"}}
    for said, answer in ((ARN, Answer.ALLOWED), (f"{ARN}2", Answer.NOT_ALLOWED)):
        asked = Question(ASKED.action, ARN, {"k": f"mine/{said}", "ec2:SourceInstanceARN": ARN})
        assert evaluated([{**ALLOW, "Condition": condition}], asked) is answer


@pytest.mark.parametrize(
    ("operator", "wanted", "given"),
    [
        ("IpAddress", "10.0.0.0/8", "10.0.0.1"),
        ("ForSomeValues:StringEquals", "a", ("a",)),
        ("StringEquals", "a", ("a", "b")),
        ("StringEquals", "${aws:username}", "a"),
        ("StringLike", "${aws:username}", "a"),
    ],
)
def test_what_is_not_understood_is_an_error_and_no_answer(operator: str, wanted: str, given: Any) -> None:
    with pytest.raises(ValueError, match=r"understood|many values|variable"):
        holds(operator, wanted, k=given)


def test_a_statement_with_a_principal_is_an_error() -> None:
    with pytest.raises(ValueError, match="Principal"):
        evaluated([{**ALLOW, "Principal": "*"}], ASKED)
