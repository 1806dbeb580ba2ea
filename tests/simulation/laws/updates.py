"""What is renewed: nodes by an update of the template, and images by baking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natkeeper.core.actions import Cause
from natkeeper.core.decision.baking import KEPT
from natkeeper.core.image import BAKER, TASTER
from natkeeper.core.model import InstanceId, InterfaceId, RouteTableId, ZoneName
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import BOUND, NETWORK
from tests.world.gate import Deed

if TYPE_CHECKING:
    from tests.simulation.life.life import Life

UPDATE = 3 * 3600.0
"""Seconds within which an update reaches a zone that nothing befalls: three turns, two planned launches an hour."""


def an_update_moves_a_zone_forward(life: Life, deed: Deed) -> str | None:
    """What is outdated is left only for a node of a newer template: so an update moves a zone once, and not from one old
    node to another."""
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api != "ReplaceRoute" or run is None:
        return None
    home = life.world.zones[life.world.layout.tables.index(RouteTableId(deed.subject))]
    new = life.world.instances.owners.get(InterfaceId(deed.detail))
    old = truth.target(life.world, RouteTableId(deed.subject))
    if run.moves.get(home) is not Cause.OUTDATED or new is None or old is None or new is old:
        return None
    if deed.subject in life.voids:
        return None  # it goes back, for the address did not come along
    backward = new.node.template_version <= old.node.template_version
    return f"{home} leaves {old.node.id}, which is outdated, for {new.node.id}" if backward else None


def no_update_waits_for_ever(life: Life) -> str | None:
    """An update reaches each zone within the bound, though another cannot be updated now."""
    for zone, since in life.outdated.items():
        excused = max(life.excuses.since(zone), life.excuses.since_launching(zone), life.struck_in(zone))
        free = max(since, excused, life.demand.wanted.get(zone, life.at))
        if life.at - free > UPDATE:
            return f"{zone} has waited for its update for {life.at - free:.0f} s"
    return None


def bakes_one_at_a_time_and_beside_the_stack(life: Life, deed: Deed) -> str | None:
    """Never more than one baker or taster, and two images; nothing is ever routed to a baker, nor an address given."""
    bakers, images = list(truth.bakers(life.world)), life.world.images.there()
    if deed.api in NETWORK and any(deed.detail == i.node.interface for i in bakers):
        return f"{deed.api} {deed.subject} to the baker at {deed.detail}"
    if len(bakers) > 1 or len(images) > KEPT:
        return f"{len(bakers)} bakers and {len(images)} images"
    return None


def nodes_come_only_from_tried_images(life: Life, deed: Deed) -> str | None:
    """No node is launched from an image of the stack's own from which nobody has ever passed a probe."""
    kind, _, image = deed.detail.partition(" from ")
    untried = deed.api == "RunInstances" and kind == "node" and image not in life.tasted
    return f"a node is launched from {image}, which nobody has tried" if untried else None


def bakes_only_in_calm(life: Life, deed: Deed) -> str | None:
    """A baker is launched only while every zone that wants a node has one of its own that works."""
    role = deed.api == "RunInstances" and deed.detail.startswith((BAKER, TASTER))
    lacking = [zone for zone in life.jobless if _lacks(life, zone)]
    return f"a baker is launched while {lacking[0]} lacks a node" if role and lacking else None


def _lacks(life: Life, zone: ZoneName) -> bool:
    """For so long that any look has shown it, unless nobody can know."""
    wanted = life.demand.wanted.get(zone)
    since = max(life.jobless[zone], life.excused.get(zone, 0.0), life.at if wanted is None else wanted)
    return life.at - since > BOUND


def is_a_bakers(life: Life, deed: Deed) -> bool:
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    return instance is not None and bool(instance.node.role)
