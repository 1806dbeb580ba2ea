"""The zone's address and routes belong to the elected node, in this order. A node of the zone's own has the
address on its primary private address; a neighbour that covers, on its cover address (docs/adr/0024).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from natkeeper.core.actions import Action, AssociateAddress, Cause, PointRoute, Wait
from natkeeper.core.decision.contest import is_left
from natkeeper.core.decision.telling import notice
from natkeeper.core.judgement.cover import knows, may_send, sits, surely_sends
from natkeeper.core.judgement.dependence import step_of_address, step_of_table
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.view import View, why_move
from natkeeper.core.memory import recent
from natkeeper.core.model import Address, InterfaceId, Lifecycle, Route


def egress(view: View) -> Iterator[Action]:
    """What is missing of that."""
    elected, zone = view.elected, view.zone
    if elected is None or elected.node.interface is None or elected.fitness is Fitness.ASLEEP:
        return
    node, interface = elected.node, elected.node.interface
    ours = [route for route in zone.routes if route.movable and not view.is_spared(route)]
    open_routes = [route for route in ours if not is_left(view, route)]
    runs = node.lifecycle is Lifecycle.RUNNING
    astray = [r for r in open_routes if r.target != interface or (r.blackhole and runs)]
    address = _misplaced(view, elected)
    if address and address.holder in view.lent:
        if not (astray and view.leads_nowhere(astray)):
            reason = f"{address.allocation} is on {address.holder}, where tables lead that do not move yet"
            yield Wait(zone.name, None, Cause.ADDRESS, reason)
            return
        address = None
    if address and not runs:
        yield Wait(zone.name, None, Cause.ADDRESS, f"{node.id} can take the address once it runs")
    elif astray and view.current is None and (missed := view.missed_until()) and _all_alive(open_routes):
        yield Wait(zone.name, missed, Cause.ROUTE, "the node that its routes lead to may only not be listed")
    elif astray:
        yield from _move(view, elected, interface, address, astray)
    elif view.left_behind and not open_routes:
        yield from _bring_home(view)
    else:
        yield from _follow(view, elected, interface, address, open_routes)


def own_egress(view: View) -> Iterator[Action]:
    """The same for a zone about to sleep, but by its own node only: one that wants none is not covered."""
    if view.elected and view.elected.node.zone == view.zone.name:
        yield from egress(view)


def _misplaced(view: View, elected: Standing) -> Address | None:
    """The zone's address, if it is not where it belongs while this node serves, and can go there."""
    address, node = view.zone.address, elected.node
    if address is None:
        return None
    if elected in view.own:
        known = address.private and node.private_address
        wrong = address.holder != node.interface or (known and address.private != node.private_address)
        return address if wrong else None
    rests = view.is_resting(step_of_address(address.allocation, node.cover_address))
    able = view.cover_is_free and node.lifecycle is Lifecycle.RUNNING and not rests
    return address if able and not sits(address, node) else None


def _all_alive(routes: Iterable[Route]) -> bool:
    return all(route.target and not route.blackhole for route in routes)


def _move(
    view: View, elected: Standing, interface: InterfaceId, address: Address | None, astray: Sequence[Route]
) -> Iterator[Action]:
    """The routes, with the address. What AWS has just refused of it rests: a table alone; the address with
    all of them, unless nobody serves them. Who still has a resting table is not fenced."""
    zone, node, nowhere = view.zone.name, elected.node, view.leads_nowhere(astray)
    tables = tuple(r.table for r in astray if not view.is_resting(step_of_table(r.table), urgent=nowhere))
    cause, reason = why_move(view, elected, tables or tuple(r.table for r in astray))
    private = "" if elected in view.own else node.cover_address
    if private and not may_send(node, zone, view.context):
        address = None  # it would wait there, and the clients for it; it follows once they have a way out
    address_rests = address is not None and view.is_resting(step_of_address(address.allocation, private))
    if not tables or (address_rests and not nowhere):
        what = "the address" if tables and address else "each of these tables"
        yield Wait(zone, None, cause, f"{reason}; AWS refused {what} a moment ago")
        return
    if not nowhere and (first := _what_comes_first(view, elected, address, tables)):
        yield Wait(zone, None, cause, f"{reason}; first {first}")
        return
    allocation = address.allocation if address and not address_rests else None
    giver = address if allocation and _coverer(view, address) else None
    fence = _fence(view, elected, address, tables, astray)
    moved, at_once = private if allocation else "", bool(giver or fence) and not nowhere
    yield PointRoute(
        zone, node.id, interface, tables, allocation, fence, cause, reason, nowhere, moved, giver, at_once
    )


