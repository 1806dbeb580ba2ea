"""A default route that somebody takes from us again and again.

It is taken back at once a few times. Then a person hears of it (`goals.py`), and it is taken back after ever
longer pauses, so that the fight is neither silent nor as fast as we are. A route that is missing or a
blackhole serves nobody: it is made again at once, always, and counted all the same. After an hour of peace,
in which it was ours, all is forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from natkeeper.core.actions import Action, Cause, Wait
from natkeeper.core.judgement.old_reads import LAG
from natkeeper.core.judgement.sight import Sight
from natkeeper.core.judgement.view import View
from natkeeper.core.memory import HOUR, Contest, ZoneMemory
from natkeeper.core.model import InterfaceId, Route, RouteTableId
from natkeeper.core.policy import Policy

KEPT = 10  # times that are remembered
LONGEST = timedelta(minutes=15)


def learn_contests(sight: Sight, unlisted: Collection[RouteTableId]) -> ZoneMemory:
    """The zone's memory with the fights that go on, and with where each table leads while it is ours. Of an
    unlisted one nobody knows: what is remembered of it stays."""
    return replace(sight.past, led=_led(sight, unlisted), contests=_contests(sight, unlisted))


def _led(sight: Sight, unlisted: Collection[RouteTableId]) -> Mapping[RouteTableId, InterfaceId]:
    ours = sight.targets()
    led = {
        table: interface
        for table, interface in sight.past.led.items()
        if table in unlisted
        or any(route.table == table and route.target == interface for route in sight.routes)
    }
    return led | {r.table: InterfaceId(r.target) for r in sight.routes if r.target and r.target in ours}


def _contests(sight: Sight, unlisted: Collection[RouteTableId]) -> Mapping[RouteTableId, Contest]:
    """With what was taken since the last look. While a table is not ours again there is no peace."""
    now, past = sight.context.now, sight.past.contests
    still = {route.table for route in sight.routes if route.target is None or sight.is_foreign(route)}
    still |= set(unlisted)
    contests = {t: c for t, c in past.items() if t in still or now - c.times[-1] < HOUR}
    for route in _taken(sight):
        before = contests.get(route.table, Contest())
        if not before.times or now - before.times[-1] > LAG:
            contests[route.table] = Contest((*before.times, now)[-KEPT:], route.target or "")
    return contests


def _taken(sight: Sight) -> Iterator[Route]:
    """A route that still leads where it was ours is not taken, though that node may be gone."""
    ours = sight.targets()
    for route in sight.routes:
        led = sight.past.led.get(route.table)
        if led and route.target != led and route.target not in ours:
            yield route


def pointed(past: ZoneMemory, tables: Iterable[RouteTableId], target: str) -> ZoneMemory:
    """The zone's memory after these tables were pointed at a node, or a gateway."""
    return replace(past, led={**past.led, **dict.fromkeys(tables, InterfaceId(target))})


def rests_until(route: Route, past: ZoneMemory, policy: Policy) -> datetime | None:
    """Until when a table is left to who took it; None: it is ours to take back."""
    contest = past.contests.get(route.table)
    if contest is None or route.target is None or route.blackhole:
        return None
    over = len(contest.times) - policy.takebacks_per_hour
    return contest.times[-1] + min(LONGEST, timedelta(minutes=2**over)) if over > 0 else None


def is_left(view: View, route: Route) -> bool:
    """Whether the table is left to who took it for now."""
    until = rests_until(route, view.past, view.policy)
    return until is not None and view.now < until


def truce(view: View) -> Iterator[Action]:
    """Says what is not taken back now, and until when."""
    for route in view.zone.routes:
        if is_left(view, route):
            until, contest = rests_until(route, view.past, view.policy), view.past.contests[route.table]
            reason = f"{route.table} was taken {len(contest.times)} times, last by {contest.by}"
            yield Wait(view.zone.name, until, Cause.ROUTE, reason)
