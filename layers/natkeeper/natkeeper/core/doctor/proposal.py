"""The stack that would serve a VPC, as parameters: a proposal to look at, never a decision."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import chain, count

from natkeeper.core.doctor.asked import DEFAULT_IMAGE, Asked
from natkeeper.core.doctor.egress import REPLACEABLE, Exit, Traffic, Way, exits_of, gateways_of, mbps
from natkeeper.core.doctor.facts import Facts, Vpc
from natkeeper.core.doctor.findings import known
from natkeeper.core.doctor.network import Ground, ground_of
from natkeeper.core.doctor.placement import places_for
from natkeeper.core.intake.misfits import Grounds
from natkeeper.core.model import SubnetId, Unread, ZoneName

MOST_ZONES, MOST_TABLES, MOST_RANGES = 6, 50, 5
"""So many the template's parameters take."""
BASELINES = (
    ("t4g.nano", 32),
    ("t4g.micro", 64),
    ("t4g.small", 128),
    ("c6gn.medium", 1600),
    ("c7gn.medium", 3125),
)
"""Megabits a second that a type may send all day (DescribeInstanceTypes, BaselineBandwidthInGbps)."""
SMALLEST = BASELINES[0][0]
ROOM = 2
"""A day's mean hides its peaks: so many times of it must fit into the baseline."""


TRANSIT = ("tgw-", "arn:")
"""A transit gateway, or Cloud WAN's core network. Through a peering or a VPN nobody comes to a NAT gateway
(VPC User Guide, NAT gateway basics)."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to deploy, and what a person should know before."""

    asked: Asked
    remarks: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type that a node would be of."""
        return self.asked.types[0]

    def command(self, region: str, profile: str = "") -> str:
        """The line to paste into a shell, for the AWS profile that was looked with, if one was named."""
        asked, image = self.asked, self.asked.image_parameter
        given = [
            "NetworkMode=existing",
            f"ExistingVpcId={asked.vpc}",
            f"ExistingPublicSubnetIds={','.join(asked.public_subnets)}",
            f"ExistingPrivateRouteTableIds={','.join(asked.tables)}",
            f"PrivateCidrs={','.join(asked.ranges)}",
            *([] if asked.chosen else [f"InstanceTypes={','.join(asked.types)}"]),
            *([f"ImageParameter={image}"] if image != DEFAULT_IMAGE else []),
        ]
        words = ["sam", "deploy", "--stack-name", asked.stack, "--region", region]
        words += ["--profile", profile] if profile else []
        return shlex.join([*words, "--parameter-overrides", *given])


def propose(facts: Facts, vpc: Vpc, model: Asked, traffic: Traffic | Unread) -> Proposal | None:
    """A stack for the VPC, otherwise like `model`; None when there is nothing to serve, or no public subnet
    to serve it from. Raises NotReadError."""
    exits, ground = exits_of(facts, vpc.id), ground_of(facts, vpc.id)
    wanted = _wanted(exits)
    public = places_for(facts, vpc.id, ground, wanted, MOST_ZONES)
    ranges = _ranges(vpc, ground, (subnet for e in wanted for subnet in e.subnets))
    grounds = Grounds(ground.subnets, ranges=ranges)
    named = [e for e in wanted if not grounds.outside(e.subnets)][:MOST_TABLES]
    if not named or not public:
        return None
    zones = {ground.subnets[subnet].zone for subnet in public}
    types = types_for(traffic, model, facts, zones)
    asked = Asked(
        vpc=vpc.id,
        public_subnets=tuple(public),
        tables=tuple(e.table for e in named),
        ranges=ranges,
        zones=len(public),
        types=types,
        chosen=model.chosen and types == model.types,
        image_parameter=model.image_parameter,
        account=model.account,
        stack=_stack(vpc, facts),
    )
    told = (
        _on_tables(exits, wanted, named),
        _on_zones(named, zones),
        _on_others(facts, vpc, ground, public),
        _on_stacks(facts, asked),
        _on_types(traffic, types, zones),
    )
    return Proposal(asked, tuple(remark for remarks in told for remark in remarks))


def types_for(
    traffic: Traffic | Unread, model: Asked, facts: Facts, zones: Collection[ZoneName]
) -> tuple[str, ...]:
    """The smallest type of the region whose baseline leaves room on the busiest day, and the next; those of
    the model if they do or a person chose them, or nothing is known of the traffic or of such types."""
    if not model.chosen or SMALLEST not in model.types:
        return model.types
    rate = _rate(traffic, zones)
    there = [pair for pair in BASELINES if isinstance(facts.kinds, Unread) or pair[0] in facts.kinds]
    fit = [name for name, baseline in there if rate * ROOM <= baseline] or [name for name, _ in there[-1:]]
    return model.types if not fit or fit[0] == SMALLEST else tuple(fit[:2])


def _rate(traffic: Traffic | Unread, zones: Collection[ZoneName]) -> float:
    """Megabits a second of the busiest node: what passed in a zone without one may all come to it."""
    peaks = {} if isinstance(traffic, Unread) else traffic.peaks
    own = max((peak for place, peak in peaks.items() if place in zones), default=0.0)
    return mbps(own + sum(peak for place, peak in peaks.items() if place not in zones))


def _wanted(exits: Sequence[Exit]) -> list[Exit]:
    """What has a way out that a node could be; where no private table has any, those."""
    private = [e for e in exits if e.way is not Way.PUBLIC]
    return [e for e in private if e.way in REPLACEABLE or {p.way for p in private} == {Way.NOTHING}]


def _ranges(vpc: Vpc, ground: Ground, private: Iterable[SubnetId]) -> tuple[str, ...]:
    """As many of the VPC's ranges as a stack takes, first those of whom it serves."""
    nets = [IPv4Network(text) for subnet in private for text in ground.subnets[subnet].ranges]
    served = {text for text in vpc.ranges if any(net.subnet_of(IPv4Network(text)) for net in nets)}
    return tuple(sorted(vpc.ranges, key=lambda text: text not in served)[:MOST_RANGES])


