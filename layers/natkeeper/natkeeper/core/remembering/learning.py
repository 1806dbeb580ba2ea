"""How memory grows: `learn` from what was seen, `record` what was done. Pure; what grows old is
forgotten (`forgetting.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import starmap

from natkeeper.core.actions import (
    AssociateAddress,
    Cause,
    DropImage,
    LaunchBaker,
    LaunchNode,
    Notify,
    PointRoute,
    RepairNode,
    SetCpuCredits,
    StartNode,
    StopNode,
    TerminateNode,
)
from natkeeper.core.decision.contest import learn_contests, pointed
from natkeeper.core.decision.failed_launches import with_reasons
from natkeeper.core.decision.goals import learn_goals
from natkeeper.core.decision.look import Look
from natkeeper.core.decision.outcome import Done
from natkeeper.core.decision.remarks import is_blip, learn_remarks
from natkeeper.core.decision.succession import has_begun, is_worn
from natkeeper.core.judgement.demand import Ground, is_asleep
from natkeeper.core.judgement.election import Standing
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.market import pool, pools
from natkeeper.core.judgement.sight import Sight
from natkeeper.core.judgement.traffic import is_quiet
from natkeeper.core.judgement.view import View
from natkeeper.core.last_resort import NOTHING, LastResorts
from natkeeper.core.last_resort_actions import CreateNatGateway, PointAtGateway
from natkeeper.core.ledger import keep
from natkeeper.core.memory import Launch, Memory, NodeMemory, Unwanted, ZoneMemory, beyond
from natkeeper.core.model import (
    UP,
    InstanceId,
    Observed,
    Outcome,
    Unread,
    Unreadable,
    Zone,
)
from natkeeper.core.policy import Awake, Policy
from natkeeper.core.remembering.baking import learn_baking, record_baking, record_struck
from natkeeper.core.remembering.forgetting import forget
from natkeeper.core.remembering.heals import learn_heal
from natkeeper.core.remembering.hearsay import learn_hearsay
from natkeeper.core.remembering.last_resort import learn_last_resorts, record_last_resort
from natkeeper.core.remembering.pools import reclaimed, stillborn


def learn(look: Look) -> Memory:
    """The memory after one look at the world: who is verified, who is idle, who is missing, which zone is
    broken, which wants no node. A look that could read nothing teaches nothing."""
    memory, observed, now = look.context.memory, look.observed, look.context.now
    memory = replace(memory, remarked=learn_remarks(look.context, observed))
    if not observed.readable():
        return memory
    targets = look.in_use()
    blip = is_blip(look.context, observed)
    for s in look.standings.values():
        past = memory.node(s.node.id)
        verified = past.verified_at or (now if _passes(s) else None)
        idle = None if s.node.interface in targets else past.idle_since or (None if blip else now)
        changed = replace(past, verified_at=verified, idle_since=idle, zone=s.node.zone, missing_since=None)
        memory = memory.with_node(s.node.id, _learn_node(changed, s, look.context.policy, now))
    memory = _miss(memory, observed, now)
    for view in look.views.values():
        learned = _learn_zone(view, memory, served=is_served(view.zone, look.standings, view.resort))
        memory = memory.with_zone(view.zone.name, learned)
        ids = view.resort.ids()
        sight = Sight(view.zone, look.standings, replace(look.context, memory=memory), ids)
        sight = sight.remembering(learn_contests(sight, observed.unlisted))
        memory = memory.with_zone(view.zone.name, learn_goals(sight))
        memory = learn_heal(memory, view, look.standings)
    memory = learn_hearsay(look, memory)
    roster = tuple(n.id for n in (*observed.nodes(), *observed.bakers) if n.lifecycle in UP)
    spans, baking = keep(memory.spans, observed, now), learn_baking(look, memory)
    memory = replace(memory, roster=roster, spans=spans, baking=baking)
    return forget(learn_last_resorts(look, memory), now)


def _passes(s: Standing) -> bool:
    """Whether its last probe passed, though EC2's status check may doubt it still."""
    last = s.node.probes[-1].outcome if s.node.probes else None
    return s.judgement.verdict in (Verdict.HEALTHY, Verdict.SUSPECT) and last is Outcome.PASSED


