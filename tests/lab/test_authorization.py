"""The local AWS asks IAM of the same resources as AWS, for each call to EC2 that the template allows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.ministack.iam.resources import ELSEWHERE, MADE, RESOURCES
from tests.policies import reference
from tests.template.stacks import EVERYTHING, FUNCTIONS, listed, statements

OTHERS = {"CreateTags"}
"""Asked for along with what makes the resource; nobody tags by itself."""


def _allowed() -> Iterator[str]:
    for function in FUNCTIONS:
        for statement in statements(EVERYTHING, f"{function}Role"):
            yield from (action for action in listed(statement["Action"]) if action.startswith("ec2:"))


def _of_resources() -> list[str]:
    """The actions that AWS checks against resources."""
    return sorted(action for action in set(_allowed()) if reference.kinds(action))


def test_there_are_such_actions() -> None:
    assert {"ec2:RunInstances", "ec2:DeleteNatGateway", "ec2:ReleaseAddress"} <= set(_of_resources())


@pytest.mark.parametrize("action", _of_resources())
def test_it_asks_of_each_resource_that_aws_must_have(action: str) -> None:
    name = action.partition(":")[2]
    if name in {*ELSEWHERE, *OTHERS}:
        return
    asked = {kind for _, kind in RESOURCES.get(name, ())} | set(MADE.get(name, ()))
    required = {kind.name for kind in reference.kinds(action).values() if kind.required}

    assert asked
    assert required <= asked
