"""Situations of a zone that a neighbour covers, whose address is to go along (docs/adr/0024)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from natkeeper.core.memory import Contest, Memory, Placed, ZoneMemory
from natkeeper.core.model import (
    Address,
    AllocationId,
    InterfaceId,
    Lifecycle,
    Node,
    Order,
    RouteTableId,
    Verb,
    Wish,
    WishKind,
    Zone,
    ZoneName,
)
from natkeeper.core.ring import Peer
from tests.builders import (
    NOW,
    A,
    B,
    C,
    able,
    ago,
    failed,
    passed,
    remembering,
    route,
    served,
    silent,
    world,
    zone,
)
from tests.unit.core.refusal_situations import refused
from tests.unit.core.situations import LAUNCH_A, Situation

a1, a2, b1, c1 = able("a1"), able("a2"), able("b1"), able("c1")
old_b = replace(b1, cover_address="")
gone = replace(a1, lifecycle=Lifecycle.SHUTTING_DOWN)
left = replace(a1, order=Order(Verb.FAILOVER, NOW))
new_b = able("b2")
worn_b = replace(old_b, template_version=2)
"""Launched before nodes had a cover address: it covers by its own zone's address, and its successor has come."""
deaf = replace(b1, probes=(passed(ago(minutes=1)),))
"""It has answered nothing since a minute ago."""


LONG_SINCE = ago(hours=1)


def put_at_c(seconds: float) -> Memory:
    """Zone b's address was put on the cover address of c's node so long ago."""
    there = Placed(AllocationId("eipalloc-b"), InterfaceId("eni-c1"), c1.cover_address, ago(seconds=seconds))
    return replace(untold, zones={B: ZoneMemory(placed=there)})


def peer(node: Node, of: ZoneName | None = None, since: datetime = LONG_SINCE) -> Peer:
    """A node of the ring that is told of a zone."""
    ranges = (f"10.0.10{'abc'.index(of[-1])}.0/24",) if of else ()
    return Peer(node.id, node.private_address, node.cover_address, of, ranges, since)


known = remembering(a1, a2, b1, c1)
told = replace(known, ring=(peer(a1, B), peer(b1, A)))
untold = replace(known, ring=(peer(a1, B), peer(b1)))
of_c = replace(known, ring=(peer(a1, B), peer(b1, C), peer(c1, A)))
EIP_A = AllocationId("eipalloc-a")
TO_B = "AssociateAddress eipalloc-a to a neighbour"


def lately(minutes: float, of: ZoneName | None = None) -> Memory:
    """What i-b1 is to be told is another since so many minutes ago."""
    return replace(known, ring=(peer(a1, B), peer(b1, of, ago(minutes=minutes))))


def successor(minutes: float) -> Memory:
    """i-b2 is told to cover zone a since so many minutes ago."""
    return replace(remembering(b1, new_b), ring=(peer(b1), peer(new_b, A, ago(minutes=minutes))))


def held(to: Node, at: Node | None = None) -> tuple[object, ...]:
    """Zone a with a second table, which a person holds where it is; its address `at` a cover address."""
    routes = (
        route(to, clients=("10.0.100.0/24",)),
        route(to, "rtb-2", held=True, clients=("10.0.200.0/24",)),
    )
    return (zone((a2,), to=to, at=at, routes=routes), served(b1))


def at_a_gateway(own: tuple[Node, ...]) -> Zone:
    """Zone a, whose only table a person gave to a NAT gateway while i-b1 covered it."""
    return zone(own, at=b1, routes=(route("nat-1", held=True),))


fought = replace(
    told, zones={A: ZoneMemory(contests={RouteTableId("rtb-a"): Contest((ago(minutes=1),) * 5, "eni-thief")})}
)
"""The table was taken so often that it is left to who did, for now."""


