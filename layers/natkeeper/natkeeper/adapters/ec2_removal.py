"""Takes away what the controller has put into EC2, so that CloudFormation can delete the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.ec2_launch import STACK
from natkeeper.adapters.ec2_network import DEFAULT, Ec2Network
from natkeeper.adapters.ec2_nodes import end_instance, find_instances
from natkeeper.core.errors import NotFoundError
from natkeeper.core.model import InstanceId, InterfaceId, RouteTableId

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef


@dataclass(frozen=True, slots=True)
class Ec2Removal:
    """Only what carries the stack's tag, and only default routes that lead there."""

    client: EC2Client
    stack: str

    def nodes(self) -> tuple[InstanceId, ...]:
        """Instances of the stack that are not terminated yet."""
        return tuple(InstanceId(i["InstanceId"]) for i in find_instances(self.client, self.stack))

    def interfaces(self) -> tuple[InterfaceId, ...]:
        """Interfaces of the stack; they linger for a while after their instance."""
        with named("listing the interfaces", f"stack {self.stack}"):
            pages = self.client.get_paginator("describe_network_interfaces").paginate(Filters=[self._ours()])
            return tuple(
                InterfaceId(i["NetworkInterfaceId"]) for page in pages for i in page["NetworkInterfaces"]
            )

    def _ours(self) -> FilterTypeDef:
        return {"Name": f"tag:{STACK}", "Values": [self.stack]}

    def terminate(self, nodes: Sequence[InstanceId]) -> None:
        """Ends the nodes; a node that is gone already is as good."""
        for node in nodes:
            end_instance(self.client, node)

    def delete_routes(self, tables: Sequence[RouteTableId], interfaces: Sequence[InterfaceId]) -> int:
        """Deletes the default routes that lead to these interfaces, or nowhere; how many."""
        deleted = 0
        for table in Ec2Network(self.client).tables(tables):
            route = table.route
            if route.held or not (route.target in interfaces or route.blackhole):
                continue
            with named("deleting the default route", route.table):
                self.client.delete_route(RouteTableId=route.table, DestinationCidrBlock=DEFAULT)
            deleted += 1
        return deleted

    def free_addresses(self) -> int:
        """Takes the stack's elastic addresses off whatever holds them; how many."""
        with named("reading elastic addresses", f"stack {self.stack}"):
            addresses = self.client.describe_addresses(Filters=[self._ours()])["Addresses"]
        held = [a for a in addresses if a.get("AssociationId")]
        for address in held:
            try:
                with named("disassociating the elastic address", address["AllocationId"]):
                    self.client.disassociate_address(AssociationId=address["AssociationId"])
            except NotFoundError:
                continue
        return len(held)
