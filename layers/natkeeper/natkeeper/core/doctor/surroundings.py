"""Judgements about what a stack has around it: other natkeeper stacks, and networks behind other gateways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts, PlacedTable
from natkeeper.core.doctor.findings import Mistake, known
from natkeeper.core.doctor.network import ground_of, vpc_of

ELSEWHERE = ("tgw-", "pcx-", "vgw-", "arn:", "eni-", "lgw-")
"""What leads to other networks: a transit gateway, a peering, a VPN, a core network, an appliance."""


def served_by_others(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Route tables that lead to a node of another natkeeper stack: both would take them, again and again."""
    others = [m for m in known(facts.machines) if m.stack and m.stack != asked.stack]
    owners = {name: m.stack for m in others for name in (m.id, *m.interfaces)}
    for placed in known(facts.tables):
        route = placed.table.route
        if route.table in asked.tables and route.target in owners and not route.held:
            yield Mistake(
                f"route table {route.table} is served by natkeeper stack {owners[route.target]}",
                "leave the table out, or take it out of that stack first; if you mean that very stack, "
                f"say so: --stack {owners[route.target]}",
            )


def lost_answers(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Ranges beyond the VPC, as of spokes behind a transit gateway, to which the nodes' own route tables know
    no way; and, where there are such, networks to which they know one and that nodes do not let in. A range
    that holds some of the VPC's own may be meant for that alone."""
    vpc = vpc_of(facts, asked)
    own = [IPv4Network(text) for v in known(facts.vpcs) if v.id == vpc for text in v.ranges]
    asked_for = [IPv4Network(text, strict=False) for text in asked.ranges]
    beyond = [net for net in asked_for if not any(net.overlaps(mine) for mine in own)]
    for placed in _nodes_tables(facts, asked) if beyond else ():
        name = placed.table.route.table
        ways = _ways(placed)
        if any(destination.startswith("pl-") for destination, _ in placed.others):
            continue  # nobody knows what is in that list
        for net in beyond:
            if not any(net.overlaps(way) for way in ways):
                yield Mistake(
                    f"PrivateCidrs has {net}, which is not of the VPC, and {name}, the nodes' own table, "
                    "has no route there: no answer comes back",
                    f"aws ec2 create-route --route-table-id {name} --destination-cidr-block {net} "
                    "--transit-gateway-id tgw-... (or what leads there)",
                )
        for way in ways:
            if not any(way.overlaps(net) for net in (*asked_for, *own)):
                yield Mistake(
                    f"{name} leads {way} to another network, from which nodes let nothing in",
                    "add the range to PrivateCidrs, if its hosts are to leave by here",
                )


def _nodes_tables(facts: Facts, asked: Asked) -> Sequence[PlacedTable]:
    """The route tables of the public subnets, in order of their ids."""
    serving = ground_of(facts, vpc_of(facts, asked)).serving
    public = set(asked.public_subnets)
    named = {table for table, subnets in serving.items() if public.intersection(subnets)}
    return [placed for placed in known(facts.tables) if placed.table.route.table in named]


def _ways(placed: PlacedTable) -> list[IPv4Network]:
    """Where the table leads to other networks, of IPv4."""
    return [
        IPv4Network(destination, strict=False)
        for destination, target in placed.others
        if target.startswith(ELSEWHERE) and ":" not in destination and not destination.startswith("pl-")
    ]
