"""Whoever acts on what it has not seen, or on one word, is caught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import Action, Cause, TerminateNode
from natkeeper.core.errors import RefusedError
from natkeeper.core.intake.routing import Subnet
from natkeeper.core.intake.topology import Listing, assemble
from natkeeper.core.judgement import health, silence
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.view import View
from natkeeper.core.memory import Memory
from natkeeper.core.model import Node
from natkeeper.core.remembering import hearsay as remembering
from natkeeper.reconcile import hearing, reconciler
from natkeeper.reconcile.desk import Desk
from natkeeper.reconcile.observer import Observation, Observer
from tests.builders import NOW
from tests.simulation.faults.catalogue import ALL_BY_NAME
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.faults.ring import RING_BY_NAME
from tests.simulation.laws.blindness import (
    a_lie_moves_a_zone_once_an_hour,
    blames_no_node_for_the_outside,
    blips_change_nothing,
    does_nothing_blindly,
    no_word_ends_a_node,
    remembers_who_lives,
)
from tests.simulation.laws.bounds import HOUR
from tests.simulation.laws_can_be_broken.sabotage import add_rule, caught, settled
from tests.simulation.life.life import BrokenLawError, Life
from tests.world.gate import Trouble
from tests.world.timings import BRIEF


def test_an_observer_that_reads_an_error_as_an_empty_world_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    honest = Observer.observe

    def careless(self: Observer, records: object, now: object, **asked: bool) -> Observation:
        observation = honest(self, records, now, **asked)  # type: ignore[arg-type]
        if observation.error is None:
            return observation
        subnets = dict.fromkeys(self.layout.public_subnets, Subnet(life.world.zones[0]))
        return replace(observation, observed=assemble(self.layout, Listing(subnets, (), (), ())))

    monkeypatch.setattr(Observer, "observe", careless)
    life.world.gate.troubles.append(Trouble("RequestLimitExceeded", ("Describe",)))
    caught(life, does_nothing_blindly)


def test_a_judge_that_blames_nodes_for_the_outside_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.run(4 * HOUR)
    monkeypatch.setattr(health, "_blame_for_egress", lambda answering: None)
    strike(life, BY_NAME["targets down"], 0)
    caught(life, blames_no_node_for_the_outside)


def test_a_launch_for_a_blip_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.run(4 * HOUR)
    honest = health._by_failure

    def at_once(node: Node, context: Context, blame: health.Judgement | None) -> health.Judgement | None:
        failing = node.probes[-1].failing
        return (
            health.Judgement(health.Verdict.DEAD, "a broken rule")
            if failing
            else honest(node, context, blame)
        )

    monkeypatch.setattr(health, "_by_failure", at_once)
    strike(life, ALL_BY_NAME["one probe without a way out"], 0)
    caught(life, blips_change_nothing)


def test_a_reconciler_that_does_not_wait_for_an_objection_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.run(4 * HOUR)
    monkeypatch.setattr(silence._Hearing, "objects", lambda self, word: False)
    monkeypatch.setattr(silence._Hearing, "_is_too_much", lambda self, node, words: False)
    strike(life, RING_BY_NAME["link broken"], 0)
    caught(life, blips_change_nothing)


def test_a_run_that_waits_for_nobody_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where looks are brief, and the queue is refused: else it has the objection by then."""
    life = Life(2, seed=3, timings=BRIEF)
    life.settle()
    life.run(4 * HOUR)
    life.world.gate.troubles.append(Trouble("AccessDenied", ("ReceiveMessage",)))
    for wait in ("HEARING", "STARTING"):
        monkeypatch.setattr(hearing, wait, timedelta())
    for number in range(60):
        life.world.agenda.after(
            number * 100, lambda: strike(life, RING_BY_NAME["link broken for a moment"], 0)
        )
    caught(life, blips_change_nothing)


def test_a_judge_that_believes_a_liar_again_and_again_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    monkeypatch.setattr(silence._Hearing, "_is_too_much", lambda self, node, words: False)
    monkeypatch.setattr(remembering, "wrong_reporters", lambda *_: frozenset())
    strike(life, RING_BY_NAME["node lies"], 0)
    caught(life, a_lie_moves_a_zone_once_an_hour)


def test_a_judge_that_believes_one_of_three_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(3)
    monkeypatch.setattr(silence._Hearing, "_agree", lambda self, node, words: True)
    strike(life, RING_BY_NAME["node lies"], 0)
    caught(life, a_lie_moves_a_zone_once_an_hour)


def test_the_end_of_a_node_by_a_word_alone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)

    def rule(view: View) -> Iterator[Action]:
        for s in view.own:
            if s.cause is Cause.SILENT:
                yield TerminateNode(view.zone.name, s.node.id, Cause.SILENT, "a broken rule")

    add_rule(monkeypatch, rule, first=True)
    strike(life, RING_BY_NAME["node lies"], 0)
    caught(life, no_word_ends_a_node)


def test_what_is_forgotten_of_a_living_node_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    monkeypatch.setattr(reconciler, "learn", lambda *given: Memory(told={"a notice": NOW}))
    caught(life, remembers_who_lives)


def test_a_run_that_fails_although_aws_is_well_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def broken(self: Desk, trigger: object) -> str:
        raise RefusedError("reconciling", "the stack", "Broken", "on purpose")

    monkeypatch.setattr(Desk, "handle", broken)
    with pytest.raises(BrokenLawError, match="failed although AWS is well"):
        life.run(HOUR)
