"""Whether a zone wants a NAT now. One decision, with its ground, in this order:

    a person's wish -> office hours -> workloads -> always

Workloads that cannot be read are not "no workloads": the zone stays awake or asleep as it is, and is
taken to have some when that lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.traffic import is_busy, is_quiet
from natkeeper.core.memory import ZoneMemory
from natkeeper.core.model import UP, Lifecycle, Unread, WishKind, Zone
from natkeeper.core.policy import Awake, Policy


class Ground(StrEnum):
    """By what it is decided."""

    ALWAYS = "always awake"
    WISH = "a person's wish"
    HOURS = "office hours"
    WORKLOADS = "workloads"
    QUIET = "no traffic"
    TRAFFIC = "traffic"
    UNREAD = "workloads unread"


@dataclass(frozen=True, slots=True)
class Demand:
    """Whether the zone wants a NAT, by what ground, and why."""

    wanted: bool
    ground: Ground
    reason: str


class Stage(StrEnum):
    """What becomes of a zone now."""

    AWAKE = "awake"
    DROWSY = "drowsy"  # not wanted any more, and not to be put to sleep yet
    ASLEEP = "asleep"


def demand_of(zone: Zone, context: Context) -> Demand:
    """The decision for one zone."""
    return (
        _by_wish(zone, context.now)
        or _by_hours(context.policy, context.now)
        or _by_workloads(zone, context)
        or _awake(Ground.ALWAYS, "it is never asleep")
    )


def stage_of(zone: Zone, wanted: Demand, context: Context) -> Stage:
    """Whether the zone is awake, about to sleep, or to sleep. One that is no longer in the parameters has
    nothing to sleep with."""
    if wanted.wanted or zone.subnet is None:
        return Stage.AWAKE
    return Stage.ASLEEP if context.now >= rests_from(zone, wanted, context) else Stage.DROWSY


def rests_from(zone: Zone, wanted: Demand, context: Context) -> datetime:
    """From when on the nodes of a zone that is unwanted, for this reason, may be put to sleep."""
    unwanted = context.memory.zone(zone.name).unwanted
    since = unwanted.since if unwanted and unwanted.ground == wanted.ground else context.now
    if wanted.ground is Ground.WORKLOADS:
        return since + context.policy.idle
    if wanted.ground is Ground.HOURS and quiet_since(zone, context) is None:
        return since + context.policy.sleep_drain
    return since


def quiet_since(zone: Zone, context: Context) -> datetime | None:
    """Since when none of the zone's running nodes forwards anything; None: one does, or does not tell."""
    running = [n for n in zone.nodes if n.lifecycle is Lifecycle.RUNNING]
    if any(is_quiet(node, context.policy, context.now) is False for node in running):
        return None
    known = [since for n in running if (since := context.memory.node(n.id).quiet_since)]
    return max(known) if running and len(known) == len(running) else None


def is_asleep(zone: Zone, past: ZoneMemory) -> bool:
    """Whether the zone is without a node because it wanted none."""
    return past.unwanted is not None and not any(node.lifecycle in UP for node in zone.nodes)


def _by_wish(zone: Zone, now: datetime) -> Demand | None:
    wish = zone.wish
    if wish is None or wish.kind is WishKind.AUTOMATIC or not wish.holds(now):
        return None
    until = f" until {wish.until:%Y-%m-%d %H:%M}" if wish.until else ""
    return Demand(wish.kind is WishKind.ON, Ground.WISH, f"a person wants it {wish.kind}{until}")


def _by_hours(policy: Policy, now: datetime) -> Demand | None:
    if policy.hours is None or policy.awake not in (Awake.OFFICE_HOURS, Awake.ON_DEMAND_IN_OFFICE_HOURS):
        return None
    opening = policy.hours.look(now)
    begins = opening.until - policy.lead if opening.until else None
    if not opening.is_open and (begins is None or now < begins):
        told = f"until {opening.until:%Y-%m-%d %H:%M} UTC" if opening.until else "for good"
        return _asleep(Ground.HOURS, f"outside the office hours {told}")
    if policy.awake is Awake.ON_DEMAND_IN_OFFICE_HOURS:
        return None
    reason = "within the office hours" if opening.is_open else "the office hours begin soon"
    return _awake(Ground.HOURS, reason)


def _by_workloads(zone: Zone, context: Context) -> Demand | None:
    policy, past = context.policy, context.memory.zone(zone.name)
    asleep = is_asleep(zone, past)
    if not policy.on_demand:
        return None
    if isinstance(zone.workloads, Unread):
        return _unread(zone.workloads, past, policy, context.now, asleep=asleep)
    if not zone.workloads:
        return _by_traffic(zone, policy, context.now)
    if asleep and past.beside:
        return _by_news(zone.workloads, past)
    quiet = quiet_since(zone, context)
    many = len(zone.workloads) > policy.quiet_workloads
    if policy.quiet and quiet and context.now - quiet >= policy.quiet and not many:
        return _asleep(Ground.QUIET, f"no traffic since {quiet:%H:%M:%S}")
    return _awake(Ground.WORKLOADS, f"in its private subnets: {_listed(zone.workloads)}")


def _by_traffic(zone: Zone, policy: Policy, now: datetime) -> Demand:
    """Nothing is listed, and yet somebody may send: from another VPC, or by what the account cannot see."""
    busy = [node.id for node in zone.nodes if is_busy(node, policy, now)]
    if busy:
        return _awake(Ground.TRAFFIC, f"nothing is listed, but {_listed(busy)} forwards traffic")
    return _asleep(Ground.WORKLOADS, "nothing in its private subnets needs a way out")


def _by_news(workloads: tuple[str, ...], past: ZoneMemory) -> Demand:
    """A zone that fell asleep without traffic beside some workloads wakes for others."""
    fresh = sorted(set(workloads) - set(past.beside))
    if not fresh:
        return _asleep(Ground.QUIET, "nothing new since it fell asleep without traffic")
    return _awake(Ground.WORKLOADS, f"new in its private subnets: {_listed(fresh)}")


def _unread(unread: Unread, past: ZoneMemory, policy: Policy, now: datetime, *, asleep: bool) -> Demand:
    until = (past.unread_since or now) + policy.unread
    asleep = asleep and now < until
    told = "asleep as it is" if asleep else "awake to be safe"
    reason = f"its workloads could not be read, so it stays {told}: {unread.error}"
    return Demand(not asleep, Ground.UNREAD, reason)


def _awake(ground: Ground, reason: str) -> Demand:
    return Demand(wanted=True, ground=ground, reason=reason)


def _asleep(ground: Ground, reason: str) -> Demand:
    return Demand(wanted=False, ground=ground, reason=reason)


def _listed(workloads: Sequence[str]) -> str:
    first = ", ".join(workloads[:3])
    return f"{first} and {len(workloads) - 3} more" if len(workloads) > 3 else first
