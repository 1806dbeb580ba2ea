"""A stack at rest, one rule of its controller broken on purpose, and the one law that is watched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from natkeeper.core.actions import Action, Cause, TerminateNode
from natkeeper.core.decision import plan, rules
from natkeeper.core.judgement.view import View
from natkeeper.core.policy import Standby
from tests.simulation.faults.fault import strike
from tests.simulation.faults.sleep import SLEEP_BY_NAME
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import HOUR
from tests.simulation.life.life import BrokenLawError, Life
from tests.simulation.life.ways import ALWAYS_ON, WAYS


def settled(zones: int = 2, **changes: object) -> Life:
    life = Life(zones, seed=1, policy=replace(ALWAYS_ON, **changes))  # type: ignore[arg-type]
    life.settle()
    return life


def paired(zones: int = 1, **changes: object) -> Life:
    """A stack whose zones have a standby, and whose nodes have passed their probes for long."""
    life = settled(zones, standby=Standby.ZONE, **changes)
    life.run(2 * HOUR)
    return life


def working(way: str, *, asleep: bool = False) -> Life:
    """A stack of one zone in which somebody works, or where all have just gone home."""
    life = Life(1, seed=1, policy=WAYS[way])
    life.settle()
    strike(life, SLEEP_BY_NAME["workload comes"], 0)
    life.settle()
    if asleep:
        strike(life, SLEEP_BY_NAME["workloads go"], 0)
        life.run(HOUR)
        assert truth.wrongs(life.world, life.demand) == []
        assert life.bare
    return life


def add_rule(monkeypatch: pytest.MonkeyPatch, rule: object, *, first: bool = False) -> None:
    old = rules.RULES
    monkeypatch.setattr(plan, "RULES", (rule, *old) if first else (*old, rule))


def end_all(view: View) -> Iterator[Action]:
    """A rule that ends whoever there is."""
    for s in view.own:
        yield TerminateNode(view.zone.name, s.node.id, Cause.SURPLUS, "a broken rule")


def remove_rule(monkeypatch: pytest.MonkeyPatch, rule: object) -> None:
    monkeypatch.setattr(plan, "RULES", tuple(r for r in rules.RULES if r is not rule))


def caught(life: Life, law: object, hours: float = 2.0) -> None:
    """Lives on until a law is broken, with only this one watched."""
    life.deeds = tuple(deed for deed in life.deeds if deed is law)
    life.states = tuple(state for state in life.states if state is law)
    life.saves = tuple(save for save in life.saves if save is law)
    life.notices = tuple(notice for notice in life.notices if notice is law)
    life.obeying = tuple(obeyed for obeyed in life.obeying if obeyed is law)
    life.answering = tuple(answered for answered in life.answering if answered is law)
    life.failing = tuple(failed for failed in life.failing if failed is law)
    with pytest.raises(BrokenLawError):
        life.run(hours * HOUR)
