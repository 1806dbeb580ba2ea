"""Whether the template lets its functions make the calls that they make, and whether it lets them do more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.policies import reference
from tests.policies.deployed import ROLES, Deployed, deployed
from tests.policies.evaluator import Answer, Question, applies, evaluated, listed
from tests.policies.questions import questions
from tests.policies.recorder import Call
from tests.template.stacks import HUB, KEY

_KEYED = {
    "AdminCidr": "203.0.113.7/32",
    "NodeSsh": "true",
    "KeyPair": "me",
    "ImageParameter": "/my/own/image",
    "DiskKeyArn": KEY,
}


@dataclass(frozen=True, order=True)
class Permission:
    """An action that a role may do on a type of resource."""

    role: str
    action: str
    kind: str


def ways(environment: Mapping[str, str]) -> dict[str, Deployed]:
    """Ways to deploy the template so that its functions have this environment."""
    zones = len(environment["PUBLIC_SUBNET_IDS"].split(","))
    tables = len(environment["PRIVATE_ROUTE_TABLE_IDS"].split(","))
    given = {"existing network": _existing(zones, tables)}
    if zones == tables:  # a new network has one table for each zone
        given["new network"] = {"ZoneCount": str(zones)}
        given["key pair and own image"] = {"ZoneCount": str(zones), **_KEYED}
    # Spot widens what a launch may make, workloads what is read.
    wide = {
        "Market": environment["MARKET"],
        "Awake": environment["AWAKE"],
        "OwnImage": environment["OWN_IMAGE"],
        "Tags": environment["TAGS"],
        "FleetBus": HUB,
        "FleetOrders": environment["FLEET_ORDERS"],
        "LastResort": "nat-gateway",  # as the recorded life has it in the end
    }
    return {name: deployed(environment, parameters | wide) for name, parameters in given.items()}


def _existing(zones: int, tables: int) -> dict[str, str]:
    return {
        "NetworkMode": "existing",
        "ExistingVpcId": "<vpc>",
        "ExistingPublicSubnetIds": ",".join(f"<subnet {number}>" for number in range(zones)),
        "ExistingPrivateRouteTableIds": ",".join(f"<table {number}>" for number in range(tables)),
        "PrivateCidrs": "10.0.0.0/16",
    }


def asked(calls: Iterable[Call], stack: Deployed) -> dict[str, list[Question]]:
    """What IAM is asked, by role; each question once."""
    found: dict[str, dict[str, Question]] = {role: {} for role in ROLES}
    for call in calls:
        for question in questions(call, stack):
            found[call.role][repr(question)] = question
    return {role: list(by_text.values()) for role, by_text in found.items()}


def refusals(calls: Iterable[Call], environment: Mapping[str, str]) -> list[str]:
    """What the template does not allow and a function has done; empty when all is well."""
    recorded = list(calls)
    return [
        f"{role} with {name}: {answer.value}: {question}"
        for name, stack in ways(environment).items()
        for role, asked_of_it in asked(recorded, stack).items()
        for question in asked_of_it
        if (answer := evaluated(stack.statements[role], question)) is not Answer.ALLOWED
    ]


def granted(statements: Iterable[Mapping[str, Any]], role: str) -> set[Permission]:
    """What the statements allow. A resource of a type that AWS never asks about for an action is no right."""
    narrow = (one for statement in statements for one in _narrowed(statement) if _is_asked(one))
    return {permission for one in narrow for permission in _permissions(one, role)}


def _is_asked(narrow: Mapping[str, Any]) -> bool:
    kinds, resource = reference.kinds(narrow["Action"]), str(narrow["Resource"])
    if not resource.startswith("arn:"):
        return True
    service, kind = resource.split(":")[2], resource.split(":")[5].split("/", maxsplit=1)[0]
    if service != "ec2":
        return not kinds or service in {each.template.split(":")[2] for each in kinds.values()}
    return kind in kinds


def needed(statements: list[dict[str, Any]], role: str, asked_of_it: Iterable[Question]) -> set[Permission]:
    """The part of it that some question needs."""
    narrow = [one for statement in statements for one in _narrowed(statement)]
    return {
        permission
        for question in asked_of_it
        for one in narrow
        if applies(one, question)
        for permission in _permissions(one, role)
    }


def _narrowed(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A statement for each action on each resource."""
    for action in listed(statement["Action"]):
        for resource in listed(statement["Resource"]):
            yield {**statement, "Action": action, "Resource": resource}


def _permissions(statement: Mapping[str, Any], role: str) -> Iterator[Permission]:
    for one in _narrowed(statement):
        yield Permission(role, one["Action"], _kind(one["Resource"]))


def _kind(resource: str) -> str:
    """`route-table` of an ARN; the service for one that has no types; anything else as it is."""
    found = re.fullmatch(r"arn:[^:]*:([^:]+):[^:]*:[^:]*:(?:([a-z-]+)[/:])?.*", resource)
    return (found[2] or found[1]) if found else resource
