"""What an adversary, a sleeper and a late read make of words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from natkeeper.core.errors import RefusedError
from natkeeper.core.intake.triggers import Sweep
from natkeeper.core.model import WishKind
from natkeeper.core.ring import Said
from tests.stack import own
from tests.unit.test_sleep import wish
from tests.unit.test_spare import kill
from tests.unit.test_words import parsed, silences, watching, word


@pytest.mark.parametrize("launches", [True, False])
def test_a_liar_that_says_it_anew_every_second_holds_a_zone_until_the_next_probe_alone(
    launches: bool,
) -> None:
    stack = watching()
    victim, liar = own(stack), own(stack, 1)
    if not launches:
        stack.aws.failing["launch"] = RefusedError("launching", "a node", "VcpuLimitExceeded", "no more")
    held = 0
    for second in range(240):
        stack.aws.advance(1)
        stack.take(word(stack, liar, victim))
        if second % 60 == 30:
            stack.prober.handle(Sweep())  # what it finds is judged with what is said while it asks
        held += stack.serving() == liar

    assert held <= 60
    assert stack.serving() == victim
    assert silences(stack) == 1


def test_who_accused_a_node_that_we_put_to_sleep_is_no_liar_when_that_wakes() -> None:
    stack = watching()
    sleeper, watcher = own(stack), own(stack, 1)
    wish(stack, WishKind.OFF, stack.world.zones[0])
    stack.aws.advance(0.7)
    stack.take(word(stack, watcher, sleeper))
    stack.settle()
    wish(stack, WishKind.ON, stack.world.zones[0], 60)
    stack.settle()

    assert own(stack) == sleeper
    assert stack.store.records.memory.node(watcher).disbelieved_at is None
    assert stack.notices.sent == []


def test_nobody_waits_for_an_objection_of_a_node_that_ec2_says_is_gone() -> None:
    stack = watching()
    gone, neighbour = own(stack), own(stack, 1)
    said = word(stack, neighbour, gone)
    kill(stack, gone)
    before = stack.clock()
    stack.take(said)

    assert stack.serving() == neighbour
    assert stack.clock() - before == timedelta()


def test_a_node_that_hangs_some_seconds_after_a_link_was_whole_again_is_covered_at_once() -> None:
    stack = watching()
    hangs, neighbour = own(stack), own(stack, 1)
    for said, then in ((Said.SILENT, 2), (Said.HEARD, 5)):
        stack.store.note_word(parsed(stack, word(stack, neighbour, hangs, said)))
        stack.take(word(stack, hangs, neighbour, said))
        stack.aws.advance(then)
    stack.take(word(stack, neighbour, hangs))

    assert stack.serving() == neighbour


def test_a_liar_that_accuses_everybody_anew_every_second_hides_no_hang() -> None:
    stack = watching(3)
    hangs, neighbour, liar = (own(stack, number) for number in range(3))
    for second in range(120):
        stack.aws.advance(1)
        for victim in (hangs, neighbour):
            stack.take(word(stack, liar, victim))
        if second % 60 == 30:
            stack.prober.handle(Sweep())  # what it finds is judged with what is said while it asks
    stack.take(word(stack, neighbour, hangs))

    assert stack.serving() != hangs
