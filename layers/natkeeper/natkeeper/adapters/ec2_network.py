"""The VPC's subnets and route tables, and the stack's elastic addresses, in EC2."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import AwsError, NotReadyError
from natkeeper.core.intake.routing import DEFAULT, Subnet, Table
from natkeeper.core.model import (
    Address,
    AllocationId,
    InterfaceId,
    Route,
    RouteTableId,
    SubnetId,
    VpcId,
    ZoneName,
)

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        AssociateAddressRequestTypeDef,
        FilterTypeDef,
        RouteTableTypeDef,
        RouteTypeDef,
        SubnetTypeDef,
    )

HOLD = "natkeeper:hold"
UNKNOWN = "an unknown target"
_NO_ROUTE = "no route defined"  # "There is no route defined for ... Use CreateRoute instead"
_OVER = ("disassociating", "disassociated", "failed")
"""States of an association that holds no more (API reference, RouteTableAssociationState)."""
_PROPAGATED = ("EnableVgwRoutePropagation", "Advertisement")
_FILTER_VALUES = 200  # EC2 takes at most so many values in one filter


@dataclass(frozen=True, slots=True)
class Ec2Network:
    """Reads by filter, not by id: one table that is gone must not hide the others."""

    client: EC2Client
    _vpcs: dict[SubnetId, VpcId] = field(default_factory=dict)
    _subnets: dict[SubnetId, Subnet] = field(default_factory=dict)

    def vpc_of(self, subnets: Sequence[SubnetId]) -> VpcId | None:
        """The VPC of the first of these subnets that AWS knows. A subnet never changes its VPC, so each
        is read once."""
        if not any(subnet in self._vpcs for subnet in subnets):
            for subnet in find_subnets(self.client, "subnet-id", subnets):
                self._vpcs[SubnetId(subnet["SubnetId"])] = VpcId(subnet["VpcId"])
        return next((self._vpcs[subnet] for subnet in subnets if subnet in self._vpcs), None)

    def tables(self, vpc: VpcId) -> tuple[Table, ...]:
        """Every route table of the VPC, with its default route."""
        return find_tables(self.client, "vpc-id", [vpc])

    def subnets(self, vpc: VpcId, needed: Collection[SubnetId] | None) -> Mapping[SubnetId, Subnet]:
        """The VPC's subnets, as read before if those have all that are needed: a subnet keeps its zone and
        range. None: all as they are now. One with IPv6 only has no IPv4 range (API reference, Subnet)."""
        if needed is None or not self._subnets.keys() >= set(needed):
            self._subnets.clear()
            for s in find_subnets(self.client, "vpc-id", [vpc]):
                ranges = (s["CidrBlock"],) if s.get("CidrBlock") else ()
                self._subnets[SubnetId(s["SubnetId"])] = Subnet(ZoneName(s["AvailabilityZone"]), ranges)
        return dict(self._subnets)

    def addresses(self, ids: Sequence[AllocationId]) -> tuple[Address, ...]:
        """The elastic addresses that AWS knows, who holds them, and on which private address."""
        if not ids:
            return ()
        with named("reading elastic addresses", ", ".join(ids)):
            answer = self.client.describe_addresses(Filters=[{"Name": "allocation-id", "Values": list(ids)}])
            return tuple(
                Address(
                    AllocationId(a["AllocationId"]),
                    InterfaceId(a["NetworkInterfaceId"]) if a.get("NetworkInterfaceId") else None,
                    a.get("PrivateIpAddress", ""),
                )
                for a in answer["Addresses"]
            )

    def point(self, table: RouteTableId, interface: InterfaceId) -> None:
        """Makes the table's default route lead to the interface, whether there was one or not.

        EC2 replaces only what exists and creates only what does not (API reference, ReplaceRoute and
        CreateRoute), and somebody may change that between our look and our call. The same error code has
        other meanings, which are told as they are.
        """
        lead(self.client, table, {"NetworkInterfaceId": interface})

    def associate(self, address: AllocationId, interface: InterfaceId, private: str = "") -> None:
        """Gives the address to this private address of the interface, else to its primary one, taking it from
        whoever holds it."""
        request: AssociateAddressRequestTypeDef = {
            "AllocationId": address,
            "NetworkInterfaceId": interface,
            "AllowReassociation": True,
        }
        if private:
            request["PrivateIpAddress"] = private
        with named("associating the elastic address", f"{address} with {interface} {private}".strip()):
            self.client.associate_address(**request)


def lead(client: EC2Client, table: RouteTableId, target: Mapping[str, str]) -> None:
    """See `Ec2Network.point`; `target` is what EC2 calls the target, and its id."""
    try:
        with named("replacing the default route", table):
            client.replace_route(RouteTableId=table, DestinationCidrBlock=DEFAULT, **_typed(target))
    except AwsError as error:
        if error.code not in ("InvalidParameterValue", "InvalidRoute.NotFound"):
            raise
        _create(client, table, target, error)


def _create(client: EC2Client, table: RouteTableId, target: Mapping[str, str], refusal: AwsError) -> None:
    try:
        with named("creating the default route", table):
            client.create_route(RouteTableId=table, DestinationCidrBlock=DEFAULT, **_typed(target))
    except NotReadyError as error:
        if error.code == "RouteAlreadyExists" and _NO_ROUTE not in str(refusal):
            raise refusal from error
        raise


def _typed(target: Mapping[str, str]) -> dict[str, Any]:
    return dict(target)


def find_subnets(client: EC2Client, name: str, values: Sequence[str]) -> Iterator[SubnetTypeDef]:
    """The subnets by which this filter goes, of any number of values."""
    for batch in batches(values):
        with named("reading subnets", ", ".join(batch)):
            filters: list[FilterTypeDef] = [{"Name": name, "Values": batch}]
            pages = list(client.get_paginator("describe_subnets").paginate(Filters=filters))
            yield from (subnet for page in pages for subnet in page["Subnets"])


def find_tables(client: EC2Client, name: str, values: Sequence[str]) -> tuple[Table, ...]:
    """The route tables by which this filter goes, in order of their ids."""
    found: list[Table] = []
    for batch in batches(values):
        with named("reading route tables", f"{name} {batch[0]}{' and others' if len(batch) > 1 else ''}"):
            filters: list[FilterTypeDef] = [{"Name": name, "Values": batch}]
            pages = client.get_paginator("describe_route_tables").paginate(Filters=filters)
            found += [_table(table) for page in pages for table in page["RouteTables"]]
    return tuple(sorted(found, key=lambda table: table.route.table))


def every_table(client: EC2Client) -> Iterator[tuple[VpcId, Table, tuple[tuple[str, str], ...]]]:
    """All route tables of the region with their VPCs, in order of the tables' ids; and all other routes of
    each, as destination and target."""
    pages = client.get_paginator("describe_route_tables").paginate()
    listed = [table for page in pages for table in page["RouteTables"]]
    for table in sorted(listed, key=lambda table: table["RouteTableId"]):
        yield VpcId(table["VpcId"]), _table(table), tuple(_others(table["Routes"]))


def _others(routes: Sequence[RouteTypeDef]) -> Iterator[tuple[str, str]]:
    for route in routes:
        v6, listed = route.get("DestinationIpv6CidrBlock"), route.get("DestinationPrefixListId")
        destination = route.get("DestinationCidrBlock") or v6 or listed
        if destination and destination != DEFAULT:
            yield destination, _target(route)


def batches(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids in lists that EC2 takes as one filter's values."""
    remaining = iter(ids)
    while batch := list(islice(remaining, _FILTER_VALUES)):
        yield batch


