"""How memory grows: `learn` from what was seen, `record` what was done. Pure, and forgetful of the old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from natkeeper.core.actions import Action, AssociateAddress, LaunchNode, Notify, RepairNode
from natkeeper.core.election import Fitness, Standing
from natkeeper.core.health import Verdict
from natkeeper.core.ledger import keep
from natkeeper.core.memory import HOUR, Launch, Memory, ZoneMemory, recent
from natkeeper.core.model import UP, InstanceId, Observed, Zone
from natkeeper.core.policy import Policy

FORGET_NODE = timedelta(hours=2)
FORGET_NOTICE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was carried out; for a launch, which instance came of it and which types had none."""

    action: Action
    instance: InstanceId | None = None
    without_capacity: tuple[str, ...] = ()


def learn(
    memory: Memory, observed: Observed, standings: Mapping[InstanceId, Standing], now: datetime
) -> Memory:
    """The memory after one look at the world: who is verified, who is idle, which zone is broken."""
    targets = {route.target for zone in observed.readable() for route in zone.routes}
    for s in standings.values():
        past = memory.node(s.node.id)
        verified = past.verified_at or (now if s.judgement.verdict is Verdict.HEALTHY else None)
        idle = None if s.node.interface in targets else past.idle_since or now
        memory = memory.with_node(s.node.id, replace(past, verified_at=verified, idle_since=idle))
    for name in memory.nodes.keys() - standings.keys():
        past = memory.node(name)
        memory = memory.with_node(name, replace(past, idle_since=past.idle_since or now))
    for zone in observed.readable():
        memory = memory.with_zone(zone.name, _learn_zone(memory.zone(zone.name), zone, standings, now))
    if observed.readable():
        roster = tuple(n.id for n in observed.nodes() if n.lifecycle in UP)
        memory = replace(memory, roster=roster, spans=keep(memory.spans, observed, now))
    return _forget(memory, observed, now)


def _learn_zone(
    past: ZoneMemory, zone: Zone, standings: Mapping[InstanceId, Standing], now: datetime
) -> ZoneMemory:
    """A generation seen on a node is used up, even if its launch was never recorded."""
    used = max((node.generation for node in zone.nodes), default=-1)
    broken = None if is_served(zone, standings) else past.broken_since or now
    return replace(past, generation=max(past.generation, used + 1), broken_since=broken)


def is_served(zone: Zone, standings: Mapping[InstanceId, Standing]) -> bool:
    """Whether every default route of the zone leads to a node that is neither dead nor still booting."""
    able = {s.node.interface for s in standings.values() if s.fitness < Fitness.BOOTING}
    return all(r.held or (r.target in able and not r.blackhole) for r in zone.routes)


def record(memory: Memory, done: Done, policy: Policy, now: datetime) -> Memory:
    """The memory after an action was carried out."""
    action = done.action
    past = memory.zone(action.zone)
    match action:
        case LaunchNode():
            bad = dict.fromkeys(done.without_capacity, now + policy.bad_pool)
            launches = (*past.launches, Launch(now, done.instance))
            changed = replace(
                past,
                generation=max(past.generation, action.generation) + 1,
                launches=launches,
                bad_pools={**past.bad_pools, **bad},
            )
            roster = (*memory.roster, done.instance) if done.instance else memory.roster
            return replace(memory.with_zone(action.zone, changed), roster=roster)
        case RepairNode():
            node = memory.node(action.node)
            return memory.with_node(action.node, replace(node, repairs=(*node.repairs, now)))
        case AssociateAddress():
            return memory.with_zone(action.zone, replace(past, takebacks=(*past.takebacks, now)))
        case Notify():
            return replace(memory, told={**memory.told, action.key: now})
        case _:
            return memory


def record_no_capacity(memory: Memory, action: LaunchNode, policy: Policy, now: datetime) -> Memory:
    """The memory after a launch that no instance type had room for. It cost nothing, so the breaker does
    not count it."""
    past = memory.zone(action.zone)
    bad = dict.fromkeys(action.instance_types, now + policy.bad_pool)
    return memory.with_zone(action.zone, replace(past, bad_pools={**past.bad_pools, **bad}))


def _forget(memory: Memory, observed: Observed, now: datetime) -> Memory:
    seen = {node.id for node in observed.nodes()}
    zones = {name: _forget_in_zone(zone, now) for name, zone in memory.zones.items()}
    nodes = {
        name: replace(node, repairs=recent(node.repairs, now))
        for name, node in memory.nodes.items()
        if node.idle_since is None or now - node.idle_since < FORGET_NODE or name in seen
    }
    told = {key: at for key, at in memory.told.items() if now - at < FORGET_NOTICE}
    return replace(memory, zones=zones, nodes=nodes, told=told)


def _forget_in_zone(zone: ZoneMemory, now: datetime) -> ZoneMemory:
    return replace(
        zone,
        launches=tuple(launch for launch in zone.launches if now - launch.at < HOUR),
        takebacks=recent(zone.takebacks, now),
        bad_pools={name: until for name, until in zone.bad_pools.items() if now < until},
    )
