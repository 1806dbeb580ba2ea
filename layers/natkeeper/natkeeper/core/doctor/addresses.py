"""Judgements about elastic addresses: those that are brought along, and the zones to which they must go."""

from __future__ import annotations

import re
from collections.abc import Iterator

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Elastic, Facts
from natkeeper.core.doctor.findings import Mistake, known
from natkeeper.core.doctor.network import vpc_of
from natkeeper.core.doctor.placement import is_of_the_region
from natkeeper.core.model import AllocationId, SubnetId, ZoneName

LIST = "aws ec2 describe-addresses lists them"
_WAVELENGTH = re.compile(r"-wl\d")


def border_group(zone: ZoneName, region: str) -> str:
    """The network border group of a zone, as its name tells: a Local Zone's is its own name without the last
    letter (EC2 User Guide, Regions and Zones)."""
    return region if is_of_the_region(zone, region) else re.sub("[a-z]$", "", zone)


def unfit_addresses(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Addresses brought along that are not there, are another stack's, are more than the zones, cannot go to
    their zone, or that something has from which the stack may not take them."""
    there = {address.allocation: address for address in known(facts.addresses)}
    if len(asked.allocations) > asked.zones:
        yield Mistake(
            f"ExistingAllocationIds has {len(asked.allocations)} addresses for {asked.zones} zones",
            "name one for each zone at most, in the order of the public subnets",
        )
    for number, name in enumerate(asked.allocations):
        if name in asked.allocations[:number]:
            yield Mistake(f"ExistingAllocationIds has {name} twice", "name another, or leave it out")
        elif name not in there:
            yield Mistake(
                f"there is no elastic address {name} of this account in {facts.region}",
                f"look at ExistingAllocationIds: {LIST}",
            )
        elif made_by := there[name].stack:
            yield Mistake(
                f"{name} is of natkeeper stack {made_by}, which releases it when it leaves it",
                f"name an address that no stack has made ({LIST}); or first let that stack go without it, as "
                "docs/adopt.md says under 'Addresses that outlive the stack'",
            )
        else:
            yield from _misplaced(facts, asked, number, there[name])
            yield from _engaged(facts, asked, there[name])


def _misplaced(facts: Facts, asked: Asked, number: int, address: Elastic) -> Iterator[Mistake]:
    """An address of another border group than its zone's; a new network lies in the region's zones."""
    group = facts.region
    if number < len(asked.public_subnets):
        placed = known(facts.subnets).get(asked.public_subnets[number])
        group = border_group(placed.subnet.zone, facts.region) if placed else address.group
    if address.group != group:
        yield Mistake(
            f"{address.allocation} is of the network border group {address.group}, and cannot go to {group}",
            f"name an address of {group}, in the place of its public subnet: {LIST}",
        )


def _engaged(facts: Facts, asked: Asked, address: Elastic) -> Iterator[Mistake]:
    """Whoever has it goes on with it until natkeeper serves: that is well where it is the stack's own node,
    or what serves the VPC now."""
    gateway = _gateway(facts, address.allocation, asked)
    if address.holder and not gateway and not _is_way_out(facts, asked, address):
        yield Mistake(
            f"{address.allocation} is in use by {address.holder}, which is neither a NAT gateway of the VPC, "
            "nor where one of the route tables leads, nor a node of this stack",
            f"aws ec2 disassociate-address gives it free; or name another: {LIST}",
        )


def _is_way_out(facts: Facts, asked: Asked, address: Elastic) -> bool:
    targets = {p.table.route.target for p in known(facts.tables) if p.table.route.table in asked.tables}
    holder = next((m for m in known(facts.machines) if address.holder in m.interfaces), None)
    names = {address.holder} if holder is None else {holder.id, *holder.interfaces}
    ours = holder is not None and bool(asked.stack) and holder.stack == asked.stack
    return ours or not names.isdisjoint(targets)


def _gateway(facts: Facts, name: AllocationId, asked: Asked) -> str:
    """The NAT gateway of the VPC that has the address; empty: none has."""
    vpc = vpc_of(facts, asked)
    having = (g.id for g in known(facts.gateways) if g.vpc == vpc and name in g.allocations)
    return next(having, "")


def held_addresses(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Addresses brought along that a NAT gateway has, which lets go of its first one only when it is deleted
    (EC2 API reference, DisassociateNatGatewayAddress and DeleteNatGateway)."""
    for name in asked.allocations:
        if gateway := _gateway(facts, name, asked):
            yield Mistake(
                f"{name} is at {gateway} until that gateway is deleted, and no zone can move before",
                "docs/adopt.md says when to delete it, under 'The gateway's address'",
            )


def changed_addresses(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Addresses of a stack that runs and would get others, for RetainAddresses is another than it was:
    CloudFormation cannot change what becomes of an address when the stack is deleted."""
    ours = {name for m in known(facts.machines) if m.stack == asked.stack for name in m.interfaces}
    for address in known(facts.addresses) if asked.keeps_address and asked.stack else ():
        name = address.allocation
        if asked.retains_addresses and address.stack == asked.stack and not address.lent:
            yield Mistake(
                f"{name} was made without RetainAddresses: with it the stack would release it, and its zone "
                "would be seen by another",
                "leave RetainAddresses false; docs/adopt.md keeps this very address, under 'Addresses that "
                "outlive the stack'; for new ones deploy with KeepAddress=false first",
            )
        retained = address.retained_by == asked.stack and address.holder in ours
        if retained and not asked.retains_addresses and name not in asked.allocations:
            yield Mistake(
                f"{name} serves, made with RetainAddresses: without it its zone would be seen by another",
                f"put {name} into ExistingAllocationIds, in its zone's place; or leave RetainAddresses true",
            )


def unreachable_zones(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Public subnets in zones to which no address of the stack's could go: Local Zones have addresses of
    their own, and in a Wavelength Zone none but the carrier's lead out."""
    listed = known(facts.subnets)
    for number, name in enumerate(asked.public_subnets):
        zone = listed[name].subnet.zone if name in listed else ZoneName(f"{facts.region}a")
        if _WAVELENGTH.search(zone):
            yield Mistake(
                f"{name} is in the Wavelength Zone {zone}, whose way out needs a carrier's address: "
                "natkeeper asks for none",
                "leave the subnet out; its zone's hosts can have carrier addresses of their own",
            )
        elif asked.keeps_address and number >= len(asked.allocations):
            yield from _stranded(facts, name, zone)


def _stranded(facts: Facts, name: SubnetId, zone: ZoneName) -> Iterator[Mistake]:
    if not is_of_the_region(zone, facts.region):
        group = border_group(zone, facts.region)
        yield Mistake(
            f"{name} is in the Local Zone {zone}, where no elastic address of {facts.region} can go",
            "deploy with KeepAddress=false; or bring an address along, in its place in ExistingAllocationIds "
            f"(aws ec2 allocate-address --network-border-group {group}); or leave the subnet out",
        )
