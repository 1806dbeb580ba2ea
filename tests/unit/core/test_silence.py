"""Whose word finds a node silent, and whose does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.health import Verdict, judge
from natkeeper.core.judgement.silence import hear, ring_of, wrong_reporters
from natkeeper.core.memory import Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import InstanceId, InterfaceId, Lifecycle, Node, ZoneName
from natkeeper.core.ring import Hearsay, Peer, Said, Word, in_order, told, watchers
from tests.builders import NOW, POLICY, A, ago, failed, node, passed, remembering, silent

SECOND = timedelta(seconds=1)
BEFORE = (passed(ago(minutes=4)),)
a1, b1 = node("a1", probes=BEFORE), node("b1", probes=BEFORE)


def in_zone(letter: str) -> Node:
    zone, name = ZoneName(f"eu-west-1{letter}"), f"{letter}1"
    return replace(b1, id=InstanceId(f"i-{name}"), interface=InterfaceId(f"eni-{name}"), zone=zone)


c1, d1, e1 = in_zone("c"), in_zone("d"), in_zone("e")
PAIR, THREE, FIVE = (a1, b1), (a1, b1, c1), (a1, b1, c1, d1, e1)


def says(reporter: Node, about: Node, said: Said = Said.SILENT, at: datetime = NOW, **more: Any) -> Word:
    return Word(reporter.id, about.id, said, at, more.get("since", at))


def found(
    nodes: tuple[Node, ...],
    *words: Word,
    memory: Memory | None = None,
    now: datetime = NOW,
    **policy: Any,
) -> set[str]:
    """Who is silent, all of these nodes having proved themselves."""
    context = Context(replace(POLICY, **policy), memory or remembering(*nodes), now)
    judged = hear(nodes, judge(nodes, context), words, context)
    return {name for name, judgement in judged.items() if judgement.verdict is Verdict.SILENT}


def with_past(*nodes: Node, of: Node, **past: Any) -> Memory:
    memory = remembering(*nodes)
    return memory.with_node(of.id, replace(memory.node(of.id), **past))


def test_where_there_are_two_the_word_of_one_finds_the_other_silent() -> None:
    assert found(PAIR, says(b1, a1)) == {a1.id}


def test_without_a_word_nobody_is_silent() -> None:
    assert found(PAIR) == set()
    assert found(PAIR, says(b1, a1, Said.HEARD)) == set()


def test_the_reason_tells_who_says_so_and_since_when() -> None:
    context = Context(POLICY, remembering(*THREE), NOW)
    words = (says(c1, a1, since=ago(seconds=1)), says(b1, a1, since=ago(seconds=2)))
    judged = hear(THREE, judge(THREE, context), words, context)

    assert judged[a1.id].reason == "i-b1 and i-c1 had no echo through it since 11:59:58"
    assert judged[b1.id].verdict is Verdict.HEALTHY


def test_nodes_that_do_not_watch_each_other_find_nobody_silent() -> None:
    assert found(PAIR, says(b1, a1), peer_watch=False) == set()


@pytest.mark.parametrize(("seconds", "counts"), [(120, True), (121, False)])
def test_an_old_word_finds_nobody_silent(seconds: int, counts: bool) -> None:
    assert bool(found(PAIR, says(b1, a1, at=ago(seconds=seconds)))) is counts


def test_who_was_found_silent_stays_so_however_old_the_word_is() -> None:
    memory = with_past(*PAIR, of=a1, silent_since=ago(minutes=3))

    assert found(PAIR, says(b1, a1, at=ago(minutes=3)), memory=memory) == {a1.id}
    assert found(PAIR, says(b1, a1, Said.HEARD, at=ago(minutes=3)), memory=memory) == set()
    assert found(PAIR, memory=memory) == set()


def test_who_was_found_silent_stays_so_when_the_reporter_is_gone() -> None:
    memory = with_past(*PAIR, of=a1, silent_since=ago(seconds=9))
    gone = replace(b1, lifecycle=Lifecycle.SHUTTING_DOWN)

    assert found((a1, gone), says(b1, a1), memory=memory) == {a1.id}
    assert found((a1,), says(b1, a1), memory=memory) == {a1.id}


@pytest.mark.parametrize(("seconds", "cleared"), [(0, False), (2, False), (3, True)])
def test_a_probe_that_was_asked_afterwards_and_passed_clears_the_accused(seconds: int, cleared: bool) -> None:
    asked = replace(a1, probes=(passed(ago(seconds=20) + seconds * SECOND),))

    assert (found((asked, b1), says(b1, a1, at=ago(seconds=20))) == set()) is cleared


def test_a_probe_that_did_not_pass_clears_nobody() -> None:
    for probe in (silent(NOW), failed("rules", at=NOW)):
        assert found((replace(a1, probes=(probe,)), b1), says(b1, a1, at=ago(seconds=20))) == {a1.id}


@pytest.mark.parametrize(
    ("said", "seconds", "objects"),
    [
        (Said.SILENT, 11, False),
        (Said.SILENT, 10, True),
        (Said.SILENT, -60, True),
        (Said.UNSURE, 11, False),
        (Said.UNSURE, 10, True),
        (Said.UNSURE, -60, True),
        (Said.HEARD, 3, False),
        (Said.HEARD, 2, True),
        (Said.HEARD, -60, True),
    ],
)
def test_an_accused_that_speaks_of_its_reporter_lives(said: Said, seconds: int, objects: bool) -> None:
    words = (says(b1, a1), says(c1, a1), says(a1, b1, said, at=ago(seconds=seconds)))

    assert (a1.id not in found(FIVE, *words)) is objects


def test_a_doubt_accuses_nobody_and_two_do_not_either() -> None:
    doubts = (says(b1, a1, Said.UNSURE), says(c1, a1, Said.UNSURE))

    assert found(PAIR, says(b1, a1, Said.UNSURE)) == found(FIVE, *doubts) == set()
    assert Hearsay(doubts).accused_since(ago(minutes=1)) == {}


def test_where_a_link_breaks_both_say_so_and_nobody_is_silent() -> None:
    assert found(PAIR, says(b1, a1), says(a1, b1)) == set()
    assert found(THREE, says(b1, a1), says(a1, b1)) == set()


def test_a_late_objection_takes_it_back() -> None:
    memory = with_past(*PAIR, of=a1, silent_since=ago(seconds=5))
    words = (says(b1, a1, at=ago(seconds=5)), says(a1, b1, at=ago(seconds=5)))

    assert found(PAIR, *words, memory=memory) == set()


def test_where_there_are_three_one_word_alone_finds_nobody_silent() -> None:
    for liar, accused in ((a1, b1), (a1, c1), (b1, a1), (b1, c1), (c1, a1), (c1, b1)):
        assert found(THREE, says(liar, accused)) == set()


def test_two_who_agree_find_a_third_silent() -> None:
    assert found(THREE, says(b1, a1), says(c1, a1)) == {a1.id}
    assert found(FIVE, says(d1, a1), says(b1, a1)) == {a1.id}


@pytest.mark.parametrize(
    "unable",
    [
        replace(c1, lifecycle=Lifecycle.STOPPED),
        replace(c1, impaired_since=ago(seconds=1)),
        replace(c1, probes=(failed("rules"),)),
    ],
)
def test_another_watcher_that_cannot_tell_is_not_waited_for(unable: Node) -> None:
    assert found((a1, b1, unable), says(b1, a1)) == {a1.id}


def test_another_watcher_whose_agent_is_mute_may_tell_still() -> None:
    assert found((a1, b1, replace(c1, probes=(silent(),))), says(b1, a1)) == set()
    assert found((replace(b1, probes=(silent(),)), a1), says(b1, a1)) == {a1.id}


@pytest.mark.parametrize(
    "unable",
    [
        replace(b1, lifecycle=Lifecycle.STOPPING),
        replace(b1, impaired_since=ago(seconds=1)),
        replace(b1, probes=(failed("rules"),)),
    ],
)
def test_the_word_of_who_does_not_work_itself_counts_for_nothing(unable: Node) -> None:
    assert found((a1, unable), says(b1, a1)) == set()


def test_the_word_of_a_stranger_or_about_one_counts_for_nothing() -> None:
    assert found(PAIR, says(c1, a1), says(a1, c1)) == set()


def test_who_has_not_proved_itself_is_not_of_the_ring() -> None:
    assert found(PAIR, says(b1, a1), memory=remembering(a1)) == set()
    assert found(PAIR, says(b1, a1), memory=remembering(b1)) == set()


@pytest.mark.parametrize(("minutes", "counts"), [(59, False), (60, True)])
def test_who_was_wrong_within_the_hour_is_not_believed(minutes: int, counts: bool) -> None:
    memory = with_past(*PAIR, of=b1, disbelieved_at=ago(minutes=minutes))

    assert bool(found(PAIR, says(b1, a1), memory=memory)) is counts


def test_while_more_than_half_are_accused_by_all_who_watch_them_nobody_is_found_silent() -> None:
    """i-b1 is watched by i-a1 and i-e1, i-c1 by i-a1 and i-b1, i-d1 by i-b1 and i-c1."""
    two = (says(a1, b1), says(e1, b1), says(a1, c1), says(b1, c1))
    third = (says(b1, d1), says(c1, d1))

    assert found(FIVE, *two) == {b1.id, c1.id}
    assert found(FIVE, *two, *third) == set()
    assert found(FIVE, *two, *(replace(word, at=ago(seconds=121)) for word in third)) == {b1.id, c1.id}


def test_who_accuses_everybody_alone_cannot_hold_the_others_up() -> None:
    lies = tuple(says(e1, other) for other in (b1, c1, d1))

    assert a1.id in found(FIVE, says(b1, a1), says(c1, a1), *lies)
    assert found(FIVE, *lies[1:]) == set()  # of i-c1 and i-d1 others can tell
    assert found(THREE, says(b1, a1), says(c1, a1), says(a1, b1, at=ago(seconds=30))) == {a1.id}


def test_the_word_of_who_is_silent_itself_counts_no_more() -> None:
    """i-b1 is watched by i-a1 and i-e1, i-c1 by i-a1 and i-b1."""
    words = (says(a1, b1), says(e1, b1), says(b1, d1), says(c1, d1, at=ago(seconds=121)))

    assert found(FIVE, *words) == {b1.id}
    assert found(FIVE, says(a1, b1), says(e1, b1), says(a1, c1)) == {b1.id, c1.id}


def test_who_has_most_against_it_is_found_silent_first() -> None:
    """i-e1 is watched by i-d1 and i-c1, i-a1 by i-e1 and i-d1: of each the second cannot tell."""
    no_c1 = (a1, b1, replace(c1, impaired_since=NOW), d1, e1)
    no_d1 = (a1, b1, c1, replace(d1, impaired_since=NOW), e1)

    assert found(no_c1, says(d1, e1), says(a1, d1), says(b1, d1)) == {d1.id}
    assert found(no_d1, says(e1, a1), says(b1, e1), says(c1, e1)) == {e1.id}


def test_it_is_known_who_was_accused_since_when_and_by_how_many() -> None:
    early, late = ago(seconds=2), ago(seconds=1)
    words = (says(a1, c1, at=early), says(b1, c1, at=late), says(a1, b1, Said.HEARD))

    assert Hearsay(words).accused_since(early) == {c1.id: {a1.id, b1.id}}
    assert Hearsay(words).accused_since(late) == {c1.id: {b1.id}}
    assert Hearsay(words).accused_since(NOW) == {}


def test_one_neighbour_alone_is_believed_once_an_hour_in_a_zone() -> None:
    def lately(minutes: int) -> Memory:
        return remembering(*PAIR, zones={A: ZoneMemory(silences=(ago(minutes=minutes),))})

    assert found(PAIR, says(b1, a1), memory=lately(59)) == set()
    assert found(PAIR, says(b1, a1), memory=lately(60)) == {a1.id}
    assert found(PAIR, says(a1, b1), memory=lately(1)) == {b1.id}


def test_two_who_agree_are_believed_three_times_an_hour_in_a_zone() -> None:
    def times(number: int) -> Memory:
        return remembering(*THREE, zones={A: ZoneMemory(silences=(ago(minutes=1),) * number)})

    assert found(THREE, says(b1, a1), says(c1, a1), memory=times(2)) == {a1.id}
    assert found(THREE, says(b1, a1), says(c1, a1), memory=times(3)) == set()


def test_a_node_that_is_worse_than_silent_stays_what_it_is() -> None:
    dead = replace(a1, impaired_since=ago(minutes=3), probes=(silent(ago(minutes=1)),))

    assert found((dead, b1), says(b1, a1)) == set()


def test_who_has_been_wrong_is_who_accused_a_node_that_has_passed_since() -> None:
    pair = (replace(a1, probes=(passed(),)), b1)

    def wrong(*words: Word, memory: Memory | None = None) -> frozenset[str]:
        return frozenset(wrong_reporters(pair, words, Context(POLICY, memory or remembering(*pair), NOW)))

    before = says(b1, a1, at=ago(seconds=30))
    again = with_past(*PAIR, of=b1, disbelieved_at=ago(seconds=30))

    assert wrong(before) == {b1.id}
    assert wrong(says(b1, a1)) == set()
    assert wrong(replace(before, said=Said.HEARD)) == set()
    assert wrong(before, says(a1, b1, at=ago(seconds=30))) == set()
    assert wrong(before, memory=again) == set()
    assert wrong(replace(before, at=ago(seconds=29)), memory=again) == {b1.id}
    assert wrong(says(c1, a1, at=ago(seconds=30))) == set()


def in_ring(*nodes: Node, missing: Node, since: datetime | None = None, **past: Any) -> Memory:
    """A memory of the ring of these; one of them is not listed, or not read, since then."""
    memory = with_past(*nodes, of=missing, zone=missing.zone, missing_since=since, **past)
    return replace(memory, ring=tuple(Peer(n.id, "10.0.0.4") for n in nodes))


@pytest.mark.parametrize(
    ("since", "waited"), [(None, True), (ago(seconds=119), True), (ago(minutes=2), False)]
)
def test_a_watcher_that_is_not_read_or_not_listed_once_is_waited_for_all_the_same(
    since: datetime | None, waited: bool
) -> None:
    memory = in_ring(*THREE, missing=c1, since=since)

    assert (found(PAIR, says(b1, a1), memory=memory) == set()) is waited
    assert found(PAIR, says(b1, a1), says(c1, a1), memory=memory) == {a1.id}
    assert found(PAIR, says(b1, c1), memory=memory) == set()


def test_a_watcher_that_is_not_read_and_was_wrong_is_not_waited_for() -> None:
    memory = in_ring(*THREE, missing=c1, disbelieved_at=ago(minutes=1))

    assert found(PAIR, says(b1, a1), memory=memory) == {a1.id}


def test_who_watches_whom_goes_by_zones_even_for_one_that_is_not_read() -> None:
    unread = replace(c1, id=InstanceId("i-a0"))
    memory = in_ring(a1, b1, unread, d1, missing=unread)
    memory = memory.with_node(a1.id, replace(memory.node(a1.id), disbelieved_at=ago(minutes=1)))

    assert found((a1, b1, d1), says(b1, d1), memory=memory) == set()


def test_who_has_just_joined_the_ring_is_watched_by_all_who_should() -> None:
    memory = with_past(*THREE, of=a1, verified_at=ago(seconds=1))

    assert found(THREE, says(b1, a1), memory=memory) == set()
    assert found(THREE, says(b1, a1), says(c1, a1), memory=memory) == {a1.id}


@pytest.mark.parametrize(("seconds", "waited"), [(119, False), (120, True)])
def test_who_has_just_joined_the_ring_is_not_waited_for_by_who_watches_already(
    seconds: int, waited: bool
) -> None:
    a2 = node("a2", probes=BEFORE)
    pair, three = (a1, a2, b1), (a1, a2, b1, c1)

    def joined(nodes: tuple[Node, ...]) -> Memory:
        return with_past(*nodes, of=a2, verified_at=ago(seconds=seconds))

    assert (found(pair, says(b1, a1), memory=joined(pair)) == set()) is waited
    assert (found(pair, says(a1, b1), memory=joined(pair)) == set()) is waited
    assert found(three, says(b1, a1), memory=joined(three)) == set()
    assert found(three, says(b1, a1), says(c1, a1), memory=joined(three)) == {a1.id}


def test_where_all_have_joined_lately_all_are_waited_for() -> None:
    memory = replace(remembering(), nodes={n.id: NodeMemory(ago(seconds=5)) for n in THREE})

    assert found(THREE, says(b1, a1), memory=memory) == set()


def test_who_passes_a_probe_after_it_was_found_silent_is_so_no_more_though_it_is_said_anew() -> None:
    asked = replace(a1, probes=(passed(ago(seconds=20)),))
    lately = {A: ZoneMemory(silences=(ago(seconds=30),))}
    memory = replace(with_past(asked, b1, of=a1, silent_since=ago(seconds=30)), zones=lately)
    later = replace(with_past(asked, b1, of=a1, silent_since=ago(seconds=10)), zones=lately)

    assert found((asked, b1), says(b1, a1), memory=memory) == set()
    assert found((asked, b1), says(b1, a1), memory=later) == {a1.id}


def test_what_was_said_of_a_node_before_it_was_started_tells_nothing() -> None:
    woken = replace(a1, probes=(passed(ago(seconds=5)),))

    def wrong(started: datetime) -> frozenset[str]:
        memory = with_past(woken, b1, of=a1, started_at=started)
        words = (says(b1, a1, at=ago(minutes=9)),)
        return frozenset(wrong_reporters((woken, b1), words, Context(POLICY, memory, NOW)))

    assert wrong(ago(minutes=8)) == set()
    assert wrong(ago(minutes=9)) == {b1.id}


def test_who_was_just_put_to_sleep_and_is_read_as_running_is_not_of_the_ring() -> None:
    memory = with_past(*PAIR, of=a1, slept_at=ago(seconds=1))

    assert found(PAIR, says(b1, a1), memory=memory) == set()


def test_the_ring_is_all_that_run_and_have_proved_themselves_in_turn_one_of_each_zone() -> None:
    stopped, young = replace(a1, lifecycle=Lifecycle.STOPPED), node("a2")
    memory = replace(remembering(*THREE), nodes={**remembering(*THREE).nodes, young.id: NodeMemory()})
    nodes = (c1, node("b0"), b1, stopped, young)
    known = memory.with_node(InstanceId("i-b0"), NodeMemory(ago(hours=1)))

    assert [n.id for n in ring_of(nodes, Context(POLICY, known, NOW))] == ["i-b0", "i-c1", "i-b1"]
    assert ring_of(nodes, Context(replace(POLICY, peer_watch=False), known, NOW)) == ()


def test_two_who_watch_a_node_see_it_over_two_links() -> None:
    pairs = {InstanceId(f"i-{zone}{number}"): zone for zone in "abc" for number in (1, 2)}
    ring = in_order(pairs)

    assert [str(name) for name in ring] == ["i-a1", "i-b1", "i-c1", "i-a2", "i-b2", "i-c2"]
    for name in ring:
        there = {pairs[watcher] for watcher in watchers(ring, name)}
        assert len(there) == 2
        assert pairs[name] not in there


def test_the_accused_objects_by_speaking_of_another_node_of_its_reporters_zone() -> None:
    b2, c2 = node("b2", probes=PAIR[1].probes), replace(c1, id=InstanceId("i-c2"))
    nodes = (a1, b1, b2)
    memory = remembering(a1, b1, b2, c1, c2)

    assert found(nodes, says(b1, a1), says(b2, a1), memory=memory) == {a1.id}
    assert found(nodes, says(b1, a1), says(b2, a1), says(a1, b2), memory=memory) == set()
    assert found((*nodes, c2), says(b1, a1), says(b2, a1), says(a1, c2), memory=memory) == {a1.id}


def test_a_ring_has_twelve_nodes_at_most() -> None:
    many = tuple(node(f"a{number:02}") for number in range(13))

    assert ring_of(many, Context(POLICY, remembering(*many), NOW)) == many[:12]


def test_everybody_watches_the_next_two() -> None:
    def watching(*ring: str) -> dict[str, set[str]]:
        ids = tuple(InstanceId(name) for name in ring)
        return {name: set(watchers(ids, name)) for name in ids}

    assert watching("a") == {"a": set()}
    assert watching("a", "b") == {"a": {"b"}, "b": {"a"}}
    assert watching("a", "b", "c") == {"a": {"b", "c"}, "b": {"a", "c"}, "c": {"a", "b"}}
    assert watching("a", "b", "c", "d")["a"] == {"c", "d"}
    assert watchers((InstanceId("a"),), InstanceId("b")) == set()


def test_nodes_are_told_of_the_ring_in_one_word_and_one_alone_of_nothing() -> None:
    ring = (Peer(InstanceId("i-0a"), "10.0.1.10"), Peer(InstanceId("i-0b"), "10.0.2.10"))

    assert told(ring) == "i-0a=10.0.1.10,i-0b=10.0.2.10"
    assert told(ring[:1]) == ""
