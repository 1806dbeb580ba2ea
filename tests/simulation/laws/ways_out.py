"""Every zone that wants a way out has one, and a node of its own: none that it needs is ended, none sleeps on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natkeeper.core.model import InstanceId, RouteTableId
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import BOUND, ENDING, HOUR, LATELY, UNSEEN
from tests.simulation.laws.limits import recent_launches
from tests.simulation.laws.updates import is_a_bakers
from tests.world.gate import Deed

if TYPE_CHECKING:
    from tests.simulation.life.life import Life

WAKE = 300.0
"""Seconds for which a zone that wants a node may have none at all: lost events, reads that lag, a sweep, and two
minutes in which a node that was launched may not be visible."""
JOBLESS = 1500.0
"""Seconds for which a zone may have no node of its own that works: N of M probes, two repairs, a boot, and one trial of
a launch each quarter of an hour."""


def no_zone_is_left_without(life: Life) -> str | None:
    """A private subnet with a usable node somewhere is never left without a route to one for longer than the
    bound, unless the controller is hampered: then the time begins when that ends."""
    for table in life.world.layout.tables:
        seconds = life.neglect(table)
        if seconds > BOUND:
            return f"{table} has had no way out for {seconds:.0f} s although a node is usable"
    return None


def spares_who_serves_well(life: Life, deed: Deed) -> str | None:
    """A node that serves well is never terminated or stopped, unless its zone wants none, or has wanted one for a
    moment only; a read that failed is no reason."""
    if deed.api not in ENDING:
        return None
    world = life.world
    serving = [t for t in world.layout.tables if truth.serves(world, t) and wanted_for(life, t) > LATELY]
    victims = [t for t in serving if (i := truth.target(world, t)) and i.node.id == deed.subject]
    return f"{deed.api} of {deed.subject}, which serves {victims[0]}" if victims else None


def ends_no_last_node(life: Life, deed: Deed) -> str | None:
    """A node that runs and forwards, and has ever been verified, is never ended or stopped while its zone has no other
    that could serve, however dead it was thought to be."""
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    if deed.api not in ENDING or instance is None or not truth.is_usable(life.world, instance):
        return None
    if instance.node.id not in life.proven or is_a_bakers(life, deed):
        return None  # nothing ever leads to a baker, so it is nobody's last node
    zone = instance.node.zone
    since = life.demand.wanted.get(zone)
    if since is None or life.at - since < LATELY:
        return None
    others = [i for i in truth.living(life.world) if i is not instance and i.node.zone == zone]
    if any(
        truth.is_usable(life.world, o) or life.at - life.passed.get(o.node.id, -UNSEEN) < UNSEEN
        for o in others
    ):
        return None  # what passed a probe just now and hangs since then is not known to
    return f"{deed.api} of {deed.subject}, which works, and {zone} has no other"


def no_wanted_zone_sleeps_on(life: Life) -> str | None:
    """A zone that is wanted is never left without a node, at least a pending one, beyond its wake bound, unless the
    controller is hampered; nor, while the breaker is open, beyond the time of a trial more."""
    policy = life.controller.policy
    for zone in life.bare:
        open_ = len(recent_launches(life, zone, HOUR + WAKE)) >= policy.launches_per_hour
        trial = policy.breaker_trial.total_seconds() if open_ else 0.0
        if life.oversleep(zone) > WAKE + trial:
            return f"{zone} has wanted a node for {life.oversleep(zone):.0f} s and has none"
    return None


def every_zone_gets_a_node(life: Life) -> str | None:
    """A zone that wants a node, and could have one, has one of its own that works within the bound: whatever a person
    wishes, and whatever else is refused."""
    for zone, since in life.jobless.items():
        life.excuse_blind_spots(zone)
        wanted = life.demand.wanted.get(zone)
        free = max(life.excuses.since_launching(zone), life.excuses.since(zone), life.excused.get(zone, 0.0))
        late = life.at - max(since, free, life.at if wanted is None else wanted)
        if late > JOBLESS:
            return f"{zone} has had no node of its own that works for {late:.0f} s"
    return None


def wanted_for(life: Life, table: RouteTableId) -> float:
    since = life.demand.of(table)
    return 0.0 if since is None else life.at - since
