"""What lies in the private subnets, in EC2: two calls, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.ec2_launch import STACK
from natkeeper.adapters.ec2_network import batches
from natkeeper.core.intake.workloads import INSTANCE, Presence
from natkeeper.core.model import SubnetId

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, NetworkInterfaceTypeDef

_ALIVE = ["pending", "running"]


@dataclass(frozen=True, slots=True)
class Ec2Workloads:
    """Instances and network interfaces; natkeeper's own nodes, of any stack, are left out."""

    client: EC2Client

    def find(self, subnets: Sequence[SubnetId]) -> tuple[Presence, ...]:
        """Everything in these subnets."""
        found: list[Presence] = []
        for batch in batches(subnets):
            found += self._instances(batch)
            found += self._interfaces(batch)
        return tuple(found)

    def _instances(self, subnets: list[str]) -> Iterator[Presence]:
        with named("listing instances in private subnets", ", ".join(subnets)):
            pages = self.client.get_paginator("describe_instances").paginate(
                Filters=[
                    {"Name": "network-interface.subnet-id", "Values": subnets},
                    {"Name": "instance-state-name", "Values": _ALIVE},
                ]
            )
            instances = [i for page in pages for r in page["Reservations"] for i in r["Instances"]]
        for instance in instances:
            yield from _of_instance(instance)

    def _interfaces(self, subnets: list[str]) -> Iterator[Presence]:
        with named("listing network interfaces in private subnets", ", ".join(subnets)):
            pages = self.client.get_paginator("describe_network_interfaces").paginate(
                Filters=[{"Name": "subnet-id", "Values": subnets}]
            )
            interfaces = [i for page in pages for i in page["NetworkInterfaces"]]
        for interface in interfaces:
            presence = _of_interface(interface)
            if STACK not in presence.tags:
                yield presence


def _of_instance(instance: InstanceTypeDef) -> Iterator[Presence]:
    tags = frozenset(tag["Key"] for tag in instance.get("Tags", []))
    subnets = {i["SubnetId"] for i in instance.get("NetworkInterfaces", []) if "SubnetId" in i}
    if STACK not in tags:
        for subnet in sorted(subnets or {instance.get("SubnetId", "")}):
            yield Presence(instance["InstanceId"], SubnetId(subnet), INSTANCE, tags=tags)


def _of_interface(interface: NetworkInterfaceTypeDef) -> Presence:
    return Presence(
        id=interface["NetworkInterfaceId"],
        subnet=SubnetId(interface["SubnetId"]),
        kind=interface.get("InterfaceType", "interface"),
        in_use=interface.get("Status") == "in-use",
        attached="InstanceId" in interface.get("Attachment", {}),
        requester=interface.get("RequesterId", ""),
        description=interface.get("Description", ""),
        tags=frozenset(tag["Key"] for tag in interface.get("TagSet", [])),
    )
