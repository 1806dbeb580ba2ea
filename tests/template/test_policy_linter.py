"""A public linter, cloudsplaining, reads every role's policies as a deployed stack has them."""

from __future__ import annotations

from typing import Any

import pytest
from cloudsplaining.scan.policy_document import PolicyDocument

from tests.template.stacks import ALL, of_type, statements

ROLES = sorted(of_type("AWS::IAM::Role"))
RISKS = (
    "allows_privilege_escalation",
    "allows_data_exfiltration_actions",
    "contains_statement_using_not_action",
    "credentials_exposure",
    "permissions_management_without_constraints",
    "service_wildcard",
    "tagging_actions_without_constraints",
    "write_actions_without_constraints",
)
# Systems Manager's message services have no resource level, and the agent cannot speak without them.
EXPLAINED = {
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:SendReply",
}


def findings(policy_statements: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """What the linter finds, by the kind of risk; kinds without a finding are left out."""
    read = PolicyDocument({"Version": "2012-10-17", "Statement": policy_statements})
    return {risk: found for risk in RISKS if (found := list(getattr(read, risk)))}


@pytest.mark.parametrize(
    ("stack", "role"),
    [(stack, role) for stack in ALL.values() for role in ROLES if role in stack.resources()],
)
def test_the_linter_finds_nothing_that_is_not_explained(stack: Any, role: str) -> None:
    found = findings(statements(stack, role))
    left = {risk: [a for a in actions if a not in EXPLAINED] for risk, actions in found.items()}

    assert not any(left.values()), left


@pytest.mark.parametrize(
    ("action", "risk"),
    [
        ("ec2:TerminateInstances", "write_actions_without_constraints"),
        ("iam:PassRole", "permissions_management_without_constraints"),
        ("s3:GetObject", "allows_data_exfiltration_actions"),
        ("ec2:*", "service_wildcard"),
    ],
)
def test_the_linter_would_find_a_wide_statement(action: str, risk: str) -> None:
    assert risk in findings([{"Sid": "Wide", "Effect": "Allow", "Action": action, "Resource": "*"}])
