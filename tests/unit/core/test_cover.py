"""Who is told to send whose clients by its cover address, and when that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.cover import (
    SAVED,
    covering,
    deal,
    is_at_home,
    knows,
    may_send,
    ranges_of,
    sits,
    surely_sends,
)
from natkeeper.core.memory import Memory, Refusal
from natkeeper.core.model import (
    Address,
    AllocationId,
    InstanceId,
    Node,
    Observed,
    Outcome,
    Probe,
    Unreadable,
    Zone,
    ZoneName,
)
from natkeeper.core.remembering.learning import learn
from natkeeper.core.ring import MOST_RANGES, Peer, told
from tests.builders import (
    NOW,
    POLICY,
    A,
    B,
    C,
    able,
    ago,
    looked,
    node,
    passed,
    remembering,
    route,
    served,
    silent,
    world,
    zone,
)

a1, a2, b1, b2, c1 = able("a1"), able("a2"), able("b1"), able("b2"), able("c1")
SOON = timedelta(seconds=1)


def dealt(ring: tuple[Node, ...], *zones: Zone, memory: Memory | None = None) -> dict[InstanceId, ZoneName]:
    return dict(deal(ring, zones, memory or Memory()))


def before(**of: ZoneName) -> Memory:
    return Memory(ring=tuple(Peer(able(name).id, "", "10.0.0.7", zone) for name, zone in of.items()))


def refused(step: str) -> Memory:
    return Memory(refusals={step: Refusal(ago(minutes=1), NOW, 1, "no")})


def test_of_two_each_covers_the_other_and_of_three_each_the_one_before() -> None:
    assert dealt((a1, b1), served(a1), served(b1)) == {a1.id: B, b1.id: A}
    assert dealt((a1, b1, c1), served(a1), served(b1), served(c1)) == {a1.id: C, b1.id: A, c1.id: B}


def test_who_joins_covers_who_has_the_fewest_and_nobody_is_told_anew_for_it() -> None:
    memory = before(a1=C, b1=A, c1=B)
    joined = dealt((a1, a2, b1, c1), served(a1, a2), served(b1), served(c1), memory=memory)

    assert joined == {a1.id: C, a2.id: C, b1.id: A, c1.id: B}


def test_who_covers_beside_another_takes_a_zone_that_has_lost_its_own() -> None:
    memory = before(b1=A, b2=A, c1=A)
    assert dealt((b1, b2), served(a1), served(b1, b2), served(c1), memory=memory) == {b1.id: C, b2.id: A}


def test_a_zone_alone_a_zone_without_an_address_and_a_node_without_a_second_one_are_dealt_nothing() -> None:
    assert dealt((a1,), served(a1)) == {}
    assert dealt((a1, b1), replace(served(a1), address=None), served(b1)) == {a1.id: B}
    assert dealt((node("a1"), b1), served(node("a1")), served(b1)) == {b1.id: A}
    assert dealt((a1, b1), zone((a1,), to=a1, routes=()), served(b1)) == {a1.id: B}


def test_who_has_an_address_on_its_cover_address_is_told_of_that_zone_whatever_was_before() -> None:
    zones = zone(to=b1, at=b1), served(b1), served(c1)
    assert dealt((b1, c1), *zones, memory=before(b1=C, c1=A)) == {b1.id: A, c1.id: B}


def test_who_has_the_address_of_a_zone_without_ranges_is_told_of_nobody_else() -> None:
    """Their clients would be seen by that address."""
    at_a_gateway = zone(at=b1, name=C, routes=(route("nat-1", held=True),))

    assert dealt((a1, b1), served(a1), served(b1), at_a_gateway) == {a1.id: B}
    assert dealt((a1, b1), served(a1), served(b1), at_a_gateway, memory=before(b1=A)) == {a1.id: B}


def test_nobody_is_told_of_a_zone_that_it_serves_without_its_address_unless_it_was_before() -> None:
    zones = zone(to=b1), served(b1)

    assert dealt((b1,), *zones) == {}
    assert dealt((b1,), *zones, memory=before(b1=A)) == {b1.id: A}


def test_nobody_is_told_of_a_zone_whose_address_aws_refuses_to_a_neighbour_unless_it_is_there() -> None:
    memory = refused("AssociateAddress eipalloc-a to a neighbour")

    assert dealt((a1, b1), served(a1), served(b1), memory=memory) == {a1.id: B}
    assert dealt((b1,), zone(to=b1, at=b1), served(b1), memory=memory) == {b1.id: A}
    at_home = refused("AssociateAddress eipalloc-a")
    assert dealt((a1, b1), served(a1), served(b1), memory=at_home) == {a1.id: B, b1.id: A}


def test_the_ranges_are_of_what_the_zones_tables_serve_but_of_those_that_stay() -> None:
    tables = (
        route(a1, "rtb-1", clients=("10.0.2.0/24", "10.0.3.0/24")),
        route(a1, "rtb-2", clients=("10.0.9.0/28",)),
        route(a1, "rtb-held", held=True, clients=("10.0.20.0/24",)),
        route(a1, "rtb-barred", barred="why", clients=("10.0.30.0/24",)),
        route(a1, "rtb-refused", clients=("10.0.40.0/24",)),
    )
    assert ranges_of(zone(routes=tables), refused("PointRoute rtb-refused")) == ("10.0.2.0/23", "10.0.9.0/28")


def test_no_more_ranges_are_told_than_the_document_takes() -> None:
    many = tuple(f"10.{n}.0.0/24" for n in range(MOST_RANGES + 3))
    assert ranges_of(zone(routes=(route(a1, clients=many),)), Memory()) == many[:MOST_RANGES]


def test_an_address_sits_on_the_cover_address_of_its_holder_and_nowhere_else() -> None:
    def at(holder: Node | None, private: str) -> Address:
        return Address(AllocationId("eipalloc-a"), holder.interface if holder else None, private)

    assert sits(at(b1, b1.cover_address), b1)
    assert not sits(at(b1, b1.private_address), b1)
    assert not sits(at(c1, b1.cover_address), b1)
    assert not sits(at(b1, ""), node("b1"))
    assert not sits(None, b1)


@pytest.mark.parametrize(
    ("probes", "since", "expected"),
    [
        ((passed(),), ago(hours=1), True),
        ((), ago(minutes=2), True),
        ((), NOW - POLICY.ring_told + SOON, False),
        ((passed(NOW - timedelta(minutes=1) + SAVED),), ago(minutes=1), False),
        ((passed(NOW - timedelta(minutes=1) + SAVED + SOON),), ago(minutes=1), True),
        ((Probe(NOW, Outcome.FAILED),), ago(minutes=1), True),
        ((silent(),), ago(minutes=1), False),
        ((), None, True),
    ],
)
def test_a_node_knows_what_it_is_told_once_it_has_answered_a_later_probe(
    probes: tuple[Probe, ...], since: object, expected: bool
) -> None:
    heard = replace(b1, probes=probes)
    memory = Memory(ring=(Peer(b1.id, "10.0.1.10", "10.0.1.17", None, (), since),))  # type: ignore[arg-type]
    context = Context(POLICY, memory, NOW)

    assert knows(heard, context) is expected
    assert may_send(heard, A, context) is not expected
    assert may_send(replace(heard, cover_address=""), A, context) is False


def test_of_a_node_of_which_nothing_is_remembered_nobody_knows_what_it_was_told() -> None:
    context = Context(POLICY, Memory(), NOW)

    assert may_send(b1, A, context)
    assert not knows(b1, context)
    assert not may_send(node("b1"), A, context)


def test_who_is_told_of_a_zone_a_moment_ago_may_send_its_clients_and_not_surely() -> None:
    ring = (Peer(b1.id, "", "10.0.1.17", A, ("10.0.0.0/24",), ago(seconds=1)),)
    context = Context(POLICY, Memory(ring=ring), NOW)

    assert may_send(b1, A, context)
    assert not surely_sends(b1, A, context)


def test_an_address_is_at_home_on_the_primary_private_address_of_its_holder_and_nowhere_else() -> None:
    def at(private: str, holder: Node | None = b1) -> Address:
        return Address(AllocationId("eipalloc-b"), holder.interface if holder else None, private)

    assert is_at_home(at(b1.private_address), b1)
    assert is_at_home(at(""), b1), "which one it is on is not known"
    assert not is_at_home(at(b1.cover_address), b1)
    assert not is_at_home(at(b1.private_address), a1)
    assert not is_at_home(at("", None), replace(b1, interface=None))
    assert not is_at_home(None, b1)


def test_who_is_told_of_a_zone_may_send_its_clients_and_no_others() -> None:
    context = Context(
        POLICY, Memory(ring=(Peer(b1.id, "", "10.0.1.17", A, ("10.0.0.0/24",), ago(hours=1)),)), NOW
    )

    assert may_send(b1, A, context)
    assert not may_send(b1, C, context)
    assert surely_sends(b1, A, context)
    assert not surely_sends(b1, C, context)
    assert not surely_sends(a1, A, context)
    assert covering(context.memory, A) == {b1.id}
    assert covering(context.memory, C) == frozenset()


# --- what memory keeps of it

known = remembering(a1, b1)
BOTH = world(served(a1), served(b1))


def learned(observed: Observed, memory: Memory = known, minutes: float = 0) -> Memory:
    return learn(looked(observed, memory, now=NOW + timedelta(minutes=minutes)))


def test_it_is_remembered_since_when_a_node_is_to_be_told_what() -> None:
    once = learned(BOTH)
    again = learned(BOTH, once, minutes=1)

    assert once.ring == again.ring
    assert once.ring == (
        Peer(a1.id, "10.0.0.10", "10.0.0.17", B, ("10.0.101.0/24",), NOW),
        Peer(b1.id, "10.0.1.10", "10.0.1.17", A, ("10.0.100.0/24",), NOW),
    )
    wider = replace(served(a1), routes=(route(a1, clients=("10.0.100.0/23",)),))
    first, second = learned(world(wider, served(b1)), again, minutes=2).ring
    assert (first.since, second.since) == (NOW, NOW + timedelta(minutes=2))
    assert second.ranges == ("10.0.100.0/23",)


def test_what_an_answer_leaves_out_changes_nothing_that_a_node_is_told() -> None:
    once = learned(BOTH)
    no_address = replace(served(a1), address=None, lost=("eipalloc-a",))
    no_table = replace(served(a1), routes=())

    assert learned(world(no_address, served(b1)), once, minutes=1).ring == once.ring
    assert learned(world(Unreadable(A, "denied"), served(b1)), once, minutes=1).ring == once.ring
    aside = replace(world(no_table, served(b1)), aside=(route(a1),))
    assert learned(aside, once, minutes=1).ring == once.ring


def test_of_a_zone_that_the_stack_has_left_nobody_is_told_any_longer() -> None:
    """Its address goes too, and who still sent its clients by that would send them nowhere."""
    once = learned(world(zone(to=b1, at=b1), served(b1)), remembering(b1))

    assert [peer.of for peer in once.ring] == [A]
    assert [peer.of for peer in learned(world(served(b1)), once, minutes=1).ring] == [None]


def test_an_address_that_is_gone_for_good_is_told_of_no_longer() -> None:
    memory = replace(learned(BOTH), remarked={"eipalloc-a": ago(minutes=10)})
    no_address = replace(served(a1), address=None, lost=("eipalloc-a",))

    assert [peer.of for peer in learned(world(no_address, served(b1)), memory, minutes=1).ring] == [B, None]


def test_who_covers_is_told_of_the_zone_though_nobody_is_left_there() -> None:
    alone = learned(world(zone(to=b1, at=b1), served(b1)), remembering(b1))

    assert [(peer.id, peer.of) for peer in alone.ring] == [(b1.id, A)]
    assert told(alone.ring, b1.id) == "i-b1=10.0.1.10/10.0.1.17=10.0.100.0/24"


def test_nodes_that_do_not_watch_each_other_are_told_whom_they_cover_and_of_nobody_to_watch() -> None:
    ring = learn(looked(BOTH, learned(BOTH), replace(POLICY, peer_watch=False))).ring

    assert told(ring, a1.id) == "i-a1=10.0.0.10/10.0.0.17=10.0.101.0/24"
    assert told(ring, b1.id) == "i-b1=10.0.1.10/10.0.1.17=10.0.100.0/24"
    assert told(tuple(replace(peer, cover="") for peer in ring), a1.id) == ""
    assert [peer.watches for peer in learn(looked(BOTH, replace(known, ring=ring))).ring] == [True, True]


# --- and how they are told

RING = (
    Peer(a1.id, "10.0.0.10", "10.0.0.17", B, ("10.0.101.0/24", "10.0.104.0/22")),
    Peer(b1.id, "10.0.1.10", "10.0.1.17"),
    Peer(c1.id, "10.0.2.10"),
)


def test_who_has_a_cover_address_is_told_all_and_anybody_else_what_an_older_program_knows() -> None:
    plain = "i-a1=10.0.0.10,i-b1=10.0.1.10,i-c1=10.0.2.10"
    full = "i-a1=10.0.0.10/10.0.0.17=10.0.101.0/24+10.0.104.0/22,i-b1=10.0.1.10/10.0.1.17,i-c1=10.0.2.10"

    assert [told(RING, each) for each in (a1.id, b1.id, c1.id, a2.id, None)] == [
        full,
        full,
        plain,
        plain,
        plain,
    ]


def test_who_is_alone_is_told_of_nobody_but_of_itself_if_it_has_a_cover_address() -> None:
    assert told((), a1.id) == ""
    assert told(RING[2:], c1.id) == ""
    assert told(RING[1:2], b1.id) == "i-b1=10.0.1.10/10.0.1.17", "nobody leaves by that any more"
    assert told(RING[:1], b1.id) == ""
    assert told(RING[:1], a1.id) == "i-a1=10.0.0.10/10.0.0.17=10.0.101.0/24+10.0.104.0/22"