# fmt: off
# A row a situation reads as a table; the formatter would make ten lines of each.
COVERS = (
    Situation("the node is gone, and a neighbour knows whom it is to cover: the address goes to its cover address, then the routes", world(zone((gone,), to=gone, holder=gone), served(b1)), ("PointRoute rtb-a at i-b1 with the address or without on 10.0.1.17 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), told),
    Situation("a neighbour without a cover address: by its own address", world(zone((gone,), to=gone, holder=gone), served(old_b)), ("PointRoute rtb-a at i-b1 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), untold),
    Situation("a neighbour that was told of nobody: the routes at once, the address after them", world(zone((gone,), to=gone, holder=gone), served(b1)), ("PointRoute rtb-a at i-b1 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), untold),
    Situation("nobody knows what a neighbour has heard: the address goes along", world(zone((gone,), to=gone, holder=gone), served(deaf)), ("PointRoute rtb-a at i-b1 with the address or without on 10.0.1.17 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), lately(0.5)),
    Situation("of two neighbours that are as good, the one that was told", world(zone((gone,), to=gone, holder=gone), served(b1), served(c1)), ("PointRoute rtb-a at i-c1 with the address or without on 10.0.2.17 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), of_c),
    Situation("the cover address has another zone's already: by the neighbour's own", world(zone((gone,), to=gone, holder=gone), served(b1), zone(to=b1, at=b1, name=C)), ("PointRoute rtb-a at i-b1 (unhealthy)", f"{LAUNCH_A} (unhealthy)", "LaunchNode in eu-west-1c as t4g.nano or t4g.micro (no-node)"), replace(known, ring=(peer(b1, C),))),
    Situation("two zones need the same neighbour: the one it was told of has the address", world(zone(), served(b1), zone(name=C)), ("PointRoute rtb-a at i-b1 (route)", f"{LAUNCH_A} (no-node)", "PointRoute rtb-c at i-b1 with the address or without on 10.0.1.17 (route)", "LaunchNode in eu-west-1c as t4g.nano or t4g.micro (no-node)"), replace(known, ring=(peer(b1, C),))),
    Situation("another zone's address was put there a moment ago, and EC2 does not show it yet: that place is taken, and it is taken home", world(zone(to=c1), served(b1), served(c1)), (f"{LAUNCH_A} (no-node)", "AssociateAddress i-b1 (address)"), put_at_c(3)),
    Situation("it was put there long ago, and is elsewhere: that place is free", world(zone(to=c1), served(b1), served(c1)), ("AssociateAddress i-c1 on 10.0.2.17 (address)", f"{LAUNCH_A} (no-node)"), put_at_c(180)),
    Situation("AWS refused the address, and nobody serves: the routes go without", world(zone((gone,), to=gone, holder=gone), served(b1)), ("PointRoute rtb-a at i-b1 (unhealthy)", f"{LAUNCH_A} (unhealthy)"), refused(TO_B, memory=untold)),
    Situation("a node that works is to be left: neither has another address to show", world(zone((left,), to=left, holder=left), served(b1)), ("PointRoute rtb-a at i-b1 with the address on 10.0.1.17 at once (ordered)", f"{LAUNCH_A} (ordered)"), told),
    Situation("AWS refused the address, and the neighbour may not have heard yet not to send by it: a node that works is not left", world(zone((left,), to=left, holder=left), served(deaf)), ("Wait eu-west-1a (ordered)", f"{LAUNCH_A} (ordered)"), refused(TO_B, memory=lately(0.5))),
    Situation("it has heard: it covers by its own address", world(zone((left,), to=left, holder=left), served(b1)), ("PointRoute rtb-a at i-b1 (ordered)", f"{LAUNCH_A} (ordered)"), refused(TO_B, memory=lately(0.5))),
    Situation("a neighbour serves by its own address: the zone's follows", world(zone(to=b1), served(b1)), ("AssociateAddress i-b1 on 10.0.1.17 (address)", f"{LAUNCH_A} (no-node)"), untold),
    Situation("it was told of a zone that sleeps now: that wants no address, and this zone's follows", world(zone(to=b1), served(b1), zone(name=C, wish=Wish(WishKind.OFF, NOW))), ("AssociateAddress i-b1 on 10.0.1.17 (address)", f"{LAUNCH_A} (no-node)"), replace(known, ring=(peer(b1, C),))),
    Situation("AWS refuses that: it rests", world(zone(to=b1), served(b1)), (f"{LAUNCH_A} (no-node)",), refused(TO_B, memory=untold)),
    Situation("a neighbour covers by the zone's address: nothing is to be moved", world(zone(to=b1, at=b1), served(b1)), (f"{LAUNCH_A} (no-node)",), told),
    Situation("its address is taken off the cover address: it comes back", world(zone(to=b1, address=Address(EIP_A, None)), served(b1)), ("AssociateAddress i-b1 on 10.0.1.17 (address)", f"{LAUNCH_A} (no-node)"), told),
    Situation("it is taken off again and again: a person hears", world(zone(to=b1, address=Address(EIP_A, None)), served(b1)), ("Notify eu-west-1a (address)", f"{LAUNCH_A} (no-node)"), replace(told, zones={A: ZoneMemory(takebacks=(ago(minutes=3), ago(minutes=2), ago(minutes=1)))})),
    Situation("a node of the zone's own has proved itself: the address comes home, and the routes with it", world(zone((a2,), to=b1, at=b1), served(b1)), ("PointRoute rtb-a at i-a2 with the address at once (hand-back)",), told),
    Situation("the address is at home, on the wrong private address: it is put right", world(zone((a1,), to=a1, at=a1), served(b1)), ("AssociateAddress i-a1 (address)",), told),
    Situation("a held table stays with who covers: it hears first that its clients leave by its own address", world(*held(b1, at=b1)[:1], served(deaf)), ("Wait eu-west-1a (hand-back)",), lately(0.5, A)),
    Situation("it has heard: address and the other table come home", world(*held(b1, at=b1)), ("PointRoute rtb-a at i-a2 with the address at once (hand-back)",), lately(0.5, A)),
    Situation("all its tables were given to a gateway while a neighbour covered: the address goes home, for its place is another zone's next", world(at_a_gateway((a2,)), served(b1)), ("AssociateAddress i-a2 (address)",), told),
    Situation("of two of its own it goes to the elected one", world(at_a_gateway((left, a2)), served(b1)), ("AssociateAddress i-a2 (address)",), told),
    Situation("a stopped one can take no address home", world(at_a_gateway((replace(a1, lifecycle=Lifecycle.STOPPED),)), served(b1)), (f"{LAUNCH_A} (unhealthy)", "TerminateNode i-a1 (surplus)"), told),
    Situation("also to one that is to be left, while the neighbour is elected", world(at_a_gateway((left,)), served(b1)), ("AssociateAddress i-a1 (address)", f"{LAUNCH_A} (ordered)"), told),
    Situation("AWS refuses to let it go home: it rests", world(at_a_gateway((a2,)), served(b1)), ("Wait eu-west-1a (address)",), refused("AssociateAddress eipalloc-a", memory=told)),
    Situation("there is nobody of its own: it stays", world(at_a_gateway(()), served(b1)), (f"{LAUNCH_A} (no-node)",), told),
    Situation("one of them leads to who covers: it stays", world(zone((a2,), at=b1, routes=(route("nat-1", held=True), route(b1, "rtb-2", held=True))), served(b1)), (), told),
    Situation("one that was set aside leads to who covers: it stays", replace(world(at_a_gateway((a2,)), served(b1)), aside=(route(b1, "rtb-3"),)), (), told),
    Situation("the table is taken again and again, and its address is on the wrong private address: it is put right all the same", world(zone((a1,), to="eni-thief", at=a1), served(b1)), ("Wait eu-west-1a (route)", "AssociateAddress i-a1 (address)"), fought),
    Situation("the table is taken again and again from who covers, and no node of its own is as good: the address stays for when it is taken back", world(zone((left,), to="eni-thief", at=b1), served(b1)), ("Wait eu-west-1a (route)", f"{LAUNCH_A} (ordered)"), fought),
    Situation("who covers dies: the next takes both zones, one by its address", world(zone(to=b1, at=b1), zone((replace(b1, lifecycle=Lifecycle.SHUTTING_DOWN),), to=b1, holder=b1, name=B), served(c1)), ("PointRoute rtb-a at i-c1 (unhealthy)", f"{LAUNCH_A} (no-node)", "PointRoute rtb-b at i-c1 with the address or without on 10.0.2.17 (unhealthy)", "LaunchNode in eu-west-1b as t4g.nano or t4g.micro (unhealthy)"), replace(known, ring=(peer(b1, A), peer(c1, B)))),
    Situation("the successor of who covers has not heard whom it covers, nor has it its own zone's address: that first", world(zone(to=worn_b, address=Address(EIP_A, None)), zone((worn_b, new_b), to=worn_b, holder=worn_b, name=B)), ("Wait eu-west-1a (outdated)", f"{LAUNCH_A} (no-node)", "PointRoute rtb-b at i-b2 with the address (outdated)"), successor(0)),
    Situation("it has its own zone's address: the covered zone follows", world(zone(to=worn_b, address=Address(EIP_A, None)), zone((worn_b, new_b), to=new_b, holder=new_b, name=B)), ("PointRoute rtb-a at i-b2 with the address on 10.0.1.27 (outdated)", f"{LAUNCH_A} (no-node)"), successor(0)),
    Situation("it has heard: the covered zone needs no other address", world(zone(to=worn_b, address=Address(EIP_A, None)), zone((worn_b, new_b), to=worn_b, holder=worn_b, name=B)), ("PointRoute rtb-a at i-b2 with the address on 10.0.1.27 (outdated)", f"{LAUNCH_A} (no-node)", "PointRoute rtb-b at i-b2 with the address (outdated)"), successor(5)),
    Situation("nobody serves the zone: it waits for nothing", world(zone(to=None, address=Address(EIP_A, None)), zone((worn_b, new_b), to=worn_b, holder=worn_b, name=B)), ("PointRoute rtb-a at i-b2 with the address or without on 10.0.1.27 (route)", f"{LAUNCH_A} (no-node)", "PointRoute rtb-b at i-b2 with the address at once (outdated)"), successor(0)),
    Situation("one zone alone covers nobody", world(served(a1)), (), replace(known, ring=(peer(a1),))),
    Situation("a neighbour fails its checks: it is as good as a zone without a node has", world(zone(to=None), served(replace(b1, probes=(failed("egress"), silent())))), ("PointRoute rtb-a at i-b1 with the address or without on 10.0.1.17 (route)", f"{LAUNCH_A} (no-node)"), told),
)  # fmt: skip
