"""Judgements about network ACLs: whether they let through what a NAT needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Acl, Facts
from natkeeper.core.doctor.findings import Mistake, known
from natkeeper.core.doctor.network import ground_of, vpc_of

TCP, ANY = "6", "-1"
INTERNET = ("1.1.1.1", "8.8.8.8", "52.94.236.248")
"""A few addresses of different owners: an ACL that shuts out one of them has its reasons."""
EPHEMERAL = (1024, 32768, 65535)
"""Ports that a node translates to, at both ends and in the middle (node/ uses the whole range)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Packets of TCP that must pass, one way, between a port here or there and any of the addresses."""

    told: str
    egress: bool
    port: int
    addresses: tuple[str, ...]


def blocked_flows(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """What the public subnets' ACLs keep from the nodes."""
    ground = ground_of(facts, vpc_of(facts, asked))
    private = {s for name in asked.tables for s in ground.serving.get(name, ()) if s in ground.subnets}
    ranges = sorted(text for subnet in private for text in ground.subnets[subnet].ranges)
    for acl in known(facts.acls):
        guarded = [subnet for subnet in asked.public_subnets if subnet in acl.subnets]
        shut = [flow.told for flow in _flows(ranges) if not _passes(acl, flow)] if guarded else []
        if shut:
            yield Mistake(
                f"network ACL {acl.id} of {', '.join(guarded)} does not let through {'; '.join(shut)}",
                "allow it in the ACL, for both directions: an ACL does not remember connections",
            )


def _flows(ranges: list[str]) -> Iterator[Flow]:
    for port in (80, 443):
        yield Flow(f"TCP to port {port} of the internet", egress=True, port=port, addresses=INTERNET)
    for port in EPHEMERAL:
        yield Flow(f"answers to port {port} from the internet", egress=False, port=port, addresses=INTERNET)
    for text in ranges:
        host = (str(IPv4Interface(text).network[4]),)  # AWS keeps the first four
        yield Flow(f"TCP to port 443 from {text}", egress=False, port=443, addresses=host)
        yield Flow(f"answers to port 32768 of {text}", egress=True, port=32768, addresses=host)


def _passes(acl: Acl, flow: Flow) -> bool:
    return any(_allows(acl, flow, IPv4Address(address)) for address in flow.addresses)


def _allows(acl: Acl, flow: Flow, address: IPv4Address) -> bool:
    """The first rule that fits decides (VPC User Guide, network ACLs)."""
    for rule in sorted(acl.rules, key=lambda rule: rule.number):
        low, high = rule.ports
        fits = rule.protocol == ANY or (rule.protocol == TCP and low <= flow.port <= high)
        if rule.egress is flow.egress and fits and address in IPv4Interface(rule.range).network:
            return rule.allows
    return False
