"""Deletion order: what is still in use cannot be deleted. moto lets most of it go."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.internet_gateways import InternetGatewayBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend

from lab.ec2.corrections.correction import corrects
from lab.ec2.refusal import refusal


def _in_use(kind: str, identifier: str) -> Exception:
    return refusal(
        "DependencyViolation", f"The {kind} '{identifier}' has dependencies and cannot be deleted."
    )


@corrects(SubnetBackend, "delete_subnet")
def delete_subnet(original: Any, self: Any, subnet_id: str) -> Any:
    """Refuses a subnet with interfaces in it, and forgets its route table association."""
    if any(interface.subnet.id == subnet_id for interface in self.enis.values()):
        raise _in_use("subnet", subnet_id)
    for table in self.route_tables.values():
        for association, target in list(table._associations.items()):
            if target == subnet_id:
                del table._associations[association]
    return original(self, subnet_id)


@corrects(SecurityGroupBackend, "delete_security_group")
def delete_security_group(
    original: Any, self: Any, name: str | None = None, group_id: str | None = None
) -> Any:
    """Refuses a group that an interface has or another group's rule names."""
    if group_id:
        if any(group.id == group_id for e in self.enis.values() for group in e.group_set):
            raise refusal("DependencyViolation", f"resource {group_id} has a dependent object")
        for groups in self.groups.values():
            for group in groups.values():
                rules = (*group.ingress_rules, *group.egress_rules)
                named = {rule.source_group.get("GroupId") for rule in rules}
                if group.id != group_id and group_id in named:
                    raise refusal("DependencyViolation", f"resource {group_id} has a dependent object")
    return original(self, name, group_id)


@corrects(InternetGatewayBackend, "detach_internet_gateway")
def detach_internet_gateway(original: Any, self: Any, internet_gateway_id: str, vpc_id: str) -> None:
    """Refuses while a public address is mapped inside the VPC."""
    if any(e.public_ip and e.subnet.vpc_id == vpc_id for e in self.enis.values()):
        raise refusal(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway.",
        )
    original(self, internet_gateway_id, vpc_id)


@corrects(VPCBackend, "delete_vpc")
def delete_vpc(original: Any, self: Any, vpc_id: str) -> Any:
    """Refuses a VPC with a gateway, a security group or an endpoint of its own."""
    attached = any(g.vpc and g.vpc.id == vpc_id for g in self.internet_gateways.values())
    groups = [g for g in self.groups.get(vpc_id, {}).values() if g.name != "default"]
    endpoints = [e for e in self.vpc_end_points.values() if e.vpc_id == vpc_id]
    alive = [e for e in endpoints if e.state not in ("deleted", "deleting")]
    if attached or groups or alive:
        raise _in_use("vpc", vpc_id)
    return original(self, vpc_id)
