"""The planner's table of situations: what is seen, and what must be done. `docs/decision-table.md` is
generated from here.

An expectation is a line for each action: its name, its node or types, and what else matters of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from natkeeper.core.actions import (
    Action,
    AssociateAddress,
    LaunchBaker,
    LaunchNode,
    PointRoute,
    SetCpuCredits,
)
from natkeeper.core.last_resort import NOTHING, LastResorts
from natkeeper.core.last_resort_actions import (
    CreateNatGateway,
    DeleteNatGateway,
    PointAtGateway,
    ReleaseAddress,
)
from natkeeper.core.memory import Contest, Launch, Memory, NodeMemory, Refusal, ZoneMemory
from natkeeper.core.model import (
    Address,
    AllocationId,
    Doom,
    DoomKind,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Market,
    Node,
    Observed,
    Order,
    Outcome,
    Probe,
    RouteTableId,
    Unreadable,
    Verb,
)
from natkeeper.core.policy import Policy
from natkeeper.core.ring import Hearsay
from tests.builders import (
    NOW,
    POLICY,
    A,
    B,
    ago,
    booting,
    decided,
    failed,
    node,
    passed,
    pending,
    remembering,
    route,
    served,
    silent,
    world,
    zone,
)


@dataclass(frozen=True)
class Situation:
    """A row: the world and what the planner must make of it."""

    name: str
    observed: Observed
    expected: tuple[str, ...]
    memory: Memory = field(default_factory=Memory)
    policy: Policy = POLICY
    hearsay: Hearsay = field(default_factory=Hearsay)
    resorts: LastResorts = NOTHING

    def decided(self) -> tuple[Action, ...]:
        """What is planned."""
        return decided(self.observed, self.memory, self.policy, hearsay=self.hearsay, resorts=self.resorts)


def shown(action: Action) -> str:
    """An action as a row of the table shows it."""
    words = [type(action).__name__]
    if isinstance(action, LaunchNode):
        words.append(f"in {action.zone} as {' or '.join(action.instance_types)}")
        words += [f"on {' or '.join(action.markets)}"] if Market.SPOT in action.markets else []
        words += [f"from {action.image}"] if action.image else []
    elif isinstance(action, LaunchBaker):
        words.append(f"in {action.zone}{f' from {action.image}' if action.image else ''}")
    elif isinstance(action, PointRoute):
        words.append(f"{' '.join(action.tables)} at {action.node}")
        words += ["with the address"] if action.address else []
        words += ["or without"] if action.address and action.even_without_address else []
        words += [f"on {action.private}"] if action.private else []
        words += ["at once"] if action.at_once else []
        words += [f"and {action.fence} fenced"] if action.fence and not action.at_once else []
    elif isinstance(action, AssociateAddress):
        words += [str(action.node), *([f"on {action.private}"] if action.private else [])]
    elif isinstance(action, CreateNatGateway):
        words.append(f"in {action.zone} with {action.allocation or 'another address'}")
    elif isinstance(action, PointAtGateway):
        words.append(f"{' '.join(action.tables)} at {action.gateway}")
    elif isinstance(action, DeleteNatGateway | ReleaseAddress):
        words.append(action.gateway if isinstance(action, DeleteNatGateway) else action.address)
    else:
        words.append(str(getattr(action, "node", getattr(action, "image", None) or action.zone)))
        words += [action.mode] if isinstance(action, SetCpuCredits) else []
    return f"{' '.join(words)} ({action.cause})"


a1, a2, a3, b1, b2 = node("a1"), node("a2"), node("a3"), node("b1"), node("b2")
BROUGHT = Address(AllocationId("eipalloc-a"), InterfaceId("eni-old"))
LAUNCH_A = "LaunchNode in eu-west-1a as t4g.nano or t4g.micro"
LAUNCH_B = "LaunchNode in eu-west-1b as t4g.nano or t4g.micro"
known = remembering(a1, a2, a3, b1, b2)


def drained(*nodes: Node) -> Memory:
    idle = NodeMemory(verified_at=ago(hours=4), idle_since=ago(minutes=2))
    return replace(known, nodes={**known.nodes, **{n.id: idle for n in nodes}})


def idle(of: Node, seconds: float) -> Memory:
    """Nothing has been routed to it for so long."""
    past = NodeMemory(verified_at=ago(hours=4), idle_since=ago(seconds=seconds))
    return replace(known, nodes={**known.nodes, of.id: past})


def refusing(step: str) -> Memory:
    """AWS has just refused this."""
    return replace(known, refusals={step: Refusal(ago(seconds=10), ago(seconds=10), 1, "no")})


def verified(seconds: float) -> Memory:
    """i-a2 passed its first probe so long ago."""
    return replace(known, nodes={**known.nodes, a2.id: NodeMemory(verified_at=ago(seconds=seconds))})


def missing(seconds: float) -> Memory:
    """i-a1 was verified long ago, and has not been listed for so long."""
    past = NodeMemory(verified_at=ago(hours=4), zone=A, missing_since=ago(seconds=seconds))
    return replace(known, nodes={**known.nodes, a1.id: past})


hung = node("a1", impaired_since=ago(minutes=3), probes=(silent(), silent(), silent()))
broken = node("a1", probes=(failed("egress"), failed("egress"), failed("egress")))
flushed = node("a1", probes=(passed(ago(minutes=1)), failed("rules", "egress")))
old = node("a1", template_version=2)
bare = replace(old, public_address="")
FREE = Address(AllocationId("eipalloc-a"), None)
old_b = node("b1", template_version=2)
old_a2 = node("a2", template_version=2)
stopped_a1 = replace(a1, lifecycle=Lifecycle.STOPPED)
aged = node("a1", launched_at=ago(days=31))
notice = Doom(DoomKind.INTERRUPTION, NOW + timedelta(seconds=100))
nearly = Doom(DoomKind.INTERRUPTION, NOW + timedelta(seconds=30))


def launched(*minutes: int, urgent: bool = True) -> Memory:
    """Launches of zone a that came to nothing, so many minutes ago."""
    launches = tuple(Launch(ago(minutes=m), InstanceId("i-x"), urgent=urgent) for m in minutes)
    return replace(known, zones={A: ZoneMemory(generation=4, launches=launches)})


def succeeding(minutes: float) -> Memory:
    """Zone a's planned succession has been under way for so long."""
    return replace(known, zones={A: ZoneMemory(succeeding_since=ago(minutes=minutes))})


