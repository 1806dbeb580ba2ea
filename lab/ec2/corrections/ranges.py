"""Ranges in their canonical form: EC2 takes 100.68.0.18/18 for 100.68.0.0/18 (API reference of CreateVpc and
CreateSubnet), moto keeps it as it was given."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend

from lab.ec2.corrections.correction import corrects


@corrects(VPCBackend, "create_vpc")
def create_vpc(original: Any, self: Any, cidr_block: str, *rest: Any, **named: Any) -> Any:
    """Canonical, where it is a range at all; the rest is moto's to refuse."""
    return original(self, _canonical(cidr_block), *rest, **named)


@corrects(SubnetBackend, "create_subnet")
def create_subnet(original: Any, self: Any, vpc_id: str, cidr_block: str, *rest: Any, **named: Any) -> Any:
    """The same."""
    return original(self, vpc_id, _canonical(cidr_block), *rest, **named)


def _canonical(block: str) -> str:
    try:
        return str(ip_network(block, strict=False))
    except ValueError:
        return block
