"""What memory keeps of a zone's last resort: the gateway that is there, and what those before it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from natkeeper.core.decision.contest import pointed
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.outcome import Done
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.stranded import is_hopeless
from natkeeper.core.last_resort import (
    UNUSED,
    GatewayState,
    LastResorts,
    NatGateway,
    Resort,
    is_recent,
    paid_hours,
    remembered,
)
from natkeeper.core.last_resort_actions import CreateNatGateway, PointAtGateway
from natkeeper.core.ledger import keep_gateways
from natkeeper.core.memory import Memory
from natkeeper.core.model import Unreadable


def learn_last_resorts(look: Look, memory: Memory) -> Memory:
    """The memory after a look, also of zones that the stack has left; one that could not be read stays."""
    unread = {zone.name for zone in look.observed.zones if isinstance(zone, Unreadable)}
    for name, past in memory.zones.items():
        view = look.views.get(name)
        if view is None and (unread or past.resort == UNUSED):
            continue
        hopeless = view is not None and is_hopeless(view)
        resort = _learn(past.resort, look.resorts.of(name), look.context, hopeless=hopeless)
        memory = memory.with_zone(name, replace(past, resort=resort))
    there = remembered(zone.resort for zone in memory.zones.values())
    failed = {g.id for g in look.resorts.gateways if g.state is GatewayState.FAILED}
    return replace(memory, spans=keep_gateways(memory.spans, there, failed, look.context.now))


def _learn(past: Resort, listed: LastResorts, context: Context, *, hopeless: bool) -> Resort:
    """Since when there is no hope for the zone, and what became of its gateway. One that was not listed once
    is not gone, and where nothing could be read nothing has changed."""
    now, before, first = context.now, past.gateway, listed.first()
    since = (past.hopeless_since or now) if hopeless else None
    past = replace(past, hopeless_since=since, hours=_recent(past.hours, now))
    if listed.unread:
        return past
    if before is None or (first is not None and first.id == before.id):
        return replace(past, gateway=first, missing_since=None)
    ended = next((g for g in listed.gateways if g.id == before.id), None)
    missed = past.missing_since or now
    if ended is None and first is None and now - missed < context.policy.visibility:
        return replace(past, missing_since=missed)
    paid = ended is None or ended.state is not GatewayState.FAILED
    hours = _with(past.hours, before, now) if paid else past.hours
    return replace(past, gateway=first, missing_since=None, hours=hours)


def _with(hours: Mapping[str, int], gateway: NatGateway, now: datetime) -> Mapping[str, int]:
    day = now.date().isoformat()
    return {**hours, day: hours.get(day, 0) + paid_hours(gateway.created_at, now)}


def _recent(hours: Mapping[str, int], now: datetime) -> Mapping[str, int]:
    kept = {day: number for day, number in hours.items() if is_recent(day, now)}
    return hours if len(kept) == len(hours) else kept


def record_last_resort(memory: Memory, done: Done, now: datetime) -> Memory:
    """The memory after a gateway was made, or routes were pointed at it. A token is spent also if it was
    replayed, and what came of it is gone."""
    action, past = done.action, memory.zone(done.action.zone)
    if isinstance(action, PointAtGateway):
        past = pointed(past, action.tables, action.gateway)
    elif isinstance(action, CreateNatGateway) and done.gateway:
        there = done.gateway if done.gateway.lives else past.resort.gateway
        made = max(past.resort.made, action.number) + 1
        resort = replace(past.resort, gateway=there, missing_since=None, made=made, made_at=now)
        past = replace(past, resort=resort)
    return memory.with_zone(action.zone, past)