taken = remembering(b1, zones={A: ZoneMemory(contests={RouteTableId("rtb-a"): Contest((ago(minutes=1),))})})
storm = launched(50, 40, 30, 14)
refused = replace(
    known,
    refusals={f"LaunchNode {A} (planned)": Refusal(ago(minutes=9), ago(minutes=1), 4, "VcpuLimitExceeded")},
)
stillborn = replace(
    known,
    zones={A: ZoneMemory(1, (Launch(ago(seconds=30), None, reason="Client.InternalError: "),))},
    told={f"{A} launch Client.InternalError": ago(seconds=20)},
)

# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.

CONVERGED = (
    Situation("one zone, its node healthy", world(served(a1)), (), known),
    Situation("two zones, each with its own node", world(served(a1), served(b1)), (), known),
    Situation("no elastic address wanted", world(replace(served(a1), address=None)), (), known),
    Situation("a second table in the zone points there too", world(replace(served(a1), routes=(route(a1), route(a1, "rtb-a2")))), (), known),
    Situation("a held table points elsewhere on purpose", world(replace(served(a1), routes=(route(a1), route("nat-1", "rtb-a2", held=True)))), (), known),
)

BIRTH = (
    Situation("a new stack", world(zone()), (f"{LAUNCH_A} (no-node)",)),
    Situation("a new stack of two zones", world(zone(), zone(name=B)), (f"{LAUNCH_A} (no-node)", "LaunchNode in eu-west-1b as t4g.nano or t4g.micro (no-node)")),
    Situation("launched, and not visible yet", world(zone()), ("Wait eu-west-1a (no-node)",), remembering(zones={A: ZoneMemory(1, (Launch(ago(seconds=5), InstanceId("i-a1")),))})),
    Situation("launched a moment ago, seen, and not seen now: this read may be older than the last", world(zone()), ("Wait eu-west-1a (no-node)",), remembering(a1, zones={A: ZoneMemory(1, (Launch(ago(seconds=50), a1.id),))})),
    Situation("known for long, and not listed this once: its route stays, and no second node comes", world(zone(to="eni-a1"), served(b1)), ("Wait eu-west-1a (no-node)",), missing(seconds=5)),
    Situation("the same, a spare is verified: its route stays for a moment", world(zone((a2,), to="eni-a1")), ("Wait eu-west-1a (route)",), missing(seconds=5)),
    Situation("not listed for two minutes", world(zone(to="eni-a1"), served(b1)), (f"{LAUNCH_A} (no-node)",), missing(seconds=120)),
    Situation("not listed, and its route is a blackhole: covered at once", world(zone(routes=(route("eni-a1", blackhole=True),)), served(b1)), ("PointRoute rtb-a at i-b1 (route)", "Wait eu-west-1a (no-node)"), missing(seconds=5)),
    Situation("launched a moment ago, and ended already: not waited for", world(zone(ended=(node("a1", lifecycle=Lifecycle.TERMINATED, interface=None),))), (f"{LAUNCH_A} (no-node)",), remembering(zones={A: ZoneMemory(1, (Launch(ago(seconds=5), InstanceId("i-a1")),))})),
    Situation("the only node is pending, the zone's address is free", world(zone((pending("a1", source_dest_check=True),))), ("DisableSourceDestCheck i-a1 (source-dest-check)", "Wait eu-west-1a (address)")),
    Situation("the only node is pending, no elastic address wanted", world(zone((pending("a1"),), address=None)), ("PointRoute rtb-a at i-a1 (route)",)),
    Situation("the only node runs and boots: nothing can get worse", world(zone((booting("a1"),))), ("PointRoute rtb-a at i-a1 with the address or without (route)",)),
    Situation("an existing VPC's NAT gateway serves while the first node boots", world(zone((booting("a1"),), to="nat-0a1")), ()),
    Situation("the first node is verified, the NAT gateway still serves", world(zone((a1,), to="nat-0a1")), ("PointRoute rtb-a at i-a1 with the address (route)",), known),
    Situation("a type lately had no capacity", world(zone()), ("LaunchNode in eu-west-1a as t4g.micro or t4g.nano (no-node)",), remembering(zones={A: ZoneMemory(bad_pools={"t4g.nano": NOW + timedelta(minutes=9)})})),
    Situation("pending for too long: launch another, end this one", world(zone((pending("a1", launched_at=ago(minutes=4)),))), (f"{LAUNCH_A} (unhealthy)", "TerminateNode i-a1 (surplus)")),
    Situation("booted, never answered a probe, serves: a successor, no killing", world(served(booting("a1", launched_at=ago(minutes=11), probes=(silent(),) * 3))), (f"{LAUNCH_A} (unhealthy)",)),
    Situation("the table was lost: an old node nobody remembers is asked, not replaced", world(served(node("a1", probes=()))), ()),
    Situation("a failed newcomer beside a serving node goes", world(served(a1, booting("a2", launched_at=ago(minutes=11), probes=(silent(),) * 3))), ("TerminateNode i-a2 (surplus)",), replace(known, nodes={a1.id: NodeMemory(ago(hours=4)), a2.id: NodeMemory(idle_since=ago(minutes=11))})),
)

