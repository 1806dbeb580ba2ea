"""Who stands by, stopped or running: it is kept, used first, and takes nothing over from a node that is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natkeeper.core.actions import Cause
from natkeeper.core.judgement.dependence import step_of_check
from natkeeper.core.model import InstanceId, InterfaceId, Market, RouteTableId, ZoneName
from natkeeper.core.policy import Standby
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import ENDING, LATELY, UNSEEN
from tests.world.gate import Deed

if TYPE_CHECKING:
    from tests.simulation.life.life import Life

WELL = 900.0
"""Seconds of probes passed after which a node has no failure left among those that count."""
EMERGENCIES = (Cause.NO_NODE, Cause.UNHEALTHY, Cause.CHECK, Cause.SILENT)


def starts_the_spare_first(life: Life, deed: Deed) -> str | None:
    """Where a spare stands by, and can be started, nothing is launched because no node works, or one is doubted."""
    zone = ZoneName(deed.subject.partition(" ")[0])
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api != "RunInstances" or run is None or run.causes.get(zone) not in EMERGENCIES:
        return None
    spare = truth.stands_by(life.world, zone)
    return f"{zone} launches, and {spare.node.id} stands by" if spare else None


def keeps_one_spare(life: Life, deed: Deed) -> str | None:
    """A zone that wants a node stops one to stand by, and never a second."""
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    if deed.api != "StopInstances" or instance is None or instance.node.zone not in life.demand.wanted:
        return None
    spare = truth.stands_by(life.world, instance.node.zone)
    since = life.demand.wanted[instance.node.zone]
    second = spare is not None and spare is not instance and life.at - since > LATELY
    return f"{deed.subject} is stopped, and {spare.node.id} stands by" if second and spare else None


def ends_no_standby_before_its_successor(life: Life, deed: Deed) -> str | None:
    """Where a second node is to stand by, one that works and has passed its probes for long is ended or stopped only
    while as many others of its zone could serve, or did a moment ago: however old it is."""
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    policy = life.controller.policy
    if deed.api not in ENDING or policy.standby is Standby.NONE or instance is None or instance.node.role:
        return None
    known = life.at - life.passing.get(instance.node.id, life.at) > WELL and not instance.node.impaired_since
    shut = life.remembered.refusals.get(step_of_check(instance.node.interface or InterfaceId("")))
    since = life.demand.wanted.get(instance.node.zone)
    if not known or not truth.is_usable(life.world, instance) or since is None or life.at - since < LATELY:
        return None
    if shut and instance.node.source_dest_check:
        return None  # AWS refuses to let it forward
    others = [i for i in truth.living(life.world) if i is not instance and i.node.zone == instance.node.zone]
    lately = [life.at - life.passed.get(o.node.id, -UNSEEN) < UNSEEN for o in others]
    usable = [truth.is_usable(life.world, o) and o.node.id in life.proven for o in others]
    could = sum(map(max, usable, lately))
    lacks = could < policy.nodes_per_zone
    return f"{deed.api} of {deed.subject}, which works, beside {could} others" if lacks else None


def a_standby_is_no_emergency(life: Life, deed: Deed) -> str | None:
    """A standby is launched only as a wish, and beside a node that serves its zone, as far as anybody could know."""
    zone = ZoneName(deed.subject.partition(" ")[0])
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api != "RunInstances" or run is None or run.causes.get(zone) is not Cause.STANDBY:
        return None
    return f"a standby of {zone} is launched on the budget of emergencies" if zone in run.urgent else None


def leaves_the_serving_node_for_no_spare(life: Life, deed: Deed) -> str | None:
    """While the node that serves a zone is well, and nothing is announced or asked of it, no route goes over to another
    of that zone: what is to stand by stands by; unless reads may not show yet that it serves."""
    if deed.api != "ReplaceRoute" or deed.process is None or life.policy.market is not Market.ON_DEMAND:
        return None
    new = life.world.instances.owners.get(InterfaceId(deed.detail))
    old = truth.target(life.world, RouteTableId(deed.subject))
    if new is None or old is None or new is old or new.node.zone != old.node.zone:
        return None
    if life.at - max(life.moves.get(deed.subject, (-LATELY,))) < LATELY:
        return None
    home = life.world.layout.tables.index(RouteTableId(deed.subject))
    current = old.node.template_version == life.controller.policy.template_version
    asked = truth.is_leaving(life.world, old) or old.node.impaired_since or not current
    known = life.at - life.passing.get(old.node.id, life.at) > WELL
    well = truth.serves(life.world, RouteTableId(deed.subject)) and known and not asked
    return (
        f"{old.node.id} serves {life.world.zones[home]} well, and is left for {deed.detail}" if well else None
    )
