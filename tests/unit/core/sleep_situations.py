"""Situations of sleep: when a zone wants a NAT, and what becomes of its nodes when it does not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from natkeeper.core.judgement.demand import Ground
from natkeeper.core.memory import Memory, NodeMemory, Unwanted, ZoneMemory
from natkeeper.core.model import (
    Doom,
    DoomKind,
    Lifecycle,
    Market,
    Node,
    Order,
    Unread,
    Verb,
    Wish,
    WishKind,
    Zone,
)
from natkeeper.core.office_hours import OfficeHours, parse
from natkeeper.core.policy import Awake, Policy, SleepMode
from tests.builders import NOW, POLICY, A, B, ago, booting, node, remembering, route, served, world, zone
from tests.unit.core.situations import LAUNCH_A, Situation

a1, a2, b1 = node("a1"), node("a2"), node("b1")
asleep = replace(a1, lifecycle=Lifecycle.STOPPED)
falling = replace(a1, lifecycle=Lifecycle.STOPPING)
SPOT = replace(POLICY, market=Market.SPOT)
DEMAND = replace(POLICY, awake=Awake.ON_DEMAND)
QUIET = replace(DEMAND, quiet=timedelta(minutes=30))
TASK = ("eni-task",)


def hours(text: str) -> OfficeHours:
    """The office hours that a text means. NOW is a Saturday, 12:00 UTC."""
    return parse(text, ZoneInfo)


def office(text: str, **changes: Any) -> Policy:
    return replace(POLICY, awake=Awake.OFFICE_HOURS, hours=hours(text), **changes)


OPEN, SHUT = office("Sat 11:00-13:00 UTC"), office("Mon-Fri 08:00-20:00 UTC")
BOTH = replace(OPEN, awake=Awake.ON_DEMAND_IN_OFFICE_HOURS)


def past(minutes: float = 60, ground: Ground = Ground.WORKLOADS, **changes: Any) -> ZoneMemory:
    """A zone that has been unwanted for so long."""
    return replace(ZoneMemory(unwanted=Unwanted(ground, ago(minutes=minutes))), **changes)


def slept(zone_memory: ZoneMemory | None = None, **changes: Any) -> Memory:
    """i-a1 was put to sleep three hours ago."""
    sleeper = replace(NodeMemory(verified_at=ago(hours=4), slept_at=ago(hours=3)), **changes)
    memory = zone_memory or past(180, asleep_since=ago(hours=3))
    return replace(
        remembering(b1, zones={A: memory}), nodes={a1.id: sleeper, b1.id: NodeMemory(ago(hours=4))}
    )


def quiet(minutes: float, **changes: Any) -> Memory:
    """i-a1 has forwarded nothing for so long."""
    still = NodeMemory(verified_at=ago(hours=4), quiet_since=ago(minutes=minutes))
    return Memory(zones={A: replace(ZoneMemory(), **changes)}, nodes={a1.id: still})


@dataclass(frozen=True)
class Wanting:
    """A row of the decision whether a zone wants a NAT."""

    name: str
    zone: Zone
    wanted: bool
    ground: Ground
    policy: Policy
    memory: Memory = field(default_factory=Memory)


def wishing(kind: WishKind, minutes: float | None = None, **changes: Any) -> Zone:
    until = NOW + timedelta(minutes=minutes) if minutes is not None else None
    return replace(served(a1), wish=Wish(kind, ago(minutes=60), until), **changes)


def read(workloads: tuple[str, ...] | Unread, *nodes: Node) -> Zone:
    return zone(nodes, to=a1, holder=a1, workloads=workloads)


unread = Unread("throttled")

# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.

WANTING = (
    Wanting("nothing is said of sleep", served(a1), True, Ground.ALWAYS, POLICY),
    Wanting("a person wants it off", wishing(WishKind.OFF), False, Ground.WISH, POLICY),
    Wanting("a person wants it on for 30 minutes more, outside the office hours", wishing(WishKind.ON, 30), True, Ground.WISH, SHUT),
    Wanting("the time of that wish is over", wishing(WishKind.ON, 0), False, Ground.HOURS, SHUT),
    Wanting("a person took the wish back", wishing(WishKind.AUTOMATIC), True, Ground.ALWAYS, POLICY),
    Wanting("off by a person, although workloads exist", wishing(WishKind.OFF, workloads=TASK), False, Ground.WISH, DEMAND),
    Wanting("within the office hours", served(a1), True, Ground.HOURS, OPEN),
    Wanting("outside the office hours", served(a1), False, Ground.HOURS, SHUT),
    Wanting("the office hours begin in 2 minutes, a stopped node starts in time", zone(), True, Ground.HOURS, office("Sat 12:02-13:00 UTC")),
    Wanting("the office hours begin in 3 minutes: not yet", zone(), False, Ground.HOURS, office("Sat 12:03-13:00 UTC")),
    Wanting("the office hours begin in 5 minutes, and a node has to be launched", zone(), True, Ground.HOURS, office("Sat 12:05-13:00 UTC", sleep_mode=SleepMode.TERMINATE)),
    Wanting("the office hours ended this minute", served(a1), False, Ground.HOURS, office("Sat 11:00-12:00 UTC")),
    Wanting("a workload exists", read(TASK, a1), True, Ground.WORKLOADS, DEMAND),
    Wanting("no workload exists", read((), a1), False, Ground.WORKLOADS, DEMAND),
    Wanting("on demand within office hours, a workload outside of them", read(TASK, a1), False, Ground.HOURS, replace(SHUT, awake=Awake.ON_DEMAND_IN_OFFICE_HOURS)),
    Wanting("on demand within office hours, a workload within them", read(TASK, a1), True, Ground.WORKLOADS, BOTH),
    Wanting("on demand within office hours, no workload within them", read((), a1), False, Ground.WORKLOADS, BOTH),
    Wanting("a workload, but no traffic for 31 minutes of 30", read(TASK, a1), False, Ground.QUIET, QUIET, quiet(31)),
    Wanting("a workload, no traffic for 29 minutes of 30", read(TASK, a1), True, Ground.WORKLOADS, QUIET, quiet(29)),
    Wanting("asleep without traffic beside the same workload", read(TASK, asleep), False, Ground.QUIET, QUIET, slept(past(60, Ground.QUIET, beside=TASK))),
    Wanting("asleep without traffic, and another workload came", read(("eni-new", *TASK), asleep), True, Ground.WORKLOADS, QUIET, slept(past(60, Ground.QUIET, beside=TASK))),
    Wanting("workloads unread, the zone awake: it stays awake", read(unread, a1), True, Ground.UNREAD, DEMAND),
    Wanting("workloads unread while the idle zone waits for sleep: awake", read(unread, a1), True, Ground.UNREAD, DEMAND, Memory(zones={A: past(10)})),
    Wanting("workloads unread, the zone asleep: it stays asleep", read(unread, asleep), False, Ground.UNREAD, DEMAND, slept()),
    Wanting("workloads unread for 5 minutes, the zone asleep: awake to be safe", read(unread, asleep), True, Ground.UNREAD, DEMAND, slept(past(60, unread_since=ago(minutes=5)))),
)

FALLING_ASLEEP = (
    Situation("idle for less than the grace: it works on", world(read((), a1)), (), replace(remembering(a1), zones={A: past(14)}), DEMAND),
    Situation("idle past the grace: stopped, its route left as it is", world(read((), a1)), ("StopNode i-a1 (asleep)",), replace(remembering(a1), zones={A: past(15)}), DEMAND),
    Situation("idle past the grace, sleep means terminate", world(read((), a1)), ("TerminateNode i-a1 (asleep)",), replace(remembering(a1), zones={A: past(15)}), replace(DEMAND, sleep_mode=SleepMode.TERMINATE)),
    Situation("a spot instance cannot be stopped", world(read((), replace(a1, spot=True))), ("TerminateNode i-a1 (asleep)",), replace(remembering(a1), zones={A: past(15)}), DEMAND),
    Situation("a node ordered away is not kept", world(read((), replace(a1, order=Order(Verb.REPLACE, NOW)))), ("TerminateNode i-a1 (asleep)",), replace(remembering(a1), zones={A: past(15)}), DEMAND),
    Situation("a node that never proved itself is not kept", world(read((), booting("a1"))), ("TerminateNode i-a1 (asleep)",), Memory(zones={A: past(15)}), DEMAND),
    Situation("two nodes: the spare ends first", world(read((), a1, a2)), ("TerminateNode i-a2 (asleep)",), replace(remembering(a1, a2), zones={A: past(15)}), DEMAND),
    Situation("office hours over, traffic flows: drained first", world(served(a1)), (), replace(remembering(a1), zones={A: past(14, Ground.HOURS)}), SHUT),
    Situation("office hours over, traffic flows, the drain is over", world(served(a1)), ("StopNode i-a1 (asleep)",), replace(remembering(a1), zones={A: past(15, Ground.HOURS)}), SHUT),
    Situation("office hours over, no traffic: at once", world(served(a1)), ("StopNode i-a1 (asleep)",), quiet(2, unwanted=Unwanted(Ground.HOURS, NOW)), SHUT),
    Situation("off by a person: at once", world(wishing(WishKind.OFF)), ("StopNode i-a1 (asleep)",), remembering(a1)),
    Situation("it covers a neighbour that is awake: kept", world(wishing(WishKind.OFF), zone((booting("b1"),), name=B, to=a1)), (), remembering(a1)),
    Situation("it covers a neighbour that sleeps too: stopped", world(wishing(WishKind.OFF), zone(name=B, to=a1, wish=Wish(WishKind.OFF, NOW))), ("StopNode i-a1 (asleep)",), remembering(a1)),
    Situation("a neighbour that is awake has just lost its node, and elects it: kept", world(wishing(WishKind.OFF), zone(name=B)), ("PointRoute rtb-b at i-a1 (route)", "LaunchNode in eu-west-1b as t4g.nano or t4g.micro (no-node)"), remembering(a1)),
    Situation("a held table points at it: kept", world(zone((a1,), routes=(route(a1, held=True),), wish=Wish(WishKind.OFF, NOW))), (), remembering(a1)),
    Situation("unwanted and its node dies: nothing is launched", world(wishing(WishKind.OFF, nodes=())), (), Memory()),
    Situation("idle and without a node of its own: a neighbour that is verified does not cover it", world(zone(), served(b1, workloads=TASK)), (), replace(remembering(b1), zones={A: past(1)}), DEMAND),
    Situation("unwanted, its node stopped by somebody else: ended", world(wishing(WishKind.OFF, nodes=(asleep,))), ("TerminateNode i-a1 (asleep)",), remembering(a1)),
    Situation("paused, and unwanted", world(wishing(WishKind.OFF)), ("Wait eu-west-1a (paused)",), replace(remembering(a1), paused_until=NOW + timedelta(minutes=5))),
    Situation("workloads unread: nothing sleeps", world(read(unread, a1)), ("Wait eu-west-1a (unreadable)",), replace(remembering(a1), zones={A: past(60)}), DEMAND),
)

SLEEP = (
    Situation("asleep", world(zone((asleep,), to=a1, holder=a1, routes=(route(a1, blackhole=True),))), (), slept(), DEMAND),
    Situation("the table was lost: a stopped node is taken for asleep", world(zone((asleep,), to=a1, holder=a1)), (), Memory(zones={A: past(60)}), DEMAND),
    Situation("still stopping", world(zone((falling,), to=a1, holder=a1)), (), slept(slept_at=ago(seconds=20)), DEMAND),
    Situation("asleep with nothing left, a neighbour awake does not cover it", world(zone(), served(b1, workloads=TASK)), (), slept(), DEMAND),
    Situation("asleep, an outdated node: it is replaced when it is awake", world(zone((replace(asleep, template_version=2),), to=a1, holder=a1)), (), slept(), DEMAND),
    Situation("stopping for ever: ended", world(zone((falling,), to=a1, holder=a1)), ("TerminateNode i-a1 (asleep)",), slept(slept_at=ago(minutes=4)), DEMAND),
    Situation("asleep, and its zone is left out of the parameters: its node ends, and is not started for that", world(zone((asleep,), subnet=None, routes=(), address=None), served(b1)), ("TerminateNode i-a1 (surplus)",), slept(idle_since=ago(minutes=5)), DEMAND),
    Situation("workloads unread: it sleeps on", world(read(unread, asleep)), ("Wait eu-west-1a (unreadable)",), slept(), DEMAND),
)

WAKING = (
    Situation("a workload came: its node starts, the route is right already", world(zone((asleep,), holder=a1, routes=(route(a1, blackhole=True),), workloads=TASK)), ("StartNode i-a1 (waking)",), slept(ZoneMemory(waking_since=NOW)), DEMAND),
    Situation("the same, and beside it runs an old node that AWS would not end: the one with the routes starts", world(zone((asleep, replace(a2, template_version=2)), holder=a1, routes=(route(a1, blackhole=True),), workloads=TASK)), ("StartNode i-a1 (waking)",), slept(ZoneMemory(waking_since=NOW)), DEMAND),
    Situation("the same, a neighbour is verified: no detour for nine seconds", world(zone((asleep,), holder=a1, routes=(route(a1, blackhole=True),), workloads=TASK), served(b1, workloads=TASK)), ("StartNode i-a1 (waking)",), slept(ZoneMemory(waking_since=NOW)), DEMAND),
    Situation("a workload came while the node still stops", world(zone((falling,), to=a1, holder=a1, workloads=TASK)), ("Wait eu-west-1a (waking)",), slept(ZoneMemory(waking_since=NOW), slept_at=ago(seconds=5)), DEMAND),
    Situation("the same, a neighbour is verified: it covers meanwhile", world(zone((falling,), to=a1, holder=a1, workloads=TASK), served(b1, workloads=TASK)), ("PointRoute rtb-a at i-b1 (asleep)", "Wait eu-west-1a (waking)"), slept(ZoneMemory(waking_since=NOW), slept_at=ago(seconds=5)), DEMAND),
    Situation("covered, and the node has stopped: started", world(zone((asleep,), to=b1, holder=a1, workloads=TASK), served(b1, workloads=TASK)), ("StartNode i-a1 (waking)",), slept(ZoneMemory(waking_since=NOW)), DEMAND),
    Situation("started, and EC2's reads still say stopped", world(zone((asleep,), holder=a1, routes=(route(a1, blackhole=True),), workloads=TASK)), (), slept(ZoneMemory(waking_since=NOW), slept_at=None, started_at=ago(seconds=2), verified_at=None), DEMAND),
    Situation("started, it boots: patience", world(zone((booting("a1", lifecycle=Lifecycle.PENDING),), to=a1, holder=a1, workloads=TASK)), (), slept(ZoneMemory(waking_since=NOW), slept_at=None, started_at=ago(seconds=5), verified_at=None), DEMAND),
    Situation("started, not verified after 90 s, a neighbour is: covered", world(zone((booting("a1", launched_at=ago(seconds=95)),), to=a1, holder=a1, workloads=TASK), served(b1, workloads=TASK)), ("PointRoute rtb-a at i-b1 (no-node)",), slept(ZoneMemory(waking_since=NOW), slept_at=None, started_at=ago(seconds=95), verified_at=None), DEMAND),
    Situation("what it answered before it slept does not count", world(zone((replace(a1, probes=(replace(a1.probes[0], at=ago(hours=3)),)),), to=a1, holder=a1, workloads=TASK)), (), slept(ZoneMemory(waking_since=NOW), slept_at=None, started_at=ago(seconds=20), verified_at=None), DEMAND),
    Situation("the start was refused: another is launched", world(zone((asleep,), holder=a1, routes=(route(a1, blackhole=True),), workloads=TASK)), ("LaunchNode in eu-west-1a as t4g.nano or t4g.micro (waking)",), slept(ZoneMemory(waking_since=NOW), unstartable=True), DEMAND),
    Situation("nothing is left to start: a launch", world(zone(workloads=TASK)), ("LaunchNode in eu-west-1a as t4g.nano or t4g.micro (waking)",), Memory(zones={A: ZoneMemory(waking_since=NOW)}), DEMAND),
    Situation("awake, stopped by somebody else: replaced", world(zone((asleep,), holder=a1, routes=(route(a1, blackhole=True),), workloads=TASK)), (f"{LAUNCH_A} (unhealthy)",), remembering(a1), DEMAND),
    Situation("the table was lost, and with it that we stopped the node: taken for asleep, and started", world(zone((asleep,), holder=a1, routes=(route(a1, blackhole=True),), workloads=TASK)), ("StartNode i-a1 (waking)",), Memory(), DEMAND),
    Situation("the table was lost, in a stack that never sleeps: a stopped node is replaced", world(zone((asleep,), holder=a1, routes=(route(a1, blackhole=True),))), (f"{LAUNCH_A} (unhealthy)",), Memory()),
    Situation("its sleeper is not listed this once: no second node", world(zone(holder=a1, routes=(route(a1, blackhole=True),), workloads=TASK)), ("Wait eu-west-1a (waking)",), slept(ZoneMemory(waking_since=NOW), zone=A, missing_since=ago(seconds=5)), DEMAND),
    Situation("workloads unread for 5 minutes: awake, and a person is told", world(read(unread, asleep)), ("Notify eu-west-1a (unreadable)", "StartNode i-a1 (waking)"), slept(ZoneMemory(unread_since=ago(minutes=5), unwanted=Unwanted(Ground.WORKLOADS, ago(hours=3)))), DEMAND),
)

spot = replace(a1, spot=True)
full = ZoneMemory(bad_pools={f"spot {name}": NOW + timedelta(minutes=9) for name in POLICY.instance_types})

MARKETS = (
    Situation("spot is wanted: on demand is the last resort", world(zone()), (f"{LAUNCH_A} on spot or on-demand (no-node)",), Memory(), SPOT),
    Situation("no spot pool had room lately: on demand at once", world(zone()), (f"{LAUNCH_A} (no-node)",), Memory(zones={A: full}), SPOT),
    Situation("one spot pool had none: it comes last", world(zone()), ("LaunchNode in eu-west-1a as t4g.micro or t4g.nano on spot or on-demand (no-node)",), Memory(zones={A: ZoneMemory(bad_pools={"spot t4g.nano": NOW + timedelta(minutes=9)})}), SPOT),
    Situation("on demand for long: a successor on spot or none", world(served(a1)), (f"{LAUNCH_A} on spot (market)",), remembering(a1), SPOT),
    Situation("on demand for long, spot still full: nothing", world(served(a1)), (), replace(remembering(a1), zones={A: full}), SPOT),
    Situation("on demand for 20 minutes: not yet", world(served(node("a1", launched_at=ago(minutes=20)))), (), remembering(a1), SPOT),
    Situation("its spot successor boots", world(served(a1, booting("a2", spot=True))), (), remembering(a1), SPOT),
    Situation("its spot successor is verified: the usual move", world(served(a1, replace(a2, spot=True))), ("PointRoute rtb-a at i-a2 with the address at once (market)",), remembering(a1), SPOT),
    Situation("a spot node, all well", world(served(spot)), (), remembering(a1), SPOT),
    Situation("a spot node is interrupted in 100 s: a successor", world(served(replace(spot, doom=Doom(DoomKind.INTERRUPTION, NOW + timedelta(seconds=100))))), (f"{LAUNCH_A} on spot or on-demand (doomed)",), remembering(a1), SPOT),
)

# fmt: on

SLEEP_CHAPTERS = {
    "A zone falls asleep": FALLING_ASLEEP,
    "A zone sleeps": SLEEP,
    "A zone wakes": WAKING,
    "Spot": MARKETS,
}
