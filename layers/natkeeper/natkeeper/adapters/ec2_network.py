"""The stack's subnets, private route tables and elastic addresses, in EC2."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import AwsError
from natkeeper.core.intake.topology import Table
from natkeeper.core.model import (
    Address,
    AllocationId,
    InterfaceId,
    Route,
    RouteTableId,
    SubnetId,
    ZoneName,
)

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import RouteTableTypeDef, RouteTypeDef

DEFAULT = "0.0.0.0/0"
HOLD = "natkeeper:hold"
UNKNOWN = "an unknown target"
_FILTER_VALUES = 200  # EC2 takes at most so many values in one filter


@dataclass(frozen=True, slots=True)
class Ec2Network:
    """Reads by filter, not by id: one table that is gone must not hide the others."""

    client: EC2Client
    _zones: dict[SubnetId, ZoneName] = field(default_factory=dict)

    def zones_of(self, subnets: Iterable[SubnetId]) -> Mapping[SubnetId, ZoneName]:
        """The zone of each subnet that AWS knows. A subnet never changes its zone, so each is read once."""
        new = sorted(set(subnets) - self._zones.keys())
        for ids in batches(new):
            with named("reading subnets", ", ".join(ids)):
                pages = self.client.get_paginator("describe_subnets").paginate(
                    Filters=[{"Name": "subnet-id", "Values": ids}]
                )
                for page in pages:
                    for subnet in page["Subnets"]:
                        self._zones[SubnetId(subnet["SubnetId"])] = ZoneName(subnet["AvailabilityZone"])
        return dict(self._zones)

    def tables(self, ids: Sequence[RouteTableId]) -> tuple[Table, ...]:
        """The private route tables that AWS knows, with their default routes."""
        found: list[Table] = []
        for batch in batches(ids):
            with named("reading route tables", f"{len(batch)} tables from {batch[0]} on"):
                pages = self.client.get_paginator("describe_route_tables").paginate(
                    Filters=[{"Name": "route-table-id", "Values": batch}]
                )
                found += [_table(table) for page in pages for table in page["RouteTables"]]
        return tuple(sorted(found, key=lambda table: table.route.table))

    def addresses(self, ids: Sequence[AllocationId]) -> tuple[Address, ...]:
        """The elastic addresses that AWS knows, and who holds them."""
        if not ids:
            return ()
        with named("reading elastic addresses", ", ".join(ids)):
            answer = self.client.describe_addresses(Filters=[{"Name": "allocation-id", "Values": list(ids)}])
            return tuple(
                Address(
                    AllocationId(a["AllocationId"]),
                    InterfaceId(a["NetworkInterfaceId"]) if a.get("NetworkInterfaceId") else None,
                )
                for a in answer["Addresses"]
            )

    def point(self, table: RouteTableId, interface: InterfaceId) -> None:
        """Makes the table's default route lead to the interface, whether there was one or not.

        EC2 replaces only what exists and creates only what does not (API reference, ReplaceRoute and
        CreateRoute), and somebody may change that between our look and our call.
        """
        try:
            with named("replacing the default route", table):
                self.client.replace_route(
                    RouteTableId=table, DestinationCidrBlock=DEFAULT, NetworkInterfaceId=interface
                )
        except AwsError as error:
            if error.code not in ("InvalidParameterValue", "InvalidRoute.NotFound"):
                raise
            with named("creating the default route", table):
                self.client.create_route(
                    RouteTableId=table, DestinationCidrBlock=DEFAULT, NetworkInterfaceId=interface
                )

    def associate(self, address: AllocationId, interface: InterfaceId) -> None:
        """Gives the address to the interface, taking it from whoever holds it."""
        with named("associating the elastic address", f"{address} with {interface}"):
            self.client.associate_address(
                AllocationId=address, NetworkInterfaceId=interface, AllowReassociation=True
            )


def batches(ids: Sequence[str]) -> Iterator[list[str]]:
    """The ids in lists that EC2 takes as one filter's values."""
    remaining = iter(ids)
    while batch := list(islice(remaining, _FILTER_VALUES)):
        yield batch


def _table(table: RouteTableTypeDef) -> Table:
    identity = RouteTableId(table["RouteTableId"])
    default = next((r for r in table["Routes"] if r.get("DestinationCidrBlock") == DEFAULT), None)
    held = any(tag["Key"] == HOLD for tag in table.get("Tags", []))
    blackhole = default is not None and default.get("State") == "blackhole"
    subnets = tuple(SubnetId(a["SubnetId"]) for a in table["Associations"] if a.get("SubnetId"))
    target = _target(default) if default else None
    return Table(Route(identity, target, blackhole, held), subnets)


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
