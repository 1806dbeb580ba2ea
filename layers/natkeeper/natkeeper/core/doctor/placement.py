"""Where the nodes of a proposal would stand: in public subnets, one a zone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from natkeeper.core.doctor.egress import Exit, Way, exits_of
from natkeeper.core.doctor.facts import Facts, PlacedSubnet
from natkeeper.core.doctor.findings import known
from natkeeper.core.doctor.network import ROOM, Ground
from natkeeper.core.intake.misfits import closed
from natkeeper.core.model import SubnetId, Unread, VpcId, ZoneName

_Rank = tuple[bool, bool, int, SubnetId]


def places_for(facts: Facts, vpc: VpcId, ground: Ground, wanted: Sequence[Exit], most: int) -> list[SubnetId]:
    """A public subnet in each of the zones with the most subnets to serve, in order of zone; where none of
    those has any, in another. Best is one with room in which a gateway stands, then the emptiest. Raises
    NotReadError."""
    placed, home = known(facts.subnets), _homes(facts)
    private = {subnet for e in wanted for subnet in e.subnets}
    possible = _open(facts, vpc, ground, private, home)
    by_zone: dict[ZoneName, list[SubnetId]] = {}
    for subnet in possible:
        by_zone.setdefault(ground.subnets[subnet].zone, []).append(subnet)
    counts = Counter(ground.subnets[subnet].zone for subnet in private)
    ranked = sorted(by_zone, key=lambda zone: (-counts[zone], not home.intersection(by_zone[zone]), zone))
    chosen = [zone for zone in ranked[:most] if counts[zone]] or ranked[:1]
    return [min(by_zone[zone], key=lambda s: _rank(s, placed, home)) for zone in sorted(chosen)]


def is_of_the_region(zone: ZoneName, region: str) -> bool:
    """Whether the zone is none of the Local and Wavelength Zones, whose names say where they are, and to
    which the region's elastic addresses cannot go (EC2 User Guide, Regions and Zones; border groups)."""
    return re.fullmatch(f"{re.escape(region)}[a-z]", zone) is not None


def _rank(subnet: SubnetId, placed: Mapping[SubnetId, PlacedSubnet], home: Collection[SubnetId]) -> _Rank:
    free = placed[subnet].free
    return (free < ROOM, subnet not in home, -free, subnet)


def _homes(facts: Facts) -> set[SubnetId]:
    gateways = () if isinstance(facts.gateways, Unread) else facts.gateways
    return {gateway.subnet for gateway in gateways if gateway.public and gateway.subnet}


def _open(
    facts: Facts, vpc: VpcId, ground: Ground, private: Collection[SubnetId], home: Collection[SubnetId]
) -> Iterable[SubnetId]:
    """Subnets that an internet gateway serves; behind anything else, as a firewall, only where a gateway of
    the internet shows that it works."""
    for e in exits_of(facts, vpc):
        for subnet in e.subnets:
            shut = closed(subnet, ground.tables, ground.serving)
            fits = is_of_the_region(ground.subnets[subnet].zone, facts.region) and subnet not in private
            if fits and not shut and (e.way is Way.PUBLIC or subnet in home):
                yield subnet
