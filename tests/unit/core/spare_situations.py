"""Situations of a spare: a node that has proved itself is stopped, and started where another would be launched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.memory import Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import InstanceId, Lifecycle, Market, Order, Outcome, Probe, Verb
from natkeeper.core.policy import Spare
from tests.builders import (
    NOW,
    POLICY,
    A,
    ago,
    booting,
    node,
    passed,
    pending,
    route,
    served,
    silent,
    world,
    zone,
)
from tests.unit.core.refusal_situations import refused
from tests.unit.core.situations import LAUNCH_A, Situation, a1, a2, b1, broken, hung, known, old

KEEPS = replace(POLICY, spare=Spare.STOPPED)
BAKES = replace(KEEPS, own_image=True)
SPOT = replace(KEEPS, market=Market.SPOT)
a3 = node("a3")
spare = node("a2", lifecycle=Lifecycle.STOPPED)
stopping = node("a2", lifecycle=Lifecycle.STOPPING)
stale = replace(spare, template_version=2)
gone = replace(a1, lifecycle=Lifecycle.SHUTTING_DOWN)
starting = pending("a2")
WELL = Memory(nodes={n.id: NodeMemory(ago(hours=4), cpu_credits=CpuCredits.STANDARD) for n in (a1, a3, b1)})


def standing_by(**changes: Any) -> Memory:
    """i-a2 was stopped an hour ago, and nothing leads to it."""
    past = NodeMemory(ago(hours=4), idle_since=ago(hours=4), slept_at=ago(hours=1))
    return replace(WELL, nodes={**WELL.nodes, spare.id: replace(past, **changes)})


def understudying(idle: float = 120, **zone_memory: Any) -> Memory:
    """i-a2 was verified a moment ago, and nothing has led to it for so many seconds."""
    past = NodeMemory(ago(minutes=1), idle_since=ago(seconds=idle))
    return replace(WELL, nodes={**WELL.nodes, a2.id: past}, zones={A: ZoneMemory(**zone_memory)})


def planned(minutes: float) -> Memory:
    """A planned launch of zone a so many minutes ago."""
    launch = Launch(ago(minutes=minutes), InstanceId("i-x"), urgent=False)
    return replace(WELL, zones={A: ZoneMemory(generation=3, launches=(launch,))})


def baking(memory: Memory) -> Memory:
    """The stack's own images have been listed, and there are none."""
    return replace(memory, baking=replace(memory.baking, listed_at=ago(minutes=9)))


started = standing_by(verified_at=None, slept_at=None, started_at=ago(seconds=5))

# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.

