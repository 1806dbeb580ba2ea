"""The stack's last resorts in EC2: NAT gateways, and the elastic addresses that were allocated for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.ec2_launch import ROLE, STACK, ZONE
from natkeeper.adapters.ec2_network import lead
from natkeeper.core.errors import AwsError, DeniedError, NotFoundError, NotReadyError
from natkeeper.core.last_resort import (
    LAST_RESORT,
    Allocation,
    GatewayState,
    LastResorts,
    NatGateway,
    NatGatewayId,
)
from natkeeper.core.last_resort_actions import CreateNatGateway
from natkeeper.core.model import AllocationId, InterfaceId, RouteTableId, SubnetId, ZoneName

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        AddressTypeDef,
        FilterTypeDef,
        NatGatewayAddressTypeDef,
        NatGatewayTypeDef,
        TagSpecificationTypeDef,
        TagTypeDef,
    )


LENT = "AuthFailure"
"""What EC2 says to whoever wants an address that a NAT gateway has, as if it were not theirs."""


@dataclass(frozen=True, slots=True)
class Ec2Gateways:
    """Only what carries the stack's tag and this role; no other gateway or address is ever touched."""

    client: EC2Client
    stack: str
    extra: Mapping[str, str] = field(default_factory=dict)  # tags beside our own

    def find(self) -> LastResorts:
        """All of them, with those that are gone while EC2 lists them (about an hour): two calls."""
        return LastResorts(find_gateways(self.client, self.stack), find_allocations(self.client, self.stack))

    def create(self, action: CreateNatGateway) -> NatGateway:
        """Makes one; with an address that is allocated for it, if it is told none, and released again if EC2
        refuses. Should that not come to pass, its tags tell the next look whose it is."""
        if action.allocation:
            return self._create(action, action.allocation)
        allocation = self._allocate(action)
        try:
            return self._create(action, allocation)
        except AwsError:
            self.release(allocation)
            raise

    def _create(self, action: CreateNatGateway, allocation: AllocationId) -> NatGateway:
        request: dict[str, Any] = {
            "SubnetId": str(action.subnet),
            "AllocationId": str(allocation),
            "TagSpecifications": self._tags("natgateway", action.zone),
        }
        token = hashlib.sha256(repr((self.stack, action.number, request)).encode()).hexdigest()[:48]
        with named("making a NAT gateway", f"{action.zone} with {allocation}"):
            answer = self.client.create_nat_gateway(**request, ClientToken=f"natkeeper-{token}")
            return _gateway(answer["NatGateway"], action.zone)

    def _allocate(self, action: CreateNatGateway) -> AllocationId:
        with named("allocating an elastic address", f"a NAT gateway in {action.zone}"):
            answer = self.client.allocate_address(
                Domain="vpc", TagSpecifications=self._tags("elastic-ip", action.zone)
            )
            return AllocationId(answer["AllocationId"])

    def _tags(self, kind: Any, zone: ZoneName) -> list[TagSpecificationTypeDef]:
        own = {"Name": f"{self.stack}-{LAST_RESORT}-{zone}", STACK: self.stack, ZONE: zone, ROLE: LAST_RESORT}
        pairs = [{"Key": key, "Value": value} for key, value in {**self.extra, **own}.items()]
        return [{"ResourceType": kind, "Tags": pairs}]  # type: ignore[typeddict-item]

    def point(self, table: RouteTableId, gateway: NatGatewayId) -> None:
        """Makes the table's default route lead to the gateway, whether there was one or not."""
        lead(self.client, table, {"NatGatewayId": gateway})

    def delete(self, gateway: NatGatewayId) -> None:
        """Deletes it; one that is gone already is as good."""
        delete_gateway(self.client, gateway)

    def release(self, address: AllocationId) -> None:
        """Gives an address back; one that is gone already is as good."""
        release_address(self.client, address)


def find_gateways(client: EC2Client, stack: str) -> tuple[NatGateway, ...]:
    """The stack's NAT gateways, whatever their state."""
    with named("listing the NAT gateways", f"stack {stack}"):
        pages = client.get_paginator("describe_nat_gateways").paginate(Filters=_ours(stack))
        found = [g for page in pages for g in page["NatGateways"]]
        return tuple(_gateway(g, ZoneName(_tag(g.get("Tags", []), ZONE))) for g in found)


def find_allocations(client: EC2Client, stack: str) -> tuple[Allocation, ...]:
    """The elastic addresses that were allocated for the stack's NAT gateways."""
    with named("listing the addresses of NAT gateways", f"stack {stack}"):
        found = client.describe_addresses(Filters=_ours(stack))["Addresses"]
        return tuple(_allocation(address) for address in found)


def _ours(stack: str) -> list[FilterTypeDef]:
    return [{"Name": f"tag:{STACK}", "Values": [stack]}, {"Name": f"tag:{ROLE}", "Values": [LAST_RESORT]}]


def _allocation(address: AddressTypeDef) -> Allocation:
    zone = ZoneName(_tag(address.get("Tags", []), ZONE))
    return Allocation(AllocationId(address["AllocationId"]), zone, held=bool(address.get("AssociationId")))


def delete_gateway(client: EC2Client, gateway: NatGatewayId) -> None:
    """Deletes a NAT gateway; one that is gone already is as good."""
    try:
        with named("deleting the NAT gateway", gateway):
            client.delete_nat_gateway(NatGatewayId=gateway)
    except NotFoundError:
        return


def release_address(client: EC2Client, address: AllocationId) -> None:
    """Releases an elastic address; one that is gone already is as good. Raises NotReadyError for a moment
    after its gateway was deleted: EC2 calls it not ours (AuthFailure) until it is free."""
    attempted = "releasing the elastic address"
    try:
        with named(attempted, address):
            client.release_address(AllocationId=address)
    except NotFoundError:
        return
    except DeniedError as error:
        if error.code == LENT:
            raise NotReadyError(attempted, address, error.code, error.message) from error
        raise


def _gateway(gateway: NatGatewayTypeDef, zone: ZoneName) -> NatGateway:
    """One that is being made may have no address in EC2's answer yet."""
    addresses = gateway.get("NatGatewayAddresses", [])
    held: NatGatewayAddressTypeDef = addresses[0] if addresses else {}
    allocation, interface = held.get("AllocationId"), held.get("NetworkInterfaceId")
    failure = f"{gateway.get('FailureCode', '')}: {gateway.get('FailureMessage', '')}".strip(": ")
    return NatGateway(
        id=NatGatewayId(gateway["NatGatewayId"]),
        zone=zone,
        subnet=SubnetId(gateway.get("SubnetId", "")),
        state=GatewayState(gateway["State"]),
        created_at=gateway["CreateTime"],
        allocation=AllocationId(allocation) if allocation else None,
        interface=InterfaceId(interface) if interface else None,
        failure=failure,
    )


def _tag(tags: list[TagTypeDef], key: str) -> str:
    return next((tag.get("Value", "") for tag in tags if tag.get("Key") == key), "")
