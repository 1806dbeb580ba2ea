"""Until when a calm stretch stays calm: the first moment at which any remembered time crosses any threshold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta

from natkeeper.adapters.dynamodb_store import KEPT_FOR
from natkeeper.core.decision.goals import GOALS
from natkeeper.core.decision.hearsay import LATELY
from natkeeper.core.image import Baking
from natkeeper.core.memory import HOUR, Memory
from natkeeper.core.model import Node
from natkeeper.core.policy import Policy
from natkeeper.core.remembering.forgetting import FORGET_NODE, FORGET_NOTICE
from natkeeper.records import Records

ZERO = timedelta(0)
BAKING = ("image_life", "image_older", "image_pause", "image_look", "base_look", "image_making")
"""The policy's times that concern the stack's own images only."""


def horizon(records: Records, nodes: list[Node], policy: Policy, now: datetime) -> datetime:
    """The first such moment after `now`. It may be one at which nothing happens: then calm is shown again."""
    spans = _spans(policy)
    moments = [at + span for at in _times(records, nodes) for span in spans]
    moments += _openings(policy, now)
    moments += _of_baking(records.memory.baking, policy)
    return min(
        (moment for moment in moments if moment > now), default=datetime.max.replace(tzinfo=now.tzinfo)
    )


def _openings(policy: Policy, now: datetime) -> Iterator[datetime]:
    until = policy.hours.look(now).until if policy.hours else None
    if until:
        yield from (until - policy.lead, until)


def _spans(policy: Policy) -> tuple[timedelta, ...]:
    values = (getattr(policy, f.name) for f in fields(policy) if f.name not in BAKING)
    spans = {value for value in values if isinstance(value, timedelta)}
    deadlines = (goal.within(policy) for goal in GOALS)
    others = (HOUR, FORGET_NODE, FORGET_NOTICE, LATELY, KEPT_FOR)
    return (ZERO, *spans, *deadlines, policy.restart, -policy.last_minute, *others)


def _of_baking(baking: Baking, policy: Policy) -> Iterator[datetime]:
    """While there is one, an hour after a launch and an hour after the last listing come often enough."""
    if policy.own_image or baking.images:
        times = [baking.listed_at, baking.base_read_at, baking.baked_at, baking.tasted_at]
        times += [image.made_at for image in baking.images]
        times += [*baking.verified.values(), *baking.struck.values()]
        spans = (*(getattr(policy, name) for name in BAKING), policy.boot, HOUR)
        yield from (at + span for at in times if at for span in spans)


def _times(records: Records, nodes: list[Node]) -> Iterator[datetime]:
    memory = records.memory
    yield from _of_memory(memory)
    yield from (doom.at for doom in records.dooms.values())
    yield from (order.at for order in records.orders.values())
    yield from (word.at for word in records.hearsay.words)
    if records.hearsay.misheard.last:
        yield records.hearsay.misheard.last
    yield from (wish.until for wish in records.wishes.values() if wish.until)
    if records.paused_until:
        yield records.paused_until
    for node in nodes:
        yield node.launched_at
        if node.impaired_since:
            yield node.impaired_since
        if node.doom:
            yield node.doom.at


def _of_memory(memory: Memory) -> Iterator[datetime]:
    for zone in memory.zones.values():
        yield from (launch.at for launch in zone.launches)
        yield from zone.bad_pools.values()
        yield from zone.takebacks
        yield from zone.silences
        yield from zone.goals.values()
        yield from (at for contest in zone.contests.values() for at in contest.times)
        unwanted = zone.unwanted.since if zone.unwanted else None
        resort = zone.resort
        times = (resort.missing_since, resort.made_at, resort.hopeless_since)
        yield from (at for at in times if at)
        since = (zone.broken_since, zone.asleep_since, zone.waking_since, zone.unread_since, unwanted)
        yield from (at for at in since if at)
    for node in memory.nodes.values():
        yield from node.repairs
        since = (node.idle_since, node.born_at, node.quiet_since, node.slept_at, node.started_at)
        more = (node.missing_since, node.silent_since, node.disbelieved_at)
        yield from (at for at in (*since, *more) if at)
    yield from memory.told.values()
    for refusal in memory.refusals.values():
        yield from (refusal.first, refusal.last)
