"""What in a private subnet may need a way out.

Counts: pending and running instances, and network interfaces in use of anything else that may open
connections: ECS tasks, Lambda functions, RDS, ElastiCache, CodeBuild, and all that we do not know. To be
wrong that way costs cents; the other way, somebody's work.

Does not count: this stack's own nodes, stopped instances, interfaces that nothing uses, and those that only
answer: load balancers, VPC endpoints, NAT gateways, EFS mount targets. A transit gateway's attachment and a
gateway load balancer's endpoint do count: the traffic of others comes in through them. The tag
`natkeeper:ignore` takes anything out, `natkeeper:workload` puts anything in; the first wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from natkeeper.core.model import SubnetId

IGNORE, WORKLOAD = "natkeeper:ignore", "natkeeper:workload"
INSTANCE = "instance"
ANSWERING_TYPES = frozenset(
    {
        "api_gateway_managed",
        "ec2_instance_connect_endpoint",
        "gateway_load_balancer",
        "global_accelerator_managed",
        "load_balancer",
        "natGateway",
        "nat_gateway",
        "network_load_balancer",
        "vpc_endpoint",
    }
)
"""Interface types (EC2 API reference, NetworkInterface) of which no connection through a NAT begins."""
ANSWERING_REQUESTERS = frozenset({"amazon-elb"})
ANSWERING_DESCRIPTIONS = ("ELB ", "EFS mount target for ", "VPC Endpoint Interface ")
"""How AWS describes interfaces of the plain type that only answer."""


@dataclass(frozen=True, slots=True)
class Presence:
    """An instance or a network interface in a private subnet. `kind` is "instance" or the interface's type;
    `attached`: it belongs to an instance, which is listed itself while it runs."""

    id: str
    subnet: SubnetId
    kind: str
    in_use: bool = True
    attached: bool = False
    requester: str = ""
    description: str = ""
    tags: frozenset[str] = frozenset()


def counts(presence: Presence) -> bool:
    """Whether this may need a way out."""
    if presence.tags & {IGNORE, WORKLOAD}:
        return IGNORE not in presence.tags
    if presence.kind == INSTANCE:
        return True
    answers = (
        presence.kind in ANSWERING_TYPES
        or presence.requester in ANSWERING_REQUESTERS
        or presence.description.startswith(ANSWERING_DESCRIPTIONS)
    )
    return presence.in_use and not presence.attached and not answers


def workloads(presences: Iterable[Presence], subnets: Iterable[SubnetId]) -> tuple[str, ...]:
    """The ids of what counts in these subnets, in order."""
    here = frozenset(subnets)
    return tuple(sorted({p.id for p in presences if p.subnet in here and counts(p)}))
