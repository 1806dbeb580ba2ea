"""The demo's scenarios without packets: what is broken through the API, and what must be true again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.stage.orders import send_order
from lab.stage.stack_view import ZoneView

Before = list[ZoneView]


@dataclass(frozen=True)
class Scenario:
    """One change. `trigger` breaks or wants something, and says what; `healed` compares with before."""

    title: str
    trigger: Callable[[Any, Before], str]
    healed: Callable[[Before, list[ZoneView]], bool]
    deadline: float  # seconds


def all_well(_: Before, now: list[ZoneView]) -> bool:
    """Every zone is served by its own node, with its address."""
    return all(zone.well for zone in now)


def first_replaced(before: Before, now: list[ZoneView]) -> bool:
    """All well, and the first zone has another node than before."""
    return all_well(before, now) and now[0].instance != before[0].instance


def watch(_aws: Any, _before: Before) -> str:
    """Nothing is broken: the functions build the NAT on their own schedule and events."""
    return "the stack is deployed; nobody tells it to begin"


def terminate(aws: Any, before: Before) -> str:
    """Somebody ends the first zone's node."""
    aws.client("ec2").terminate_instances(InstanceIds=[before[0].instance])
    return f"ec2 terminate-instances {before[0].instance}"


def break_quietly(aws: Any, before: Before) -> str:
    """What no event tells of: a deleted route, and in the last zone the check back on."""
    ec2 = aws.client("ec2")
    ec2.delete_route(RouteTableId=before[0].table, DestinationCidrBlock="0.0.0.0/0")
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=before[-1].target, SourceDestCheck={"Value": True}
    )
    return f"ec2 delete-route {before[0].table}; source/dest check on for {before[-1].instance}"


def first_asleep(before: Before, now: list[ZoneView]) -> bool:
    """The first zone's node is off, and its route has stayed with it; the others are well."""
    same = (now[0].instance, now[0].target) == (before[0].instance, before[0].target)
    return same and now[0].state == "blackhole" and all_well(before, now[1:])


def send(name: str) -> Callable[[Any, Before], str]:
    """A person sends an event, word for word."""
    return lambda aws, _before: send_order(aws, name)


SCENARIOS = (
    Scenario("a new stack", watch, all_well, 90),
    Scenario("the node of the first zone is terminated", terminate, first_replaced, 60),
    Scenario("a route deleted, a source/dest check turned on", break_quietly, all_well, 60),
    Scenario("a manual failover", send("failover"), first_replaced, 60),
    Scenario("a zone is put to sleep", send("sleep"), first_asleep, 60),
    Scenario("and may do as it would again: it wakes", send("automatic"), all_well, 60),
)
