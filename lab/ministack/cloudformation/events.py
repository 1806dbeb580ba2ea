"""CloudFormation's types of EventBridge that ministack lacks."""

from __future__ import annotations

from ministack.services import eventbridge

from lab.ministack.cloudformation.resource import Made, Properties, Resource, handler


def policy(r: Resource) -> Made:
    """AWS::Events::EventBusPolicy: one statement of a bus's policy."""
    bus, name = r.properties.get("EventBusName", "default"), r.properties["StatementId"]
    kept = eventbridge._event_bus_policies.get(bus) or {"Version": "2012-10-17", "Statement": []}
    others = [statement for statement in kept["Statement"] if statement["Sid"] != name]
    statements = [*others, {"Sid": name, **r.properties["Statement"]}]
    eventbridge._event_bus_policies[bus] = {**kept, "Statement": statements}
    return f"{bus}|{name}", {}


def _renew(_: str, resource: Resource, __: Properties) -> Made:
    return policy(resource)


def _drop(physical_id: str, _: Properties) -> None:
    bus, name = physical_id.split("|")
    if kept := eventbridge._event_bus_policies.get(bus):
        left = [statement for statement in kept["Statement"] if statement["Sid"] != name]
        eventbridge._event_bus_policies[bus] = {**kept, "Statement": left}


TYPES = {"AWS::Events::EventBusPolicy": handler(policy, _drop, _renew)}
