"""CloudFormation in ministack, with the EC2 side's types and the right !Ref of an instance profile."""

from __future__ import annotations

from typing import Any

from ministack.services import iam
from ministack.services.cloudformation import provisioners, stacks

from lab.ministack import compute, network, store

PROFILE = "AWS::IAM::InstanceProfile"


def install() -> None:
    """Registers the types."""
    handlers = provisioners._RESOURCE_HANDLERS
    handlers.update(network.TYPES)
    handlers.update(compute.TYPES)
    handlers[PROFILE] = _profile(handlers[PROFILE])
    own = stacks._runs_on_worker_thread

    def elsewhere(resource_type: str) -> bool:
        # These wait for the EC2 side, and the event loop has functions to serve meanwhile.
        return resource_type in network.TYPES or resource_type in compute.TYPES or own(resource_type)

    stacks._runs_on_worker_thread = elsewhere


def _profile(own: dict[str, Any]) -> dict[str, Any]:
    """ministack's !Ref gives the ARN, AWS's the name. Launches look for the profile at the EC2 side."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, Any]:
        arn, attributes = own["create"](logical_id, properties, stack)
        name = arn.split("/")[-1]
        store.iam().create_instance_profile(InstanceProfileName=name, Path=properties.get("Path", "/"))
        return name, attributes

    def update(name: str, before: Any, after: Any, stack: str, logical_id: str) -> tuple[str, Any]:
        arn = iam._instance_profiles[name]["Arn"]
        made, attributes = own["update"](arn, before, after, stack, logical_id)
        return made.split("/")[-1], attributes

    def delete(name: str, properties: Any) -> None:
        own["delete"](iam._instance_profiles[name]["Arn"], properties)
        store.iam().delete_instance_profile(InstanceProfileName=name)

    return {**own, "create": create, "update": update, "delete": delete}
