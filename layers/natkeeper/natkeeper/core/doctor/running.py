"""Judgements about a stack that runs: who serves, who answers, and what it has not reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.facts import Facts, Machine
from natkeeper.core.doctor.findings import Mistake, known
from natkeeper.core.doctor.network import ground_of, vpc_of
from natkeeper.core.last_resort import remembered
from natkeeper.core.memory import HOUR, Memory
from natkeeper.core.model import ZoneName

YOUNG = timedelta(minutes=15)
"""So long a stack, or a node, may still be on its way (BootSeconds is 600 by default)."""
LONG = timedelta(minutes=80)
"""A goal is reached within less, whichever it is (core/decision/goals.py), even if BootSeconds is 3600."""
OFTEN = 3
"""A refusal that came so often in a row does not pass by itself."""


def unserved_tables(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Route tables that lead to no node of the stack, nor to its last resort, though their zone is awake."""
    memory, nodes = known(facts.memory), _nodes(facts, asked)
    ours = {name for node in nodes for name in (node.id, *node.interfaces)}
    ours |= {gateway.id for gateway in remembered(zone.resort for zone in memory.zones.values())}
    ground = ground_of(facts, vpc_of(facts, asked))
    own = _own_zones(facts, asked)
    for table in ground.tables:
        route, serves = table.route, ground.serving[table.route.table]
        zones = {ground.subnets[subnet].zone for subnet in serves if subnet in ground.subnets}
        zones = zones & own or own  # another zone's tables are served by one of them
        excused = any(_rests(memory, zone) or _begins(facts, memory, zone, nodes) for zone in zones)
        if route.table not in asked.tables or route.held or excused:
            continue
        if route.target not in ours or route.blackhole:
            where = f"leads to {route.target}" if route.target else "has no default route"
            yield Mistake(
                f"no node serves route table {route.table}: it {where}"
                f"{', a black hole' if route.blackhole else ''}",
                "the reconcile function's log and its notices say why; docs/operations.md explains each",
            )


def silent_nodes(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """Nodes that Systems Manager does not hear from, so that nobody can ask how they are."""
    online = known(facts.online)
    for node in _nodes(facts, asked):
        if node.id not in online and facts.now - node.launched_at >= YOUNG:
            yield Mistake(
                f"node {node.id} in {node.zone} is not online in Systems Manager",
                "has the image the SSM agent? Does an interface endpoint of the VPC for ssm or ssmmessages "
                "let the node in?",
            )


def missed_goals(facts: Facts, asked: Asked) -> Iterator[Mistake]:
    """What a zone should have reached for long. Memory keeps zones that the stack has left."""
    zones = known(facts.memory).zones
    here = {node.zone for node in _nodes(facts, asked)} | _own_zones(facts, asked) if zones else set()
    for zone in (zone for zone in zones if zone in here):
        for goal, since in zones[zone].goals.items():
            if facts.now - since >= LONG:
                yield Mistake(
                    f"zone {zone} misses '{goal}' since {since:%Y-%m-%d %H:%M} UTC",
                    "docs/operations.md explains the goal, and what to do",
                )


def lasting_refusals(facts: Facts, _: Asked) -> Iterator[Mistake]:
    """Steps that AWS will not do for the stack, as it has really tried them."""
    for step, refusal in known(facts.memory).refusals.items():
        if refusal.count >= OFTEN:
            yield Mistake(
                f"AWS has refused {step} {refusal.count} times since {refusal.first:%Y-%m-%d %H:%M} UTC: "
                f"{refusal.error}",
                "if it is denied, look for a policy of the organisation or a boundary; docs/security.md has "
                "the rights that are needed",
            )


def contested_tables(facts: Facts, _: Asked) -> Iterator[Mistake]:
    """Route tables that somebody else writes to as well."""
    for past in known(facts.memory).zones.values():
        for table, contest in past.contests.items():
            if lately := [at for at in contest.times if facts.now - at < HOUR]:
                by = contest.by or "somebody who deletes its default route"
                yield Mistake(
                    f"route table {table} was taken {len(lately)} times in an hour, last by {by}",
                    "let one alone own the default route: take it out of Terraform or of the other stack",
                )


def _nodes(facts: Facts, asked: Asked) -> list[Machine]:
    return [m for m in known(facts.machines) if m.runs and m.stack == asked.stack]


def _own_zones(facts: Facts, asked: Asked) -> set[ZoneName]:
    listed = known(facts.subnets)
    return {listed[subnet].subnet.zone for subnet in asked.public_subnets if subnet in listed}


def _begins(facts: Facts, memory: Memory, zone: ZoneName, nodes: Sequence[Machine]) -> bool:
    """Whether the controller has not looked at the zone yet, or its node may be on its way."""
    launched = (launch.at for launch in memory.zone(zone).launches)
    begun = (*launched, *(node.launched_at for node in nodes if node.zone == zone))
    return zone not in memory.zones or any(facts.now - at < YOUNG for at in begun)


def _rests(memory: Memory, zone: ZoneName) -> bool:
    past = memory.zone(zone)
    return past.unwanted is not None or past.asleep_since is not None
