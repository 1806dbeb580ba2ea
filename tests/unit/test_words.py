"""What a node's word leads to: written down before the lease, weighed, or counted for nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from natkeeper.core.errors import ThrottledError
from natkeeper.core.intake.triggers import parse
from natkeeper.core.model import InstanceId
from natkeeper.core.ring import Said, Word
from natkeeper.reconcile.hearing import HEARING, STARTING, STEP, UNDOUBTED
from tests.stack import Stack, own, settled
from tests.world.bus import Event
from tests.world.gate import Trouble
from tests.world.world import STACK


def watching(zones: int = 2) -> Stack:
    """A stack at rest, whose nodes know their ring, and whose words the test delivers itself."""
    stack = settled(zones)
    stack.aws.advance(30)
    return stack


def word(stack: Stack, reporter: InstanceId, about: InstanceId, said: Said = Said.SILENT) -> Event:
    return stack.world.ring.say((reporter, about), said)


def parsed(stack: Stack, event: Event) -> Word:
    word = parse(event, STACK, stack.clock())
    assert isinstance(word, Word)
    return word


def silences(stack: Stack, zone: int = 0) -> int:
    return len(stack.store.records.memory.zone(stack.world.zones[zone]).silences)


def test_nodes_are_told_of_their_ring() -> None:
    stack = watching(3)
    a, b, c = (own(stack, number) for number in range(3))

    assert stack.world.ring.watched_by(a) == (b, c)
    assert stack.world.ring.watched_by(b) == (c, a)


def test_one_alone_watches_nobody_and_nor_do_those_of_a_stack_that_wants_no_ring() -> None:
    alone, without = watching(1), watching(2)
    without.change(peer_watch=False)
    without.minute()
    without.minute()

    assert alone.world.ring.watched_by(own(alone)) == ()
    assert without.world.ring.watched_by(own(without)) == ()


def test_a_silent_node_is_covered_and_replaced_and_ended_only_then() -> None:
    stack = watching()
    silent, neighbour = own(stack), own(stack, 1)
    stack.aws.reports[silent] = None
    stack.take(word(stack, neighbour, silent))

    assert stack.serving() == neighbour
    assert {n.id for n in stack.living() if n.zone == stack.world.zones[0]} > {silent}

    stack.settle()
    assert own(stack) not in (silent, neighbour)
    assert silent not in [n.id for n in stack.living()]


def test_the_accused_own_word_is_heard_by_the_run_that_holds_the_lease() -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    objection = word(stack, a, b)

    def arrive() -> None:
        stack.take(objection)

    stack.aws.later(0.2, arrive)
    told = stack.take(word(stack, b, a))

    assert (stack.serving(), stack.serving(1)) == (a, b)
    assert silences(stack) == silences(stack, 1) == 0
    assert told == "nothing to do"


def test_one_word_alone_waits_for_an_objection_and_two_that_agree_do_not() -> None:
    pair, three = watching(2), watching(3)
    a, b, c = (own(three, number) for number in range(3))
    first, second = word(three, b, a), word(three, c, a)
    before = three.clock()
    three.store.note_word(parsed(three, second))
    three.take(first)
    assert (three.serving(), three.clock() - before) == (b, timedelta())

    before = pair.clock()
    pair.take(word(pair, own(pair, 1), own(pair)))
    assert pair.clock() - before == HEARING


@pytest.mark.parametrize("moment", [0, 3, 3.25], ids=["long before", "just now", "after it was read"])
def test_an_objection_is_heard_though_its_own_function_has_not_started(moment: float) -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    stack.aws.later(moment, lambda: word(stack, a, b, Said.UNSURE))
    stack.aws.advance(3)
    stack.take(word(stack, b, a))

    assert (stack.serving(), stack.serving(1)) == (a, b)
    assert {(w.reporter, w.said) for w in stack.store.records.hearsay.words} == {
        (a, Said.UNSURE),
        (b, Said.SILENT),
    }


@pytest.mark.parametrize(("ago", "wait"), [(1, UNDOUBTED), (65, UNDOUBTED), (66, HEARING)])
def test_who_tells_no_doubt_of_its_accuser_for_a_minute_has_longer_to_object(
    ago: int, wait: timedelta
) -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    stack.store.note_word(parsed(stack, word(stack, a, b, Said.HEARD)))
    stack.aws.advance(ago)
    before = stack.clock()
    stack.take(word(stack, b, a))

    assert stack.clock() - before == wait


def test_an_objection_of_more_than_a_minute_ago_is_none() -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    word(stack, a, b, Said.UNSURE)
    stack.aws.advance(60)
    stack.take(word(stack, b, a))

    assert stack.serving() == b


def test_only_nodes_of_the_stack_are_heard_while_aws_is_looked_at() -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    stranger = stack.world.add_strangers().node.id
    for event in (word(stack, stranger, b), word(stack, a, stranger), {**word(stack, a, b), "detail": {}}):
        stack.world.reports.send(event)
    stack.take(word(stack, b, a))

    assert {w.reporter for w in stack.store.records.hearsay.words} == {a, b}
    assert stranger not in {w.about for w in stack.store.records.hearsay.words}
    assert stack.store.records.hearsay.misheard.count == 0


def refuse(stack: Stack) -> None:
    stack.world.gate.troubles = [Trouble("AccessDenied", ("ReceiveMessage",))]


def deafen(stack: Stack) -> None:
    stack.world.reports.deaf = True


@pytest.mark.parametrize("spoil", [refuse, deafen])
def test_where_the_queue_shows_nothing_the_wait_is_as_long_as_a_function_takes_to_start(
    spoil: Callable[[Stack], None],
) -> None:
    """Also where it answers, and nothing reaches it."""
    stack = watching()
    spoil(stack)
    a, b = own(stack), own(stack, 1)
    before = stack.clock()
    stack.take(word(stack, b, a))

    assert STARTING <= stack.clock() - before < STARTING + timedelta(seconds=STEP)
    assert stack.serving() == b
    assert ("unreadable DeniedError" in stack.journal.lines) is (spoil is refuse)


@pytest.mark.parametrize("spoil", [refuse, deafen])
def test_where_the_queue_shows_nothing_an_objection_is_heard_from_a_function_that_starts_cold(
    spoil: Callable[[Stack], None],
) -> None:
    stack = watching()
    spoil(stack)
    a, b = own(stack), own(stack, 1)
    objection = word(stack, a, b, Said.UNSURE)
    stack.aws.later(STARTING.total_seconds() - 0.1, lambda: stack.take(objection))
    stack.take(word(stack, b, a))

    assert (stack.serving(), stack.serving(1)) == (a, b)


def test_what_the_accuser_said_long_ago_proves_nothing() -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    word(stack, b, a, Said.UNSURE)
    stack.aws.advance(10)
    deafen(stack)
    before = stack.clock()
    stack.take(word(stack, b, a))

    assert stack.clock() - before >= STARTING


def test_a_report_that_reaches_the_queue_late_ends_the_wait() -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    event = word(stack, b, a)
    deafen(stack)

    def send() -> None:
        stack.world.reports.deaf = False
        stack.world.reports.send(event)

    before = stack.clock()
    stack.aws.later(0.5, send)
    stack.take(event)

    assert timedelta(seconds=0.5) <= stack.clock() - before <= timedelta(seconds=0.5 + 2 * STEP)


def test_a_dry_run_writes_no_word_down() -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    stack.store.note_word(parsed(stack, word(stack, b, a)))
    stack.aws.later(0.1, lambda: word(stack, a, b, Said.UNSURE))
    before = stack.store.records.hearsay.words
    stack.order("Failover", zone=stack.world.zones[1], dry_run=True)

    assert any(line.startswith("answered Failover dry run") for line in stack.journal.lines)
    assert stack.store.records.hearsay.words == before


def test_nobody_listens_where_nodes_do_not_watch_each_other_any_more() -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    stack.store.note_word(parsed(stack, word(stack, b, a)))
    stack.change(peer_watch=False)
    word(stack, a, b)
    words, began = stack.store.records.hearsay.words, stack.clock()
    stack.sweep()

    assert stack.store.records.hearsay.words == words
    assert stack.clock() == began


def test_a_doubt_is_written_down_and_looked_at_by_nobody() -> None:
    stack = watching()
    neighbour, doubted = own(stack, 1), own(stack)
    stack.aws.calls.clear()
    told = stack.take(word(stack, neighbour, doubted, Said.UNSURE))

    assert told == f"noted: {neighbour} is unsure of {doubted}"
    assert stack.aws.calls == []
    assert [w.said for w in stack.store.records.hearsay.words] == [Said.UNSURE]
    assert [w.at for w in stack.store.records.hearsay.words] == [stack.clock()]


def test_who_was_in_doubt_of_its_accuser_a_moment_ago_lives() -> None:
    stack = watching()
    a, b = own(stack), own(stack, 1)
    stack.take(word(stack, a, b, Said.UNSURE))
    stack.aws.advance(0.3)
    stack.take(word(stack, b, a))

    assert (stack.serving(), stack.serving(1)) == (a, b)
    assert silences(stack) == 0


def test_a_calm_look_waits_for_nothing() -> None:
    stack = watching()
    before = stack.clock()
    stack.sweep()

    assert stack.clock() == before


def test_a_lie_is_found_out_by_the_next_probe_and_not_believed_again() -> None:
    stack = watching()
    victim, liar = own(stack), own(stack, 1)
    stack.take(word(stack, liar, victim))
    assert stack.serving() == liar

    stack.minute()
    assert stack.serving() == victim
    assert any("is not believed until" in text for _, text in stack.notices.sent)

    stack.aws.advance(60)
    stack.take(word(stack, liar, victim))
    assert stack.serving() == victim
    assert silences(stack) == 1


def test_a_node_that_is_heard_again_gets_its_zone_back() -> None:
    stack = watching()
    paused, neighbour = own(stack), own(stack, 1)
    stack.take(word(stack, neighbour, paused))
    stack.aws.advance(3)
    stack.take(word(stack, neighbour, paused, Said.HEARD))

    assert stack.serving() == paused
    stack.settle()
    assert [n.id for n in stack.living()] == sorted([paused, neighbour])


def test_the_same_word_again_leads_to_nothing_more() -> None:
    stack = watching()
    silent, neighbour = own(stack), own(stack, 1)
    said = word(stack, neighbour, silent)
    stack.take(said)
    (first,) = stack.store.records.hearsay.words
    stack.aws.advance(5)
    again = stack.world.ring.say((neighbour, silent), Said.SILENT, str(said["detail"]["since"]))  # type: ignore[index]
    stack.take(again)

    assert stack.store.records.hearsay.words == (first,)
    assert silences(stack) == 1


def test_no_word_is_heard_while_the_stack_is_deleted_or_wants_no_ring() -> None:
    gone, without = watching(), watching()
    gone.store.save_removed()
    without.change(peer_watch=False)
    for stack in (gone, without):
        told = stack.take(word(stack, own(stack, 1), own(stack)))

        assert told == "ignored: nodes do not watch each other any more"
        assert stack.store.records.hearsay.words == ()


@pytest.mark.parametrize("ours", [0, 1])
def test_the_word_of_a_stranger_or_about_one_is_counted_as_nothing(ours: int) -> None:
    stack, stranger = watching(), InstanceId("i-0fedcba9876543210")
    pair = (own(stack), stranger) if ours else (stranger, own(stack))
    told = stack.take(word(stack, *pair))

    assert told == f"ignored: {stranger}: no node of this stack"
    assert stack.store.records.hearsay.misheard.count == 1
    assert f"misheard {stranger}: no node of this stack" in stack.journal.lines


def test_who_is_not_of_the_ring_any_more_makes_nobody_look() -> None:
    stack = watching()
    gone, neighbour = own(stack), own(stack, 1)
    stack.aws.terminate(gone)
    stack.sweep()
    stack.aws.calls.clear()
    told = stack.take(word(stack, neighbour, gone))

    assert told == f"ignored: {gone} is silent, and they are not both of the ring any more"
    assert stack.aws.calls == []
    assert stack.store.records.hearsay.misheard.count == 0


def test_ten_reports_that_mean_nothing_are_told_once() -> None:
    stack = watching()
    bad: dict[str, Any] = {**word(stack, own(stack), own(stack, 1)), "detail": {"stack": "natkeeper"}}
    for _ in range(9):
        stack.take({**bad, "time": f"{stack.clock():%Y-%m-%dT%H:%M:%SZ}"})
    stack.sweep()
    assert not [s for s, _ in stack.notices.sent if "hearsay" in s]

    for _ in range(3):
        stack.take({**bad, "time": f"{stack.clock():%Y-%m-%dT%H:%M:%SZ}"})
        stack.sweep()
    (text,) = [text for _, text in stack.notices.sent if "reports of nodes were ignored" in text]
    assert "10 reports of nodes were ignored, the last one because of a node's report: " in text
    assert stack.store.records.hearsay.misheard.last == stack.clock()


def test_what_cannot_be_written_down_is_left_to_its_repetition() -> None:
    stack = watching()
    error = ThrottledError("saving", "the table", "ThrottlingException", "slow down")

    def refuse(word: Word) -> None:
        raise error

    stack.store.note_word = refuse  # type: ignore[method-assign]
    told = stack.take(word(stack, own(stack, 1), own(stack)))

    assert told.startswith("left to the next sweep: ")
    assert stack.serving() == own(stack)
