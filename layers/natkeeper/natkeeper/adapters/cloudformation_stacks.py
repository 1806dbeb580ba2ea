"""How the stack itself stands, in CloudFormation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True, slots=True)
class CloudFormationStacks:
    """Asked by the stack's ARN, which names it also while it is deleted."""

    client: CloudFormationClient

    def status(self, stack: str) -> str:
        """CloudFormation's word, like UPDATE_ROLLBACK_IN_PROGRESS."""
        with named("reading the stack's status", stack):
            return self.client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
