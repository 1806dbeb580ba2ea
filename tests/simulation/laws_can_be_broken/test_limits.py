"""Whoever goes too far is caught: at what is not ours, twice at once, or too often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from natkeeper.core.actions import Action, Cause, LaunchNode, PointRoute, TerminateNode
from natkeeper.core.decision import plan
from natkeeper.core.decision.cpu_credits import cpu_credits
from natkeeper.core.judgement.view import View
from natkeeper.core.model import InstanceId, RouteTableId
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.laws.bounds import HOUR
from tests.simulation.laws.limits import (
    disrupts_one_thing_at_a_time,
    money_is_bounded,
    never_too_many_nodes,
    no_node_at_work_is_lavish,
    touches_only_what_is_ours,
    tries_are_bounded,
)
from tests.simulation.laws_can_be_broken.sabotage import add_rule, caught, remove_rule, settled
from tests.world.world import FOREIGN_TABLE


def test_a_strangers_node_is_not_to_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    stranger = life.stranger.node.id

    def rule(view: View) -> Iterator[Action]:
        yield TerminateNode(view.zone.name, stranger, Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, touches_only_what_is_ours)


def test_a_strangers_table_is_not_to_be_pointed(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def rule(view: View) -> Iterator[Action]:
        node = view.own[0].node
        assert node.interface
        tables = (RouteTableId(FOREIGN_TABLE),)
        yield PointRoute(
            view.zone.name, node.id, node.interface, tables, None, None, Cause.ROUTE, "a broken rule"
        )

    add_rule(monkeypatch, rule)
    caught(life, touches_only_what_is_ours)


def test_two_disruptions_in_a_pass_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    monkeypatch.setattr(plan, "_one_disruption", lambda actions: actions)

    def rule(view: View) -> Iterator[Action]:
        for number in (1, 2):
            yield TerminateNode(view.zone.name, InstanceId(f"i-{number}"), Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    caught(life, disrupts_one_thing_at_a_time)


def test_two_runs_at_work_in_a_zone_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    monkeypatch.setattr("tests.simulation.life.controller.Pass.acquire", lambda self: self.store.epoch + 1)
    monkeypatch.setattr("tests.simulation.life.controller.Pass.renew", lambda self: True)
    node = life.world.instances.find()[0].id

    def rule(view: View) -> Iterator[Action]:
        yield TerminateNode(view.zone.name, InstanceId("i-1"), Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    life.world.bus.doubled = 1.0
    detail = {"instance-id": node, "state": "running"}
    for _ in range(3):  # each twice, and each as late as it likes: some two meet
        life.world.bus.put("aws.ec2", "EC2 Instance State-change Notification", detail)
    caught(life, disrupts_one_thing_at_a_time)


def launching(view: View) -> Iterator[Action]:
    """A node a sweep, whatever there is."""
    assert view.zone.subnet
    types, generation = view.instance_types(), view.past.generation
    yield LaunchNode(view.zone.name, view.zone.subnet, generation, types, Cause.NO_NODE, "a broken rule")


def test_too_many_nodes_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    add_rule(monkeypatch, launching)
    caught(life, never_too_many_nodes)


def test_too_many_launches_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    add_rule(monkeypatch, launching)
    caught(life, money_is_bounded)


def test_launches_tried_for_ever_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1, surge=999)
    life.run(2 * HOUR)
    add_rule(monkeypatch, launching)
    caught(life, tries_are_bounded)


def test_a_node_that_goes_on_without_a_limit_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    remove_rule(monkeypatch, cpu_credits)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, no_node_at_work_is_lavish)


def test_credits_that_are_refused_for_hours_excuse_it_and_hurt_nobody_else() -> None:
    life = settled(2)
    strike(life, BY_NAME["CPU credits denied"], 0)
    strike(life, BY_NAME["node terminated"], 0)
    life.run(5.5 * HOUR)
    assert life.lavish, "it works on without a limit"
    assert not life.availability.down
    life.settle()

    assert not life.lavish
