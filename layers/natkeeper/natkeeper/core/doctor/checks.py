"""The checks, in the order of telling. To add one: what judges it, and a line here; `make docs`."""

from __future__ import annotations

from collections.abc import Sequence

from natkeeper.core.doctor import acl, addresses, network, running, supplies, surroundings
from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts
from natkeeper.core.doctor.findings import Check, Finding, Occasion, made

BEFORE, DEPLOYMENT, RUNNING = Occasion.BEFORE, Occasion.DEPLOYMENT, Occasion.RUNNING
ALWAYS = frozenset(Occasion)
BEFOREHAND = frozenset((BEFORE, DEPLOYMENT))
TOLD = frozenset((BEFORE, RUNNING))
"""What fails no deployment: the rest of the stack works all the same, or it may change by itself."""


def _vpc(asked: Asked) -> str:
    return asked.vpc or ""


def _public(asked: Asked) -> str:
    return ", ".join(asked.public_subnets)


def _tables(asked: Asked) -> str:
    return ", ".join(asked.tables)


def _allocations(asked: Asked) -> str:
    return ", ".join(asked.allocations)


def _ranges(asked: Asked) -> str:
    return ", ".join(asked.ranges)


def _types(asked: Asked) -> str:
    return ", ".join(asked.types)


def _image(asked: Asked) -> str:
    return asked.image_parameter


def _account(_: Asked) -> str:
    return "the account, in this region"


def _stack(asked: Asked) -> str:
    return asked.stack


def _deployed(_: Asked) -> str:
    return "all of them together"


