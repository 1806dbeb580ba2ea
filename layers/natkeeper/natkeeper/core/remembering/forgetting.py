"""What memory lets go: by age alone, and of nodes only those that looks have not shown for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from natkeeper.core.judgement.old_reads import LAG
from natkeeper.core.judgement.resting import forget_refusals
from natkeeper.core.memory import HOUR, Memory, ZoneMemory, recent

FORGET_NODE = timedelta(hours=2)
FORGET_NOTICE = timedelta(days=1)


def forget(memory: Memory, now: datetime) -> Memory:
    """The memory without what can decide nothing any more."""
    zones = {name: _forget_in_zone(zone, now) for name, zone in memory.zones.items()}
    nodes = {
        name: replace(node, repairs=recent(node.repairs, now))
        for name, node in memory.nodes.items()
        if node.missing_since is None or now - node.missing_since < FORGET_NODE
    }
    told = {key: at for key, at in memory.told.items() if now - at < FORGET_NOTICE}
    return forget_refusals(replace(memory, zones=zones, nodes=nodes, told=told), now)


def _forget_in_zone(zone: ZoneMemory, now: datetime) -> ZoneMemory:
    return replace(
        zone,
        launches=tuple(launch for launch in zone.launches if now - launch.at < HOUR),
        takebacks=recent(zone.takebacks, now),
        silences=recent(zone.silences, now),
        bad_pools={name: until for name, until in zone.bad_pools.items() if now < until},
        pointed={table: there for table, there in zone.pointed.items() if now - there.at < LAG},
    )