def _table(table: RouteTableTypeDef) -> Table:
    identity = RouteTableId(table["RouteTableId"])
    default = _default(table["Routes"])
    held = any(tag["Key"] == HOLD for tag in table.get("Tags", []))
    blackhole = default is not None and default.get("State") == "blackhole"
    valid = [a for a in table["Associations"] if a.get("AssociationState", {}).get("State") not in _OVER]
    return Table(
        Route(identity, _target(default) if default else None, blackhole, held),
        tuple(SubnetId(a["SubnetId"]) for a in valid if a.get("SubnetId")),
        main=any(a.get("Main") for a in valid),
        gateways=tuple(a["GatewayId"] for a in valid if a.get("GatewayId")),
    )


def _default(routes: Sequence[RouteTypeDef]) -> RouteTypeDef | None:
    """The default route. Beside one that is propagated, the static one is in force (VPC User Guide, route
    priority)."""
    found = [route for route in routes if route.get("DestinationCidrBlock") == DEFAULT]
    return min(found, key=lambda route: route.get("Origin") in _PROPAGATED, default=None)


def _target(route: RouteTypeDef) -> str:
    """The interface, or whatever else the route names."""
    return (
        route.get("NetworkInterfaceId")
        or route.get("InstanceId")
        or route.get("NatGatewayId")
        or route.get("TransitGatewayId")
        or route.get("VpcPeeringConnectionId")
        or route.get("GatewayId")
        or route.get("LocalGatewayId")
        or route.get("CarrierGatewayId")
        or route.get("CoreNetworkArn")
        or UNKNOWN
    )
