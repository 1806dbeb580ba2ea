"""Judgements about the VPC that a stack is to serve: its subnets, route tables and ranges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts
from natkeeper.core.doctor.findings import Mistake, known
from natkeeper.core.intake.misfits import Grounds, barred, closed
from natkeeper.core.intake.routing import Subnet, Table, served
from natkeeper.core.model import RouteTableId, SubnetId, VpcId, ZoneName

ROOM = 2
"""Addresses that a node and its successor take in their subnet."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A VPC's subnets and route tables, and which table serves which subnet."""

    subnets: Mapping[SubnetId, Subnet]
    tables: tuple[Table, ...]
    serving: Mapping[RouteTableId, tuple[SubnetId, ...]]


def ground_of(facts: Facts, vpc: VpcId | None) -> Ground:
    """What the VPC consists of. Raises NotReadError."""
    subnets = {name: s.subnet for name, s in known(facts.subnets).items() if s.vpc == vpc}
    tables = tuple(placed.table for placed in known(facts.tables) if placed.vpc == vpc)
    return Ground(subnets, tables, served(tables, subnets))


def vpc_of(facts: Facts, asked: Asked) -> VpcId | None:
    """The VPC that is asked for: named, or that of the first public subnet that is there."""
    if asked.vpc:
        return asked.vpc
    listed = known(facts.subnets)
    return next((listed[name].vpc for name in asked.public_subnets if name in listed), None)


def missing_vpc(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """The VPC is not there, or not this account's: who takes part in a VPC that is shared may change none of
    its route tables (VPC User Guide, VPC sharing, responsibilities)."""
    vpc = next((vpc for vpc in known(facts.vpcs) if vpc.id == asked.vpc), None)
    if vpc is None:
        yield Mistake(
            f"there is no VPC {asked.vpc} in {facts.region}",
            "look at ExistingVpcId and at the region: aws ec2 describe-vpcs lists the VPCs",
        )
    elif asked.account and vpc.owner not in ("", asked.account):
        yield Mistake(
            f"{asked.vpc} belongs to account {vpc.owner}: nobody else may change its route tables",
            "deploy in that account",
        )


def misplaced_subnets(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Public subnets that are not there, or of another VPC."""
    listed, vpc = known(facts.subnets), vpc_of(facts, asked)
    for name in asked.public_subnets:
        if name not in listed:
            yield Mistake(
                f"there is no subnet {name} in {facts.region}",
                "look at ExistingPublicSubnetIds: aws ec2 describe-subnets lists the subnets",
            )
        elif listed[name].vpc != vpc:
            yield Mistake(
                f"subnet {name} lies in {listed[name].vpc}, not in {vpc}",
                "name the subnet's own VPC in ExistingVpcId, or a public subnet of that VPC",
            )


def crowded_zones(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Two public subnets of one zone."""
    first: dict[ZoneName, SubnetId] = {}
    listed = known(facts.subnets)
    for name in asked.public_subnets:
        if name in listed and (zone := listed[name].subnet.zone) and first.setdefault(zone, name) != name:
            yield Mistake(
                f"subnets {first[zone]} and {name} are both in {zone}",
                "name one public subnet for each zone in ExistingPublicSubnetIds",
            )


def closed_subnets(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Subnets given as public in which a node would reach nothing."""
    ground = ground_of(facts, vpc_of(facts, asked))
    for name in (name for name in asked.public_subnets if name in ground.subnets):
        if not ground.subnets[name].ranges:
            yield Mistake(
                f"{name} has IPv6 only", "name a subnet that has IPv4: a node translates that alone"
            )
        elif why := closed(name, ground.tables, ground.serving):
            yield Mistake(
                why,
                "name another subnet, or lead 0.0.0.0/0 of its route table to an internet gateway",
            )


def full_subnets(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Public subnets without addresses for the nodes of a zone and, beside them, a successor."""
    listed, machines = known(facts.subnets), known(facts.machines)
    standing = Counter(m.zone for m in machines if m.runs and asked.stack and m.stack == asked.stack)
    for name in (name for name in asked.public_subnets if name in listed and listed[name].subnet.ranges):
        needed = ROOM + asked.nodes_per_zone - 1 - standing[listed[name].subnet.zone]
        if listed[name].free < needed:
            yield Mistake(
                f"{name} has {listed[name].free} free addresses, and nodes need {needed} more",
                "name a larger public subnet of its zone, or free addresses in it",
            )


def misplaced_tables(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Route tables that are not there, or of another VPC."""
    homes = {placed.table.route.table: placed.vpc for placed in known(facts.tables)}
    vpc = vpc_of(facts, asked)
    for name in asked.tables:
        if name not in homes:
            yield Mistake(
                f"there is no route table {name} in {facts.region}",
                "look at ExistingPrivateRouteTableIds: aws ec2 describe-route-tables lists them",
            )
        elif homes[name] != vpc:
            yield Mistake(
                f"route table {name} is of {homes[name]}, not of {vpc}",
                "name route tables of the VPC that is served; another VPC needs a stack of its own",
            )


def public_tables(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Tables given as private whose default route is the nodes' own way out, or the internet gateway."""
    ground = ground_of(facts, vpc_of(facts, asked))
    grounds = Grounds(ground.subnets, asked.public_subnets)
    for table in _named(ground, asked.tables):
        if why := barred(table, ground.serving[table.route.table], grounds):
            yield Mistake(why, "name only the tables of private subnets in ExistingPrivateRouteTableIds")


def shut_out(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Subnets that the tables serve, and from which nodes would let nothing in."""
    ground = ground_of(facts, vpc_of(facts, asked))
    grounds = Grounds(ground.subnets, ranges=asked.ranges)
    for table in _named(ground, asked.tables):
        if outside := grounds.outside(ground.serving[table.route.table]):
            yield Mistake(
                f"route table {table.route.table} serves {', '.join(outside)}, "
                f"outside {', '.join(asked.ranges)}",
                "add the range to PrivateCidrs, or leave out the table",
            )


def deaf_vpc(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """A VPC without Amazon's name server."""
    vpc = vpc_of(facts, asked)
    for listed in known(facts.vpcs):
        if listed.id == vpc and not known(listed.resolves):
            yield Mistake(
                f"{vpc} has DNS resolution off",
                f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-support",
            )


def _named(ground: Ground, names: Sequence[RouteTableId]) -> list[Table]:
    return [table for table in ground.tables if table.route.table in names]
