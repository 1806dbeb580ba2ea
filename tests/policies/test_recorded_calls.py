"""Least privilege, both ways: the template allows what the handlers do, to their own stack only, and no more.

Every test that uses `tests/integration/cloud.py` holds its calls against the template; here a whole life is
recorded, and looked at from the other side too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore import xform_name

from tests.policies import reference
from tests.policies.deployed import ROLES, Deployed
from tests.policies.evaluator import Answer, Question, evaluated
from tests.policies.life import live
from tests.policies.naming import CREATED
from tests.policies.permission import asked, granted, needed, refusals, ways
from tests.policies.recorder import Call
from tests.policies.strangers import of_another_stack, untagged
from tests.policies.unseen import UNSEEN
from tests.template.cfn import ROOT
from tests.template.stacks import EVERYTHING, listed, statements

ADAPTERS = ROOT / "layers" / "natkeeper" / "natkeeper" / "adapters"
BY_A_PERSON = {"get_account_plan_state", "get_caller_identity", "get_metric_data"}
"""What no function reads, only `python -m doctor` with a person's own rights."""
Life = tuple[dict[str, str], list[Call]]


@pytest.fixture(scope="module")
def life() -> Life:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return live(monkeypatch)


def operations(file: Path) -> Iterator[str]:
    """The boto3 methods that an adapter calls, paginators included."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func.value) in ("client", "self.client", "self.ssm"):
            (name,) = [ast.literal_eval(a) for a in node.args] if node.func.attr == "get_paginator" else [""]
            yield name or node.func.attr


def asked_with_policies(life: Life) -> Iterator[tuple[str, Deployed, str, list[Question]]]:
    environment, calls = life
    for name, stack in ways(environment).items():
        for role, questions in asked(calls, stack).items():
            yield name, stack, role, questions


def test_the_recorded_life_makes_every_call_that_an_adapter_can_make(life: Life) -> None:
    named = {operation for file in ADAPTERS.glob("*.py") for operation in operations(file)}
    seen = {xform_name(call.operation) for call in life[1]}

    assert len(named) >= 20
    assert named - BY_A_PERSON == seen


def test_every_function_makes_calls(life: Life) -> None:
    assert {call.role for call in life[1]} == set(ROLES)


def test_every_recorded_call_is_allowed(life: Life) -> None:
    environment, calls = life

    assert len(ways(environment)) == 3
    assert refusals(calls, environment) == []


@pytest.mark.parametrize("strange", [of_another_stack, untagged])
def test_no_recorded_write_is_allowed_on_what_is_not_the_stacks(
    life: Life, strange: Callable[[Question], Question]
) -> None:
    tried = 0
    for name, stack, role, questions in asked_with_policies(life):
        for question in filter(lambda asked: reference.writes(asked.action), questions):
            tried += 1
            answer = evaluated(stack.statements[role], strange(question))
            assert answer is Answer.NOT_ALLOWED, f"{role} with {name}: {strange(question)}"
    assert tried > 100


def test_every_condition_of_a_statement_matters(life: Life) -> None:
    """Without one of the keys that a policy looks at, and with another value, the call is refused."""
    looked_at = {
        (role, action, key)
        for role in ROLES
        for s in statements(EVERYTHING, role)
        for pairs in s.get("Condition", {}).values()
        for key in pairs
        for action in listed(s["Action"])
    }
    tried: set[tuple[str, str, str]] = set()
    for _, stack, role, questions in asked_with_policies(life):
        for question in questions:
            for key in question.context:
                if (role, question.action, key) not in looked_at:
                    continue
                tried.add((role, question.action, key))
                value = "another" if isinstance(question.context[key], str) else ("another",)
                changed = Question(question.action, question.resource, {**question.context, key: value})
                assert evaluated(stack.statements[role], changed) is Answer.NOT_ALLOWED, changed
    assert tried == looked_at


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_looks_only_at_keys_that_aws_has_for_the_action(role: str) -> None:
    for s in statements(EVERYTHING, role):
        for pairs in s.get("Condition", {}).values():
            for key in pairs:
                for action in listed(s["Action"]):
                    kinds = ("", *reference.kinds(action))
                    assert any(reference.takes(action, kind, key) for kind in kinds), f"{action} {key}"


def test_what_is_allowed_and_never_done_is_explained_and_nothing_else_is(life: Life) -> None:
    allowed = {
        p for _, stack, role, _ in asked_with_policies(life) for p in granted(stack.statements[role], role)
    }
    done = {
        p
        for _, stack, role, asked in asked_with_policies(life)
        for p in needed(stack.statements[role], role, asked)
    }
    allowed |= granted(statements(EVERYTHING, "NodeRole"), "NodeRole")  # no handler ever has the node's role

    assert {(p.role, p.action) for p in allowed - done} == {pair for one in UNSEEN for pair in one.pairs()}


DEMANDED = (
    "ec2:RunInstances",
    "ec2:CreateImage",
    "ec2:CreateNatGateway",
    "ec2:AllocateAddress",
    "ec2:CreateTags",
)


def test_an_organisation_that_denies_what_has_no_tag_of_its_own_denies_nothing(life: Life) -> None:
    """A service control policy beside the role's own (Organizations User Guide, SCP examples, tagging)."""
    kinds = ["instance", "volume", "network-interface", "image", "snapshot", "spot-instances-request"]
    kinds += ["natgateway", "elastic-ip"]
    made = {(action, kind) for action, kinds in CREATED.items() for kind in kinds}
    policy = {
        "Effect": "Deny",
        "Action": DEMANDED,
        "Resource": [f"arn:*:ec2:*:*:{kind}/*" for kind in kinds],
        "Condition": {"Null": {"aws:RequestTag/cost-center": "true"}},
    }
    tried = set()
    for _, stack, role, questions in asked_with_policies(life):
        for question in questions:
            if question.action in DEMANDED and question.resource.endswith("/*"):
                tried.add((question.action, question.resource.rsplit(":", 1)[1].split("/")[0]))
                assert evaluated([*stack.statements[role], policy], question) is Answer.ALLOWED, question
                bare = {k: v for k, v in question.context.items() if not k.endswith("/cost-center")}
                changed = Question(question.action, question.resource, bare)
                assert evaluated([*stack.statements[role], policy], changed) is Answer.DENIED
    assert made <= tried


def test_nothing_is_explained_twice() -> None:
    pairs = [pair for one in UNSEEN for pair in one.pairs()]

    assert len(pairs) == len(set(pairs))
