"""Takes away what the controller has put into EC2, so that CloudFormation can delete the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.ec2_gateways import (
    LENT,
    delete_gateway,
    find_allocations,
    find_gateways,
    release_address,
)
from natkeeper.adapters.ec2_images import delete_snapshots, drop_image, find_images
from natkeeper.adapters.ec2_launch import ROLE, STACK
from natkeeper.adapters.ec2_network import UNKNOWN, find_tables
from natkeeper.adapters.ec2_nodes import end_instance, find_instances, is_ours, is_there
from natkeeper.core.errors import DeniedError, NotFoundError, NotReadyError, RefusedError
from natkeeper.core.intake.routing import DEFAULT
from natkeeper.core.last_resort import HOLDING, LAST_RESORT, GatewayState, NatGateway, NatGatewayId
from natkeeper.core.model import AllocationId, InstanceId, InterfaceId, Lifecycle, Route, RouteTableId

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import AddressTypeDef, FilterTypeDef, InstanceTypeDef


PARAMETERS = (
    ("eni-", "NetworkInterfaceId"),
    ("i-", "InstanceId"),
    ("nat-", "NatGatewayId"),
    ("tgw-", "TransitGatewayId"),
    ("pcx-", "VpcPeeringConnectionId"),
    ("igw-", "GatewayId"),
    ("vgw-", "GatewayId"),
    ("vpce-", "VpcEndpointId"),
    ("lgw-", "LocalGatewayId"),
    ("cagw-", "CarrierGatewayId"),
    ("arn:", "CoreNetworkArn"),
)
"""What ReplaceRoute calls a target, by how its id begins."""
DEAD = ("eni-", UNKNOWN)
"""How a black hole's target reads when a node of ours was there: its interface is gone."""