CHECKS: Sequence[Check] = (
    Check(
        "parameters",
        "time zone and windows of the office hours, types against the image's name, ports taken twice, tags",
        "with parameters that cannot be understood the functions do not start, and nothing is healed",
        frozenset((DEPLOYMENT,)), _deployed, supplies.parameters,
    ),
    Check(
        "VPC", "whether it is there, and belongs to this account",
        "nodes, security group and routes must lie in one VPC",
        ALWAYS, _vpc, network.missing_vpc,
    ),
    Check(
        "public subnets", "whether they are there, in the VPC that is served",
        "nodes live in them",
        ALWAYS, _public, network.misplaced_subnets,
    ),
    Check(
        "one public subnet a zone", "the zones of the public subnets",
        "a zone has one node; of two subnets nobody knows which is meant, and the zone is left alone",
        ALWAYS, _public, network.crowded_zones,
    ),
    Check(
        "way out of the public subnets", "where their route tables lead 0.0.0.0/0",
        "a node that reaches nothing serves nobody",
        ALWAYS, _public, network.closed_subnets,
    ),
    Check(
        "room in the public subnets", "their free addresses",
        "in a subnet that is full no node can be launched, nor its successor beside it",
        TOLD, _public, network.full_subnets,
    ),
    Check(
        "route tables", "whether they are there, in the VPC that is served",
        "a route can lead to a node of the same VPC only",
        ALWAYS, _tables, network.misplaced_tables,
    ),
    Check(
        "private route tables", "whom they serve, and whether they lead to an internet gateway",
        "the default route of a public subnet's table is the nodes' own way out: at a node, it cuts off all",
        ALWAYS, _tables, network.public_tables,
    ),
    Check(
        "ranges", "the ranges of the subnets that the tables serve, against PrivateCidrs",
        "nodes let nothing in from other ranges; such a table is left with what serves it now",
        TOLD, _tables, network.shut_out,
    ),
    Check(
        "other networks", "ranges of PrivateCidrs beyond the VPC, and the routes of the nodes' own subnets",
        "hosts behind a transit gateway get their answers where the nodes' own route table leads",
        TOLD, _ranges, surroundings.lost_answers,
    ),
    Check(
        "other stacks", "whether a node of another natkeeper stack serves one of the tables",
        "two stacks take a route from each other for ever, and connections break each time",
        frozenset((BEFORE,)), _tables, surroundings.served_by_others,
    ),
    Check(
        "zones for addresses", "whether a zone is a Local or a Wavelength Zone, and an address can go there",
        "an elastic address can go to the zones of its own network border group alone",
        BEFOREHAND, _public, addresses.unreachable_zones,
    ),
    Check(
        "addresses brought along", "whether they are there, fit their zones, and who has them may lose them",
        "a zone whose address cannot come is never served as it should be",
        BEFOREHAND, _allocations, addresses.unfit_addresses,
    ),
    Check(
        "addresses still held", "whether a NAT gateway has them",
        "a gateway lets go of its address only when it is deleted",
        frozenset((BEFORE,)), _allocations, addresses.held_addresses,
    ),
    Check(
        "addresses that stay", "whether RetainAddresses is another than when the stack's addresses were made",
        "the zones would get other addresses, which nobody has let in",
        frozenset((DEPLOYMENT,)), _stack, addresses.changed_addresses,
    ),
    Check(
        "name server", "the VPC's DNS resolution",
        "a node finds its packages and Systems Manager by name",
        TOLD, _public, network.deaf_vpc,
    ),
    Check(
        "network ACLs", "what the public subnets' ACLs let through, for a few sample connections",
        "an ACL that drops answers cuts every connection, and no node can heal that",
        TOLD, _public, acl.blocked_flows,
    ),
    Check(
        "block public access", "the region's VPC Block Public Access, and its exclusions",
        "in every mode but off it stops NAT instances; block-ingress leaves NAT gateways their traffic",
        TOLD, _public, supplies.blocked_internet,
    ),
    Check(
        "image", "the SSM parameter and its data type, and the image that it names",
        "without an image no node can be launched",
        ALWAYS, _image, supplies.missing_image,
    ),
    Check(
        "instance types", "whether the region has them, and whether they can run the image",
        "a type that does not fit is refused by EC2 at each launch",
        ALWAYS, _types, supplies.unfit_types,
    ),
    Check(
        "types in each zone", "the types that each zone of a public subnet has",
        "a zone that has none of them gets no node of its own, and is served across zones",
        TOLD, _public, supplies.unoffered_types,
    ),
    Check(
        "account plan", "whether the account is on the Free Plan, and may launch one of the types",
        "the Free Plan has few types, and a nano is none of them",
        frozenset((BEFORE,)), _types, supplies.ineligible_types,
    ),
    Check(
        "vCPU quota", "the quota of on-demand vCPUs, and what runs now",
        "a new account has five: two nodes fit, and none beside them while one is replaced",
        TOLD, _account, supplies.few_vcpus,
    ),
    Check(
        "address quota", "the quota of elastic addresses, and how many there are",
        "one for each zone is kept; a region has five, gateways have theirs until they are deleted",
        frozenset((BEFORE,)), _account, supplies.few_addresses,
    ),
    Check(
        "gateway quota", "with LastResort, the quota of NAT gateways in a zone, and how many there are",
        "past it the last resort cannot be made when it is needed",
        frozenset((BEFORE,)), _public, supplies.few_gateways,
    ),
    Check(
        "key for disks", "the key with which the region encrypts new disks",
        "an instance whose key may not be used ends while it starts, without a word",
        TOLD, _account, supplies.strange_key,
    ),
    Check(
        "served", "where the default routes of the private tables lead",
        "it is what a NAT is for",
        frozenset((RUNNING,)), _stack, running.unserved_tables,
    ),
    Check(
        "agents", "whether Systems Manager hears from the nodes",
        "a node that cannot be asked is never verified, nor repaired",
        frozenset((RUNNING,)), _stack, running.silent_nodes,
    ),
    Check(
        "goals", "what each zone should have reached by now",
        "a goal that is missed for long needs a person",
        frozenset((RUNNING,)), _stack, running.missed_goals,
    ),
    Check(
        "refusals", "what AWS has refused to the controller, again and again",
        "rights, quotas and policies show when they are used",
        frozenset((RUNNING,)), _stack, running.lasting_refusals,
    ),
    Check(
        "owners of the routes", "how often somebody else took a default route",
        "two owners of a route fight for ever, and connections break each time",
        frozenset((RUNNING,)), _stack, running.contested_tables,
    ),
)  # fmt: skip


def examine(facts: Facts, asked: Asked, occasion: Occasion) -> tuple[Finding, ...]:
    """What each check of this occasion comes to; of which there is nothing to look at, none."""
    due = (check for check in CHECKS if occasion in check.occasions and check.on(asked))
    return tuple(made(check, facts, asked) for check in due)
