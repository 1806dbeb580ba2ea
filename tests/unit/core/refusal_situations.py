"""The planner's situations in which AWS has refused something lately."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from natkeeper.core.memory import Contest, Memory, Refusal, ZoneMemory
from natkeeper.core.model import RouteTableId
from tests.builders import A, ago, booting, failed, node, passed, route, served, silent, world, zone
from tests.unit.core.situations import LAUNCH_A, Situation, drained, known

a1, a2, b1 = node("a1"), node("a2"), node("b1")
old = node("a1", template_version=2)
hung = node("a1", impaired_since=ago(minutes=3), probes=(silent(), silent(), silent()))
flushed = node("a1", probes=(passed(ago(minutes=1)), failed("rules")))
closed = booting("a2", source_dest_check=True)
hushed = node("a1", probes=(passed(ago(minutes=1)), silent()))
shut = node("a1", source_dest_check=True)
taken = known.with_zone(
    A, ZoneMemory(contests={RouteTableId("rtb-a"): Contest((ago(minutes=1),), "eni-thief")})
)
OUTDATED = (node("a2", template_version=2), node("a3", template_version=2))
HUNG = tuple(node(name, impaired_since=hung.impaired_since, probes=hung.probes) for name in ("a2", "a3"))
idle = drained(*OUTDATED)
TWO = (route("eni-a1"), route("eni-a1", "rtb-a2"))


def refused(*steps: str, memory: Memory = known, count: int = 3, **ago_: float) -> Memory:
    """These steps were refused, the last time so long ago (10 s)."""
    last = ago(**(ago_ or {"seconds": 10}))
    refusal = Refusal(last - timedelta(minutes=count), last, count, "UnauthorizedOperation: no")
    return replace(memory, refusals=dict.fromkeys(steps, refusal))


# fmt: off
REFUSALS = (
    Situation("a launch refused a moment ago: it waits", world(zone()), ("Wait eu-west-1a (no-node)",), refused("LaunchNode eu-west-1a")),
    Situation("no node at all: a launch is tried again within two minutes, however often it was refused", world(zone()), (f"{LAUNCH_A} (no-node)",), refused("LaunchNode eu-west-1a", count=30, seconds=110)),
    Situation("a node works: a successor's launch that is refused again and again rests for a quarter of an hour", world(served(old)), ("Wait eu-west-1a (outdated)",), refused("LaunchNode eu-west-1a (planned)", count=30, minutes=14)),
    Situation("nobody knows whether the node works: its successor's launch rests for two minutes only", world(served(replace(old, probes=(passed(ago(minutes=1)), silent())))), (f"{LAUNCH_A} (outdated)",), refused("LaunchNode eu-west-1a (planned)", count=30, seconds=110)),
    Situation("its quarter of an hour is over", world(served(old)), (f"{LAUNCH_A} (outdated)",), refused("LaunchNode eu-west-1a (planned)", count=30, minutes=15)),
    Situation("no fourth node, and its launch rests: none is ended for it", world(served(old, *OUTDATED)), ("Wait eu-west-1a (outdated)",), refused("LaunchNode eu-west-1a (planned)", memory=idle)),
    Situation("the same, nobody knows whether the node that serves works: one makes room after two minutes", world(served(replace(old, probes=(passed(ago(minutes=1)), silent())), *OUTDATED)), ("Wait eu-west-1a (outdated)", "TerminateNode i-a2 (surplus)"), refused("LaunchNode eu-west-1a (planned)", memory=idle, count=30, seconds=110)),
    Situation("three nodes hang, and a launch rests: none is ended for it", world(served(hung, *HUNG)), ("Wait eu-west-1a (unhealthy)",), refused("LaunchNode eu-west-1a")),
    Situation("three nodes hang: one makes room after two minutes, however often the launch was refused", world(served(hung, *HUNG)), ("Wait eu-west-1a (unhealthy)", "TerminateNode i-a2 (surplus)"), refused("LaunchNode eu-west-1a", count=30, seconds=110)),
    Situation("one table of two was refused: the other goes on", world(zone((hung, a2), routes=TWO, holder=a2)), ("PointRoute rtb-a at i-a2 (unhealthy)", ), refused("PointRoute rtb-a2")),
    Situation("the only table was refused a moment ago", world(zone((hung,), to=hung, holder=hung), served(b1)), ("Wait eu-west-1a (unhealthy)", f"{LAUNCH_A} (unhealthy)"), refused("PointRoute rtb-a")),
    Situation("one table of two still waits at the old node: it keeps forwarding", world(zone((old, a2), routes=TWO, holder=old)), ("PointRoute rtb-a at i-a2 with the address (outdated)",), refused("PointRoute rtb-a2")),
    Situation("the address was refused, the zone works: nothing moves", world(served(old, a2)), ("Wait eu-west-1a (outdated)",), refused("AssociateAddress eipalloc-a")),
    Situation("it was refused again and again: it rests for a quarter of an hour", world(served(old, a2)), ("Wait eu-west-1a (outdated)",), refused("AssociateAddress eipalloc-a", count=30, minutes=14)),
    Situation("the address was refused, nobody serves: the routes go without it", world(zone((hung, a2), to=hung, holder=hung)), ("PointRoute rtb-a at i-a2 (unhealthy)",), refused("AssociateAddress eipalloc-a")),
    Situation("the routes went without the address: it is tried again on its own", world(zone((a1,), to=a1)), ("AssociateAddress i-a1 (address)",), refused("AssociateAddress eipalloc-a", minutes=15)),
    Situation("but not at once", world(zone((a1,), to=a1)), ("Wait eu-west-1a (address)",), refused("AssociateAddress eipalloc-a")),
    Situation("nobody serves: a move that was refused as a whole is tried again within two minutes", world(zone((hung, a2), to=hung, holder=hung)), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), refused("PointRoute i-a2", count=30, seconds=110)),
    Situation("one table of two leads to a node whose check stays on: that is tried again within two minutes, too", world(zone((shut, a2), routes=(route("eni-a1"), route("eni-a2", "rtb-a2")), holder=a2)), ("DisableSourceDestCheck i-a1 (source-dest-check)", "PointRoute rtb-a at i-a2 (route)"), refused("DisableSourceDestCheck eni-a1", count=30, seconds=110)),
    Situation("the fence was refused: nothing moves", world(served(old, a2)), ("Wait eu-west-1a (outdated)",), refused("PointRoute i-a2 behind a fence at eni-a1 (planned)")),
    Situation("a planned move was taken back: it rests", world(served(old, a2)), ("Wait eu-west-1a (outdated)",), refused("PointRoute i-a2 behind a fence at eni-a1 (planned)", count=1)),
    Situation("the node that it was to leave is dead now: that is another move", world(zone((hung, a2), to=hung, holder=hung)), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), refused("PointRoute i-a2 behind a fence at eni-a1 (planned)", count=1)),
    Situation("a repair is refused for good: a successor comes all the same", world(served(replace(flushed, probes=(failed("rules"),) * 3))), ("Wait eu-west-1a (rules)", f"{LAUNCH_A} (unhealthy)"), refused("RepairNode i-a1")),
    Situation("the check of a node that boots beside one that serves rests as long as any other step", world(served(a1, closed)), ("Wait eu-west-1a (source-dest-check)",), refused("DisableSourceDestCheck eni-a2", memory=Memory(), count=30, seconds=110)),
    Situation("the check of a booting node cannot be turned off: it gets no route", world(zone((closed,), holder=closed)), ("Wait eu-west-1a (source-dest-check)",), refused("DisableSourceDestCheck eni-a2", memory=Memory())),
    Situation("the address was refused, and the route was taken from us: it comes back without it", world(zone((a1,), to="eni-thief")), ("PointRoute rtb-a at i-a1 (route)",), refused("AssociateAddress eipalloc-a", memory=taken)),
    Situation("the route was taken from a node that is silent: it comes back to it", world(zone((hushed,), to="eni-thief", holder=hushed)), ("PointRoute rtb-a at i-a1 (route)",), taken),
    Situation("it was never ours: nobody is sent to a silent node", world(zone((hushed,), to="nat-1", holder=hushed)), ()),
    Situation("the address was refused, and the route was never ours: nothing is moved", world(zone((a1,), to="nat-1")), ("Wait eu-west-1a (route)",), refused("AssociateAddress eipalloc-a")),
    Situation("the check of the node that serves cannot be turned off: a neighbour covers, and a successor comes", world(served(shut), served(b1)), ("Wait eu-west-1a (source-dest-check)", "PointRoute rtb-a at i-b1 (source-dest-check)", f"{LAUNCH_A} (source-dest-check)"), refused("DisableSourceDestCheck eni-a1")),
    Situation("it was refused once only: nothing more is done yet", world(served(shut), served(b1)), ("Wait eu-west-1a (source-dest-check)",), refused("DisableSourceDestCheck eni-a1", count=1)),
    Situation("twice is enough: a neighbour covers", world(served(shut), served(b1)), ("Wait eu-west-1a (source-dest-check)", "PointRoute rtb-a at i-b1 (source-dest-check)", f"{LAUNCH_A} (source-dest-check)"), refused("DisableSourceDestCheck eni-a1", count=2)),
    Situation("somebody turned it off: it serves as before", world(served(a1), served(b1)), (), refused("DisableSourceDestCheck eni-a1")),
    Situation("its routes still lead there: the check is tried again after two minutes, however often it was refused", world(served(shut), served(b1)), ("DisableSourceDestCheck i-a1 (source-dest-check)", "PointRoute rtb-a at i-b1 (source-dest-check)", f"{LAUNCH_A} (source-dest-check)"), refused("DisableSourceDestCheck eni-a1", count=30, seconds=110)),
    Situation("the same, and it is all there is: it gets the routes, too", world(zone((shut,), to=None)), ("DisableSourceDestCheck i-a1 (source-dest-check)", "PointRoute rtb-a at i-a1 with the address or without (route)", f"{LAUNCH_A} (source-dest-check)"), refused("DisableSourceDestCheck eni-a1", count=30, seconds=110)),
    Situation("the successor forwards: it serves, without a fence", world(served(shut, a2)), ("Wait eu-west-1a (source-dest-check)", "PointRoute rtb-a at i-a2 with the address or without (source-dest-check)"), refused("DisableSourceDestCheck eni-a1")),
    Situation("the check of its successor cannot be turned off either: a third would do no better", world(served(shut, replace(a2, source_dest_check=True))), ("Wait eu-west-1a (source-dest-check)", "Wait eu-west-1a (source-dest-check)"), refused("DisableSourceDestCheck eni-a1", "DisableSourceDestCheck eni-a2")),
    Situation("a person could not be told: not tried again so soon", world(served(a1, lost=("rtb-x",))), (), refused(f"Notify {A} lost rtb-x")),
    Situation("an old refusal is no matter any more", world(served(a1)), (), refused("PointRoute rtb-a", hours=1)),
)
# fmt: on
