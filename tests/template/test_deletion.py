"""Deletion goes backwards along the dependencies: triggers, then the clean-up, then what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.cfn import Stack, template
from tests.template.stacks import ALL, DEFAULT, EXISTING, SIX_ZONES, TELLING, THREE_ZONES, of_type

RESOURCES: dict[str, dict[str, Any]] = template()["Resources"]


def _named(node: Any) -> Iterator[str]:
    """The made-up ids in an evaluated part: what it refers to."""
    if isinstance(node, dict):
        for part in node.values():
            yield from _named(part)
    elif isinstance(node, list):
        for part in node:
            yield from _named(part)
    elif isinstance(node, str):
        pieces = (piece.split(">")[0].split(".")[0] for piece in node.split("<")[1:])
        yield from (name for name in pieces if name in RESOURCES)  # the script has brackets of its own


def _needs(stack: Stack, name: str) -> set[str]:
    """Everything that exists before `name` is created and after it is deleted."""
    resources = stack.resources()
    found: set[str] = set()
    left = [name]
    while left:
        resource = resources[left.pop()]
        after = resource.get("DependsOn", [])
        direct = {after} if isinstance(after, str) else set(after)
        direct |= set(_named(resource.get("Properties"))) | set(_named(resource.get("Metadata")))
        left += direct - found
        found |= direct
    return found


TELLING_RULES = {"StateRule", "FleetRule"}
"""They start nothing that acts, and so outlive the clean-up: the hub hears that the stack is deleted."""


@pytest.mark.parametrize("name", sorted(of_type("AWS::Events::Rule").keys() - TELLING_RULES))
def test_every_trigger_is_gone_before_the_clean_up_begins(name: str) -> None:
    assert "Teardown" in _needs(SIX_ZONES, name)


@pytest.mark.parametrize(
    "name",
    [
        *(f"Address{i}" for i in range(1, 7)),
        *(f"PublicSubnet{i}" for i in range(1, 7)),
        *(f"PublicAssociation{i}" for i in range(1, 7)),
        *(f"PrivateAssociation{i}" for i in range(1, 7)),
        *(f"PrivateRouteTable{i}" for i in range(1, 7)),
        "GatewayAttachment",
        "NodeLaunchTemplate",
        "NodeProfile",
        "NodeRole",
        "NodeSecurityGroup",
        "PublicDefaultRoute",
        "S3Endpoint",
        "Table",
        "FailureQueue",
        "TeardownFunction",
        "TeardownLogs",
        "TeardownRole",
    ],
)
def test_the_clean_up_still_has_what_it_needs(name: str) -> None:
    assert name in _needs(SIX_ZONES, "Teardown")


@pytest.mark.parametrize("name", [*sorted(TELLING_RULES), "StatePermission", "FleetRole", "PictureFunction"])
def test_while_the_stack_is_cleaned_up_the_hub_hears_of_it(name: str) -> None:
    assert name in _needs(TELLING, "Teardown")


def test_in_an_existing_network_the_clean_up_needs_only_what_is_there() -> None:
    needs = _needs(EXISTING, "Teardown")
    assert {"Address1", "Address2", "NodeSecurityGroup", "Table"} <= needs
    assert "Vpc" not in needs


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL.keys())
def test_nothing_depends_on_what_does_not_exist(stack: Stack) -> None:
    # CloudFormation has no conditional DependsOn
    resources = stack.resources()
    for name, resource in resources.items():
        after = resource.get("DependsOn", [])
        assert set([after] if isinstance(after, str) else after) <= resources.keys(), name


def test_the_clean_up_has_more_time_than_its_function() -> None:
    limit = THREE_ZONES.properties("Teardown")["ServiceTimeout"]
    assert THREE_ZONES.properties("TeardownFunction")["Timeout"] < limit <= 3600


def test_nothing_outlives_the_stack_but_addresses_that_shall() -> None:
    assert not [name for name in DEFAULT.resources() if name.startswith("RetainedAddress")]
    for name, resource in RESOURCES.items():
        if name.startswith("RetainedAddress"):
            continue
        assert resource.get("DeletionPolicy", "Delete") == "Delete", name
