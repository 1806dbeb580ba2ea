"""The planner's table, where a zone does not reach what it should: what is told, and what is not tried again."""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.memory import Contest, Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import Lifecycle, Node, RouteTableId
from tests.builders import POLICY, A, ago, booting, node, passed, served, silent, world, zone
from tests.unit.core.situations import LAUNCH_A, Situation, known

a1, b1 = node("a1"), node("b1")
mute, mute_too = (
    booting(name, launched_at=ago(minutes=20), probes=(silent(),) * POLICY.mute) for name in ("a1", "a2")
)
KMS = "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state"
gone = node("a3", lifecycle=Lifecycle.TERMINATED, interface=None, ended=KMS)
TABLE = RouteTableId("rtb-a")


def missing(goal: str, minutes: int, **changes: object) -> Memory:
    return replace(known, zones={A: ZoneMemory(goals={goal: ago(minutes=minutes)}, **changes)})  # type: ignore[arg-type]


def taken_back(launches: int, minutes: int) -> Memory:
    ended = (Launch(ago(minutes=minutes), gone.id, "t4g.nano", KMS) for _ in range(launches))
    return replace(known, zones={A: ZoneMemory(launches, tuple(ended))})


def filled(*percents: int) -> Node:
    """A node that is well, and told so much of its connection table in its last probes."""
    return node("a1", probes=tuple(replace(passed(), filled=percent or None) for percent in percents))


def fought(times: int, minutes: int = 0) -> Memory:
    return replace(
        known, zones={A: ZoneMemory(contests={TABLE: Contest((ago(minutes=minutes),) * times, "eni-x")})}
    )


# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.

MISSED = (
    Situation("covered by a neighbour for 19 minutes: not late yet", world(zone((booting("a2"),), to=b1), served(b1)), (), missing("served", 19)),
    Situation("covered by a neighbour for 20 minutes: a person hears", world(zone((booting("a2"),), to=b1), served(b1)), ("Notify eu-west-1a (goal)",), missing("served", 20)),
    Situation("for an hour and a half, and told an hour ago", world(zone((booting("a2"),), to=b1), served(b1)), (), replace(missing("served", 90), told={f"{A} goal served": ago(hours=1)})),
    Situation("and reached again: that is told, too", world(served(a1), served(b1)), ("Notify eu-west-1a (goal)",), replace(known, told={f"{A} goal served": ago(hours=1)})),
    Situation("beside a NAT gateway, the agents of both nodes are mute: no third node", world(zone((mute, mute_too), to="nat-1")), ("Wait eu-west-1a (unhealthy)",), Memory(nodes={mute.id: NodeMemory(), mute_too.id: NodeMemory()})),
    Situation("the same for half an hour: a person hears", world(zone((mute, mute_too), to="nat-1")), ("Wait eu-west-1a (unhealthy)", "Notify eu-west-1a (goal)"), Memory(zones={A: ZoneMemory(goals={"adopted": ago(minutes=30)})})),
    Situation("EC2 took the launch back a moment ago: a person hears why, and no identical try", world(zone(ended=(gone,))), ("Notify eu-west-1a (launch)", "Wait eu-west-1a (launch)"), taken_back(1, 0)),
    Situation("a minute later another try", world(zone(ended=(gone,))), ("Notify eu-west-1a (launch)", f"{LAUNCH_A} (no-node)"), taken_back(1, 1)),
    Situation("the third was taken back three minutes ago: not yet", world(zone(ended=(gone,))), ("Notify eu-west-1a (launch)", "Wait eu-west-1a (launch)"), taken_back(3, 3)),
    Situation("somebody took the route for the third time within the hour: taken back at once", world(zone((a1,), to="eni-x", holder=a1)), ("PointRoute rtb-a at i-a1 (route)",), fought(POLICY.takebacks_per_hour)),
    Situation("for the fourth time: left alone for two minutes", world(zone((a1,), to="eni-x", holder=a1)), ("Wait eu-west-1a (route)",), fought(POLICY.takebacks_per_hour + 1)),
    Situation("two minutes later it is taken back", world(zone((a1,), to="eni-x", holder=a1)), ("PointRoute rtb-a at i-a1 (route)",), fought(POLICY.takebacks_per_hour + 1, 2)),
    Situation("somebody deletes the route again and again: made again at once, always", world(zone((a1,), holder=a1)), ("PointRoute rtb-a at i-a1 (route)",), fought(9)),
)
CROWDED = (
    Situation("its connection table was nearly full in two of the last five probes: not told yet", world(served(filled(0, 0, 90, 0, 85))), (), known),
    Situation("in three of five: a person hears", world(served(filled(80, 0, 90, 0, 85))), ("Notify eu-west-1a (connections)",), known),
    Situation("in three probes, but none of the last five", world(served(filled(90, 90, 90, 0, 0, 0, 0, 0))), (), known),
    Situation("nearly full, and told an hour ago", world(served(filled(80, 90, 90))), (), replace(known, told={f"{A} connections": ago(hours=1)})),
)
# fmt: on

GOAL_CHAPTERS = {"A goal is missed": MISSED, "A node is nearly full": CROWDED}
