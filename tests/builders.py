"""Builders of small worlds. The defaults are well: a healthy node, routed to, with its address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from natkeeper.core.actions import Action
from natkeeper.core.decision.look import Look, look_at
from natkeeper.core.decision.plan import plan
from natkeeper.core.judgement.context import Context
from natkeeper.core.last_resort import NOTHING, LastResorts
from natkeeper.core.memory import Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import (
    Address,
    AllocationId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Node,
    Observed,
    Outcome,
    Probe,
    Route,
    RouteTableId,
    SubnetId,
    Zone,
    ZoneName,
)
from natkeeper.core.policy import Policy
from natkeeper.core.ring import Hearsay

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
A, B, C = ZoneName("eu-west-1a"), ZoneName("eu-west-1b"), ZoneName("eu-west-1c")
CLIENTS = {"a": "10.0.100.0/24", "b": "10.0.101.0/24", "c": "10.0.102.0/24"}
"""The range of each zone's private subnet."""
POLICY = Policy(template_version=3, instance_types=("t4g.nano", "t4g.micro"))


def ago(**duration: float) -> datetime:
    """A time before NOW: ago(minutes=5)."""
    return NOW - timedelta(**duration)


def passed(at: datetime = NOW) -> Probe:
    return Probe(at, Outcome.PASSED)


def failed(*failing: str, at: datetime = NOW) -> Probe:
    return Probe(at, Outcome.FAILED, failing)


def silent(at: datetime = NOW, note: str = "") -> Probe:
    return Probe(at, Outcome.SILENT, note=note)


def node(name: str = "a1", **changes: Any) -> Node:
    """A running, verified node of the zone its name begins with."""
    healthy = Node(
        id=InstanceId(f"i-{name}"),
        zone={"a": A, "b": B, "c": C}[name[0]],
        lifecycle=Lifecycle.RUNNING,
        launched_at=ago(hours=5),
        interface=InterfaceId(f"eni-{name}"),
        source_dest_check=False,
        template_version=3,
        generation=0,
        instance_type="t4g.nano",
        public_address=f"198.51.100.{'abc'.index(name[0])}{name[1:]}",
        probes=(passed(ago(minutes=1)), passed()),
    )
    return replace(healthy, **changes)


def able(name: str = "a1", **changes: Any) -> Node:
    """The same with two private addresses: it can cover by another zone's."""
    number = f"{'abc'.index(name[0])}.{name[1:]}"
    own: dict[str, Any] = {"private_address": f"10.0.{number}0", "cover_address": f"10.0.{number}7"}
    return node(name, **{**own, **changes})


def listed(seen: Node) -> Node:
    """As DescribeInstances shows it: one that is terminated without its interface."""
    if seen.lifecycle is not Lifecycle.TERMINATED:
        return seen
    return replace(seen, interface=None, source_dest_check=False)


def booting(name: str, **changes: Any) -> Node:
    """A node launched a moment ago that has not answered yet."""
    young: dict[str, Any] = {"launched_at": ago(seconds=20), "probes": ()}
    return node(name, **{**young, **changes})


def pending(name: str, **changes: Any) -> Node:
    return booting(name, **{"lifecycle": Lifecycle.PENDING, **changes})


def route(target: Node | str | None = "eni-a1", table: str = "rtb-a", **changes: Any) -> Route:
    interface = target.interface if isinstance(target, Node) else target
    return Route(RouteTableId(table), interface, **changes)


def zone(
    nodes: Iterable[Node] = (),
    to: Node | str | None = None,
    holder: Node | None = None,
    name: ZoneName = A,
    at: Node | None = None,
    **changes: Any,
) -> Zone:
    """A zone whose one table points `to` a node and whose address `holder` has; or `at`, to cover by it."""
    letter, on = name[-1], at or holder
    private = at.cover_address if at else holder.private_address if holder else ""
    built = Zone(
        name=name,
        subnet=SubnetId(f"subnet-{letter}"),
        routes=(route(to, f"rtb-{letter}", clients=(CLIENTS[letter],)),),
        nodes=tuple(nodes),
        address=Address(AllocationId(f"eipalloc-{letter}"), on.interface if on else None, private),
    )
    return replace(built, **changes)


def served(serving: Node, *others: Node, **changes: Any) -> Zone:
    """A zone that its own node serves, others standing by."""
    return zone((serving, *others), to=serving, holder=serving, name=serving.zone, **changes)


def world(*zones: Any) -> Observed:
    return Observed(tuple(zones))


def looked(
    observed: Observed,
    memory: Memory | None = None,
    policy: Policy = POLICY,
    now: datetime = NOW,
    hearsay: Hearsay | None = None,
    *,
    resorts: LastResorts = NOTHING,
) -> Look:
    """What is judged of this world."""
    return look_at(observed, Context(policy, memory or Memory(), now), hearsay=hearsay, resorts=resorts)


def decided(
    observed: Observed,
    memory: Memory | None = None,
    policy: Policy = POLICY,
    now: datetime = NOW,
    hearsay: Hearsay | None = None,
    *,
    resorts: LastResorts = NOTHING,
) -> tuple[Action, ...]:
    """What is planned for this world."""
    return plan(looked(observed, memory, policy, now, hearsay, resorts=resorts))


def remembering(*verified: Node, zones: dict[ZoneName, ZoneMemory] | None = None, **changes: Any) -> Memory:
    """A memory in which these nodes were verified long ago."""
    nodes = {n.id: NodeMemory(verified_at=ago(hours=4)) for n in verified}
    return replace(Memory(zones=zones or {}, nodes=nodes), **changes)
