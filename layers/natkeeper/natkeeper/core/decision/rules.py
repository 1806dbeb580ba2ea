"""The rules of a zone, in the order in which they are asked. Each yields what it would do now.

To add one: write it here, put it into RULES at its place, and add its situations to the tests' table.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from natkeeper.core.actions import (
    Action,
    AssignPublicAddress,
    AssociateAddress,
    Cause,
    DisableSourceDestCheck,
    PointRoute,
    RepairNode,
    TerminateNode,
    Wait,
)
from natkeeper.core.decision.contest import truce
from natkeeper.core.decision.cpu_credits import cpu_credits
from natkeeper.core.decision.egress import egress, own_egress
from natkeeper.core.decision.failed_launches import failed_launch, rests_until
from natkeeper.core.decision.last_resort import last_resort, last_resort_over
from natkeeper.core.decision.launching import launch
from natkeeper.core.decision.remarks import crowded, has_lasted, remarked
from natkeeper.core.decision.sleeping import rest, unread, wake
from natkeeper.core.decision.spare import spare
from natkeeper.core.decision.standby import standby
from natkeeper.core.decision.succession import is_held, is_worn
from natkeeper.core.decision.telling import notice
from natkeeper.core.judgement.budget import is_urgent, spent_until
from natkeeper.core.judgement.dependence import step_of_address, step_of_launch
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.mute import shared_trouble
from natkeeper.core.judgement.standby import kept_nodes
from natkeeper.core.judgement.view import COUNTED, PLANNED, View, why_launch
from natkeeper.core.memory import recent
from natkeeper.core.model import GOING, UP, Lifecycle, Outcome
from natkeeper.core.policy import REPAIRABLE

SETTLED = timedelta(seconds=10)
"""So long after its last route left a node, every packet takes the new way."""


def lost(view: View) -> Iterator[Action]:
    """A route table or address of the stack that AWS does not know for a while needs a person."""
    for name in view.zone.lost:
        if not has_lasted(name, view.context):
            continue
        reason = f"the stack names {name}, but AWS does not know it: correct or update the stack"
        yield from notice(view, f"lost {name}", Cause.LOST, reason)


def source_dest_check(view: View) -> Iterator[Action]:
    """A NAT must forward what is not its own; EC2 has no way to say so at launch. One that has handed over
    stays fenced, unless it is to cover for another zone."""
    guest = () if view.elected is None or view.elected in view.own else (view.elected,)
    for s in (*view.own, *guest):
        node = s.node
        serves = s.fitness in COUNTED or s == view.elected or view.is_routed_to(s)
        if serves and node.lifecycle in UP and node.source_dest_check and node.interface:
            reason = f"{node.id} drops what is not its own while the check is on"
            yield DisableSourceDestCheck(view.zone.name, node.id, node.interface, Cause.CHECK, reason)


def public_address(view: View) -> Iterator[Action]:
    """A node that a move has left without any public address: nobody could ask how it is."""
    for s in view.own:
        node = s.node
        bare = node.lifecycle is Lifecycle.RUNNING and not (node.public_address or node.covers_as)
        if bare and node.interface and _gets_no_other(view, s):
            reason = f"{node.id} has no public address, and cannot be asked how it is"
            yield AssignPublicAddress(view.zone.name, node.id, node.interface, Cause.ADDRESS, reason)


def _gets_no_other(view: View, s: Standing) -> bool:
    """Whether nothing brings it the zone's address in this pass. Who has served gets its own when no packet
    is on the way to it any more."""
    if s == view.elected or view.is_routed_to(s):
        return not any(_brings_an_address(view, action, s) for action in egress(view))
    idle = view.memory.node(s.node.id).idle_since
    return idle is not None and view.now - idle >= SETTLED


def _brings_an_address(view: View, action: Action, s: Standing) -> bool:
    if not isinstance(action, AssociateAddress | PointRoute) or not action.address:
        return False
    refused = view.is_resting(step_of_address(action.address, action.private))
    return action.interface == s.node.interface and not refused


def repair(view: View) -> Iterator[Action]:
    """Rules flushed or forwarding off: the node's own script mends that faster than a launch."""
    for s in view.own:
        last = s.node.probes[-1] if s.node.probes else None
        failing = set(last.failing) & REPAIRABLE if last and last.outcome is Outcome.FAILED else set()
        if not failing or s.judgement.verdict not in (Verdict.SUSPECT, Verdict.SILENT, Verdict.DEAD):
            continue
        tried = recent(view.memory.node(s.node.id).repairs, view.now)
        resting = bool(tried) and view.now - tried[-1] < view.policy.repair_pause
        if (
            s.node.lifecycle is Lifecycle.RUNNING
            and len(tried) < view.policy.repairs_per_hour
            and not resting
        ):
            reason = f"{s.node.id} fails: {', '.join(sorted(failing))}"
            yield RepairNode(view.zone.name, s.node.id, Cause.RULES, reason)


