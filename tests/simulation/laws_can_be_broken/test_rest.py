"""A stack that does not come to rest, or not as it should be, is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from natkeeper.core.actions import Action, Cause, DisableSourceDestCheck
from natkeeper.core.decision import plan, rules
from natkeeper.core.judgement import election
from natkeeper.core.judgement.view import View
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.faults.sleep import SLEEP_BY_NAME
from tests.simulation.laws.bounds import HOUR
from tests.simulation.laws_can_be_broken.sabotage import add_rule, remove_rule, settled, working
from tests.simulation.life.life import BrokenLawError, Life
from tests.simulation.life.ways import WAYS


def test_a_zone_that_never_falls_asleep_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = working("on demand")
    monkeypatch.setattr(plan, "ASLEEP", ())
    strike(life, SLEEP_BY_NAME["workloads go"], 0)
    life.run(HOUR)
    with pytest.raises(BrokenLawError, match="should sleep"):
        life.settle()


def test_a_node_that_never_goes_back_to_spot_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(1, seed=1, policy=WAYS["spot"])
    strike(life, SLEEP_BY_NAME["no spot anywhere in the zone"], 0)
    monkeypatch.setattr(election, "spot_may_have_room", lambda *_: False)
    life.run(4 * HOUR)
    with pytest.raises(BrokenLawError, match="not on spot"):
        life.settle()


def test_a_controller_that_never_rests_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def rule(view: View) -> Iterator[Action]:
        node = view.own[0].node
        assert node.interface
        yield DisableSourceDestCheck(view.zone.name, node.id, node.interface, Cause.CHECK, "a broken rule")

    add_rule(monkeypatch, rule)
    with pytest.raises(BrokenLawError, match="not at rest"):
        life.run(4 * HOUR)


def test_calm_that_is_not_as_it_should_be_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    remove_rule(monkeypatch, rules.surplus)
    strike(life, BY_NAME["template updated"], 0)
    with pytest.raises(BrokenLawError, match="calm, but eu-west-1a has 2 nodes"):
        life.settle()
