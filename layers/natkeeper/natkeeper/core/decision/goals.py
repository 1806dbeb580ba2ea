"""What each zone has to reach, and how long that may take: past its deadline a person hears of it.

The clock of a goal runs while its zone is awake and is read: memory holds since when it has been missed. A
zone that sleeps, is about to, or is paused owes nothing, and its clocks begin anew when that ends. A zone
that could not be read keeps its clocks, for nobody knows better; what is missed afterwards was missed all
along.

To add one: write why it is missed, and put it into GOALS. docs/operations.md explains each; a test holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from natkeeper.core.actions import Cause, Notify
from natkeeper.core.decision.account import account_of
from natkeeper.core.decision.egress import where
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.sight import Sight
from natkeeper.core.memory import HOUR, ZoneMemory
from natkeeper.core.model import UP
from natkeeper.core.policy import Policy, Spare, Standby


@dataclass(frozen=True, slots=True)
class Goal:
    """`missed` says why it is not reached now, None when it is; `within` how long that may last; `cure` what
    a person can do."""

    name: str
    means: str
    missed: Callable[[Sight], str | None]
    within: Callable[[Policy], timedelta]
    cure: str


def _unserved(sight: Sight) -> str | None:
    """Nobody serves it, or a neighbour does; something foreign that lives is the next goal's affair."""
    able = {s.node.interface for s in sight.own if s.works}
    for route in sight.routes:
        if route.target is None:
            return f"{route.table} has no default route"
        if route.blackhole:
            return f"{route.table} leads to {route.target}, a black hole"
        if route.target not in able and not sight.is_foreign(route):
            return f"{route.table} leads to {sight.name_of(route.target)}"
    return None


def _unadopted(sight: Sight) -> str | None:
    """A route that nobody has fought for is still with what was there before."""
    contests = sight.past.contests
    strange = (r for r in sight.routes if sight.is_foreign(r) and r.table not in contests)
    route = next(strange, None)
    return f"{route.table} still leads to {route.target}, which lives" if route else None


def _contested(sight: Sight) -> str | None:
    """More often than it is taken back at once."""
    limit = sight.context.policy.takebacks_per_hour
    for table, contest in sight.past.contests.items():
        if len(contest.times) > limit:
            taken = f"{table} was taken {len(contest.times)} times since {contest.times[0]:%H:%M:%S}"
            return f"{taken}, last by {contest.by or 'somebody who deleted its default route'}"
    return None


def _unsucceeded(sight: Sight) -> str | None:
    """For want of spot nobody is called: the node on demand does as well."""
    worn = (s for s in sight.own if Fitness.WORN <= s.fitness <= Fitness.SHUT and _is_verified(sight, s))
    found = next((s for s in worn if s.node.lifecycle in UP and s.cause is not Cause.MARKET), None)
    return f"still there is {found.reason}" if found else None


def _lifeless(sight: Sight) -> str | None:
    unborn = (s for s in sight.own if s.node.lifecycle in UP and not _is_verified(sight, s))
    found = next(unborn, None)
    return f"never verified is {found.reason}" if found else None


def _unheard(sight: Sight) -> str | None:
    """Of who serves nothing is known; that alone ends nobody, and is why a person has to know."""
    serving = (s for s in sight.standings.values() if s.node.interface in {r.target for r in sight.routes})
    silent = (s for s in serving if s.judgement.verdict is Verdict.UNKNOWN)
    found = next(silent, None)
    return f"nothing is known of who serves: {found.reason}" if found else None


def _without_spare(sight: Sight) -> str | None:
    wanted = sight.context.policy.spare is Spare.STOPPED
    there = any(s.fitness is Fitness.ASLEEP for s in sight.own)
    return "none stands by" if wanted and not there else None


def _without_standby(sight: Sight) -> str | None:
    """One that is to be succeeded stands by until its successor does."""
    wanted, server = sight.context.policy.standby is Standby.ZONE, sight.server()
    there = any(s.works and s != server and _is_verified(sight, s) for s in sight.own)
    return "none stands by" if wanted and not there else None


def _without_address(sight: Sight) -> str | None:
    address, server = sight.zone.address, sight.server()
    if address is None or server is None:
        return None
    node = server.node
    private = node.private_address if server in sight.own else node.cover_address
    there = address.holder == node.interface and (not private or address.private in ("", private))
    if there and (private or server in sight.own):
        return None
    name = node.id if server in sight.own else f"{node.id} of {node.zone}"
    return f"{address.allocation} is {where(address)}, and {name} serves"


def _is_verified(sight: Sight, s: Standing) -> bool:
    return sight.context.memory.node(s.node.id).verified_at is not None


