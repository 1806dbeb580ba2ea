"""The probe writes down what nodes say, announces news, and stays with those that are not well yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from natkeeper.core.intake.triggers import Hint, Ignored, Sweep
from natkeeper.core.model import InstanceId, Outcome
from tests.stack import Stack, own, settled
from tests.world.guest import GOOD


def outcomes(stack: Stack, node: InstanceId) -> list[Outcome]:
    return [probe.outcome for probe in stack.store.records.evidence[node]]


def test_a_calm_run_asks_every_node_once_and_announces_nothing() -> None:
    stack = settled(2)
    stack.announcements.announced.clear()
    told = stack.prober.handle(Sweep())

    assert stack.aws.calls.count("ask") == 1
    assert told.endswith("1 round(s)")
    assert stack.announcements.announced == []


def test_a_young_node_is_asked_until_it_answers() -> None:
    stack = Stack(zones=1)
    stack.sweep()
    (node,) = stack.living()
    stack.aws.reports[node.id] = None
    stack.aws.later(20, lambda: stack.aws.reports.update({node.id: GOOD}))
    stack.prober.handle(Sweep())

    assert outcomes(stack, node.id)[-1] is Outcome.PASSED
    assert outcomes(stack, node.id).count(Outcome.SILENT) > 1
    assert stack.announcements.announced[-1] == (node.id,)


def test_an_old_silent_node_does_not_hold_the_run_up() -> None:
    stack = settled(2)
    stack.aws.advance(3600)
    stack.sweep()
    node, _ = stack.living()
    stack.aws.reports[node.id] = None
    stack.aws.calls.clear()
    stack.prober.handle(Sweep())

    assert stack.aws.calls.count("ask") == 1


def old_and_alone() -> Stack:
    stack = settled(1)
    stack.aws.advance(3600)
    stack.sweep()
    stack.aws.calls.clear()
    stack.announcements.announced.clear()
    return stack


def test_a_node_that_is_alone_is_asked_twice_before_its_silence_counts() -> None:
    stack = old_and_alone()
    (node,) = stack.living()
    stack.aws.reports[node.id] = None
    stack.prober.handle(Sweep())

    assert stack.aws.calls.count("ask") == 2
    assert outcomes(stack, node.id)[-2:] == [Outcome.SILENT] * 2
    assert stack.announcements.announced == [(node.id,)] * 2
    assert stack.aws.calls.count("launch") == 1


def test_a_node_that_is_alone_and_misses_one_question_is_left_in_peace() -> None:
    stack = old_and_alone()
    (node,) = stack.living()
    stack.world.commands.slips[node.id] = None
    stack.prober.handle(Sweep())

    assert outcomes(stack, node.id)[-2:] == [Outcome.SILENT, Outcome.PASSED]
    assert "launch" not in stack.aws.calls


@pytest.mark.parametrize(("sending", "answering"), [(0.2, 4.5), (0.2, 6.9), (3.0, 4.5)])
def test_a_node_that_is_alone_and_answers_late_is_not_replaced(
    monkeypatch: pytest.MonkeyPatch, sending: float, answering: float
) -> None:
    stack = old_and_alone()
    world = stack.world
    monkeypatch.setattr(world.gate, "timings", replace(world.gate.timings, delivery=answering))
    monkeypatch.setattr(world.processes, "wait", stack.aws.advance)
    send = world.commands._send

    def slow(nodes: Sequence[InstanceId], words: str) -> dict[InstanceId, float]:
        stack.aws.advance(sending)
        return send(nodes, words)

    monkeypatch.setattr(world.commands, "_send", slow)
    for _ in range(10):
        stack.minute()

    assert outcomes(stack, own(stack))[-2:] == [Outcome.SILENT, Outcome.PASSED]
    assert "launch" not in stack.aws.calls


def test_a_node_that_is_alone_and_silent_for_long_is_asked_once_a_minute() -> None:
    stack = old_and_alone()
    (node,) = stack.living()
    stack.aws.reports[node.id] = None
    stack.announcements.listener = tuple
    for _ in range(3):
        stack.prober.handle(Sweep())

    assert stack.aws.calls.count("ask") == 4


def test_only_those_are_asked_again_for_whom_a_minute_is_too_long() -> None:
    stack = settled(2)
    stack.announcements.listener = tuple
    well, bad = sorted(node.id for node in stack.living())
    stack.aws.reports[bad] = "nonsense"
    before = len(outcomes(stack, well))
    told = stack.prober.handle(Sweep())

    assert len(outcomes(stack, well)) == min(10, before + 1)
    assert told.splitlines()[:2] == [f"{well}: passed", f"{bad}: failed report"]
    assert told.splitlines()[-1] != "1 round(s)"


def test_a_failing_node_is_asked_again_but_not_for_ever() -> None:
    stack = settled(1)
    (node,) = stack.living()
    stack.announcements.listener = tuple  # nobody repairs it
    stack.aws.reports[node.id] = "nonsense"
    before = stack.clock()
    stack.prober.handle(Sweep())

    assert outcomes(stack, node.id).count(Outcome.FAILED) >= 3
    assert (stack.clock() - before).total_seconds() < 60


def test_a_strangers_event_and_a_malformed_one_ask_nobody() -> None:
    stack = settled(1)

    assert stack.prober.handle(Hint("running", (InstanceId("i-0fffffff"),))).startswith("ignored")
    assert stack.prober.handle(Ignored("malformed")) == "ignored: malformed"
    assert "ask" not in stack.aws.calls


def test_nobody_is_asked_while_the_stack_is_deleted() -> None:
    stack = settled(1)
    stack.store.save_removed()

    assert "deleted" in stack.prober.handle(Sweep())
    assert "ask" not in stack.aws.calls


def test_what_a_node_carried_is_written_down_with_its_zone() -> None:
    stack = settled(1)
    (node,) = stack.living()
    stack.aws.reports[node.id] = f'{GOOD[:-1]}, "gateway": [3, 0, 0, 0, 0, 0, 0, 9, null, 0]}}'
    stack.prober.handle(Sweep())
    (line,) = (line for line in stack.journal.lines if line.startswith("carried"))

    assert line.startswith(f"carried {node.id} {node.zone} ActiveConnectionCount PeakBytesPerSecond ")


def in_whose_ring(stack: Stack) -> list[tuple[InstanceId, ...]]:
    return [stack.world.instances.all[node.id].guest.peers for node in stack.living()]


def test_who_passes_first_is_in_everybodys_ring_before_the_run_ends() -> None:
    stack = Stack(zones=2)
    stack.sweep()
    stack.aws.advance(30)
    everybody = tuple(node.id for node in stack.living())
    stack.announcements.listener = partial(stack.aws.later, 2.5, stack.sweep)
    began = stack.clock()
    told = stack.prober.handle(Sweep())

    assert in_whose_ring(stack) == [everybody, everybody]
    assert told.endswith("2 round(s)")
    assert 2.5 < (stack.clock() - began).total_seconds() < 10


def test_a_run_does_not_wait_long_for_a_ring_that_stays_as_it_is() -> None:
    stack = Stack(zones=2)
    stack.sweep()
    stack.aws.advance(30)
    stack.announcements.listener = tuple
    began = stack.clock()
    told = stack.prober.handle(Sweep())

    assert told.endswith("1 round(s)")
    assert 4.0 < (stack.clock() - began).total_seconds() < 10


def test_a_node_without_another_has_no_ring_to_wait_for() -> None:
    stack = Stack(zones=1)
    stack.sweep()
    stack.aws.advance(30)
    stack.announcements.listener = tuple
    began = stack.clock()
    stack.prober.handle(Sweep())

    assert (stack.clock() - began).total_seconds() < 1
