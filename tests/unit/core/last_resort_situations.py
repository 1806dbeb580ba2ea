"""Situations of the last resort: a NAT gateway for a zone that no node can serve."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from natkeeper.core.last_resort import (
    Allocation,
    GatewayState,
    LastResorts,
    NatGateway,
    NatGatewayId,
    Resort,
)
from natkeeper.core.memory import Contest, Launch, Memory, Refusal, ZoneMemory
from natkeeper.core.model import (
    Address,
    AllocationId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Observed,
    RouteTableId,
    SubnetId,
    Unreadable,
    Wish,
    WishKind,
)
from natkeeper.core.policy import LastResort
from tests.builders import (
    POLICY,
    A,
    B,
    ago,
    booting,
    node,
    route,
    served,
    world,
    zone,
)
from tests.unit.core.situations import LAUNCH_A, Situation, a1, b1, hung, known

RESORTS = replace(POLICY, last_resort=LastResort.NAT_GATEWAY, gateway_hour=0.05, gateway_gb=0.045)
STEP = f"LaunchNode {A}"
FULL = Refusal(ago(seconds=5), ago(seconds=5), 1, "InsufficientInstanceCapacity")
gone = replace(a1, lifecycle=Lifecycle.SHUTTING_DOWN)
lost = zone()
OWN = AllocationId("eipalloc-a")
TABLE = RouteTableId("rtb-a")
OTHER = AllocationId("eipalloc-other")


def gateway(name: str = "nat-a", **changes: Any) -> NatGateway:
    """A NAT gateway of zone a that serves since ten minutes, with the zone's own address."""
    made = NatGateway(
        NatGatewayId(name),
        A,
        SubnetId("subnet-a"),
        GatewayState.AVAILABLE,
        ago(minutes=10),
        OWN,
        InterfaceId(f"eni-{name}"),
    )
    return replace(made, **changes)


def there(*gateways: NatGateway, **changes: Any) -> LastResorts:
    return LastResorts(gateways or (gateway(),), **changes)


pending_gateway = gateway(state=GatewayState.PENDING, created_at=ago(seconds=50))
failed_gateway = gateway(state=GatewayState.FAILED, failure="Gateway.NotAttached: no Internet gateway")
deleting = gateway(state=GatewayState.DELETING)


def past(resort: Resort | None = None, refusal: Refusal | None = FULL, **zone_memory: Any) -> Memory:
    """Zone a has been without hope for five seconds, and AWS has just refused a launch."""
    resort = resort or Resort(hopeless_since=ago(seconds=5))
    told = {f"{A} last resort nat-a": ago(minutes=5), f"{A} last resort unread": ago(minutes=5)}
    memory = replace(known, zones={A: ZoneMemory(resort=resort, **zone_memory)}, told=told)
    return replace(memory, refusals={STEP: refusal} if refusal else {})


def hopeless(seconds: float, **changes: Any) -> Memory:
    """It has been for so long, and nothing was refused for good."""
    return past(Resort(hopeless_since=ago(seconds=seconds), **changes), refusal=None)


def allocated(*gateways: NatGateway, held: bool = False) -> LastResorts:
    return LastResorts(gateways, (Allocation(OTHER, A, held),))


held_by_hung = zone((hung,), to=hung, holder=hung)
dead_memory = replace(past(), nodes=known.nodes)
breaker = past(
    launches=tuple(Launch(ago(minutes=m), InstanceId("i-x")) for m in (50, 40, 30, 10)),
    generation=4,
    refusal=None,
)
ended = zone(holder=gone, routes=(route("eni-a1", blackhole=True),))
at_gateway = zone(to="nat-a")
CREATE = "CreateNatGateway in eu-west-1a with eipalloc-a (last-resort)"
OTHERS = "CreateNatGateway in eu-west-1a with another address (last-resort)"
WAIT = "Wait eu-west-1a (last-resort)"
RESTS = "Wait eu-west-1a (no-node)"
made = Resort(gateway(), made=1, made_at=ago(minutes=10))
covered = zone(to=b1, name=A)
sleeps = replace(at_gateway, wish=Wish(WishKind.OFF, ago(hours=1)))

# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.

MAKING = (
    Situation("it is not wanted: nothing is made, whatever happens", world(lost), (RESTS,), past(), POLICY),
    Situation("AWS refuses launches, and there is nobody else", world(lost), (CREATE, RESTS), past(), RESORTS),
    Situation("no launch was refused yet: one may succeed", world(lost), (WAIT, f"{LAUNCH_A} (no-node)"), hopeless(5), RESORTS),
    Situation("launches fail for what passes, for a minute", world(lost), (CREATE, f"{LAUNCH_A} (no-node)"), hopeless(60), RESORTS),
    Situation("the breaker is open", world(lost), (CREATE, "Notify eu-west-1a (breaker)", "Wait eu-west-1a (breaker)"), breaker, RESORTS),
    Situation("a neighbour can cover: it does", world(lost, served(b1)), ("PointRoute rtb-a at i-b1 (route)", RESTS), past(), RESORTS),
    Situation("a neighbour covers", world(covered, served(b1)), (RESTS,), past(), RESORTS),
    Situation("a neighbour's node is on its way: it may cover in a moment", world(lost, zone((booting("b3"),), to="eni-b3", holder=node("b3"), name=B)), (RESTS,), past(broken_since=ago(minutes=1)), RESORTS),
    Situation("the same for five minutes: that is no hope any more", world(lost, zone((booting("b3"),), to="eni-b3", holder=node("b3"), name=B)), (CREATE, RESTS), past(broken_since=ago(minutes=5)), RESORTS),
    Situation("its own node boots", world(zone((booting("a4"),), to="eni-a4", holder=node("a4"))), (), past(broken_since=ago(minutes=1)), RESORTS),
    Situation("its node boots for five minutes, and may never end", world(zone((booting("a4", launched_at=ago(minutes=5)),), to="eni-a4", holder=node("a4"))), (OTHERS,), past(broken_since=ago(minutes=5)), RESORTS),
    Situation("the dead node's address is free in seconds", world(zone((gone,), to=route("eni-a1", blackhole=True).target, holder=gone, routes=(route("eni-a1", blackhole=True),))), (WAIT, "Wait eu-west-1a (unhealthy)"), past(), RESORTS),
    Situation("it has ended, and its interface lingers with the address", world(ended), (WAIT, RESTS), past(), RESORTS),
    Situation("the interface lingers for a minute: with another one", world(ended), (OTHERS, RESTS), past(Resort(hopeless_since=ago(seconds=60))), RESORTS),
    Situation("what has the address may be a gateway that is not listed: for longer", world(zone(holder=gone, routes=(route("eni-a0", blackhole=True),))), (WAIT, RESTS), past(Resort(hopeless_since=ago(seconds=60))), RESORTS),
    Situation("its node hangs, and holds the address: with another one", world(held_by_hung), (OTHERS, "Wait eu-west-1a (unhealthy)"), past(), RESORTS),
    Situation("one was allocated, and the run died before it made the gateway", world(held_by_hung), ("CreateNatGateway in eu-west-1a with eipalloc-other (last-resort)", "Wait eu-west-1a (unhealthy)"), past(), RESORTS, resorts=allocated()),
    Situation("the stack keeps no address", world(replace(lost, address=None)), (OTHERS, RESTS), past(), RESORTS),
    Situation("one was made a moment ago, and may not be listed", world(lost), (WAIT, RESTS), past(Resort(hopeless_since=ago(seconds=50), made_at=ago(seconds=40))), RESORTS),
    Situation("its hours in 30 days are used up: a person is told", world(lost), ("Notify eu-west-1a (last-resort)", RESTS), past(Resort(hopeless_since=ago(seconds=50), hours={"2026-03-01": 168})), RESORTS),
    Situation("those of 31 days ago do not count", world(lost), (CREATE, RESTS), past(Resort(hopeless_since=ago(seconds=50), hours={"2026-02-10": 168})), RESORTS),
    Situation("its gateways cannot be read: none is made blindly", world(lost), (RESTS,), past(), RESORTS, resorts=LastResorts(unread="denied")),
    Situation("the public subnet has no way out itself", world(replace(lost, closed=True)), (), past(), RESORTS),
    Situation("its tables are held", world(replace(lost, routes=(route(None, held=True),))), (RESTS,), past(), RESORTS),
    Situation("its route leads to something foreign that lives", world(zone(to="nat-foreign")), (RESTS,), past(), RESORTS),
    Situation("nobody wants the zone awake", world(replace(lost, wish=Wish(WishKind.OFF, ago(hours=1)))), (), past(), RESORTS),
    Situation("what AWS refuses of it rests for a moment", world(lost), (WAIT, RESTS), replace(past(), refusals={STEP: FULL, f"CreateNatGateway {A}": replace(FULL, error="AddressLimitExceeded")}), RESORTS),
)
SERVING = (
    Situation("it is pending: no route leads there yet", world(lost), (WAIT, RESTS), past(), RESORTS, resorts=there(pending_gateway)),
    Situation("it is available: what leads nowhere is pointed there", world(lost), ("PointAtGateway rtb-a at nat-a (last-resort)", RESTS), past(made), RESORTS, resorts=there()),
    Situation("its route is taken from the gateway: it is taken back", world(zone(to="eni-foreign")), ("PointAtGateway rtb-a at nat-a (last-resort)", RESTS), past(made, contests={TABLE: Contest((ago(minutes=1),))}), RESORTS, resorts=there()),
    Situation("the same again and again: it is left there for a while", world(zone(to="eni-foreign")), ("Wait eu-west-1a (route)", RESTS), past(made, contests={TABLE: Contest((ago(minutes=1),) * 5)}), RESORTS, resorts=there()),
    Situation("the route leads to something else from before: it stays there", world(zone(to="eni-foreign")), (RESTS,), past(made), RESORTS, resorts=there()),
    Situation("it serves: launches go on", world(at_gateway), (f"{LAUNCH_A} (no-node)",), past(made, refusal=None), RESORTS, resorts=there()),
    Situation("its cost is told, again and again", world(at_gateway), ("Notify eu-west-1a (last-resort)", f"{LAUNCH_A} (no-node)"), replace(past(made, refusal=None), told={}), RESORTS, resorts=there()),
    Situation("a node boots: it is not left for one that has proved nothing", world(zone((booting("a4", source_dest_check=False),), to="nat-a")), (), past(made), RESORTS, resorts=there()),
    Situation("it could not be made: it is told, and tried again later", world(lost), ("Notify eu-west-1a (last-resort)", WAIT, RESTS), past(Resort(hopeless_since=ago(minutes=2), made_at=ago(minutes=1), made=1)), RESORTS, resorts=there(failed_gateway)),
    Situation("it could not be made five minutes ago: once more", world(lost), ("Notify eu-west-1a (last-resort)", CREATE, RESTS), past(Resort(hopeless_since=ago(minutes=6), made_at=ago(minutes=5), made=1)), RESORTS, resorts=there(failed_gateway)),
    Situation("one of two is enough", world(at_gateway), (RESTS, "DeleteNatGateway nat-b (last-resort)"), past(made), RESORTS, resorts=there(gateway(), gateway("nat-b", created_at=ago(minutes=3)))),
    Situation("a table without a route is pointed there, too", world(replace(at_gateway, routes=(route("nat-a"), route(None, "rtb-a2")))), ("PointAtGateway rtb-a2 at nat-a (last-resort)", RESTS), past(made), RESORTS, resorts=there()),
    Situation("a node that serves in part, and may not work, takes nothing from it", world(zone((booting("a4", source_dest_check=False),), routes=(route("nat-a"), route("eni-a4", "rtb-a2")))), ("PointAtGateway rtb-a2 at nat-a (last-resort)",), past(made), RESORTS, resorts=there()),
)
OVER = (
    Situation("a node has proved itself: the routes go back to it, and the address follows when it is free", world(zone((a1,), to="nat-a", address=None)), ("PointRoute rtb-a at i-a1 (hand-back)",), past(made), RESORTS, resorts=there()),
    Situation("it serves: the gateway is deleted", world(zone((a1,), to=a1, address=None)), ("DeleteNatGateway nat-a (last-resort)",), past(made), RESORTS, resorts=there()),
    Situation("the zone's table was not listed: it may lead to the gateway, which stays", Observed((zone(routes=()),), unlisted=(TABLE,)), (RESTS,), past(made), RESORTS, resorts=there()),
    Situation("no table of the zone is the stack's any more: the gateway is deleted", world(zone(routes=())), (RESTS, "DeleteNatGateway nat-a (last-resort)"), past(made), RESORTS, resorts=there()),
    Situation("it is deleted, and its address is free: that goes to the node", world(zone((a1,), to=a1, address=Address(OWN, None))), ("AssociateAddress i-a1 (address)",), past(), RESORTS, resorts=there(gateway(state=GatewayState.DELETED))),
    Situation("a neighbour has proved itself: it covers instead", world(zone(to="nat-a"), served(b1)), ("PointRoute rtb-a at i-b1 (hand-back)", RESTS), past(made), RESORTS, resorts=there()),
    Situation("a neighbour covers: the gateway is deleted", world(covered, served(b1)), (RESTS, "DeleteNatGateway nat-a (last-resort)"), past(made), RESORTS, resorts=there()),
    Situation("a node serves and is not heard: the gateway stays for now", world(zone((replace(a1, probes=()),), to=a1, address=None)), (), past(made), RESORTS, resorts=there()),
    Situation("one that is pending is deleted when it is there", world(served(a1)), (WAIT,), past(made), RESORTS, resorts=there(pending_gateway)),
    Situation("it was turned off while it serves: it goes when a node serves, not before", world(at_gateway), (f"{LAUNCH_A} (no-node)",), past(made, refusal=None), POLICY, resorts=there()),
    Situation("the zone is put to sleep", world(sleeps), ("DeleteNatGateway nat-a (last-resort)",), past(made), RESORTS, resorts=there()),
    Situation("a held table leads to it: it stays", world(zone((a1,), routes=(route("nat-a", held=True), route(a1, "rtb-a2")), holder=a1)), (), past(made), RESORTS, resorts=there()),
    Situation("the stack has left the zone", world(served(b1)), ("DeleteNatGateway nat-a (last-resort)",), past(made), RESORTS, resorts=there()),
    Situation("the stack has left the zone, and gives its address back", world(served(b1)), ("ReleaseAddress eipalloc-other (last-resort)",), past(), RESORTS, resorts=allocated()),
    Situation("a subnet was not listed: nobody knows whether it has", world(served(b1), Unreadable(A, "gone", unlisted=True, lasting=False)), ("Wait eu-west-1a (unreadable)",), past(made), RESORTS, resorts=there()),
    Situation("the address that was allocated for it is given back", world(served(a1)), ("ReleaseAddress eipalloc-other (last-resort)",), past(), RESORTS, resorts=allocated(gateway(state=GatewayState.DELETED, allocation=OTHER))),
    Situation("not while the gateway is being deleted", world(served(a1)), (), past(), RESORTS, resorts=allocated(gateway(state=GatewayState.DELETING, allocation=OTHER), held=True)),
    Situation("nor while one may be made with it that is not listed yet", world(served(a1)), (), past(Resort(made_at=ago(minutes=1))), RESORTS, resorts=allocated()),
)
LAST_RESORT_CHAPTERS = {
    "A last resort is made": MAKING,
    "A last resort serves": SERVING,
    "A last resort is over": OVER,
}
