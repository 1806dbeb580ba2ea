"""The template as CloudFormation would have deployed it for the surroundings of a test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from tests.policies import reference
from tests.template.cfn import Stack, template
from tests.template.stacks import FUNCTIONS

ROLES = tuple(f"{function}Role" for function in FUNCTIONS)
Given = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Deployed:
    """The template with some parameters, and the real ids instead of the made-up ones, like `<Vpc>`."""

    given: Given
    ids: Mapping[str, str]

    @cached_property
    def statements(self) -> dict[str, list[dict[str, Any]]]:
        """The statements of each function's role."""
        roles = {role: _resources(self.given)[role]["Properties"]["Policies"] for role in ROLES}
        return {
            role: [s for policy in self._real(policies) for s in policy["PolicyDocument"]["Statement"]]
            for role, policies in roles.items()
        }

    @cached_property
    def launch_template(self) -> dict[str, Any]:
        """What a launch takes from the stack's launch template."""
        properties = _resources(self.given)["NodeLaunchTemplate"]["Properties"]
        return dict(self._real(properties["LaunchTemplateData"]))

    @cached_property
    def node_role(self) -> str:
        """The ARN of the role in the launch template's instance profile."""
        (profile,) = self.launch_template["IamInstanceProfile"].values()
        (role,) = _resources(self.given)[profile.strip("<>").removesuffix(".Arn")]["Properties"]["Roles"]
        return self.ids[f"<{role.strip('<>')}.Arn>"]

    def _real(self, part: Any) -> Any:
        text = json.dumps(part)
        for made_up, real in self.ids.items():
            text = text.replace(made_up, real)
        return json.loads(text)


def deployed(environment: Mapping[str, str], given: Mapping[str, str]) -> Deployed:
    """The template with these parameters, for functions that have this environment."""
    fixed = tuple(given.items())
    ids = dict(_pairs(fixed, environment))
    ids["<Table.Arn>"] = reference.kinds("dynamodb:Query")["table"].arn(ids["<Table>"])
    queue = reference.kinds("sqs:ReceiveMessage")["queue"]
    ids["<ReportQueue.Arn>"] = queue.arn(ids["<ReportQueue>"].rsplit("/", 1)[1])
    role = reference.kinds("iam:PassRole")["role"]
    for name, resource in _resources(fixed).items():
        if resource["Type"] == "AWS::IAM::Role":
            ids[f"<{name}.Arn>"] = role.arn(f"natkeeper-{name}")
    return Deployed(fixed, ids)


@cache
def _resources(given: Given) -> dict[str, dict[str, Any]]:
    return Stack(dict(given)).resources()


def _pairs(given: Given, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each made-up id and the real one, since both stand at the same place of the same variable."""
    shared = Stack(dict(given)).value(template()["Globals"]["Function"]["Environment"]["Variables"])
    for function in FUNCTIONS:
        own = _resources(given)[f"{function}Function"]["Properties"]["Environment"]["Variables"]
        for name, value in {**shared, **own}.items():
            real = environment.get(name, value).split(",") if value else [""]  # left empty: it holds no id
            for made_up, identifier in zip(value.split(","), real, strict=True):
                if made_up.startswith("<"):
                    yield made_up, identifier