def _miss(memory: Memory, observed: Observed, now: datetime) -> Memory:
    """Who is not listed is missing from now on, and remembered: a read that leaves a node out once is no
    evidence that it is gone. In a zone that could not be read nobody was looked for."""
    seen = {node.id for node in observed.nodes()}
    ended = {node.id: node.lifecycle for zone in observed.readable() for node in zone.ended}
    unread = {zone.name for zone in observed.zones if isinstance(zone, Unreadable)}
    for name, past in memory.nodes.items():
        if name not in seen and past.zone not in unread:
            since, stage = past.missing_since or now, ended.get(name, past.seen)
            memory = memory.with_node(name, replace(past, missing_since=since, seen=stage))
    return memory


def _learn_node(past: NodeMemory, s: Standing, policy: Policy, now: datetime) -> NodeMemory:
    """What a look tells of a node's life: somebody else may have started it; is it quiet? Its age is
    noted before a start renews EC2's launch time. Who is taken for asleep is remembered as asleep."""
    node, quiet = s.node, past.quiet_since
    if policy.awake is not Awake.ALWAYS:
        quiet = (past.quiet_since or now) if is_quiet(node, policy, now) else None
    born = past.born_at or (node.launched_at if past.slept_at else None)
    slept = (past.slept_at or now) if s.judgement.verdict is Verdict.ASLEEP else past.slept_at
    past = replace(past, born_at=born, quiet_since=quiet, slept_at=slept, seen=node.lifecycle)
    long_since = past.slept_at is not None and now - past.slept_at > policy.visibility
    if node.lifecycle in UP and long_since:
        return _started(past, now)
    return past


def _started(past: NodeMemory, now: datetime) -> NodeMemory:
    """It has to prove itself anew; what it may spend, nobody knows for sure."""
    return replace(past, slept_at=None, started_at=now, verified_at=None, quiet_since=None, cpu_credits=None)


def _learn_zone(view: View, memory: Memory, *, served: bool) -> ZoneMemory:
    """A generation seen on a node is used up, and its launch counts, even if that was never recorded."""
    zone, policy, now = view.zone, view.policy, view.now
    past = _learn_sleep(view)
    past = replace(past, launches=with_reasons(past.launches, zone, memory))
    begun = past.succeeding_since or (now if has_begun(view) else None)
    used = max((node.generation for node in zone.listed()), default=-1)
    unrecorded = (node for node in zone.nodes if node.generation >= past.generation)
    waking = None if served else past.waking_since
    excused = served or past.unwanted or waking
    return replace(
        past,
        generation=max(past.generation, used + 1),
        launches=(*past.launches, *(Launch(node.launched_at, node.id) for node in unrecorded)),
        broken_since=None if excused else past.broken_since or now,
        waking_since=waking,
        succeeding_since=begun if is_worn(view.own) else None,
        bad_pools={
            **reclaimed(zone, policy, now),
            **stillborn(zone, memory, past.launches, policy, now),
            **past.bad_pools,
        },
    )


def _learn_sleep(view: View) -> ZoneMemory:
    """Whether the zone wants a node, sleeps or wakes; all of it changes only when that does."""
    zone, past, wanted, now = view.zone, view.past, view.demand, view.now
    unread = past.unread_since or now if isinstance(zone.workloads, Unread) else None
    past = replace(past, unread_since=unread)
    if wanted.wanted or zone.subnet is None:
        waking = past.waking_since or (now if past.asleep_since else None)
        return replace(past, unwanted=None, asleep_since=None, waking_since=waking, beside=())
    same = past.unwanted is not None and past.unwanted.ground == wanted.ground
    unwanted = past.unwanted if same else Unwanted(wanted.ground, now)
    asleep = past.asleep_since or now if is_asleep(zone, replace(past, unwanted=unwanted)) else None
    beside = past.beside
    if not isinstance(zone.workloads, Unread):
        told = past.asleep_since is None and wanted.ground is Ground.QUIET
        beside = zone.workloads if told else tuple(w for w in past.beside if w in zone.workloads)
    return replace(past, unwanted=unwanted, asleep_since=asleep, waking_since=None, beside=beside)


