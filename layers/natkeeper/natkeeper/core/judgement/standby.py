"""A warm standby: a second node of the zone that has proved itself, watches the one that serves and is
watched by it, and has neither route nor address until it serves.

What wears out first is the standby. An update finds both old: one new node stands by beside them, takes over,
and what served before is replaced as standby. So each update moves the zone once, and never is one missing
while the other is moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from natkeeper.core.actions import Cause
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.election import Fitness, Standing, age, incumbent
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.market import markets
from natkeeper.core.judgement.view import View
from natkeeper.core.model import InstanceId, Market, Zone
from natkeeper.core.policy import Standby

_WORN = (Fitness.WORN, Fitness.AVOIDED)
"""It may work still, also who is silent by the word of its neighbours."""


def lacks_standby(view: View) -> bool:
    """Whether a second node should stand by, and none does or comes that is to stay."""
    wanted = view.policy.standby is Standby.ZONE and view.zone.subnet is not None
    return wanted and len(view.counted()) < view.policy.nodes_per_zone


def old_standby(view: View) -> Standing | None:
    """Who would take over until another can, though it is to be succeeded."""
    worn = (s for s in view.own if s.fitness in _WORN and s != view.elected)
    proven = any(s.fitness is Fitness.FIT and s != view.elected for s in view.own)
    if view.policy.standby is Standby.NONE or view.zone.subnet is None or proven:
        return None
    return min(worn, key=lambda s: (s.fitness, s.node.launched_at, s.node.id), default=None)


def kept_nodes(view: View) -> frozenset[InstanceId]:
    """The elected node, as many good ones as the zone wants, and who stands by: it stays until another could
    take its place, though it is old."""
    wanted = view.best()[: view.policy.nodes_per_zone] if view.zone.subnet else []
    kept = (*wanted, *view.spares()[:1], view.understudy(), old_standby(view), view.elected)
    return frozenset(s.node.id for s in kept if s)


def standby_markets(view: View, cause: Cause) -> tuple[Market, ...]:
    """In which markets to launch a standby, best first. Where spot is wanted, of the two one is on spot: what
    takes away the one leaves the other."""
    on_demand = any(not s.node.spot for s in view.counted())
    chosen = markets(cause, view.past, view.policy, view.now)
    return chosen if on_demand else (Market.ON_DEMAND,)


def as_pair(zone: Zone, standings: Mapping[InstanceId, Standing], context: Context) -> Iterator[Standing]:
    """The standings that change because two nodes wear out together: those of who serves, or stands by."""
    server = incumbent(zone, standings)
    if context.policy.standby is Standby.NONE or server is None or server.node.zone != zone.name:
        return
    for node in zone.nodes:
        s = standings[node.id]
        if s.cause is Cause.MARKET and (s == server or server.node.spot):
            fitness = Fitness.FIT if s.judgement.verdict is Verdict.HEALTHY else Fitness.DOUBTFUL
            reason = f"{node.id}: {s.judgement.reason}"
            yield replace(s, fitness=fitness, cause=Cause.UNHEALTHY, reason=reason)
        elif server.cause is Cause.LIFETIME and s.fitness <= Fitness.DOUBTFUL and _is_half_worn(s, context):
            reason = f"{node.id}: it would not serve for long in place of {server.node.id}"
            yield replace(s, fitness=Fitness.WORN, cause=Cause.LIFETIME, reason=reason)


def _is_half_worn(s: Standing, context: Context) -> bool:
    life = context.policy.max_lifetime
    return life is not None and age(s.node, context) > life / 2
