"""What can be done about a zone's last resort (`last_resort.py`), as values like all other actions."""

from __future__ import annotations

from dataclasses import dataclass

from natkeeper.core.cause import Cause
from natkeeper.core.last_resort import NatGatewayId
from natkeeper.core.model import AllocationId, RouteTableId, SubnetId, ZoneName


@dataclass(frozen=True, slots=True)
class CreateNatGateway:
    """Make a NAT gateway for the zone with this elastic address; None: with one that is allocated for it.
    `number` goes into its ClientToken: repeated, it makes no second."""

    zone: ZoneName
    subnet: SubnetId
    allocation: AllocationId | None
    number: int
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class PointAtGateway:
    """Point those default routes of the zone at its NAT gateway that lead nowhere."""

    zone: ZoneName
    gateway: NatGatewayId
    tables: tuple[RouteTableId, ...]
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class DeleteNatGateway:
    """Delete a NAT gateway that serves nothing any more. Its address stays, and is free in some minutes."""

    zone: ZoneName
    gateway: NatGatewayId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseAddress:
    """Give an elastic address back that was allocated for a last resort."""

    zone: ZoneName
    address: AllocationId
    cause: Cause
    reason: str


LastResortAction = CreateNatGateway | PointAtGateway | DeleteNatGateway | ReleaseAddress