def is_served(zone: Zone, standings: Mapping[InstanceId, Standing], resort: LastResorts = NOTHING) -> bool:
    """Whether every default route of the zone leads to a node that forwards, or to its last resort."""
    able = {s.node.interface for s in standings.values() if s.works}
    ours = (r for r in zone.routes if r.movable and not resort.carries(r))
    return all(r.target in able and not r.blackhole for r in ours)


def record(  # noqa: C901  # one branch an action is the point
    memory: Memory, done: Done, policy: Policy, now: datetime
) -> Memory:
    """The memory after an action was carried out."""
    match action := done.action:
        case LaunchNode():
            memory = _launched(memory, done, action, policy, now)
        case StopNode():
            asleep = replace(memory.node(action.node), slept_at=now, started_at=None)
            memory = _laid_down(memory, action).with_node(action.node, asleep)
        case TerminateNode():
            memory = _laid_down(memory, action)
        case StartNode():
            memory = memory.with_node(action.node, _started(memory.node(action.node), now))
            memory = replace(memory, roster=(*memory.roster, action.node))
        case PointRoute():
            past = memory.zone(action.zone)
            memory = memory.with_zone(action.zone, pointed(past, action.tables, action.interface))
        case CreateNatGateway() | PointAtGateway():
            memory = record_last_resort(memory, done, now)
        case RepairNode():
            node = memory.node(action.node)
            memory = memory.with_node(action.node, replace(node, repairs=(*node.repairs, now)))
        case SetCpuCredits():
            node = memory.node(action.node)
            memory = memory.with_node(action.node, replace(node, cpu_credits=action.mode))
        case AssociateAddress():
            past = memory.zone(action.zone)
            memory = memory.with_zone(action.zone, replace(past, takebacks=(*past.takebacks, now)))
        case LaunchBaker() | DropImage():
            memory = record_baking(memory, done, now)
        case Notify():
            memory = replace(memory, told={**memory.told, action.key: now})
    return memory


def _launched(memory: Memory, done: Done, action: LaunchNode, policy: Policy, now: datetime) -> Memory:
    """A replayed token launched nothing, so no budget counts it."""
    past = memory.zone(action.zone)
    bad = dict.fromkeys(done.bad_pools, now + policy.bad_pool)
    used = next((name for name in starmap(pool, pools(action)) if name not in bad), "")
    highest = max(past.generation, action.generation)
    launches = (Launch(now, done.instance, used, urgent=action.urgent),) if done.instance else ()
    changed = replace(
        past,
        generation=highest + 1 if done.instance else beyond(highest),
        launches=(*past.launches, *launches),
        bad_pools={**past.bad_pools, **bad},
    )
    roster = (*memory.roster, done.instance) if done.instance else memory.roster
    memory = record_struck(memory, done.struck, now) if done.struck else memory
    return replace(memory.with_zone(action.zone, changed), roster=roster)


def _laid_down(memory: Memory, action: StopNode | TerminateNode) -> Memory:
    """A node that worked and is put to sleep was no part of a storm: the breaker forgets its launch."""
    if action.cause is not Cause.ASLEEP or memory.node(action.node).verified_at is None:
        return memory
    past = memory.zone(action.zone)
    others = tuple(launch for launch in past.launches if launch.instance != action.node)
    return memory.with_zone(action.zone, replace(past, launches=others))


def record_no_start(memory: Memory, action: StartNode) -> Memory:
    """The memory after a start that was refused: the node is good for nothing, another is launched."""
    return memory.with_node(action.node, replace(memory.node(action.node), unstartable=True))


def record_bad_pools(memory: Memory, done: Done, policy: Policy, now: datetime) -> Memory:
    """The memory after a launch that was refused. It cost nothing, so the breaker does not count it."""
    past = memory.zone(done.action.zone)
    bad = dict.fromkeys(done.bad_pools, now + policy.bad_pool)
    return memory.with_zone(done.action.zone, replace(past, bad_pools={**past.bad_pools, **bad}))
