"""What memory keeps of outages: what broke a zone that had a way out, and when it had one again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from natkeeper.core.judgement.election import Standing
from natkeeper.core.judgement.view import View
from natkeeper.core.memory import HEALS, Heal, Memory, Outage
from natkeeper.core.model import InstanceId, Route

_LONGEST = 120
"""So many characters of a cause are kept: each KB of memory is paid for at every write."""


def learn_heal(memory: Memory, view: View, standings: Mapping[InstanceId, Standing]) -> Memory:
    """The memory after a look at one zone. A zone that wants no node has no outage, nor has one of which no
    table is ours to care for, or that was never whole. Where no table was listed, nothing is over."""
    past = memory.zone(view.zone.name)
    if not view.zone.routes:
        return memory
    ours = [route for route in view.zone.routes if route.movable]
    excused = past.unwanted or past.waking_since or not past.whole or not ours
    faults = [_fault(route, standings) for route in ours]
    cause = "" if excused else next(filter(None, faults), "")
    if past.outage and not cause and not excused:
        heal = Heal(view.zone.name, past.outage.cause, past.outage.since, view.now)
        memory = replace(memory, heals=(*memory.heals, heal)[-HEALS:])
    outage = (past.outage or Outage(cause[:_LONGEST], view.now)) if cause else None
    whole = past.whole or set(faults) == {None}
    return memory.with_zone(view.zone.name, replace(past, outage=outage, whole=whole))


def _fault(route: Route, standings: Mapping[InstanceId, Standing]) -> str | None:
    """What is wrong with a way out; None: it works, as far as anybody knows; empty: it leads to something
    alive that is not ours."""
    server = next((s for s in standings.values() if s.node.interface == route.target), None)
    if route.target is None:
        return f"{route.table} had no default route"
    if server and not server.works:
        return server.reason
    if route.blackhole:
        return f"{route.table} led to {route.target}, which was gone"
    return None if server else ""
