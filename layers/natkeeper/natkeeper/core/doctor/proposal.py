"""The stack that would serve a VPC, as parameters: a proposal to look at, never a decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.egress import REPLACEABLE, Exit, Traffic, Way, exits_of, gateways_of
from natkeeper.core.doctor.facts import Facts, Vpc
from natkeeper.core.doctor.findings import known
from natkeeper.core.doctor.network import Ground, ground_of
from natkeeper.core.intake.misfits import closed
from natkeeper.core.model import RouteTableId, SubnetId, Unread, ZoneName

MOST_ZONES, MOST_TABLES, MOST_RANGES = 3, 50, 5
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


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to deploy, and what a person should know before."""

    asked: Asked
    remarks: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The type that a node would be of."""
        return self.asked.types[0]

    def command(self, region: str) -> str:
        """The line to paste."""
        asked = self.asked
        given = [
            "NetworkMode=existing",
            f"ExistingVpcId={asked.vpc}",
            f"ExistingPublicSubnetIds={','.join(asked.public_subnets)}",
            f"ExistingPrivateRouteTableIds={','.join(asked.tables)}",
            f"PrivateCidrs={','.join(asked.ranges)}",
            *([] if asked.chosen else [f"InstanceTypes={','.join(asked.types)}"]),
        ]
        return (
            f"sam deploy --stack-name {asked.stack} --region {region} --parameter-overrides {' '.join(given)}"
        )


def propose(facts: Facts, vpc: Vpc, model: Asked, traffic: Traffic | Unread) -> Proposal | None:
    """A stack for the VPC, otherwise like `model`; None when there is nothing to serve, or no public subnet
    to serve it from. Raises NotReadError."""
    exits, ground = exits_of(facts, vpc.id), ground_of(facts, vpc.id)
    wanted = _wanted(exits)
    zones = _zones(wanted, ground)
    public = _public_subnets(facts, vpc, ground, zones, {s for e in wanted for s in e.subnets})
    if not wanted or not public:
        return None
    tables: tuple[RouteTableId, ...] = tuple(e.table for e in wanted)[:MOST_TABLES]
    types = types_for(traffic, model) if model.chosen else model.types
    asked = Asked(
        vpc=vpc.id,
        public_subnets=public,
        tables=tables,
        ranges=vpc.ranges[:MOST_RANGES],
        zones=len(public),
        types=types,
        chosen=model.chosen and types == model.types,
        image_parameter=model.image_parameter,
        stack=f"natkeeper-{vpc.id.removeprefix('vpc-')[-8:]}",
    )
    return Proposal(asked, tuple(_remarks(exits, wanted, vpc, {ground.subnets[s].zone for s in public})))


def types_for(traffic: Traffic | Unread, model: Asked) -> tuple[str, ...]:
    """The smallest type whose baseline leaves room on the busiest day, and the next; those of the model if
    they do, or nothing is known of the traffic or of such types."""
    rate = 0.0 if isinstance(traffic, Unread) else traffic.busiest_mbps
    fit = tuple(name for name, baseline in BASELINES if rate * ROOM <= baseline) or (BASELINES[-1][0],)
    return model.types if fit[0] == SMALLEST or SMALLEST not in model.types else fit[:2]


def _wanted(exits: Sequence[Exit]) -> list[Exit]:
    """What has a way out that a node could be; where no private table has any, those."""
    private = [e for e in exits if e.way is not Way.PUBLIC]
    return [e for e in private if e.way in REPLACEABLE or {p.way for p in private} == {Way.NOTHING}]


def _zones(wanted: Iterable[Exit], ground: Ground) -> list[ZoneName]:
    """The zones with the most subnets to serve, in order of name."""
    counts: dict[ZoneName, int] = {}
    for subnet in (s for e in wanted for s in e.subnets):
        zone = ground.subnets[subnet].zone
        counts[zone] = counts.get(zone, 0) + 1
    return sorted(sorted(counts, key=lambda zone: (-counts[zone], zone))[:MOST_ZONES])


def _public_subnets(
    facts: Facts, vpc: Vpc, ground: Ground, zones: Iterable[ZoneName], private: set[SubnetId]
) -> tuple[SubnetId, ...]:
    """One a zone: where a gateway stands already, else where most addresses are free."""
    placed, home = known(facts.subnets), {g.subnet for g in gateways_of(facts, vpc.id)}
    is_open = {
        s for s in ground.subnets if s not in private and closed(s, ground.tables, ground.serving) is None
        and any(s in ground.serving[t.route.table] for t in ground.tables)
    }  # fmt: skip
    chosen: list[SubnetId] = []
    for zone in zones:
        here = sorted(s for s in is_open if ground.subnets[s].zone == zone and ground.subnets[s].ranges)
        if here:
            chosen.append(min(here, key=lambda s: (s not in home, -placed[s].free, s)))
    return tuple(chosen)


def _remarks(exits: Iterable[Exit], wanted: Sequence[Exit], vpc: Vpc, zones: set[ZoneName]) -> Iterable[str]:
    left = [e.table for e in exits if e.way is Way.NOTHING and e not in wanted]
    if left:
        yield f"{', '.join(left)} have no way out and stay so: add them to the line if they should have one"
    if all(e.way is Way.NOTHING for e in wanted):
        yield "these tables have no way out now: take out of the line what should have none"
    if unserved := sorted({zone for e in wanted for zone in e.zones} - zones):
        why = f"no public subnet there, or more than the {MOST_ZONES} zones of a stack"
        yield f"{', '.join(unserved)} would be served across zones: {why}"
    if len(wanted) > MOST_TABLES or len(vpc.ranges) > MOST_RANGES:
        yield f"a stack takes {MOST_TABLES} tables and {MOST_RANGES} ranges: the line names no more"
