"""CloudFormation in ministack, with the EC2 side's types, the right !Ref of an instance profile, and failures
on demand."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from ministack.services import iam
from ministack.services.cloudformation import engine, provisioners, stacks

from lab.ministack import store
from lab.ministack.cloudformation import compute, events, network

PROFILE = "AWS::IAM::InstanceProfile"
FUNCTION = "AWS::Lambda::Function"
_refused: set[str] = set()


def refuse(logical_ids: Iterable[str]) -> None:
    """Makes the next creation or update of each of these resources fail, once."""
    _refused.update(logical_ids)


def _fail_if_refused(logical_id: str) -> None:
    if logical_id in _refused:
        _refused.remove(logical_id)
        raise RuntimeError(f"the lab was told to refuse {logical_id}")


def install() -> None:
    """Registers the types."""
    handlers = provisioners._RESOURCE_HANDLERS
    handlers.update(network.TYPES)
    handlers.update(compute.TYPES)
    handlers.update(events.TYPES)
    handlers[PROFILE] = _profile(handlers[PROFILE])
    _refuse_on_demand()
    _name_every_zone()
    own = stacks._runs_on_worker_thread

    def elsewhere(resource_type: str) -> bool:
        # These wait for the EC2 side, or for the files of ended functions to be deleted, and the event loop
        # has functions to serve meanwhile.
        ours = resource_type in network.TYPES or resource_type in compute.TYPES
        return ours or resource_type == FUNCTION or own(resource_type)

    stacks._runs_on_worker_thread = elsewhere


def _refuse_on_demand() -> None:
    own_create, own_update = stacks._provision_resource, stacks._update_resource

    def create(resource_type: str, logical_id: str, *rest: Any) -> Any:
        _fail_if_refused(logical_id)
        return own_create(resource_type, logical_id, *rest)

    def update(*arguments: Any) -> Any:
        _, _, before, after, _, logical_id, *_ = arguments
        if before != after:
            _fail_if_refused(logical_id)
        return own_update(*arguments)

    stacks._provision_resource, stacks._update_resource = create, update


def _name_every_zone() -> None:
    """ministack knows three zones of each region; Fn::GetAZs names those that EC2 has."""
    own = engine._resolve_refs

    def resolve(value: Any, *rest: Any) -> Any:
        if isinstance(value, dict) and value.get("Fn::GetAZs") == "":
            return list(_zones())
        return own(value, *rest)

    engine._resolve_refs = resolve


@functools.cache
def _zones() -> tuple[str, ...]:
    listed = store.ec2().describe_availability_zones()["AvailabilityZones"]
    return tuple(sorted(zone["ZoneName"] for zone in listed))


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