GOALS = (
    Goal(
        "served",
        "the zone is served by its own node",
        _unserved,
        lambda policy: policy.boot + policy.grace,
        "remove the cause; a node that runs and does not serve tells more in /var/log/cloud-init-output.log",
    ),
    Goal(
        "adopted",
        "the zone's routes are taken over from what was there before",
        _unadopted,
        lambda policy: policy.boot + 2 * policy.grace,
        "see that a node's agent reaches SSM and its probe passes; or tag the table natkeeper:hold",
    ),
    Goal(
        "kept",
        "the zone's routes stay as they were set",
        _contested,
        lambda _: timedelta(0),
        "find out who writes to the table (CloudTrail: ReplaceRoute, DeleteRoute); or tag it natkeeper:hold",
    ),
    Goal(
        "succeeded",
        "a node that is to go has been succeeded",
        _unsucceeded,
        lambda policy: policy.succession + 2 * policy.grace * (policy.nodes_per_zone - 1),
        "remove what keeps the successor from serving; a table tagged natkeeper:hold keeps its node, too",
    ),
    Goal(
        "alive",
        "every node that was launched has come to life",
        _lifeless,
        lambda policy: policy.boot + policy.grace,
        "look at the console's serial log: does user data end well, does the SSM agent run and reach SSM?",
    ),
    Goal(
        "heard",
        "the node that serves the zone answers its probes",
        _unheard,
        lambda policy: 2 * policy.grace,
        "see whether Run Command reaches a node (Fleet Manager), and whether all outside targets are down",
    ),
    Goal(
        "address",
        "the zone's address is on the node that serves it",
        _without_address,
        lambda policy: policy.grace,
        "compare the refusal with the function's role; or find out who else associates the address",
    ),
    Goal(
        "spare",
        "a stopped node stands by for the one that serves",
        _without_spare,
        lambda policy: policy.spare_pause,
        "see why no second node comes to life, or who ends stopped ones; or set the parameter Spare to none",
    ),
    Goal(
        "standby",
        "a second node stands by for the one that serves",
        _without_standby,
        lambda _: HOUR,
        "see why no second node comes to life (vCPUs, room in the zone); under natkeeper:hold none does",
    ),
)


def learn_goals(sight: Sight) -> ZoneMemory:
    """The zone's memory with since when each goal has been missed. What an answer leaves out is no goal
    reached: its clocks run on."""
    before, now = sight.past.goals, sight.context.now
    kept = before if sight.zone.lost else {}
    missed = (g.name for g in GOALS if sight.owes and (g.name in kept or g.missed(sight)))
    return replace(sight.past, goals={name: before.get(name, now) for name in missed})


def overdue(missed: Mapping[str, datetime], policy: Policy, now: datetime) -> tuple[Goal, ...]:
    """The goals that have been missed for longer than they may; `missed` is since when each has been."""
    return tuple(g for g in GOALS if g.name in missed and now - missed[g.name] >= g.within(policy))


def tell_goals(sight: Sight) -> Iterator[Notify]:
    """One notice for each goal that is overdue, again every `renotify`; and one when it is reached again."""
    if not sight.owes:
        return
    late = overdue(sight.past.goals, sight.context.policy, sight.context.now)
    for goal in GOALS:
        key = f"{sight.zone.name} goal {goal.name}"
        if goal in late:
            yield from _tell_missed(sight, goal, key)
        elif goal.name not in sight.past.goals and _is_thought_missed(sight, key):
            yield Notify(sight.zone.name, _reached(key), Cause.GOAL, f"reached again: {goal.means}")


def _tell_missed(sight: Sight, goal: Goal, key: str) -> Iterator[Notify]:
    now, policy = sight.context.now, sight.context.policy
    again = _is_thought_missed(sight, key)
    told = sight.context.memory.told.get(key if again else _reached(key))
    pause = policy.renotify if again else policy.relapse
    why = goal.missed(sight)
    if why and (told is None or now - told >= pause):
        since = f"{sight.past.goals[goal.name]:%Y-%m-%d %H:%M} UTC"
        reason = f"missed since {since}: {goal.means}. Now {why}. {account_of(sight)} What to do: {goal.cure}"
        yield Notify(sight.zone.name, key, Cause.GOAL, reason)


def _is_thought_missed(sight: Sight, key: str) -> bool:
    """Whether the last that a person heard of it is that it is missed."""
    told = sight.context.memory.told
    return key in told and told.get(_reached(key), told[key]) <= told[key]


def _reached(key: str) -> str:
    return f"{key} reached"