MAKING = (
    Situation("none stands by: one more is launched, as a wish", world(served(a1)), (f"{LAUNCH_A} (spare)",), WELL, KEEPS),
    Situation("each zone has one of its own", world(served(a1), served(b1)), (f"{LAUNCH_A} (spare)", "LaunchNode in eu-west-1b as t4g.nano or t4g.micro (spare)"), WELL, KEEPS),
    Situation("on spot, the spare is on demand: EC2 stops no one-time spot instance", world(served(replace(a1, spot=True))), (f"{LAUNCH_A} (spare)",), WELL, SPOT),
    Situation("a launch was planned 59 minutes ago: those left are for others", world(served(a1)), ("Wait eu-west-1a (spare)",), planned(59), KEEPS),
    Situation("a launch was planned an hour ago", world(served(a1)), (f"{LAUNCH_A} (spare)",), planned(60), KEEPS),
    Situation("the zone is covered by a neighbour: its own node first", world(zone(to=b1), served(b1)), (f"{LAUNCH_A} (no-node)", "LaunchNode in eu-west-1b as t4g.nano or t4g.micro (spare)"), WELL, KEEPS),
    Situation("its node is doubted, or on the way out: not now", world(served(broken)), (f"{LAUNCH_A} (unhealthy)",), known, KEEPS),
    Situation("its node is to be succeeded: that first", world(served(old)), (f"{LAUNCH_A} (outdated)",), known, KEEPS),
    Situation("a hold keeps its routes: not now", world(zone((a1,), holder=a1, routes=(route(a1, held=True),))), (), WELL, KEEPS),
    Situation("a node is on its way out: not now", world(served(a1, replace(a3, lifecycle=Lifecycle.SHUTTING_DOWN))), (), WELL, KEEPS),
    Situation("it boots: nothing is routed to it", world(served(a1, booting("a2"))), (), WELL, KEEPS),
    Situation("it is verified, and nothing has led to it for 59 s", world(served(a1, a2)), (), understudying(59), KEEPS),
    Situation("it is verified, and nothing leads to it: stopped", world(served(a1, a2)), ("StopNode i-a2 (spare)",), understudying(), KEEPS),
    Situation("it is verified, and a neighbour's route leads to it: kept as it is", world(served(a1, a2), zone(name=b1.zone, to=a2)), ("LaunchNode in eu-west-1b as t4g.nano or t4g.micro (no-node)",), understudying(), KEEPS),
    Situation("it never came to work: ended", world(served(a1, booting("a2", launched_at=ago(minutes=11), probes=(silent(),) * 3))), ("TerminateNode i-a2 (surplus)",), replace(WELL, nodes={**WELL.nodes, a2.id: NodeMemory(idle_since=ago(minutes=11))}), KEEPS),
    Situation("the one that serves fails while it boots: it is the successor", world(served(hung, booting("a2"))), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), WELL, KEEPS),
    Situation("a spot node is surplus, and no spare", world(served(a1, replace(a2, spot=True))), (f"{LAUNCH_A} (spare)", "TerminateNode i-a2 (surplus)"), understudying(), KEEPS),
    Situation("AWS refused the launch a moment ago: it rests", world(served(a1)), ("Wait eu-west-1a (spare)",), refused(f"LaunchNode {A} (planned)", memory=WELL), KEEPS),
    Situation("an image of the stack's own is due: first the spare is to stand by", world(served(a1, a2)), ("StopNode i-a2 (spare)",), baking(understudying()), BAKES),
    Situation("the parameter was taken back: the spare is ended", world(served(a1, spare)), ("TerminateNode i-a2 (surplus)",), standing_by(), POLICY),
)

STANDING_BY = (
    Situation("a spare stands by", world(served(a1, spare)), (), standing_by(), KEEPS),
    Situation("it is stopping still", world(served(a1, stopping)), (), standing_by(slept_at=ago(seconds=9)), KEEPS),
    Situation("it may start with no CPU credits left: without a limit", world(served(a1, spare)), ("SetCpuCredits i-a2 unlimited (cpu-credits)",), standing_by(), replace(KEEPS, sets_cpu_credits=True)),
    Situation("a third node that nobody needs: ended", world(served(a1, spare, a3)), ("TerminateNode i-a3 (surplus)",), replace(standing_by(), nodes={**standing_by().nodes, a3.id: NodeMemory(ago(hours=4), idle_since=ago(minutes=2))}), KEEPS),
    Situation("stopped by somebody else: it is dead, and another is made", world(served(a1, spare)), ("TerminateNode i-a2 (surplus)",), known, KEEPS),
    Situation("the table was lost: a stopped node is taken for the spare", world(served(a1, spare)), (), Memory(), KEEPS),
    Situation("an image of the stack's own is due: a spare is no hindrance", world(served(a1, spare)), ("LaunchBaker in eu-west-1a (image)",), baking(standing_by()), BAKES),
    Situation("of an older template: a new one is launched, the old one stands by", world(served(a1, stale)), (f"{LAUNCH_A} (spare)",), standing_by(), KEEPS),
    Situation("30 days old: a new one is launched", world(served(a1, replace(spare, launched_at=ago(days=31)))), (f"{LAUNCH_A} (spare)",), standing_by(), KEEPS),
    Situation("the new one boots: the old one stands by", world(served(a1, stale, booting("a3"))), (), standing_by(), KEEPS),
    Situation("the new one is verified: the old one is ended first", world(served(a1, stale, a3)), ("TerminateNode i-a2 (surplus)",), standing_by(), KEEPS),
    Situation("its zone's node is to be succeeded: by a new node, for a spare is too good for that", world(served(old, spare)), (f"{LAUNCH_A} (outdated)",), standing_by(), KEEPS),
    Situation("a person orders another node: by a new one", world(served(replace(a1, order=Order(Verb.REPLACE, NOW)), spare)), (f"{LAUNCH_A} (ordered)",), standing_by(), KEEPS),
)