def capacity(view: View) -> Iterator[Action]:
    """Enough nodes of its own; one that is to be succeeded does not count, so this is succession too."""
    zone, subnet = view.zone, view.zone.launchable
    if subnet is None or not view.wants_one_more():
        return
    cause, reason = why_launch(view)
    hindrances = tuple(_hindrances(view, cause, reason))
    yield from hindrances
    if hindrances:
        return
    if view.is_crowded():
        yield Wait(zone.name, None, cause, f"{reason}; first the old nodes go")
    else:
        yield launch(view, subnet, cause, reason, view.markets(cause), urgent=is_urgent(view))


def _hindrances(view: View, cause: Cause, reason: str) -> Iterator[Action]:
    """Why no launch can come now, were there room for one."""
    zone, urgent = view.zone, is_urgent(view)
    planned = cause in PLANNED and not urgent
    if planned and is_held(view):
        yield Wait(zone.name, None, cause, f"{reason}; not while a hold keeps its routes where they are")
    elif planned and view.turn not in (None, zone.name):
        yield Wait(zone.name, None, cause, f"{reason}; first {view.turn} is done")
    elif shared := (cause in (Cause.UNHEALTHY, Cause.CHECK) and shared_trouble(view)):
        yield Wait(zone.name, None, cause, shared)
    elif unseen := view.unseen_until():
        yield Wait(zone.name, unseen, cause, "a node of this zone may be there and not be listed")
    elif until := spent_until(view, urgent=urgent):
        yield from _over_budget(view, until, cause, reason, urgent=urgent)
    elif rests := rests_until(view.past, view.now):
        yield Wait(zone.name, rests, Cause.LAUNCH, f"the last launch was ended by EC2; {reason}")


def _over_budget(view: View, until: datetime, cause: Cause, reason: str, *, urgent: bool) -> Iterator[Action]:
    """A person hears of it when the zone needs the launch: then something breaks every node."""
    kind = "urgent" if urgent else "planned"
    number = sum(launch.urgent is urgent for launch in view.past.launches)
    news = f"{number} {kind} launches within the hour, none before {until:%H:%M:%S}; {reason}"
    if urgent:
        yield from notice(view, "breaker", Cause.BREAKER, news)
    yield Wait(view.zone.name, until, Cause.BREAKER if urgent else cause, news)


def surplus(view: View) -> Iterator[Action]:
    """End nodes that serve nothing, when the zone does well without them; what runs no more at once."""
    kept = kept_nodes(view)
    for s in sorted(view.own, key=lambda s: (-s.fitness, s.node.launched_at, s.node.id)):
        if s.node.id in kept or s.node.lifecycle in GOING or view.is_routed_to(s):
            continue
        if _is_needed_no_more(view, s):
            yield TerminateNode(view.zone.name, s.node.id, Cause.SURPLUS, f"serves nothing; {s.reason}")


def _is_needed_no_more(view: View, s: Standing) -> bool:
    """A node that is judged dead and runs may be well again in a moment, and be all that there is: it goes
    when a successor serves, or when its place is all that the next one lacks."""
    if s.fitness is not Fitness.DEAD:
        return view.is_drained(s) and _is_dispensable(view, s)
    runs = s.node.lifecycle is Lifecycle.RUNNING
    return not runs or view.zone.subnet is None or view.is_its_own_server() or _is_in_the_way(view)


def _is_in_the_way(view: View) -> bool:
    """Whether a launch could come now, were there room for one."""
    urgent = is_urgent(view)
    if view.is_resting(step_of_launch(view.zone.name, urgent=urgent), urgent=urgent or view.is_doubted()):
        return False
    return view.is_crowded() and view.wants_one_more() and not any(_hindrances(view, *why_launch(view)))


def _is_dispensable(view: View, s: Standing) -> bool:
    """Whether the zone loses nothing with it, or needs its place for a better one."""
    if view.zone.subnet is None or view.elected is None:
        return view.zone.subnet is None
    in_the_way = s.fitness >= view.elected.fitness and _is_in_the_way(view)
    return view.is_its_own_server() or in_the_way or _is_no_better(view, s, view.elected)


def _is_no_better(view: View, s: Standing, server: Standing) -> bool:
    """Whether it is to be succeeded just as its zone's own server is, which is well: whoever succeeds the one
    succeeds both, and until then a second old node is of use only where AWS refuses launches."""
    rests = view.is_resting(step_of_launch(view.zone.name, urgent=False))
    well = view.is_its_own_server(Fitness.WORN) and server.judgement.verdict is Verdict.HEALTHY
    return well and not rests and is_worn((server,)) and is_worn((s,))


RULES = (
    unread,
    lost,
    remarked,
    crowded,
    source_dest_check,
    truce,
    last_resort,
    egress,
    public_address,
    repair,
    wake,
    failed_launch,
    capacity,
    cpu_credits,
    spare,
    standby,
    surplus,
    last_resort_over,
)
DROWSY = (
    unread,
    lost,
    remarked,
    source_dest_check,
    own_egress,
    public_address,
    repair,
    cpu_credits,
    last_resort_over,
)
"""Of a zone that wants no NAT any more and has one still: it works as long as it lasts."""
ASLEEP = (unread, lost, remarked, cpu_credits, rest, last_resort_over)