def _what_comes_first(
    view: View, elected: Standing, address: Address | None, tables: Sequence[str]
) -> str | None:
    """What a move from a node that works waits for."""
    if deaf := _has_to_hear_first(view, elected, address, tables):
        return f"{deaf} hears by which address to send"
    if _is_yet_to_be_told(view, elected):
        return f"{elected.node.id} is told of the connections"
    return None


def _coverer(view: View, address: Address | None) -> Standing | None:
    """The neighbour that has the routes, and covers by this address of the zone."""
    current = view.current
    covers = current is not None and current not in view.own and sits(address, current.node)
    return current if covers else None


def _has_to_hear_first(
    view: View, elected: Standing, address: Address | None, tables: Sequence[str]
) -> str | None:
    """Who would send clients by an address that is not there, until it is told otherwise: a neighbour that is
    not to get it, or has not its own zone's either; or one that gives it back and keeps a table."""
    if elected not in view.own and _sends_by_none(view, elected, address):
        return elected.node.id
    giver = _coverer(view, address)
    if giver is None:
        return None
    keeps = any(r.target == giver.node.interface and r.table not in tables for r in view.zone.routes)
    return giver.node.id if keeps and not knows(giver.node, view.context) else None


def _sends_by_none(view: View, elected: Standing, address: Address | None) -> bool:
    """Whether the neighbour may send this zone's clients by a private address that has no public one. Beside
    an elastic one on its cover address EC2 gives its primary one none."""
    node, zone = elected.node, view.zone.name
    if address is None and not sits(view.zone.address, node):
        return may_send(node, zone, view.context)
    covers = bool(node.cover_address) and not surely_sends(node, zone, view.context)
    return covers and not view.at_home


def _is_yet_to_be_told(view: View, elected: Standing) -> bool:
    """Whether a new node will hear in a moment of the connections that it is to take over, from one that is
    well till then (docs/adr/0023)."""
    current, verified = view.current, view.memory.node(elected.node.id).verified_at
    if not view.policy.peer_watch or current is None or verified is None:
        return False
    well = current.judgement.verdict is Verdict.HEALTHY and current.fitness <= Fitness.WORN
    told = bool(elected.node.probes) and elected.node.probes[-1].flows is not None
    return well and not told and view.now - verified < view.policy.ring_told


def _fence(
    view: View, elected: Standing, address: Address | None, tables: Sequence[str], astray: Sequence[Route]
) -> InterfaceId | None:
    """Who gives the address away and has to stop before. Where a neighbour takes over from one through which
    nothing comes back, that is a call too many."""
    fence = view.sender(address)
    silent = view.current is not None and view.current.cause is Cause.SILENT
    hurries = silent and elected not in view.own
    if hurries or any(r.target == fence and r.table not in tables for r in astray):
        return None
    return fence


def _follow(
    view: View,
    elected: Standing,
    interface: InterfaceId,
    address: Address | None,
    open_routes: Sequence[Route],
) -> Iterator[Action]:
    """The address alone, to where the routes lead already. Where all tables are left to others it stays."""
    if address and (open_routes or not (view.zone.routes or address.holder in view.leaned_on)):
        yield from _take_address(view, elected, interface, address)


def _bring_home(view: View) -> Iterator[Action]:
    """From a cover address where it serves nobody, while all tables are left to others: that place is another
    zone's next. It goes to a node of the zone's own; while a table is only left for a while, to no other than
    the elected."""
    running = [s for s in view.own if s.node.lifecycle is Lifecycle.RUNNING and s.node.interface]
    if any(route.movable for route in view.zone.routes):
        running = [s for s in running if s == view.elected]
    home = min(running, key=lambda s: (s != view.elected, s.fitness, s.node.id), default=None)
    if view.zone.address and home and home.node.interface:
        yield from _take_address(view, home, home.node.interface, view.zone.address)


def _take_address(
    view: View, elected: Standing, interface: InterfaceId, address: Address
) -> Iterator[Action]:
    taken = len(recent(view.past.takebacks, view.now))
    if taken >= view.policy.takebacks_per_hour:
        reason = f"{address.allocation} was lost {taken} times within the hour: find out who takes it"
        yield from notice(view, "address-stolen", Cause.ADDRESS, reason)
        return
    private = "" if elected in view.own else elected.node.cover_address
    yield AssociateAddress(
        view.zone.name,
        elected.node.id,
        interface,
        address.allocation,
        Cause.ADDRESS,
        f"{address.allocation} is {where(address)}",
        private,
    )


def where(address: Address) -> str:
    """Where the address is now."""
    at = f" at {address.private}" if address.private else ""
    return f"on {address.holder}{at}" if address.holder else "on no interface"