STARTING = (
    Situation("the only node is terminated: the spare starts", world(zone((gone, spare), to=a1, holder=a1)), ("StartNode i-a2 (unhealthy)",), standing_by(), KEEPS),
    Situation("terminated, a neighbour is verified: covered at once, and the spare starts", world(zone((gone, spare), to=a1, holder=a1), served(b1, node("b2", lifecycle=Lifecycle.STOPPED))), ("PointRoute rtb-a at i-b1 (unhealthy)", "StartNode i-a2 (unhealthy)"), replace(standing_by(), nodes={**standing_by().nodes, InstanceId("i-b2"): NodeMemory(ago(hours=4), slept_at=ago(hours=1))}), KEEPS),
    Situation("it hangs: the spare starts", world(served(hung, spare)), ("StartNode i-a2 (unhealthy)",), standing_by(), KEEPS),
    Situation("it is doubted: the spare is started beside it, and will tell", world(served(node("a1", probes=(silent(),) * 10), spare)), ("StartNode i-a2 (unhealthy)",), standing_by(), KEEPS),
    Situation("it is doubted, and ordered away: an order hides no doubt", world(served(node("a1", probes=(silent(),) * 10, order=Order(Verb.FAILOVER, NOW)), spare)), ("StartNode i-a2 (ordered)",), standing_by(), KEEPS),
    Situation("it is not listed this once: no start in vain", world(zone((spare,), to="eni-a1", holder=a1)), ("Wait eu-west-1a (no-node)",), replace(standing_by(), nodes={**standing_by().nodes, a1.id: NodeMemory(ago(hours=4), zone=A, missing_since=ago(seconds=5))}), KEEPS),
    Situation("the spare is stopping still: started once it has stopped", world(zone((gone, stopping), to=a1, holder=a1)), ("Wait eu-west-1a (unhealthy)",), standing_by(slept_at=ago(seconds=5)), KEEPS),
    Situation("an old spare is better than none", world(zone((gone, stale), to=a1, holder=a1)), ("StartNode i-a2 (unhealthy)",), standing_by(), KEEPS),
    Situation("started, and pending: the address goes over once it runs", world(zone((gone, starting), to=a1, holder=a1)), ("Wait eu-west-1a (address)",), started, KEEPS),
    Situation("started, and running: address and route, nothing can get worse", world(zone((gone, booting("a2")), to=a1, holder=a1)), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), started, KEEPS),
    Situation("started, and its route is there: no launch beside it", world(zone((gone, booting("a2")), to=a2, holder=a2)), (), started, KEEPS),
    Situation("started, and silent for two minutes: a launch follows", world(served(booting("a2", launched_at=ago(seconds=121), probes=(silent(),) * 3))), (f"{LAUNCH_A} (unhealthy)",), standing_by(verified_at=None, slept_at=None, started_at=ago(seconds=121)), KEEPS),
    Situation("started, and answering that it is not ready for two minutes: a launch follows", world(served(booting("a2", launched_at=ago(seconds=121), probes=(Probe(NOW, Outcome.UNREADY),) * 3))), (f"{LAUNCH_A} (unhealthy)",), standing_by(verified_at=None, slept_at=None, started_at=ago(seconds=121)), KEEPS),
    Situation("the start was refused: a launch, and the spare is ended", world(zone((gone, spare), to=a1, holder=a1)), (f"{LAUNCH_A} (unhealthy)", "TerminateNode i-a2 (surplus)"), standing_by(unstartable=True), KEEPS),
    Situation("started, verified and serving: the next spare is launched", world(served(replace(a2, launched_at=ago(minutes=2), probes=(passed(),)))), (f"{LAUNCH_A} (spare)",), standing_by(slept_at=None, started_at=ago(minutes=2), verified_at=ago(minutes=1)), KEEPS),
    Situation("on spot, a spare on demand has served for half an hour: back to spot", world(served(a2)), (f"{LAUNCH_A} on spot (market)",), standing_by(slept_at=None, started_at=ago(minutes=31)), SPOT),
)

# fmt: on

SPARE_CHAPTERS = {
    "A spare is made": MAKING,
    "A spare stands by": STANDING_BY,
    "A spare is started": STARTING,
}
