"""Where routes and addresses go: to who is known to work, and not again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natkeeper.core.model import InterfaceId, RouteTableId
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import HOUR, LATELY
from tests.world.gate import Deed

if TYPE_CHECKING:
    from tests.simulation.life.life import Life

STRANGE = 420.0
"""Seconds for which a zone may be seen by another address than its own, while nothing keeps it from that: a sweep, a
probe, and what these may miss."""
MOVES = 30
"""Moves of one table in an hour, whoever takes its route."""


def moves_only_to_the_verified(life: Life, deed: Deed) -> str | None:
    """Never routes to a node that has never passed a probe while a good one serves, which has passed them for long
    enough to be known."""
    if deed.api not in ("ReplaceRoute", "CreateRoute") or deed.process is None:
        return None
    new = life.world.instances.owners.get(InterfaceId(deed.detail))
    old = truth.target(life.world, RouteTableId(deed.subject))
    if new is None or old is None or new is old or new.node.id in life.proven:
        return None
    # Also one that is fenced: it was good until this very move began.
    known = life.at - life.passing.get(old.node.id, life.at) > LATELY
    good = truth.is_usable(life.world, old) and known
    return f"{deed.subject} serves well and is pointed at an unverified node" if good else None


def no_plan_contradicts_itself(life: Life, deed: Deed) -> str | None:
    """What a pass points a route at, it does not stop or end in the same breath, in whatever zone."""
    run = life.controller.runs[deed.process] if deed.process else None
    both = run.leaned_on & run.let_go if run else set()
    return f"{min(both)} is to serve and is let go in the same pass" if both else None


def moves_are_bounded(life: Life, deed: Deed) -> str | None:
    """A table is not moved again and again: who takes its route each time is answered ever more slowly."""
    if deed.api != "ReplaceRoute":
        return None
    recent = sum(life.at - at < HOUR for at in life.moves.get(deed.subject, ()))
    return f"{deed.subject} was moved {recent} times within the hour" if recent > MOVES else None


def clients_are_seen_by_their_address(life: Life) -> str | None:
    """Where a zone has a way out, it is seen by its own address and by no other, also while a neighbour covers it:
    unless that has no address to cover with, covers another zone by it, or AWS refuses the address."""
    life.excuses.look()
    for table in life.availability.strange:
        seconds = life.availability.strangeness(table, life.controller.policy)
        if seconds > STRANGE:
            return f"{table} has been seen by another address than its zone's for {seconds:.0f} s"
    return None


def pushes_no_address_off(life: Life) -> str | None:
    """We never put an elastic address where another one is: a neighbour's own stays on its primary private address."""
    by = next((f"{old} by {new}" for old, new in life.world.network.displaced), None)
    return f"pushed off: {by}" if by else None


def leads_nobody_where_nothing_leaves(life: Life, deed: Deed) -> str | None:
    """From a node that works no route goes to one that would send its clients by an address that is not there; unless
    that is asked for at the same time."""
    dead = is_led_nowhere(life, deed) and deed.process not in life.bared
    return f"{deed.subject} works, and {deed.detail} sends its clients by no address" if dead else None


def is_led_nowhere(life: Life, deed: Deed) -> bool:
    """Whether we lead a table from a node that works to one that sends its clients by an address that is not there."""
    new = life.world.instances.owners.get(InterfaceId(deed.detail))
    if deed.api != "ReplaceRoute" or deed.process is None or new is None:
        return False
    table = RouteTableId(deed.subject)
    usable = truth.serves(life.world, table) and truth.is_usable(life.world, new)
    return usable and truth.seen_by(life.world, table, new) is None
