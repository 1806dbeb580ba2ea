"""Situations of a standby: a second node of the zone that has proved itself and takes over at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from natkeeper.core.memory import Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import Doom, DoomKind, InstanceId, Lifecycle, Market, Node, Order, Verb
from natkeeper.core.policy import Standby
from tests.builders import (
    NOW,
    POLICY,
    A,
    ago,
    booting,
    failed,
    node,
    remembering,
    route,
    served,
    silent,
    world,
    zone,
)
from tests.unit.core.refusal_situations import refused
from tests.unit.core.ring_situations import BEFORE, heard, says
from tests.unit.core.situations import LAUNCH_A, LAUNCH_B, Situation, hung, stopped_a1

PAIR = replace(POLICY, standby=Standby.ZONE)
SPOT = replace(PAIR, market=Market.SPOT)
AGES = replace(PAIR, max_lifetime=timedelta(days=30))
a1, a2, a3, a4, b1, b2 = (node(name) for name in ("a1", "a2", "a3", "a4", "b1", "b2"))
nobody_answers = replace(a1, probes=BEFORE), replace(a2, probes=BEFORE)
gone = replace(a1, lifecycle=Lifecycle.SHUTTING_DOWN)
known = remembering(a1, a2, a3, a4, b1, b2)
young = remembering(a1, b1, b2)


def idle(*nodes: Node, minutes: float = 2, **zone_memory: Any) -> Memory:
    """Nothing has led to these for so long."""
    past = NodeMemory(ago(hours=4), idle_since=ago(minutes=minutes))
    nodes_known = {**known.nodes, **{n.id: past for n in nodes}}
    return replace(known, nodes=nodes_known, zones={A: ZoneMemory(**zone_memory)} if zone_memory else {})


def planned(*minutes: float, memory: Memory = known) -> Memory:
    """Planned launches of zone a, so many minutes ago."""
    launches = tuple(Launch(ago(minutes=m), InstanceId("i-x"), urgent=False) for m in minutes)
    return replace(memory, zones={A: ZoneMemory(generation=3, launches=launches)})


def old(seen: Node) -> Node:
    return replace(seen, template_version=2)


def spot(seen: Node) -> Node:
    return replace(seen, spot=True)


def aged(seen: Node, days: float = 31) -> Node:
    return replace(seen, launched_at=ago(days=days))


def mute(name: str) -> Node:
    return node(name, probes=(silent(),) * 10)


left_silent = known.with_node(
    a1.id, NodeMemory(ago(hours=4), silent_since=ago(seconds=49), idle_since=ago(minutes=2))
)
new = (old(a1), old(a2), a3)
DOOM = Doom(DoomKind.RETIREMENT, NOW + timedelta(days=3))

# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.

MAKING = (
    Situation("no second node runs: one more is launched, as a wish", world(served(a1)), (f"{LAUNCH_A} (standby)",), known, PAIR),
    Situation("each zone has a standby of its own", world(served(a1), served(b1)), (f"{LAUNCH_A} (standby)", f"{LAUNCH_B} (standby)"), known, PAIR),
    Situation("one stands by", world(served(a1, a2)), (), idle(a2), PAIR),
    Situation("one boots: nothing more", world(served(a1, booting("a2"))), (), known, PAIR),
    Situation("one launch was planned within the hour", world(served(a1)), (f"{LAUNCH_A} (standby)",), planned(9), PAIR),
    Situation("two were: the last is for others", world(served(a1)), ("Wait eu-west-1a (standby)",), planned(50, 9), PAIR),
    Situation("the zone has no node at all: first the one that serves", world(zone()), (f"{LAUNCH_A} (no-node)",), known, PAIR),
    Situation("the node that is to serve boots: no second one on the budget of emergencies", world(zone((booting("a1"),), to="eni-a1", holder=a1)), (), Memory(), PAIR),
    Situation("the zone is covered by a neighbour: the node that serves it first", world(zone(to=b1), served(b1, b2)), (f"{LAUNCH_A} (no-node)",), idle(b2), PAIR),
    Situation("the node that serves fails a probe: not now", world(served(node("a1", probes=(failed("egress"),)))), (), known, PAIR),
    Situation("a hold keeps its routes: no standby now", world(zone((a1,), holder=a1, routes=(route(a1, held=True),))), (), known, PAIR),
    Situation("a node may be there that is not listed yet: not now", world(served(a1)), ("Wait eu-west-1a (standby)",), planned(1, memory=known), PAIR),
    Situation("AWS refused the standby's launch a moment ago: it rests", world(served(a1)), ("Wait eu-west-1a (standby)",), refused(f"LaunchNode {A} (planned)", memory=known), PAIR),
    Situation("the zone is no longer in the parameters", world(served(a1, a2, subnet=None)), ("TerminateNode i-a2 (surplus)",), idle(a2), PAIR),
    Situation("a third that nobody needs is ended", world(served(a1, a2, a3)), ("TerminateNode i-a3 (surplus)",), idle(a2, a3), PAIR),
    Situation("the parameter was taken back: the standby is ended", world(served(a1, a2)), ("TerminateNode i-a2 (surplus)",), idle(a2)),
    Situation("the standby was stopped by somebody: it is dead, and another is launched", world(served(a2, stopped_a1)), (f"{LAUNCH_A} (standby)", "TerminateNode i-a1 (surplus)"), known, PAIR),
)

TAKING_OVER = (
    Situation("the node is terminated: the standby serves at once, with the address", world(zone((gone, a2), to=a1, holder=a1)), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), idle(a2), PAIR),
    Situation("the same, a neighbour is verified: the zone's own goes first", world(zone((gone, a2), to=a1, holder=a1), served(b1, b2)), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), idle(a2, b2), PAIR),
    Situation("it serves: another is launched to stand by, though the dead one is listed still", world(served(a2, gone)), (f"{LAUNCH_A} (standby)",), known, PAIR),
    Situation("the node hangs: the same", world(served(hung, a2)), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)", ), idle(a2), PAIR),
    Situation("the standby has no echo through the node that serves: it takes over, and that is fenced", world(served(*nobody_answers)), ("PointRoute rtb-a at i-a2 with the address or without and eni-a1 fenced (silent)",), idle(a2), PAIR, heard(says(a2, a1))),
    Situation("it took over: another is launched, and who is silent stays until that has proved itself", world(served(*reversed(nobody_answers))), (f"{LAUNCH_A} (standby)",), left_silent, PAIR, heard(says(a2, a1, 50))),
    Situation("that has: who is silent is ended", world(served(*reversed(nobody_answers), a3)), ("TerminateNode i-a1 (surplus)",), left_silent, PAIR, heard(says(a2, a1, 50))),
    Situation("each says that it has no echo through the other: the link broke, and nobody moves", world(served(*nobody_answers)), (), idle(a2), PAIR, heard(says(a2, a1), says(a1, a2))),
    Situation("the standby is silent: another is launched, and nothing moves", world(served(*nobody_answers)), (f"{LAUNCH_A} (standby)",), idle(a2), PAIR, heard(says(a1, a2))),
    Situation("the standby dies: another is launched, and nothing moves", world(served(a2, replace(gone, lifecycle=Lifecycle.SHUTTING_DOWN))), (f"{LAUNCH_A} (standby)",), known, PAIR),
    Situation("the standby boots still: a neighbour covers", world(zone((gone, booting("a2")), to=a1, holder=a1), served(b1, b2)), ("PointRoute rtb-a at i-b1 (unhealthy)",), young, PAIR),
    Situation("both are gone: one is launched, for an emergency", world(zone((gone, replace(a2, lifecycle=Lifecycle.SHUTTING_DOWN)), to=a1, holder=a1)), (f"{LAUNCH_A} (unhealthy)",), known, PAIR),
    Situation("the node is doubted: the standby takes over, and it stands by until another does", world(served(mute("a1"), a2), served(b1, b2)), ("PointRoute rtb-a at i-a2 with the address at once (unhealthy)",), idle(a2, b2), PAIR),
    Situation("the standby is doubted: another is launched beside it", world(served(a1, mute("a2"))), (f"{LAUNCH_A} (standby)",), idle(a2), PAIR),
    Situation("alone, and the standby watches it: two silent probes are no doubt", world(served(node("a1", probes=(silent(),) * 2), a2)), (), idle(a2), PAIR),
    Situation("alone, and no node has proved itself beside it: two are", world(served(node("a1", probes=(silent(),) * 2))), (f"{LAUNCH_A} (unhealthy)",), known, PAIR),
    Situation("alone, and nodes do not watch each other: two are, and the standby takes over", world(served(node("a1", probes=(silent(),) * 2), a2)), ("PointRoute rtb-a at i-a2 with the address at once (unhealthy)",), idle(a2), replace(PAIR, peer_watch=False)),
    Situation("another that was to stand by stays silent like the first: a third would tell no more", world(served(a1, mute("a2"), mute("a3"))), ("Wait eu-west-1a (standby)", "TerminateNode i-a3 (surplus)"), idle(a2, a3), PAIR),
)

WEARING = (
    Situation("an update: one is launched to succeed both", world(served(old(a1), old(a2))), (f"{LAUNCH_A} (outdated)",), idle(a2), PAIR),
    Situation("it boots: who stands by stands by, and no second one is launched", world(served(old(a1), old(a2), booting("a3"))), (), idle(a2), PAIR),
    Situation("it has proved itself: it takes over, the only move", world(served(*new)), ("PointRoute rtb-a at i-a3 with the address at once (outdated)",), idle(a2), PAIR),
    Situation("it serves: one of the old ones stands by, and is succeeded", world(served(a3, old(a1), old(a2))), (f"{LAUNCH_A} (standby)", "TerminateNode i-a2 (surplus)"), planned(5, memory=idle(a2)), PAIR),
    Situation("another zone's turn: it stands by meanwhile", world(served(a3, old(a1)), served(old(b1), old(b2), node("b3", launched_at=ago(minutes=1)))), ("Wait eu-west-1a (standby)", "PointRoute rtb-b at i-b3 with the address at once (outdated)"), idle(b2), PAIR),
    Situation("the second is verified: the last old one is ended", world(served(a3, a4, old(a1))), ("TerminateNode i-a1 (surplus)",), idle(a1, a4), PAIR),
    Situation("the node is terminated in the middle of it: the old standby serves", world(zone((gone, old(a2), booting("a3")), to=a1, holder=a1)), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), remembering(a1, a2), PAIR),
    Situation("a person orders another node: the standby takes over", world(served(replace(a1, order=Order(Verb.REPLACE, NOW)), a2)), ("PointRoute rtb-a at i-a2 with the address at once (ordered)",), idle(a2), PAIR),
    Situation("it took over: the other stands by until another does", world(served(a2, replace(a1, order=Order(Verb.REPLACE, NOW)))), (f"{LAUNCH_A} (standby)",), idle(a1), PAIR),
    Situation("a person orders another standby: nothing moves", world(served(a1, replace(a2, order=Order(Verb.REPLACE, NOW)))), (f"{LAUNCH_A} (standby)",), idle(a2), PAIR),
    Situation("its retirement is announced: the standby takes over", world(served(replace(a1, doom=DOOM), a2)), ("PointRoute rtb-a at i-a2 with the address at once (doomed)",), idle(a2), PAIR),
    Situation("it is too old, and its standby more than half as old: one new node succeeds it", world(served(aged(a1), aged(a2, 16))), (f"{LAUNCH_A} (lifetime)",), idle(a2), AGES),
    Situation("it is too old, and its standby not half as old: that takes over", world(served(aged(a1), aged(a2, 14))), ("PointRoute rtb-a at i-a2 with the address at once (lifetime)",), idle(a2), AGES),
    Situation("its standby is too old: another is launched, and nothing moves", world(served(a1, aged(a2))), (f"{LAUNCH_A} (standby)",), idle(a2), AGES),
)

MARKETS = (
    Situation("on spot: the standby is on demand, so that not both are taken away", world(served(spot(a1))), (f"{LAUNCH_A} (standby)",), known, SPOT),
    Situation("both are there: nothing moves, though one is on demand", world(served(spot(a1), a2)), (), idle(a2), SPOT),
    Situation("the spot instance was taken away: the standby goes on serving, and one on spot stands by", world(served(a2)), (f"{LAUNCH_A} on spot or on-demand (standby)",), known, SPOT),
    Situation("it stands by: nothing moves", world(served(a2, spot(a3))), (), idle(a3), SPOT),
    Situation("neither is on spot, and spot may have room again: the standby is succeeded, and nothing moves", world(served(a1, a2)), (f"{LAUNCH_A} on spot (market)",), idle(a2), SPOT),
    Situation("the new one boots: both stay", world(served(a1, a2, booting("a3", spot=True))), (), idle(a2), SPOT),
    Situation("it is verified: the standby on demand is ended", world(served(a1, a2, spot(a3))), ("TerminateNode i-a2 (surplus)",), idle(a2, a3), SPOT),
)

# fmt: on

STANDBY_CHAPTERS = {
    "A standby is launched": MAKING,
    "A standby takes over": TAKING_OVER,
    "What wears out first is the standby": WEARING,
    "A standby where nodes are spot instances": MARKETS,
}
