"""The resources that a call names, found by the reference's own names for them, with their tags in moto."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.policies import reference

CREATED = {
    "ec2:RunInstances": ("instance", "network-interface", "volume"),
    "ec2:CreateImage": ("image", "snapshot"),
    "ec2:CreateNatGateway": ("natgateway",),
    "ec2:AllocateAddress": ("elastic-ip",),
}
"""What a call makes; IAM is asked about any such resource, with the tags that the call gives it."""
ELSEWHERE = {"ec2:RunInstances": ("image",)}
"""What the launch template names, not the call."""
DEFAULTS = {("events:PutEvents", "event-bus"): ("default",)}
"""What a call means that names none."""
_PARAMETERS = {
    "SecurityGroupId": ("Groups",),
    "TopicName": ("TopicArn",),
    "ParameterNameWithoutLeadingSlash": ("Names",),
    "Id": ("StackName",),
    "QueueName": ("QueueUrl",),
}
"""Parameters with another name than the reference's variable, or its plural."""


@dataclass(frozen=True)
class Resource:
    """A resource as IAM meets it."""

    kind: str
    id: str
    tags: Mapping[str, str] = field(default_factory=dict)


def named(action: str, parameters: Mapping[str, Any], ec2: Any) -> tuple[Resource, ...]:
    """The resources of a call. Raises LookupError when it names none of a type that the action must have."""
    kinds = reference.kinds(action)
    found = {name: _of_kind(action, name, parameters) for name in kinds}
    for kind, identifier in _behind(parameters, ec2):
        if kind in found and identifier not in found[kind]:
            found[kind].append(identifier)
    missing = [name for name, kind in kinds.items() if kind.required and not found[name]]
    if set(missing) - set(ELSEWHERE.get(action, ())) or not any(found.values()):
        raise LookupError(f"{action} must name {missing or 'something'}, which is not in {parameters}")
    return tuple(
        Resource(kind, identifier, dict(ec2.tags.get(identifier, {})))
        for kind, identifiers in found.items()
        for identifier in identifiers
    )


def _of_kind(action: str, kind: str, parameters: Mapping[str, Any]) -> list[str]:
    if kind in CREATED.get(action, ()):
        return ["*"]
    ids = _ids(reference.kinds(action)[kind].variable, parameters)
    if kind == "managed-instance":  # the same parameter as instances, told apart by the id
        return [each for each in ids if each.startswith("mi-")]
    return ids or [*DEFAULTS.get((action, kind), ())]


def _ids(variable: str, parameters: Any) -> list[str]:
    names = (variable, f"{variable}s", *_PARAMETERS.get(variable, ()))
    found: list[str] = []
    for name, value in _leaves(parameters):
        if name in names:
            short = value.rsplit(":", 1)[1] if value.startswith("arn:") else value
            short = short.removeprefix("/")  # a parameter's
            short = short.rsplit("/", 1)[1] if short.startswith("https://") else short  # a queue's URL
            short = short.removeprefix("stack/natkeeper/")  # a stack's ARN ends with its name and its id
            found += [short] if short not in found else []
    return found


def _leaves(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, key)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _leaves(value, name)
    elif isinstance(node, str):
        yield name, node


def _behind(parameters: Mapping[str, Any], ec2: Any) -> Iterator[tuple[str, str]]:
    """What EC2 knows by an id in the call: an association's address and interface, their instance."""
    interface = parameters.get("NetworkInterfaceId")
    for address in ec2.addresses:
        if address.association_id and address.association_id == parameters.get("AssociationId"):
            yield "elastic-ip", address.allocation_id
            interface = address.eni.id
    if interface:
        yield "network-interface", interface
        if interface in ec2.enis and ec2.enis[interface].instance:
            yield "instance", ec2.enis[interface].instance.id
