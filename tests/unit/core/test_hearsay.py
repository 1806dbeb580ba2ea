"""What memory keeps of what nodes say of each other, and what a person is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import Action, AssociateAddress, Cause, Notify, PointRoute
from natkeeper.core.decision.hearsay import tell_hearsay
from natkeeper.core.decision.outcome import Done, Refused
from natkeeper.core.errors import RefusedError
from natkeeper.core.judgement.dependence import step_of, step_of_address, step_of_table
from natkeeper.core.memory import HOUR, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import (
    EVERYWHERE,
    AllocationId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Node,
    Observed,
    RouteTableId,
    Unreadable,
)
from natkeeper.core.remembering.aftermath import remember
from natkeeper.core.remembering.learning import learn
from natkeeper.core.ring import Hearsay, Misheard, Peer, Said, Word
from tests.builders import NOW, POLICY, A, B, ago, looked, node, passed, remembering, served, world, zone

BEFORE = (passed(ago(minutes=1)),)
a1 = node("a1", probes=BEFORE, private_address="10.0.1.4")
b1 = node("b1", probes=BEFORE, private_address="10.0.2.4")
PEER_A, PEER_B = Peer(a1.id, "10.0.1.4"), Peer(b1.id, "10.0.2.4")
ADDRESS = AllocationId("eipalloc-a")
BOTH = world(served(a1), served(b1))
known = remembering(a1, b1)


def says(said: Said = Said.SILENT, seconds: float = 0) -> Hearsay:
    return Hearsay((Word(b1.id, a1.id, said, ago(seconds=seconds), ago(seconds=seconds)),))


def learned(observed: Observed, memory: Memory = known, hearsay: Hearsay | None = None) -> Memory:
    return learn(looked(observed, memory, hearsay=hearsay))


def test_who_is_found_silent_is_remembered_once_with_its_zone() -> None:
    once = learned(BOTH, hearsay=says())
    later = learn(looked(BOTH, once, now=NOW + timedelta(seconds=5), hearsay=says()))

    for memory in (once, later):
        assert memory.node(a1.id).silent_since == NOW
        assert memory.zone(A).silences == (NOW,)
        assert (memory.node(b1.id).silent_since, memory.zone(B).silences) == (None, ())


def test_who_is_heard_again_is_silent_no_more_and_its_zone_remembers() -> None:
    memory = learned(BOTH, learned(BOTH, hearsay=says()), says(Said.HEARD))

    assert memory.node(a1.id).silent_since is None
    assert memory.zone(A).silences == (NOW,)


def test_who_is_found_silent_anew_after_a_probe_that_passed_counts_once_more() -> None:
    c1 = replace(b1, id=InstanceId("i-b2"), private_address="10.0.2.5")
    answered = replace(a1, probes=(passed(ago(seconds=20)),))
    past = NodeMemory(ago(hours=4), silent_since=ago(seconds=30))
    memory = replace(remembering(a1, b1, c1), zones={A: ZoneMemory(silences=(ago(seconds=30),))})
    words = tuple(Word(n.id, a1.id, Said.SILENT, NOW, NOW) for n in (b1, c1))
    once = learned(world(served(answered), served(b1, c1)), memory.with_node(a1.id, past), Hearsay(words))

    assert once.node(a1.id).silent_since == NOW
    assert once.zone(A).silences == (ago(seconds=30), NOW)


def test_after_an_hour_the_zone_has_forgotten() -> None:
    memory = replace(known, zones={A: ZoneMemory(silences=(ago(minutes=60), ago(minutes=59)))})

    assert learned(BOTH, memory).zone(A).silences == (ago(minutes=59),)


def test_who_was_wrong_is_remembered_once() -> None:
    answered = world(served(replace(a1, probes=(passed(),))), served(b1))
    once = learned(answered, hearsay=says(seconds=30))
    later = learn(looked(answered, once, now=NOW + timedelta(minutes=1), hearsay=says(seconds=30)))

    assert once.node(b1.id).disbelieved_at == later.node(b1.id).disbelieved_at == NOW
    assert once.node(a1.id).disbelieved_at is None
    assert replace(once.node(b1.id), disbelieved_at=None) == learned(answered).node(b1.id)


def test_a_zone_that_only_a_silent_node_serves_is_broken() -> None:
    assert learned(BOTH, hearsay=says()).zone(A).broken_since == NOW
    assert learned(BOTH).zone(A).broken_since is None


def test_the_ring_is_who_runs_and_has_proved_itself_with_addresses() -> None:
    young = node("b2", probes=(), private_address="10.0.2.9")
    nameless = node("a2", probes=BEFORE)

    assert learned(world(served(b1, young), served(a1, nameless))).ring == (PEER_A, PEER_B)
    assert learned(world(served(a1))).ring == (PEER_A,)


def test_who_proves_itself_in_this_look_is_of_the_ring_at_once() -> None:
    assert learned(BOTH, Memory()).ring == (PEER_A, PEER_B)


def test_a_stack_that_wants_no_ring_has_none() -> None:
    look = looked(BOTH, replace(known, ring=(PEER_A, PEER_B)), replace(POLICY, peer_watch=False))

    assert learn(look).ring == ()


def test_nor_has_it_who_is_not_listed() -> None:
    look = looked(world(zone(to="eni-a1"), served(b1)), with_ring(None), replace(POLICY, peer_watch=False))

    assert learn(look).ring == ()


def test_the_ring_is_in_the_order_of_its_zones() -> None:
    first, last = Peer(InstanceId("i-z"), "10.0.1.4"), Peer(InstanceId("i-c"), "10.0.2.4")
    of_a, of_b = replace(a1, id=first.id), replace(b1, id=last.id)
    memory = remembering(of_a, of_b)

    assert learned(world(served(of_a), served(of_b)), memory).ring == (first, last)


def with_ring(missing_since: int | None) -> Memory:
    """i-a1 is of the ring, and has not been listed for so many seconds."""
    since = None if missing_since is None else ago(seconds=missing_since)
    past = NodeMemory(ago(hours=4), zone=A, missing_since=since)
    return replace(known.with_node(a1.id, past), ring=(PEER_A, PEER_B))


@pytest.mark.parametrize(("seconds", "kept"), [(None, True), (119, True), (120, False)])
def test_who_is_not_listed_for_a_moment_keeps_its_place(seconds: int | None, kept: bool) -> None:
    ring = learned(world(zone(to="eni-a1"), served(b1)), with_ring(seconds)).ring

    assert ring == ((PEER_A, PEER_B) if kept else (PEER_B,))


def test_who_could_not_be_read_keeps_its_place() -> None:
    observed = world(Unreadable(A, "so"), served(b1))

    assert learned(observed, with_ring(None)).ring == (PEER_A, PEER_B)


def test_who_stops_or_is_forgotten_has_no_place() -> None:
    stopping = replace(a1, lifecycle=Lifecycle.STOPPING)
    forgotten = replace(with_ring(None), nodes={b1.id: known.node(b1.id)})

    assert learned(world(served(stopping), served(b1)), with_ring(None)).ring == (PEER_B,)
    assert learned(world(served(b1)), forgotten).ring == (PEER_B,)


def test_a_ring_has_twelve_places() -> None:
    def many(number: int) -> Node:
        return node(f"a{number:02}", probes=BEFORE, private_address="10.0.1.4")

    nodes = [many(number) for number in range(13)]
    ring = learned(world(served(*nodes)), remembering(*nodes)).ring

    assert [peer.id for peer in ring] == [InstanceId(f"i-a{number:02}") for number in range(12)]


def told(memory: Memory = known, misheard: Misheard | None = None) -> list[Notify]:
    return list(tell_hearsay(looked(BOTH, memory, hearsay=Hearsay(misheard=misheard or Misheard()))))


SEAT = replace(PEER_B, cover="10.0.2.44", of=B, ranges=("10.0.9.0/24",))
TABLES, TO = (RouteTableId("rtb-a"),), InterfaceId("eni-b1")
MOVE = PointRoute(A, b1.id, TO, TABLES, ADDRESS, None, Cause.SILENT, "", private=SEAT.cover)
TAKE = AssociateAddress(A, b1.id, TO, ADDRESS, Cause.ADDRESS, "", SEAT.cover)


@pytest.mark.parametrize("action", [MOVE, TAKE])
def test_whose_address_has_come_to_a_neighbour_is_whom_it_is_to_be_told_of(action: Action) -> None:
    """The next look may still show the address at home: it would be told of another zone, and get its."""
    memory = replace(known, ring=(PEER_A, SEAT))
    came = remember(memory, Done(action), POLICY, NOW).ring

    assert came == (PEER_A, replace(SEAT, of=A, ranges=(), since=NOW))
    assert remember(replace(known, ring=came), Done(action), POLICY, NOW + HOUR).ring == came


def test_nobody_is_told_of_a_zone_whose_address_did_not_come_or_has_gone_home() -> None:
    memory = replace(known, ring=(PEER_A, SEAT))
    error = RefusedError("moving", ADDRESS, "No", "")
    fenced = replace(MOVE, fence=InterfaceId("eni-a1"))

    stayed = [
        Done(action, refused=(Refused(action, step, error),))
        for action, step in (
            (MOVE, step_of_address(ADDRESS, SEAT.cover)),
            (TAKE, step_of(TAKE)),
            (MOVE, step_of(MOVE)),
            (fenced, step_of_table(TABLES[0])),  # it was given back
        )
    ]
    for done in (*stayed, Done(replace(MOVE, private="")), Done(replace(MOVE, address=None))):
        assert remember(memory, done, POLICY, NOW).ring == memory.ring


def test_an_address_comes_though_a_table_is_refused() -> None:
    memory = replace(known, ring=(PEER_A, SEAT))
    refused = Refused(MOVE, step_of_table(MOVE.tables[0]), RefusedError("pointing", "rtb-a", "No", ""))

    assert remember(memory, Done(MOVE, refused=(refused,)), POLICY, NOW).ring[1].of == A


def test_a_person_hears_whose_word_was_wrong_and_until_when_it_does_not_count() -> None:
    (notice,) = told(known.with_node(b1.id, NodeMemory(ago(hours=4), disbelieved_at=ago(minutes=59))))

    assert (notice.zone, notice.key) == (B, "eu-west-1b wrong word of i-b1")
    assert notice.reason == (
        "i-b1 says that a neighbour forwards nothing, which has passed a probe since: "
        "it is not believed until 12:01:00; see why, or have it replaced"
    )
    assert told(known.with_node(b1.id, NodeMemory(ago(hours=4), disbelieved_at=ago(hours=1)))) == []


def test_a_person_hears_of_many_reports_that_meant_nothing() -> None:
    (notice,) = told(misheard=Misheard(10, ago(minutes=10), "so"))

    assert (notice.zone, notice.key) == (EVERYWHERE, "reports ignored")
    assert notice.reason == "10 reports of nodes were ignored, the last one because of so"
    assert told(misheard=Misheard(9, NOW, "so")) == told(misheard=Misheard(10, ago(minutes=11), "so")) == []
    assert told(misheard=Misheard(10, None, "so")) == []
