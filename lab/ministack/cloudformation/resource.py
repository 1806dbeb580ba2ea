"""How a CloudFormation resource type is made: create, update, delete, and AWS's own errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lab.ministack import store

Properties = dict[str, Any]
Made = tuple[str, dict[str, str]]
"""The physical id (what !Ref gives) and the attributes (what !GetAtt gives)."""


@dataclass(frozen=True)
class Resource:
    """One resource to make: its logical id, its properties, its stack."""

    logical_id: str
    properties: Properties
    stack: str

    def tags(self, kind: str) -> list[dict[str, Any]]:
        """Returns the tag specification of an EC2 create call, CloudFormation's own tags included."""
        tags = [
            {"Key": tag["Key"], "Value": str(tag.get("Value", ""))} for tag in self.properties.get("Tags", [])
        ]
        tags.append({"Key": "aws:cloudformation:stack-name", "Value": self.stack})
        tags.append({"Key": "aws:cloudformation:logical-id", "Value": self.logical_id})
        return [{"ResourceType": kind, "Tags": tags}]

    def name(self, given: str) -> str:
        """Returns a name property, or one made of stack and logical id."""
        return str(self.properties.get(given) or f"{self.stack}-{self.logical_id}")


Create = Callable[[Resource], Made]
Update = Callable[[str, Resource, Properties], Made]
Delete = Callable[[str, Properties], Any]


def retag(physical_id: str, resource: Resource, before: Properties) -> Made:
    """The update of most types: tags only. Raises ValueError for any other change."""
    changed = {
        name
        for name in set(before) | set(resource.properties)
        if name != "Tags" and before.get(name) != resource.properties.get(name)
    }
    if changed:
        raise ValueError(f"the lab cannot update {sorted(changed)} of {resource.logical_id}")
    store.ec2().create_tags(
        Resources=[physical_id],
        Tags=resource.tags("any")[0]["Tags"][:-2],
    )
    return physical_id, {}


def handler(create: Create, delete: Delete, update: Update = retag) -> dict[str, Any]:
    """Returns the type in ministack's form. Errors pass through, and fail the stack's event."""

    def creating(logical_id: str, properties: Properties, stack: str) -> Made:
        return create(Resource(logical_id, properties, stack))

    def updating(
        physical_id: str, before: Properties, after: Properties, stack: str, logical_id: str
    ) -> Made:
        return update(physical_id, Resource(logical_id, after, stack), before)

    def deleting(physical_id: str, properties: Properties) -> None:
        try:
            delete(physical_id, properties)
        except ClientError as error:
            # What is gone already counts as deleted, as in CloudFormation.
            code = error.response["Error"]["Code"]
            if "NotFound" not in code and code not in ("InvalidDocument", "InvalidAddress"):
                raise

    return {
        "create": creating,
        "update": updating,
        "update_with_logical_id": True,
        "delete": deleting,
    }