def _stack(vpc: Vpc, facts: Facts) -> str:
    """A name that no natkeeper stack has whose instances are there: it would lose its tables."""
    name = f"natkeeper-{vpc.id[-8:]}"
    taken = set() if isinstance(facts.machines, Unread) else {machine.stack for machine in facts.machines}
    return next(n for n in chain([name], (f"{name}-{number}" for number in count(2))) if n not in taken)


def _on_stacks(facts: Facts, asked: Asked) -> Iterable[str]:
    if isinstance(facts.machines, Unread):
        yield f"whether there is a stack {asked.stack} could not be read; the line would take its tables"


def _on_types(traffic: Traffic | Unread, types: Sequence[str], zones: Collection[ZoneName]) -> Iterable[str]:
    """A type without a baseline here is taken for one as small as the smallest."""
    rate, baselines = _rate(traffic, zones), dict(BASELINES)
    if rate * ROOM > baselines.get(types[0], baselines[SMALLEST]):
        yield (
            f"one node would have had {rate:,.0f} Mbit/s in the mean of the busiest day: {types[0]} is not "
            f"known to send {ROOM} times that all day; larger ones go into InstanceTypes"
        )


def _on_tables(exits: Iterable[Exit], wanted: Sequence[Exit], named: Sequence[Exit]) -> Iterable[str]:
    others = [e for e in exits if e not in wanted]
    if left := [e.table for e in others if e.way is Way.NOTHING]:
        yield f"{', '.join(left)} have no way out and stay so: add them to the line if they should have one"
    if all(e.way is Way.NOTHING for e in wanted):
        yield "these tables have no way out now: take out of the line what should have none"
    for e in (e for e in others if e.way is Way.UNREAD):
        yield f"{e.table} is left out: what {e.by} is, to which it leads, could not be read"
    for e in (e for e in others if e.way is Way.NATKEEPER):
        yield f"{e.by}, serves {e.table} already: its own parameters may take the other tables too"
    if left := [e.table for e in wanted if e not in named]:
        yield (
            f"a stack takes {MOST_TABLES} tables and {MOST_RANGES} ranges: {', '.join(left)} stay as they are"
        )


def _on_zones(named: Iterable[Exit], zones: Collection[ZoneName]) -> Iterable[str]:
    if unserved := sorted({zone for e in named for zone in e.zones}.difference(zones)):
        why = f"no public subnet there, a Local Zone, or more than the {MOST_ZONES} zones of a stack"
        yield (
            f"{', '.join(unserved)} would be served across zones: {why}; AWS charges each gigabyte between "
            "zones, which no sum here has"
        )


def _on_others(facts: Facts, vpc: Vpc, ground: Ground, public: Collection[SubnetId]) -> Iterable[str]:
    """Whoever comes in by a transit gateway is let in by a NAT gateway, and by a node only if it is told. A
    gateway that is there for more than default routes, as for NAT64, stays."""
    tables = [placed for placed in known(facts.tables) if placed.vpc == vpc.id]
    outside = {name for name, serves in ground.serving.items() if not set(public).isdisjoint(serves)}
    routes = [route for placed in tables if placed.table.route.table in outside for route in placed.others]
    if behind := sorted({f"{net} ({by})" for net, by in routes if by.startswith(TRANSIT) and ":" not in net}):
        yield (
            f"the public subnets also lead to {', '.join(behind)}: if anything there uses this way out, "
            "nodes shut it out until its ranges are in PrivateCidrs"
        )
    gateways = () if isinstance(facts.gateways, Unread) else gateways_of(facts, vpc.id)
    for name, net, by in ((placed.table.route.table, *route) for placed in tables for route in placed.others):
        if by in {gateway.id for gateway in gateways}:
            yield f"{name} leads {net} to {by} too: keep that gateway, for a stack moves 0.0.0.0/0 only"
