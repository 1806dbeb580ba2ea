"""The rules of a zone's last resort, a NAT gateway (docs/adr/0025).

It is made when no node can serve the zone, and none that could is on its way; no route leads to it before it
is available; when a node that is verified serves, it is deleted. While it serves, launches go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from natkeeper.core.actions import (
    Action,
    Cause,
    Wait,
)
from natkeeper.core.decision.contest import is_left
from natkeeper.core.decision.failed_launches import rests_until
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.telling import notice
from natkeeper.core.judgement.budget import spent_until
from natkeeper.core.judgement.demand import Stage
from natkeeper.core.judgement.dependence import step_of_launch
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.stranded import is_hopeless, stranded
from natkeeper.core.judgement.view import View
from natkeeper.core.last_resort import GatewayState, LastResorts, NatGateway, paid_hours, used_hours
from natkeeper.core.last_resort_actions import (
    CreateNatGateway,
    DeleteNatGateway,
    PointAtGateway,
    ReleaseAddress,
)
from natkeeper.core.model import GOING, AllocationId, Unreadable, ZoneName


def last_resort(view: View) -> Iterator[Action]:
    """Make it, and point what leads nowhere at it once it is there."""
    resort = view.resort
    if resort.unread:
        if is_hopeless(view):
            reason = f"no node can serve the zone, and its NAT gateways cannot be read: {resort.unread}"
            yield from notice(view, "last resort unread", Cause.LAST_RESORT, reason)
        return
    yield from _failed(view)
    if gateway := resort.serving():
        yield from _point(view, gateway)
    elif gateway := resort.first():
        yield Wait(view.zone.name, None, Cause.LAST_RESORT, f"{gateway.id} is {gateway.state}", soon=True)
    elif is_hopeless(view) and view.policy.has_last_resort:
        yield from _create(view)


def _point(view: View, gateway: NatGateway) -> Iterator[Action]:
    """While it is there its cost is told; who serves the zone takes the routes away from it (`egress`). What
    somebody has taken from us is taken back, as a node would."""
    yield from notice(view, f"last resort {gateway.id}", Cause.LAST_RESORT, _cost(view, gateway))
    elected = view.elected
    if elected is not None and elected.works:
        return
    lost = [route for route in view.zone.routes if view.is_taken(route) and not is_left(view, route)]
    tables = tuple(route.table for route in (*stranded(view), *lost) if route.movable)
    if tables:
        reason = f"no node can serve the zone, and {gateway.id} is {gateway.state}"
        yield PointAtGateway(view.zone.name, gateway.id, tables, Cause.LAST_RESORT, reason)


def _cost(view: View, gateway: NatGateway) -> str:
    """What a person should know of a gateway that is paid by the hour."""
    policy, hours = view.policy, paid_hours(gateway.created_at, view.now)
    used = used_hours(view.past.resort, view.now)
    spent = f" Of the zone's {policy.last_resort_hours} hours in 30 days {used} are used"
    spent += ": no other is made after this one." if used >= policy.last_resort_hours else "."
    return (
        f"NAT gateway {gateway.id} is this zone's way out since {gateway.created_at:%Y-%m-%d %H:%M} UTC,"
        f" for no node could serve it. It costs ${policy.gateway_hour:.3f} an hour"
        f" (${hours * policy.gateway_hour:.2f} so far) and ${policy.gateway_gb:.3f} a gigabyte.{spent}"
        " It is deleted when a node serves the zone again"
    )


def _failed(view: View) -> Iterator[Action]:
    """EC2 accepts a gateway, and may tell a moment later why there is none."""
    for gateway in view.resort.gateways:
        if gateway.state is GatewayState.FAILED:
            reason = f"EC2 could not make {gateway.id}: {gateway.failure or 'it gives no reason'}"
            yield from notice(view, f"last resort failed {gateway.failure[:60]}", Cause.LAST_RESORT, reason)


def _create(view: View) -> Iterator[Action]:
    zone, resort, subnet = view.zone.name, view.past.resort, view.zone.launchable
    used = used_hours(resort, view.now)
    pause = resort.made_at + view.policy.last_resort_pause if resort.made_at else view.now
    last_chance = _last_chance(view)
    if subnet is None:
        return
    if used >= view.policy.last_resort_hours:
        reason = f"no node can serve the zone, and its {used} hours of a NAT gateway in 30 days are used up"
        yield from notice(view, "last resort spent", Cause.LAST_RESORT, reason)
    elif view.now < pause:
        yield Wait(zone, pause, Cause.LAST_RESORT, "a NAT gateway was made for it a moment ago")
    elif not last_chance:
        reason = "no node can serve the zone; a launch may succeed yet"
        yield Wait(zone, None, Cause.LAST_RESORT, reason, soon=True)
    elif until := _address_comes_until(view):
        yield Wait(zone, until, Cause.LAST_RESORT, "its address may be free in a moment", soon=True)
    else:
        reason = f"no node can serve the zone: {last_chance}"
        yield CreateNatGateway(zone, subnet, _address(view), resort.made, Cause.LAST_RESORT, reason)


def _last_chance(view: View) -> str:
    """Why no launch will help soon; empty while one may."""
    refusal = view.memory.refusals.get(step_of_launch(view.zone.name, urgent=True))
    if refusal:
        return f"AWS refuses launches: {refusal.error}"
    if until := spent_until(view, urgent=True) or rests_until(view.past, view.now):
        return f"no launch before {until:%H:%M:%S}"
    return "it has been without hope for too long" if _has_waited(view) else ""


def _has_waited(view: View) -> bool:
    since = view.past.resort.hopeless_since
    return since is not None and view.now - since >= view.policy.last_resort_after


def _address_comes_until(view: View) -> datetime | None:
    """Until when the zone's own address may still be free, if something has it that lets it go: a node that
    ends, or has ended, for its interface outlives it, and a route leads there still; or what is no node of
    the zone, for that may be a gateway of ours that is not listed yet."""
    holder = view.zone.address.holder if view.zone.address else None
    since = view.past.resort.hopeless_since or view.now
    own = next((node for node in view.zone.listed() if node.interface == holder), None)
    if holder is None or (own is not None and own.lifecycle not in GOING):
        return None
    ended = own is not None or any(route.target == holder for route in view.zone.routes)
    until = since + (view.policy.last_resort_after if ended else view.policy.visibility)
    return until if view.now < until else None


def _address(view: View) -> AllocationId | None:
    """The zone's own, if nothing holds it, nor is about to; else one that was allocated before; None: another
    is."""
    own = view.zone.address
    if own and own.holder is None and view.elected is None:
        return own.allocation
    return next((a.id for a in view.resort.allocations if not a.held), None)


def last_resort_over(view: View) -> Iterator[Action]:
    """Delete it when nothing needs it any more, and give back the address that was allocated for it."""
    resort, zone = view.resort, view.zone
    if resort.unread:
        return
    used = {route.target for route in zone.routes} if view.stage is not Stage.ASLEEP else set()
    kept = resort.first() if _is_needed(view) else None
    for gateway in resort.gateways:
        if gateway is not kept and gateway.id not in used | view.leaned_on:
            yield from end(zone.name, (gateway,), _why_over(view))
    if not is_hopeless(view):
        yield from _release(view)


def _is_needed(view: View) -> bool:
    """Whether the zone has nothing else, as far as is known: who serves it has to be verified."""
    if view.stage is Stage.ASLEEP or view.zone.subnet is None:
        return False
    elected, ours = view.elected, [route for route in view.zone.routes if route.movable]
    if not ours:
        return view.unlisted
    if elected is None or not elected.works or elected.judgement.verdict is not Verdict.HEALTHY:
        return True
    return any(route.target != elected.node.interface or route.blackhole for route in ours)


def _why_over(view: View) -> str:
    server = view.elected if view.stage is not Stage.ASLEEP else None
    return f"{server.node.id} serves the zone" if server and server.works else "nothing needs it any more"


def _release(view: View) -> Iterator[Action]:
    """Nothing is given back that a gateway may have which is not listed yet."""
    made_at = view.past.resort.made_at
    if made_at is None or view.now - made_at >= view.policy.visibility:
        yield from give_back(view.zone.name, view.resort)


def end(zone: ZoneName, gateways: Iterable[NatGateway], reason: str) -> Iterator[Action]:
    """Delete these. One that is pending is left until it is there: nothing says that EC2 deletes it before.
    One that has failed goes by itself."""
    for gateway in gateways:
        if gateway.state is GatewayState.AVAILABLE:
            yield DeleteNatGateway(zone, gateway.id, Cause.LAST_RESORT, f"{gateway.id} is over: {reason}")


def give_back(zone: ZoneName, resort: LastResorts) -> Iterator[Action]:
    """Release the addresses that were allocated, and that nothing holds."""
    for allocation in resort.allocations:
        if not allocation.held and not resort.hold(allocation.id, None):
            reason = f"{allocation.id} was allocated for a NAT gateway that is gone"
            yield ReleaseAddress(zone, allocation.id, Cause.LAST_RESORT, reason)


def abandoned(look: Look) -> Iterator[Action]:
    """The same in zones that the stack has left, if all that is there could be read: one that is not listed
    may be theirs."""
    resorts, zones = look.resorts, look.observed.zones
    if resorts.unread or any(isinstance(zone, Unreadable) for zone in zones):
        return
    used, known = look.in_use(), {zone.name for zone in zones}
    there = {g.zone for g in resorts.gateways} | {a.zone for a in resorts.allocations}
    for zone in sorted(there - known):
        left = resorts.of(zone)
        yield from end(zone, (g for g in left.gateways if g.id not in used), "the stack has left its zone")
        yield from give_back(zone, left)