DEATH = (
    Situation("terminated, one zone: launch", world(zone(to="eni-a1", routes=(route("eni-a1", blackhole=True),))), (f"{LAUNCH_A} (no-node)",), known),
    Situation("stopping, one zone: launch, keep the route until there is better", world(served(replace(a1, lifecycle=Lifecycle.STOPPING))), (f"{LAUNCH_A} (unhealthy)",), known),
    Situation("stopped, its successor runs: address, then route", world(zone((replace(a1, lifecycle=Lifecycle.STOPPED), booting("a2")), to=a1, holder=a1)), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), known),
    Situation("stopped, nothing is routed to it any more", world(served(a2, replace(a1, lifecycle=Lifecycle.STOPPED))), ("TerminateNode i-a1 (surplus)",), known),
    Situation("terminated, a neighbour is verified: covered at once, and a launch", world(zone(routes=(route("eni-a1", blackhole=True),)), served(b1)), ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_A} (no-node)"), known),
    Situation("shutting down, a neighbour is verified", world(served(replace(a1, lifecycle=Lifecycle.SHUTTING_DOWN)), served(b1)), ("PointRoute rtb-a at i-b1 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), known),
    Situation("covered by a neighbour, the own node boots: patience", world(zone((booting("a2"),), to=b1), served(b1)), (), known),
    Situation("covered by a neighbour, the own node is verified just now: first it is told of the connections", world(zone((a2,), to=b1), served(b1)), ("Wait eu-west-1a (hand-back)",), verified(119)),
    Situation("it has been told: handed back", world(zone((replace(a2, probes=(replace(passed(), flows=0),)),), to=b1), served(b1)), ("PointRoute rtb-a at i-a2 with the address (hand-back)",), verified(10)),
    Situation("nobody has told it for two minutes: handed back", world(zone((a2,), to=b1), served(b1)), ("PointRoute rtb-a at i-a2 with the address (hand-back)",), verified(120)),
    Situation("nodes of this stack tell each other nothing: handed back", world(zone((a2,), to=b1), served(b1)), ("PointRoute rtb-a at i-a2 with the address (hand-back)",), verified(10), replace(POLICY, peer_watch=False)),
    Situation("who covers may not work: handed back at once", world(zone((a2,), to=b1), served(replace(b1, probes=(passed(ago(minutes=1)), silent())))), ("PointRoute rtb-a at i-a2 with the address (hand-back)",), verified(10)),
    Situation("its routes lead nowhere: not waited for", world(zone((a2,)), served(b1)), ("PointRoute rtb-a at i-a2 with the address or without (route)",), verified(10)),
    Situation("covered by a neighbour, the own node is verified: handed back", world(zone((a2,), to=b1), served(b1)), ("PointRoute rtb-a at i-a2 with the address (hand-back)",), known),
    Situation("both zones lost their node: each launches", world(zone(routes=(route("eni-a1", blackhole=True),)), zone(name=B, routes=(route("eni-b1", "rtb-b", blackhole=True),))), (f"{LAUNCH_A} (no-node)", "LaunchNode in eu-west-1b as t4g.nano or t4g.micro (no-node)")),
    Situation("the covering neighbour dies too, the own node boots", world(zone((booting("a2"),), to="eni-b1", routes=(route("eni-b1", blackhole=True),)), zone(name=B, routes=(route("eni-b1", "rtb-b", blackhole=True),))), ("PointRoute rtb-a at i-a2 with the address or without (route)", "PointRoute rtb-b at i-a2 (route)", "LaunchNode in eu-west-1b as t4g.nano or t4g.micro (no-node)"), known),
    Situation("hung: impaired and silent, one zone", world(served(hung)), (f"{LAUNCH_A} (unhealthy)",), known),
    Situation("impaired to EC2, but it passes probes: a successor beside it, no move", world(served(node("a1", impaired_since=ago(minutes=3))), served(b1)), (f"{LAUNCH_A} (unhealthy)",), known),
    Situation("hung, a neighbour is verified", world(served(hung), served(b1)), ("PointRoute rtb-a at i-b1 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), known),
    Situation("hung, a neighbour covers while the successor boots: it stays, it may be well in a moment", world(zone((hung, booting("a2")), to=b1), served(b1)), (), remembering(a1, b1)),
    Situation("hung, a neighbour covers, and no launch is left: it stays, nothing can replace it", world(zone((hung,), to=b1), served(b1)), ("Notify eu-west-1a (breaker)", "Wait eu-west-1a (breaker)"), storm),
    Situation("its neighbour elects the spare that is to be ended: it stays", world(served(a1, node("a2", launched_at=ago(days=1))), zone(name=B)), ("PointRoute rtb-b at i-a2 (route)", f"{LAUNCH_B} (no-node)"), drained(node("a2"))),
    Situation("hung, nothing is routed to it any more", world(served(a2, hung)), ("TerminateNode i-a1 (surplus)",), known),
    Situation("silent only: unknown is not dead", world(served(node("a1", probes=(silent(),) * 5)), served(b1)), (), known),
    Situation("silent once, and alone", world(served(node("a1", probes=(passed(), silent())))), (), known),
    Situation("silent twice, and alone: a successor beside it will tell", world(served(node("a1", probes=(silent(),) * 2))), (f"{LAUNCH_A} (unhealthy)",), known),
    Situation("silent still, and the successor beside it is verified: that takes over", world(served(node("a1", probes=(silent(),) * 3), a2)), ("PointRoute rtb-a at i-a2 with the address at once (unhealthy)",), known),
    Situation("it answers again before the successor has: nothing is moved", world(served(node("a1", probes=(silent(), silent(), passed())), booting("a2"))), (), known),
    Situation("silent for ten probes, no other node to compare: a successor beside it will tell", world(served(node("a1", probes=(silent(),) * 10))), (f"{LAUNCH_A} (unhealthy)",), known),
    Situation("silent for ten probes, nobody answers: Run Command may be down", world(served(node("a1", probes=(silent(),) * 10)), served(node("b1", probes=(silent(),) * 10))), (), known),
    Situation("silent for ten probes while a neighbour answers: a successor beside it", world(served(node("a1", probes=(silent(),) * 10)), served(b1)), (f"{LAUNCH_A} (unhealthy)",), known),
    Situation("fails N of M probes, a neighbour passes", world(served(broken), served(b1)), ("PointRoute rtb-a at i-b1 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), known),
    Situation("the only node fails the outside targets once or twice: nothing", world(served(node("a1", probes=(passed(), failed("egress"), failed("egress"))))), (), known),
    Situation("fails once", world(served(node("a1", probes=(passed(), failed("egress")))), served(b1)), (), known),
    Situation("every node fails the same outside targets: they are down", world(served(broken), served(replace(b1, probes=broken.probes))), (), known),
    Situation("they are down while a newcomer is not ready yet: nobody is to blame", world(served(broken, booting("a2", probes=(Probe(NOW, Outcome.UNREADY),))), served(replace(b1, probes=broken.probes))), (), known),
    Situation("a node fails them alone, and its neighbour has lost its rules: a successor beside it, and it covers the neighbour", world(served(broken), served(node("b1", probes=(failed("rules", "egress"),) * 3))), (f"{LAUNCH_A} (unhealthy)", "PointRoute rtb-b at i-a1 (unhealthy)", "RepairNode i-b1 (rules)", "LaunchNode in eu-west-1b as t4g.nano or t4g.micro (unhealthy)"), known),
    Situation("the only node fails the outside targets: a successor beside it will tell", world(served(broken)), (f"{LAUNCH_A} (unhealthy)",), known),
    Situation("not probed for long: unknown", world(served(node("a1", probes=(passed(ago(minutes=9)),)))), (), known),
)

DRIFT = (
    Situation("the check is back on", world(served(replace(a1, source_dest_check=True))), ("DisableSourceDestCheck i-a1 (source-dest-check)",), known),
    Situation("the default route is missing", world(zone((a1,), to=None, holder=a1)), ("PointRoute rtb-a at i-a1 (route)",), known),
    Situation("the default route is a blackhole", world(zone((a1,), holder=a1, routes=(route(a1, blackhole=True),))), ("PointRoute rtb-a at i-a1 (route)",), known),
    Situation("the default route was hijacked", world(zone((a1,), to="eni-foreign", holder=a1)), ("PointRoute rtb-a at i-a1 (route)",), known),
    Situation("the default route was hijacked from an outdated node that works", world(zone((old,), to="eni-foreign", holder=old)), ("PointRoute rtb-a at i-a1 (route)", f"{LAUNCH_A} (outdated)"), known),
    Situation("the default route was hijacked from a node that the outside doubts", world(zone((broken,), to="eni-foreign", holder=broken)), (f"{LAUNCH_A} (unhealthy)",), known),
    Situation("hijacked while a neighbour covered it: the neighbour takes it back", world(zone(to="eni-foreign"), served(b1)), ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_A} (no-node)"), taken),
    Situation("the same, its own node boots: the verified one all the same", world(zone((booting("a2"),), to="eni-foreign"), served(b1)), ("PointRoute rtb-a at i-b1 (route)",), taken),
    Situation("the same, and the neighbour is outdated: it works, and takes it back", world(zone((booting("a2"),), to="eni-foreign"), served(old_b)), ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_B} (outdated)"), taken),
    Situation("the same, and the neighbour does not answer: it is left there", world(zone((booting("a2"),), to="eni-foreign"), served(replace(b1, probes=(silent(),)))), (), taken),
    Situation("the same, nobody is verified: it is left there", world(zone((booting("a2"),), to="eni-foreign")), (), taken),
    Situation("a gateway that serves from before is not left for a neighbour", world(zone(to="nat-0a1"), served(b1)), (f"{LAUNCH_A} (no-node)",), known),
    Situation("one of two tables was hijacked", world(zone((a1,), holder=a1, routes=(route(a1), route("eni-foreign", "rtb-a2")))), ("PointRoute rtb-a2 at i-a1 (route)",), known),
    Situation("its node is dead, one of two tables was led to a gateway: that one is spared while the new node boots", world(zone((stopped_a1, booting("a2")), holder=stopped_a1, routes=(route(stopped_a1), route("nat-1", "rtb-a2")))), ("PointRoute rtb-a at i-a2 with the address or without (unhealthy)",), remembering(a1)),
    Situation("the same, and the dead node is gone", world(zone((booting("a2"),), routes=(route("eni-a1", blackhole=True), route("nat-1", "rtb-a2")))), ("PointRoute rtb-a at i-a2 with the address or without (route)",), remembering(a1)),
    Situation("the same beside a neighbour: it covers the table that leads nowhere, and no other", world(zone((), routes=(route("eni-a1", blackhole=True), route("nat-1", "rtb-a2"))), served(b1)), ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_A} (no-node)"), known),
    Situation("the own new node is verified: both tables are its own", world(zone((a2,), holder=a2, routes=(route(a2), route("nat-1", "rtb-a2")))), ("PointRoute rtb-a2 at i-a2 (route)",), known),
    Situation("the address is on nothing", world(zone((a1,), to=a1)), ("AssociateAddress i-a1 (address)",), known),
    Situation("the own old node took the address", world(zone((a1, a2), to=a1, holder=a2)), ("AssociateAddress i-a1 (address)",), known),
    Situation("the address is taken again and again", world(zone((a1,), to=a1)), ("Notify eu-west-1a (address)",), remembering(a1, zones={A: ZoneMemory(takebacks=(ago(minutes=30), ago(minutes=20), ago(minutes=10)))})),
    Situation("rules flushed: repaired over SSM", world(served(flushed)), ("RepairNode i-a1 (rules)",), known),
    Situation("repaired a moment ago: patience", world(served(flushed)), (), replace(known, nodes={a1.id: NodeMemory(ago(hours=4), repairs=(ago(seconds=30),))})),
    Situation("repaired twice, well now: it recurs, so a successor", world(served(a1)), (f"{LAUNCH_A} (unhealthy)",), replace(known, nodes={a1.id: NodeMemory(ago(hours=4), repairs=(ago(minutes=30), ago(minutes=10)))})),
    Situation("a route table that one answer of AWS leaves out", world(served(a1, lost=("rtb-x",))), (), known),
    Situation("a route table that AWS does not know for three minutes", world(served(a1, lost=("rtb-x",))), ("Notify eu-west-1a (lost)",), replace(known, remarked={"rtb-x": ago(minutes=3)})),
    Situation("the same, told an hour ago", world(served(a1, lost=("rtb-x",))), (), replace(known, remarked={"rtb-x": ago(hours=2)}, told={f"{A} lost rtb-x": ago(hours=1)})),
    Situation("a barred table, that leads to an internet gateway", world(served(a1, routes=(route("igw-1", barred="it leads to the internet"),))), (), known),
    Situation("a barred table, and another one that is ours", world(served(a1, routes=(route("igw-1", barred="it leads to the internet"), route(None, "rtb-a2")))), ("PointRoute rtb-a2 at i-a1 (route)",), known),
    Situation("a zone without a node, whose subnet is not public", world(zone(closed=True)), ()),
)

SUCCESSION = (
    Situation("an older launch template version: a successor first", world(served(old)), (f"{LAUNCH_A} (outdated)",), known),
    Situation("its successor boots", world(served(old, booting("a2"))), (), known),
    Situation("its successor is verified: address and route, at once", world(served(old, a2)), ("PointRoute rtb-a at i-a2 with the address at once (outdated)",), known),
    Situation("its successor is verified, but it covers another zone too: no fence", world(served(old, a2), zone(name=B, to=old, routes=(route("eni-a1", "rtb-b"),))), ("PointRoute rtb-a at i-a2 with the address (outdated)", "PointRoute rtb-b at i-a2 (outdated)", f"{LAUNCH_B} (no-node)"), known),
    Situation("the address came along on an instance that all its tables lead to: it goes with them", world(zone((a1,), to="eni-old", address=BROUGHT)), ("PointRoute rtb-a at i-a1 with the address (route)",), known),
    Situation("a held table still leads to the instance with the address: nothing moves", world(zone((a1,), routes=(route("eni-old"), route("eni-old", "rtb-a2", held=True)), address=BROUGHT)), ("Wait eu-west-1a (address)",), known),
    Situation("so does another zone's table: nothing moves until that is served by its own node", world(zone((a1,), to="eni-old", address=BROUGHT), zone(name=B, routes=(route("eni-old", "rtb-b", held=True),))), ("Wait eu-west-1a (address)", f"{LAUNCH_B} (no-node)"), known),
    Situation("a held table leads to the instance with the address, and the other nowhere: without the address", world(zone((a1,), routes=(route("eni-gone", blackhole=True), route("eni-old", "rtb-a2", held=True)), address=BROUGHT)), ("PointRoute rtb-a at i-a1 (route)",), known),
    Situation("its successor is verified, but a held table stays with it: no fence", world(zone((old, a2), routes=(route("eni-a1"), route("eni-a1", "rtb-a2", held=True)), holder=old)), ("PointRoute rtb-a at i-a2 with the address (outdated)",), known),
    Situation("moved: the old node stays fenced", world(served(a2, replace(old, source_dest_check=True))), (), known),
    Situation("fenced, and the address did not move: it forwards again", world(served(replace(old, source_dest_check=True), booting("a2"))), ("DisableSourceDestCheck i-a1 (source-dest-check)",), known),
    Situation("moved at once: the old node has no address for a moment", world(served(a2, bare)), (), idle(a1, 9)),
    Situation("no packet is on the way to it any more: it has one of its own again", world(served(a2, bare)), ("AssignPublicAddress i-a1 (address)",), idle(a1, 10)),
    Situation("it serves without the zone's address, which is on its way", world(zone((replace(a1, public_address=""),), to=a1, address=FREE)), ("AssociateAddress i-a1 (address)",), known),
    Situation("the same, and AWS refuses the address: another is better than none", world(zone((replace(a1, public_address=""),), to=a1, address=FREE)), ("Wait eu-west-1a (address)", "AssignPublicAddress i-a1 (address)"), refusing("AssociateAddress eipalloc-a")),
    Situation("its route comes back, and the zone has no address: it has one of its own", world(zone((replace(a1, public_address=""),), routes=(route("eni-gone", blackhole=True),), address=None)), ("PointRoute rtb-a at i-a1 (route)", "AssignPublicAddress i-a1 (address)"), known),
    Situation("its route comes back with the zone's address, and it needs no other", world(zone((replace(a1, public_address=""),), routes=(route("eni-gone", blackhole=True),), address=FREE)), ("PointRoute rtb-a at i-a1 with the address or without (route)",), idle(a1, 10)),
    Situation("moved, not drained yet", world(served(a2, old)), (), known),
    Situation("moved and drained: the old node ends", world(served(a2, old)), ("TerminateNode i-a1 (surplus)",), drained(a1)),
    Situation("both zones outdated: one after the other", world(served(old), served(old_b)), (f"{LAUNCH_A} (outdated)", "Wait eu-west-1b (outdated)"), known),
    Situation("the second zone waits until the first has ended its old node", world(served(a2, old), served(old_b)), ("Wait eu-west-1b (outdated)",), known),
    Situation("outdated, and a held table leads to it: no second node for as long as that stands", world(zone((old,), holder=old, routes=(route(old, held=True),))), ("Wait eu-west-1a (outdated)",), known),
    Situation("outdated, all its tables are held at a gateway: neither", world(zone((old,), routes=(route("nat-1", held=True),))), ("Wait eu-west-1a (outdated)",), known),
    Situation("outdated, one of two tables held at a gateway: the rest goes on", world(zone((old,), holder=old, routes=(route(old), route("nat-1", "rtb-a2", held=True)))), (f"{LAUNCH_A} (outdated)",), known),
    Situation("both zones outdated, the first one held: the turn passes on", world(zone((old,), holder=old, routes=(route(old, held=True),)), served(old_b)), ("Wait eu-west-1a (outdated)", f"{LAUNCH_B} (outdated)"), known),
    Situation("both zones outdated, the first one has no launch left: the turn passes on", world(served(old), served(old_b)), ("Wait eu-west-1a (outdated)", f"{LAUNCH_B} (outdated)"), launched(50, 14, urgent=False)),
    Situation("both zones outdated, the first one's launches are ended by EC2: the turn passes on", world(served(old), served(old_b)), ("Wait eu-west-1a (outdated)", f"{LAUNCH_B} (outdated)"), stillborn),
    Situation("both zones outdated, AWS refuses the first one's launch: the turn passes on", world(served(old), served(old_b)), ("Wait eu-west-1a (outdated)", f"{LAUNCH_B} (outdated)"), refused),
    Situation("both zones outdated, the first one has taken half an hour: the turn passes on", world(served(old, booting("a2")), served(old_b)), (f"{LAUNCH_B} (outdated)",), succeeding(31)),
    Situation("both zones outdated, the first one has taken less: it has the turn", world(served(old, booting("a2")), served(old_b)), ("Wait eu-west-1b (outdated)",), succeeding(30)),
    Situation("only one zone outdated, and it has taken long: it goes on", world(served(old)), (f"{LAUNCH_A} (outdated)",), succeeding(31)),
    Situation("interrupted while it boots: it counts for nothing", world(zone((booting("a1", doom=notice),), to=b1), served(b1)), (f"{LAUNCH_A} (doomed)",), remembering(b1)),
    Situation("interrupted while it boots, and nothing else can serve: better than nothing", world(zone((booting("a1", doom=notice),))), ("PointRoute rtb-a at i-a1 with the address or without (route)", f"{LAUNCH_A} (doomed)")),
    Situation("ordered away while it boots, its successor boots too: its route stays until one is verified", world(served(booting("a1", order=Order(Verb.REPLACE, NOW)), booting("a2"))), ()),
    Situation("ordered away while it boots, a neighbour is verified: covered", world(served(booting("a1", order=Order(Verb.REPLACE, NOW))), served(b1)), ("PointRoute rtb-a at i-b1 (ordered)", f"{LAUNCH_A} (ordered)"), remembering(b1)),
    Situation("older than the maximum lifetime", world(served(aged)), (f"{LAUNCH_A} (lifetime)",), known, replace(POLICY, max_lifetime=timedelta(days=30))),
    Situation("spot interruption in 100 s: a successor", world(served(replace(a1, doom=notice)), served(b1)), (f"{LAUNCH_A} (doomed)",), known),
    Situation("spot interruption in 30 s, no successor yet: a neighbour covers", world(served(replace(a1, doom=nearly), booting("a2")), served(b1)), ("PointRoute rtb-a at i-b1 (doomed)",), known),
    Situation("rebalance recommendation", world(served(replace(a1, doom=Doom(DoomKind.REBALANCE, NOW)))), (f"{LAUNCH_A} (doomed)",), known),
    Situation("scheduled retirement", world(served(replace(a1, doom=Doom(DoomKind.RETIREMENT, NOW + timedelta(days=9))))), (f"{LAUNCH_A} (doomed)",), known),
    Situation("replace ordered: make before break", world(served(replace(a1, order=Order(Verb.REPLACE, NOW))), served(b1)), (f"{LAUNCH_A} (ordered)",), known),
    Situation("failover ordered, a neighbour is verified: move now", world(served(replace(a1, order=Order(Verb.FAILOVER, NOW))), served(b1)), ("PointRoute rtb-a at i-b1 (ordered)", f"{LAUNCH_A} (ordered)"), known),
    Situation("failover ordered, nothing else is verified: a successor first", world(served(replace(a1, order=Order(Verb.FAILOVER, NOW)))), (f"{LAUNCH_A} (ordered)",), known),
    Situation("two good nodes: the idle one ends once drained", world(served(a1, a2)), ("TerminateNode i-a2 (surplus)",), drained(a2)),
    Situation("two surplus nodes: one a run", world(served(a1, a2, a3)), ("TerminateNode i-a2 (surplus)",), drained(a2, a3)),
    Situation("failover ordered, an outdated node beside it is verified: move there", world(served(replace(a1, order=Order(Verb.FAILOVER, NOW)), node("a2", template_version=2)), served(b1)), ("PointRoute rtb-a at i-a2 with the address at once (ordered)", f"{LAUNCH_A} (outdated)"), known),
    Situation("outdated thrice over: no fourth node, the oldest idle one makes room", world(served(old, node("a2", template_version=2), node("a3", template_version=2))), ("Wait eu-west-1a (outdated)", "TerminateNode i-a2 (surplus)"), drained(a2, a3)),
    Situation("outdated twice, by an update and its roll-back: the idle one ends, and one successor comes", world(served(old, old_a2)), (f"{LAUNCH_A} (outdated)", "TerminateNode i-a2 (surplus)"), drained(a2)),
    Situation("the same, its planned launches are used up", world(served(old, old_a2)), ("Wait eu-west-1a (outdated)", "TerminateNode i-a2 (surplus)"), replace(drained(a2), zones=launched(20, 10, urgent=False).zones)),
    Situation("the same, and it is another zone's turn", world(served(old, old_a2), served(old_b, b2)), ("Wait eu-west-1a (outdated)", "TerminateNode i-a2 (surplus)", "PointRoute rtb-b at i-b2 with the address at once (outdated)"), replace(drained(a2), zones=launched(20, 10, urgent=False).zones)),
    Situation("outdated twice, and of the one that serves nobody knows whether it works: both stay", world(served(replace(old, probes=(passed(ago(minutes=1)), silent())), old_a2)), (f"{LAUNCH_A} (outdated)",), drained(a2)),
    Situation("outdated twice, the one that serves is about to go: both stay", world(served(replace(old, doom=notice), old_a2)), ("Wait eu-west-1a (doomed)",), replace(drained(a2), zones=launched(20, 10, urgent=False).zones)),
    Situation("covered by a worn neighbour, the own node is outdated but verified: handed back", world(zone((old,), to=old_b), served(old_b, b2)), ("PointRoute rtb-a at i-a1 with the address (hand-back)", "Wait eu-west-1a (outdated)", "PointRoute rtb-b at i-b2 with the address (outdated)"), known),
    Situation("a zone left out of the parameters: its node ends", world(served(a1), zone((b1,), name=B, subnet=None, routes=(), address=None)), ("TerminateNode i-b1 (surplus)",), drained(b1)),
)

RESTRAINT = (
    Situation("a zone that could not be read", world(Unreadable(A, "denied")), ("Notify eu-west-1a (unreadable)",)),
    Situation("a zone that could not be read this time", world(Unreadable(A, "throttled", lasting=False)), ("Wait eu-west-1a (unreadable)",)),
    Situation("one zone unreadable, the other goes on", world(Unreadable(A, "denied"), zone((b1,), to=None, holder=b1, name=B)), ("Notify eu-west-1a (unreadable)", "PointRoute rtb-b at i-b1 (route)"), known),
    Situation("paused, the node dead", world(served(hung)), ("Wait eu-west-1a (paused)",), replace(known, paused_until=NOW + timedelta(minutes=5))),
    Situation("the pause is over", world(served(hung)), (f"{LAUNCH_A} (unhealthy)",), replace(known, paused_until=NOW)),
    Situation("too many launches within the hour: the breaker opens", world(zone()), ("Notify eu-west-1a (breaker)", "Wait eu-west-1a (breaker)"), storm),
    Situation("the breaker is open for a quarter of an hour, and still nothing works: one trial", world(zone()), (f"{LAUNCH_A} (no-node)",), launched(50, 40, 30, 15)),
    Situation("the breaker is open, an interrupted node still works: no trial", world(served(replace(a1, doom=notice))), ("Notify eu-west-1a (breaker)", "Wait eu-west-1a (breaker)"), launched(50, 40, 30, 20)),
    Situation("planned launches are used up, and the node dies: launched at once", world(zone()), (f"{LAUNCH_A} (no-node)",), launched(50, 40, 30, 14, urgent=False)),
    Situation("planned launches are used up: an update waits, and nobody is told", world(served(old)), ("Wait eu-west-1a (outdated)",), launched(50, 14, urgent=False)),
    Situation("a neighbour serves after a failover, and no successor can come yet: the node that works stays", world(zone((replace(a1, order=Order(Verb.FAILOVER, NOW)),), to=b1), served(b1)), ("Wait eu-west-1a (ordered)",), replace(launched(50, 14, urgent=False), nodes={a1.id: NodeMemory(ago(hours=4), idle_since=ago(minutes=5)), b1.id: NodeMemory(ago(hours=4))})),
    Situation("planned launches are used up, a node ordered away works: it waits", world(served(replace(a1, order=Order(Verb.REPLACE, NOW)))), ("Wait eu-west-1a (ordered)",), launched(50, 14, urgent=False)),
    Situation("planned launches are used up, and AWS takes the node: an emergency", world(served(replace(a1, doom=notice))), (f"{LAUNCH_A} (doomed)",), launched(50, 14, urgent=False)),
    Situation("urgent launches are used up, and an update comes: it has its own", world(served(old)), (f"{LAUNCH_A} (outdated)",), storm),
    Situation("the breaker is open, a neighbour covers all the same", world(zone(), served(b1)), ("PointRoute rtb-a at i-b1 (route)", "Notify eu-west-1a (breaker)", "Wait eu-west-1a (breaker)"), storm),
    Situation("three nodes exist and none counts: no fourth", world(served(hung, *(node(n, impaired_since=hung.impaired_since, probes=hung.probes) for n in ("a2", "a3")))), ("Wait eu-west-1a (unhealthy)", "TerminateNode i-a2 (surplus)"), known),
    Situation("three nodes exist and none counts, and no launch is left: none is ended", world(served(hung, *(node(n, impaired_since=hung.impaired_since, probes=hung.probes) for n in ("a2", "a3")))), ("Notify eu-west-1a (breaker)", "Wait eu-west-1a (breaker)"), storm),
    Situation("an unready script after the boot's time: failed, a successor", world(served(booting("a1", launched_at=ago(minutes=11), probes=(Probe(NOW, Outcome.UNREADY),) * 3))), (f"{LAUNCH_A} (unhealthy)",)),
)

# fmt: on

CHAPTERS = {
    "All is well: nothing is done": CONVERGED,
    "A zone gets its first node": BIRTH,
    "A node dies": DEATH,
    "Somebody changed something": DRIFT,
    "A node is succeeded": SUCCESSION,
    "Holding back": RESTRAINT,
}
SITUATIONS = tuple(s for chapter in CHAPTERS.values() for s in chapter)