@dataclass(frozen=True, slots=True)
class Ec2Removal:
    """Only what carries the stack's tag, and only default routes that lead there."""

    client: EC2Client
    stack: str
    launch_template: str

    def nodes(self) -> tuple[InstanceId, ...]:
        """Instances of the stack that are not terminated yet."""
        return tuple(InstanceId(i["InstanceId"]) for i in self._instances() if is_there(i))

    def _instances(self) -> list[InstanceTypeDef]:
        return [i for i in find_instances(self.client, self.stack) if is_ours(i, self.launch_template)]

    def interfaces(self, outside: Collection[str] = ()) -> tuple[InterfaceId, ...]:
        """Interfaces of the stack, but for those in some subnets; they linger after their instance. What
        hangs on an instance that has copied our tags is none of ours."""
        tagged = find_instances(self.client, self.stack)
        copies = {i["InstanceId"] for i in tagged if not is_ours(i, self.launch_template)}
        with named("listing the interfaces", f"stack {self.stack}"):
            pages = self.client.get_paginator("describe_network_interfaces").paginate(Filters=[self._ours()])
            return tuple(
                InterfaceId(i["NetworkInterfaceId"])
                for page in pages
                for i in page["NetworkInterfaces"]
                if i["SubnetId"] not in outside and i.get("Attachment", {}).get("InstanceId") not in copies
            )

    def _ours(self) -> FilterTypeDef:
        return {"Name": f"tag:{STACK}", "Values": [self.stack]}

    def terminate(self, node: InstanceId) -> None:
        """Ends a node; one that is gone already is as good."""
        end_instance(self.client, node)

    def gateways(self, outside: Collection[str] = ()) -> tuple[NatGatewayId, ...]:
        """The stack's NAT gateways that are not deleted yet, but for those in some subnets."""
        return tuple(g.id for g in self._gateways() if g.subnet not in outside)

    def _gateways(self) -> list[NatGateway]:
        return [g for g in find_gateways(self.client, self.stack) if g.state in HOLDING]

    def end_gateways(self) -> tuple[NatGatewayId, ...]:
        """Deletes those that are there; what is left of them, and of those on their way in or out."""
        found = self._gateways()
        for gateway in found:
            if gateway.state is GatewayState.AVAILABLE:
                delete_gateway(self.client, gateway.id)
        return tuple(gateway.id for gateway in found)

    def release_addresses(self) -> tuple[AllocationId, ...]:
        """Gives back the addresses that were allocated for NAT gateways; those that there were."""
        found = find_allocations(self.client, self.stack)
        for allocation in found:
            release_address(self.client, allocation.id)
        return tuple(allocation.id for allocation in found)

    def drop_images(self) -> int:
        """Takes away the stack's images and all of its snapshots; how many images there were."""
        images = find_images(self.client, self.stack)
        for image in images:
            drop_image(self.client, image["ImageId"])
        delete_snapshots(self.client, self.stack)
        return len(images)

    def give_back(
        self,
        tables: Sequence[RouteTableId],
        interfaces: Collection[str],
        originals: Mapping[RouteTableId, str | None],
    ) -> tuple[str, ...]:
        """Makes default routes that lead to these interfaces, or to one that is gone, what they were before
        natkeeper; what became of each table, as sentences. A held table, and what somebody else has changed
        since, is left alone."""
        found = find_tables(self.client, "route-table-id", tables)
        return tuple(self._give_back(t.route, interfaces, originals.get(t.route.table)) for t in found)

    def _give_back(self, route: Route, interfaces: Collection[str], original: str | None) -> str:
        table, target = route.table, route.target
        if route.held:
            return f"{table} is held: left alone"
        if target is None or not (target in interfaces or (route.blackhole and target.startswith(DEAD))):
            return f"{table} leads to {target or 'nothing'}: left alone"
        if original and original not in interfaces and self._restore(table, original):
            return f"{table} leads to {original} again"
        self._delete(table)
        return f"{table} has no default route any more" + (f": {original} is gone" if original else "")

    def _delete(self, table: RouteTableId) -> None:
        try:
            with named("deleting the default route", table):
                self.client.delete_route(RouteTableId=table, DestinationCidrBlock=DEFAULT)
        except NotFoundError:
            return

    def _restore(self, table: RouteTableId, original: str) -> bool:
        """Whether the route leads there again: what it led to may be gone, or take no traffic now."""
        parameter = next((name for prefix, name in PARAMETERS if original.startswith(prefix)), None)
        if parameter is None:
            return False
        target: dict[str, Any] = {parameter: original}
        try:
            with named(f"giving {table} back to", original):
                self.client.replace_route(RouteTableId=table, DestinationCidrBlock=DEFAULT, **target)
        except (NotFoundError, NotReadyError, RefusedError):
            return False
        return True

    def held_addresses(self, but: Collection[str] = ()) -> tuple[AllocationId, ...]:
        """The stack's elastic addresses, but for some, that something holds and sends by as its own."""
        held = self._held(but)
        idle = self._idle(held)
        return tuple(AllocationId(a["AllocationId"]) for a in held if a not in idle)

    def idle_addresses(self, but: Collection[str] = ()) -> tuple[AllocationId, ...]:
        """Those that the controller may leave where they are: on a second private address, by which a node
        covers another zone, or with a node that is stopped."""
        return tuple(AllocationId(a["AllocationId"]) for a in self._idle(self._held(but)))

    def _idle(self, held: Sequence[AddressTypeDef]) -> list[AddressTypeDef]:
        nodes = self._instances() if held else []
        own = {n["NetworkInterfaceId"]: n["PrivateIpAddress"] for i in nodes for n in i["NetworkInterfaces"]}
        stopped = {n["NetworkInterfaceId"] for i in filter(_sleeps, nodes) for n in i["NetworkInterfaces"]}
        ours = [a for a in held if a.get("NetworkInterfaceId") in own]
        return [
            a
            for a in ours
            if a["NetworkInterfaceId"] in stopped or a["PrivateIpAddress"] != own[a["NetworkInterfaceId"]]
        ]

    def _held(self, but: Collection[str]) -> list[AddressTypeDef]:
        with named("reading elastic addresses", f"stack {self.stack}"):
            addresses = self.client.describe_addresses(Filters=[self._ours()])["Addresses"]
        lent = {"Key": ROLE, "Value": LAST_RESORT}  # those go with their NAT gateways
        kept = (a for a in addresses if lent not in a.get("Tags", []))
        return [a for a in kept if a.get("AssociationId") and a["AllocationId"] not in but]

    def free_addresses(self, but: Collection[str] = ()) -> int:
        """Takes the stack's elastic addresses, but for some, off whatever holds them; how many. Off a NAT
        gateway nobody takes one, listed or not: it goes with the gateway. For its own a node gets a public
        address only while it has no other elastic one (EC2 user guide, IP addressing): the idle go first."""
        lent = {gateway.allocation for gateway in self._gateways()}
        held = [a for a in self._held(but) if a["AllocationId"] not in lent]
        idle = self._idle(held)
        return sum(self._free(address) for address in sorted(held, key=lambda address: address not in idle))

    def _free(self, address: AddressTypeDef) -> bool:
        try:
            with named("disassociating the elastic address", address["AllocationId"]):
                self.client.disassociate_address(AssociationId=address["AssociationId"])
        except NotFoundError:
            return True
        except DeniedError as error:
            if error.code != LENT:
                raise
            return False
        return True


def _sleeps(instance: InstanceTypeDef) -> bool:
    return instance["State"]["Name"] in (Lifecycle.STOPPING, Lifecycle.STOPPED)
