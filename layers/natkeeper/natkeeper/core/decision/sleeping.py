"""The rules of a zone that wants no NAT, and of one that wants it again.

Asleep, its route stays as it is: a node that only starts again needs no move.
"""

from __future__ import annotations

from collections.abc import Iterator

from natkeeper.core.actions import Action, Cause, StartNode, StopNode, TerminateNode, Wait
from natkeeper.core.decision.telling import notice
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.view import View, why_launch
from natkeeper.core.model import GOING, Lifecycle, Unread
from natkeeper.core.policy import SleepMode


def rest(view: View) -> Iterator[Action]:
    """Put the zone's nodes to sleep, but none that another zone needs or a held table points at."""
    kept = _keeper(view)
    idle = [s for s in view.own if s.node.lifecycle not in GOING and s.node.interface not in view.leaned_on]
    for s in sorted(idle, key=lambda s: (s == kept, -s.fitness, s.node.id)):
        zone, node = view.zone.name, s.node
        if s != kept:
            yield TerminateNode(zone, node.id, Cause.ASLEEP, view.demand.reason)
        elif node.lifecycle is Lifecycle.RUNNING:
            yield StopNode(zone, node.id, Cause.ASLEEP, view.demand.reason)
        elif node.lifecycle is Lifecycle.PENDING:
            yield Wait(zone, None, Cause.ASLEEP, f"{node.id} can be stopped once it runs")


def wake(view: View) -> Iterator[Action]:
    """Start the node that we stopped; `capacity` launches one where there is none to start. In a zone left
    out of the parameters it is only ended."""
    sleeper = view.sleeper() if view.zone.subnet else None
    if sleeper is None or view.counted():
        return
    woken = sleeper == view.current
    zone, node = view.zone.name, sleeper.node
    cause, reason = (Cause.WAKING, view.demand.reason) if woken else why_launch(view)
    if cause is not Cause.WAKING and (missed := view.missed_until()):
        yield Wait(zone, missed, cause, f"{reason}, but one may only not be listed")
    elif node.lifecycle is Lifecycle.STOPPED:
        yield StartNode(zone, node.id, cause, reason)
    else:
        yield Wait(zone, None, cause, f"{node.id} can be started once it has stopped")


def _keeper(view: View) -> Standing | None:
    """The node to stop instead of ending it: the one that serves, if it is worth it. A one-time spot
    instance cannot be stopped (EC2 User Guide, stop a Spot Instance)."""
    if view.policy.sleep_mode is SleepMode.TERMINATE:
        return None

    def is_worth_it(s: Standing) -> bool:
        works = s.fitness <= Fitness.WAKING or s.fitness is Fitness.ASLEEP
        wanted_gone = s.cause in (Cause.ORDERED, Cause.DOOMED) or s.judgement.doubt
        return works and not s.node.spot and not wanted_gone

    worthy = [s for s in view.own if is_worth_it(s)]
    return min(worthy, key=lambda s: (s != view.current, s.fitness, s.node.id), default=None)


def unread(view: View) -> Iterator[Action]:
    """Workloads that cannot be read: the zone stays as it is for a while, then a person is told."""
    workloads, past = view.zone.workloads, view.past
    if not isinstance(workloads, Unread):
        return
    since = past.unread_since or view.now
    until = since + view.policy.unread
    if view.now < until:
        yield Wait(view.zone.name, until, Cause.UNREADABLE, view.demand.reason)
    else:
        reason = f"its workloads could not be read since {since:%H:%M:%S}: {workloads.error}"
        yield from notice(view, "workloads unread", Cause.UNREADABLE, reason)
