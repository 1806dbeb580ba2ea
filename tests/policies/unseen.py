"""What the template allows and no handler does in the tests, and why. It stands in docs/security.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.template.stacks import FUNCTIONS

_FUNCTION_ROLES = tuple(f"{function}Role" for function in FUNCTIONS)


@dataclass(frozen=True)
class Unseen:
    """Actions that somebody else does in the role's name."""

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    why: str

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Each role with each action."""
        for role in self.roles:
            for action in self.actions:
                yield role, action


UNSEEN = (
    Unseen(
        _FUNCTION_ROLES,
        ("logs:CreateLogStream", "logs:PutLogEvents"),
        "Lambda itself writes what a function prints, as the function's role.",
    ),
    Unseen(
        _FUNCTION_ROLES,
        ("sqs:SendMessage",),
        "Lambda itself sends an event that failed to the queue, as the function's role.",
    ),
    Unseen(
        ("NodeRole",),
        (
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
            "ec2messages:AcknowledgeMessage",
            "ec2messages:DeleteMessage",
            "ec2messages:FailMessage",
            "ec2messages:GetEndpoint",
            "ec2messages:GetMessages",
            "ec2messages:SendReply",
        ),
        "The SSM agent on the node needs them for Run Command and Session Manager; no test runs the agent.",
    ),
    Unseen(
        ("NodeRole",),
        ("events:PutEvents",),
        "The node says which other nodes it does not hear, in its own name; no function has its role.",
    ),
)
