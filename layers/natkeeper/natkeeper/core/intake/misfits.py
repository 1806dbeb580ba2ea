"""Where the parameters and the VPC do not fit, so that to go on would make a working path worse.

All of it is told to a person, and nothing that works is touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, collapse_addresses

from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.model import Remark, RouteTableId, SubnetId

INTERNET = ("igw-", "cagw-")
"""Gateways by which a subnet is public: an internet gateway, and in a Wavelength Zone a carrier gateway."""
ELSEWHERE = ("nat-", "eni-", "i-", "tgw-", "pcx-", "vgw-", "lgw-", "arn:")
"""Where a node's packets come to nothing, or leave by another's address. A firewall's endpoint (vpce-) is
neither."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """By what a table is judged: the VPC's subnets, those that nodes stand in, the nodes' interfaces, and the
    ranges that nodes let in (none: all)."""

    subnets: Mapping[SubnetId, Subnet]
    public: Collection[SubnetId] = ()
    interfaces: Collection[str] = ()
    ranges: Sequence[str] = ()

    def outside(self, private: Iterable[SubnetId]) -> list[str]:
        """Those of the subnets, with their ranges, from which nodes would let nothing in."""
        nets = list(collapse_addresses(IPv4Interface(text).network for text in self.ranges))
        return [
            f"{subnet} ({text})"
            for subnet in private
            for text in (self.subnets[subnet].ranges if nets and subnet in self.subnets else ())
            if not any(IPv4Network(text).subnet_of(net) for net in nets)
        ]


def barred(table: Table, private: Sequence[SubnetId], grounds: Grounds) -> str | None:
    """Why the table's default route must not be moved, and what to do; None: it may be."""
    name, target = table.route.table, table.route.target or ""
    if own := [subnet for subnet in private if subnet in grounds.public]:
        return (
            f"{name} serves {', '.join(own)}, where nodes stand: they would lose their own way out; "
            "take the table out of the private ones, or give public subnets one of their own"
        )
    if table.gateways:
        return f"{name} is the table of {', '.join(table.gateways)}: take it out of the private ones"
    if target.startswith(INTERNET):
        return (
            f"the default route of {name} leads to the internet gateway {target}: take the table out of the "
            "private ones, or take that route away"
        )
    works = target and not table.route.blackhole and target not in grounds.interfaces
    if works and (outside := grounds.outside(private)):
        return f"{name} stays at {target}, for {_shut_out(outside)}"
    return None


def remarks_on(table: Table, private: Sequence[SubnetId], grounds: Grounds) -> list[Remark]:
    """What a person should hear of the table, whether it may be moved or not."""
    name = table.route.table
    if reason := barred(table, private, grounds):
        return [Remark(name, reason)]
    outside = grounds.outside(private)
    return [Remark(name, f"{name} serves {_shut_out(outside)}")] if outside else []


def _shut_out(outside: Sequence[str]) -> str:
    return f"{', '.join(outside)}: nodes let nothing in from there, add it to PrivateCidrs"


def closed(
    subnet: SubnetId, tables: Iterable[Table], serving: Mapping[RouteTableId, Sequence[SubnetId]]
) -> str | None:
    """Why a node launched in this public subnet could not reach the internet; None: it can, or its table was
    not listed."""
    table = next((table for table in tables if subnet in serving[table.route.table]), None)
    if table is None:
        return None
    route = table.route
    if route.target and not route.blackhole and not route.target.startswith(ELSEWHERE):
        return None
    where = f"leads to {route.target}{', a black hole' if route.blackhole else ''}"
    return (
        f"{subnet} is not public: the default route of its table {route.table} "
        f"{where if route.target else 'is missing'}, and should lead to an internet gateway"
    )
