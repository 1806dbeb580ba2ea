"""A run of the probe ends before the next one starts, and before its function is killed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from functions.probe.handler import handler
from natkeeper import bootstrap
from natkeeper.core.errors import DeniedError, ThrottledError
from natkeeper.core.intake.triggers import Sweep
from natkeeper.core.memory import Launch
from natkeeper.core.model import InstanceId, Outcome, Probe
from natkeeper.core.ring import Peer, told
from natkeeper.ports import Answer
from natkeeper.probe import BRIEFLY, HURRY, SPARE, WRITING, Prober
from tests.stack import Stack, own, settled
from tests.world.world import STACK

MINUTE, TIME_OUT = 60.0, 75.0


@dataclass
class Silence:
    """Asks nodes that never answer: as slow as Run Command may be, within what it is left."""

    advance: Callable[[float], None]
    longest: float = 25.0
    left: list[float] = field(default_factory=list)

    def ask(
        self,
        nodes: Sequence[InstanceId],
        time_left: Callable[[], float],
        ring: Sequence[Peer] = (),  # noqa: ARG002
    ) -> tuple[Answer, ...]:
        self.left.append(time_left())
        self.advance(min(self.longest, max(0.0, time_left())))
        return tuple(Answer(node, -1, None, "Delayed") for node in nodes)


def with_young_node() -> Stack:
    stack = Stack(1)
    stack.sweep()
    return stack


def seconds_of(stack: Stack, prober: Prober) -> float:
    before = stack.clock()
    prober.handle(Sweep())
    return (stack.clock() - before).total_seconds()


@pytest.mark.parametrize("longest", [0.5, 4.0, 7.0, 12.0, 25.0])
def test_a_run_that_nobody_answers_ends_before_the_next_minutes(longest: float) -> None:
    stack = with_young_node()
    silence = Silence(stack.aws.advance, longest)

    assert 30 < seconds_of(stack, replace(stack.prober, probing=silence)) < MINUTE - 4
    assert len(silence.left) > 1


def test_a_round_is_begun_only_with_the_time_for_an_answer() -> None:
    stack = with_young_node()
    silence = Silence(stack.aws.advance, longest=4.0)
    seconds_of(stack, replace(stack.prober, probing=silence))

    assert min(silence.left) >= 10


@pytest.mark.parametrize("time_out", [30.0, 45.0, TIME_OUT])
def test_a_run_ends_well_before_its_function_is_killed(time_out: float) -> None:
    stack = with_young_node()
    ends = stack.clock().timestamp() + time_out
    prober = replace(stack.prober, probing=Silence(stack.aws.advance))

    assert seconds_of(stack, prober.within(lambda: ends - stack.clock().timestamp())) <= time_out - 20


@dataclass
class Context:
    """What Lambda hands over beside the event."""

    millis: int

    def get_remaining_time_in_millis(self) -> int:
        return self.millis


def test_the_function_knows_what_lambda_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = with_young_node()
    silence = Silence(stack.aws.advance)
    monkeypatch.setenv("STACK_NAME", STACK)
    monkeypatch.setattr(bootstrap, "prober", lambda: replace(stack.prober, probing=silence))
    handler({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}, Context(40_000))

    assert silence.left[0] == 40 - SPARE - WRITING


def test_a_run_leaves_the_asking_to_a_later_one() -> None:
    """An event's run starts whenever the event comes: the schedule's run beside it goes on, or it does."""
    stack = with_young_node()
    later: list[str] = []
    silent = replace(stack.prober, probing=Silence(stack.aws.advance, longest=4.0))

    def meanwhile(seconds: float) -> None:
        stack.aws.advance(seconds)
        if not later:
            later.append("")
            later.append(silent.handle(Sweep()))

    told = replace(silent, sleep=meanwhile).handle(Sweep())

    assert told.endswith("1 round(s)")
    assert later[1].endswith(("5 round(s)", "4 round(s)"))


def test_a_run_ends_when_the_stack_is_deleted_meanwhile() -> None:
    stack = with_young_node()
    prober = replace(
        stack.prober, probing=Silence(stack.aws.advance), sleep=lambda _: stack.store.save_removed()
    )

    assert prober.handle(Sweep()).endswith("1 round(s)")


def test_a_node_that_may_not_be_asked_hides_no_other_and_is_journaled() -> None:
    stack = settled(2)
    mute, heard = own(stack, 0), own(stack, 1)
    refusal = DeniedError("probing with p", mute, "AccessDeniedException", "no tag")

    class Refused(Silence):
        def ask(
            self, nodes: Sequence[InstanceId], time_left: Callable[[], float], ring: Sequence[Peer] = ()
        ) -> tuple[Answer, ...]:
            answers = {a.node: a for a in stack.aws.ask(nodes, time_left, ring)}
            answers[mute] = Answer(mute, -1, None, str(refusal), refusal)
            return tuple(answers[node] for node in nodes)

    replace(stack.prober, probing=Refused(stack.aws.advance)).handle(Sweep())
    last = {node: probes[-1] for node, probes in stack.store.records.evidence.items()}

    assert (last[mute].outcome, last[heard].outcome) == (Outcome.SILENT, Outcome.PASSED)
    assert "AccessDeniedException: no tag" in last[mute].note
    assert f"refused Probe {mute} DeniedError" in stack.journal.lines


def test_a_node_that_is_not_there_yet_is_no_refusal_to_log_but_says_why_it_is_silent() -> None:
    stack = with_young_node()
    (node,) = stack.living()
    stack.prober.handle(Sweep())

    assert stack.journal.refusals == []
    assert "InvalidInstanceId" in stack.store.records.evidence[node.id][0].note


def test_a_run_that_can_ask_nobody_fails_and_writes_nothing_down() -> None:
    stack = settled(1)
    before = stack.store.records.evidence
    stack.aws.failing["ask"] = ThrottledError("probing with p", "all", "ThrottlingException", "Rate exceeded")

    with pytest.raises(ThrottledError):
        stack.prober.handle(Sweep())
    assert stack.store.records.evidence == before


def test_an_answer_is_dated_by_when_it_was_asked_for() -> None:
    stack = settled(2)
    stack.aws.advance(3600)
    stack.sweep()
    asked = stack.clock()

    assert seconds_of(stack, replace(stack.prober, probing=Silence(stack.aws.advance))) == 25
    assert {probes[-1].at for probes in stack.store.records.evidence.values()} == {asked}


def test_every_node_is_told_of_the_whole_ring() -> None:
    stack = settled(2)
    said: list[str] = []

    class Telling(Silence):
        def ask(
            self, nodes: Sequence[InstanceId], time_left: Callable[[], float], ring: Sequence[Peer] = ()
        ) -> tuple[Answer, ...]:
            said.extend({told(ring, node) for node in nodes})
            return stack.aws.ask(nodes, time_left, ring)

    seconds_of(stack, replace(stack.prober, probing=Telling(stack.aws.advance)))
    a, b = sorted(stack.living(), key=lambda node: node.zone)

    assert said == [f"{a.id}={a.private_address},{b.id}={b.private_address}"]


def launch_beside(stack: Stack) -> InstanceId:
    """A second node of the first zone is launched and listed. Returns it."""
    zone, new = stack.world.zones[0], InstanceId("i-0newnewnewnewnewn")
    memory = stack.store.records.memory
    past = memory.zone(zone)
    launches = (*past.launches, Launch(stack.clock(), instance=new))
    memory = memory.with_zone(zone, replace(past, launches=launches))
    memory = replace(memory, roster=(*memory.roster, new))
    stack.store.records = replace(stack.store.records, memory=memory)
    return new


def hung(*, succeeded: bool = True) -> Stack:
    """Two zones, settled an hour ago, of which the first one's node was found silent by its neighbour; a
    successor has just been launched."""
    stack = settled(2)
    stack.aws.advance(3600)
    stack.sweep()
    node, memory = own(stack, 0), stack.store.records.memory
    memory = memory.with_node(node, replace(memory.node(node), silent_since=stack.clock()))
    stack.store.records = replace(stack.store.records, memory=memory)
    if succeeded:
        launch_beside(stack)
    return stack


def hung_alone(age: int) -> tuple[Stack, InstanceId]:
    """One zone, settled so many seconds ago, whose node did not answer twice; and its successor, which has
    just been launched."""
    stack = settled(1)
    stack.aws.advance(age)
    stack.sweep()
    stack.announcements.listener = tuple  # nobody acts on what they say
    node = own(stack)
    for late in (20, 10):
        probe = Probe(stack.clock() - timedelta(seconds=late), Outcome.SILENT)
        stack.store.save_evidence(node, (*stack.store.records.evidence[node], probe))
    return stack, launch_beside(stack)


def patience_of(stack: Stack) -> float:
    """How long the first round would wait for an answer."""
    silence = Silence(stack.aws.advance, longest=4.0)
    seconds_of(stack, replace(stack.prober, probing=silence))
    return silence.left[0]


def test_a_successor_waits_no_longer_for_the_answer_of_the_one_that_hangs_than_it_must() -> None:
    assert patience_of(hung()) == HURRY


def test_a_node_that_was_found_silent_has_its_time_while_nobody_waits() -> None:
    assert patience_of(hung(succeeded=False)) > 40


def test_a_young_node_hurries_nobody_who_answered_since_or_was_never_found_silent() -> None:
    cleared = hung()
    node = own(cleared, 0)
    at = cleared.clock() + timedelta(seconds=9)
    answers = (*cleared.store.records.evidence[node], Probe(at, Outcome.PASSED))
    cleared.store.save_evidence(node, answers)

    assert patience_of(cleared) > 40
    assert patience_of(with_young_node()) > 40


def asked_by(stack: Stack) -> Silence:
    """What a run asks that nobody answers."""
    silence = Silence(stack.aws.advance)
    seconds_of(stack, replace(stack.prober, probing=silence))
    return silence


@pytest.mark.parametrize("age", [60, 3600])
def test_who_is_alone_and_has_worked_is_asked_twice_within_seconds_however_young_it_is(age: int) -> None:
    stack = settled(1)
    stack.aws.advance(age)
    stack.sweep()
    silence = asked_by(stack)
    first, second = stack.store.records.evidence[own(stack)][-len(silence.left) :][:2]

    assert silence.left[:2] == [BRIEFLY, HURRY]
    assert (second.at - first.at).total_seconds() == BRIEFLY + 1


def test_a_successor_is_asked_again_at_once_and_waits_for_no_answer_of_one_that_was_alone_and_hangs() -> None:
    stack, _ = hung_alone(3600)
    silence = asked_by(stack)

    assert silence.left[0] == HURRY
    # A round of the young one alone, a second after the first.
    assert silence.left[1] == pytest.approx(55 - HURRY - 1 - WRITING, abs=0.1)


def test_a_young_one_that_went_silent_is_asked_no_more_in_a_run_while_its_successor_boots() -> None:
    stack, new = hung_alone(60)
    asked_by(stack)
    evidence = stack.store.records.evidence

    assert len(evidence[new]) > 1
    assert [p.outcome for p in evidence[own(stack)]][-4:] == [Outcome.PASSED, *[Outcome.SILENT] * 3]
