"""A planned move, of address and routes at once: no server sees a third address, and nothing of it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natkeeper.core.model import AllocationId, InterfaceId, RouteTableId
from tests.simulation.ground_truth import truth
from tests.world.gate import Deed
from tests.world.instances import AUTOMATIC

if TYPE_CHECKING:
    from tests.simulation.life.life import Life


FENCE = 100.0
"""Seconds from a fence until the next sweep has taken it off: the rest of the pass, a minute, reads that lag."""


def a_planned_move_shows_no_third_address(life: Life, deed: Deed) -> str | None:
    """When a run moves address and routes at once, neither node has, or is given, a public address of its own: no server
    ever sees a client by it."""
    bared = life.bared.get(deed.process, set()) if deed.process else set()
    owners, new = life.world.instances.owners, InterfaceId(deed.detail.partition(",")[0])
    if deed.api == "ReplaceRoute":
        table = RouteTableId(deed.subject)
        ours = bared & {new, life.world.network.routes[table].now.target}
        seen = (
            truth.seen_by(life.world, table, owners[new])
            if ours and truth.is_usable(life.world, owners[new])
            else ""
        )
        return f"{table} is led to {new}, which has {seen}" if str(seen).startswith(AUTOMATIC) else None
    if deed.api != "AssociateAddress":
        return None
    holder = life.world.network.holders[AllocationId(deed.subject)].now
    old = owners.get(InterfaceId(str(holder)))
    if (
        old is None
        or holder == new
        or not bared & {new, holder}
        or life.world.network.holds(holder) != deed.subject
    ):
        return None  # one from a cover address leaves nothing behind
    serves = any(truth.target(life.world, table) is old for table in life.world.layout.tables)
    if not serves or not truth.is_usable(life.world, old) or old.node.source_dest_check:
        return None
    own = not deed.detail.partition(", ")[2] and owners[new].node.public_address.startswith(AUTOMATIC)
    return (
        f"{deed.subject} goes from {old.node.id} to {new}, and one has another"
        if old.automatic or own
        else None
    )


def who_was_led_there_is_led_back(life: Life) -> str | None:
    """Where address and routes were asked for at once, and AWS refused the address, the routes go back in the same run,
    or the next one gives the node the address: nobody stays where nothing leaves."""
    life.voids = {table: at for table, at in life.voids.items() if not truth.serves(life.world, table)}
    for table, at in life.voids.items():
        instance = truth.target(life.world, table)
        if instance is None or not truth.is_usable(life.world, instance) or life.ongoing:
            continue
        seconds = life.at - max(at, life.excuses.since(instance.node.zone))
        if seconds > FENCE:
            return f"{table} leads to {instance.node.id}, which has had no address for {seconds:.0f} s"
    return None


def no_fence_outlives_its_run(life: Life) -> str | None:
    """A check that a run of ours has turned on, so that no packet leaves in a move, is off again with the next sweep
    when the move did not come to pass: a run that was killed costs no more."""
    for table in life.availability.down:
        instance = truth.target(life.world, table)
        if instance is None or instance.node.interface not in life.fenced or life.ongoing:
            continue
        free = life.excuses.since(instance.node.zone)
        led = max(life.fenced[str(instance.node.interface)], life.availability.down[table], free)
        seconds = life.at - led
        if truth.is_usable(life.world, instance) and instance.node.source_dest_check and seconds > FENCE:
            return f"{table} leads to {instance.node.id}, which a run of ours fenced {seconds:.0f} s ago"
    return None
