"""How a VPC's subnets and route tables hang together.

A subnet without an association of its own is served by the VPC's main table, and no answer of EC2 says so in
words (EC2 API reference, DescribeRouteTables: implicit associations are not returned). So the whole VPC is
read, not the tables that the parameters name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from natkeeper.core.model import Route, RouteTableId, SubnetId, ZoneName

DEFAULT = "0.0.0.0/0"
"""The destination of a default route."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet of the VPC, with its IPv4 ranges (none: it has IPv6 only)."""

    zone: ZoneName
    ranges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A route table as listed: its default route, the subnets and the gateways that are associated with it,
    and whether it is the VPC's main one."""

    route: Route
    subnets: tuple[SubnetId, ...]
    main: bool = False
    gateways: tuple[str, ...] = ()


def served(
    tables: Iterable[Table], subnets: Mapping[SubnetId, Subnet]
) -> Mapping[RouteTableId, tuple[SubnetId, ...]]:
    """The subnets that each table routes for: the main one, all that no other is associated with."""
    tables = tuple(tables)
    associated = {subnet for table in tables for subnet in table.subnets}
    implicit = tuple(sorted(subnet for subnet in subnets if subnet not in associated))
    return {t.route.table: (*t.subnets, *(implicit if t.main else ())) for t in tables}
