"""Every law can fail: a controller with one rule broken on purpose is caught by it, and by no other before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import (
    Action,
    AssociateAddress,
    Cause,
    DisableSourceDestCheck,
    LaunchNode,
    PointRoute,
    StopNode,
    TerminateNode,
)
from natkeeper.core.decision import baking, contest, look, plan, rules, sleeping, spare, standby
from natkeeper.core.decision import egress as egress_rules
from natkeeper.core.decision.cpu_credits import cpu_credits
from natkeeper.core.decision.egress import egress
from natkeeper.core.decision.outcome import Refused
from natkeeper.core.errors import RefusedError, ThrottledError
from natkeeper.core.image import Baking
from natkeeper.core.intake import grammar
from natkeeper.core.intake.commands import Origin
from natkeeper.core.intake.envelope import Envelope
from natkeeper.core.intake.routing import Subnet
from natkeeper.core.intake.topology import Listing, assemble
from natkeeper.core.judgement import demand, election, health, silence
from natkeeper.core.judgement import standby as standing
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.view import View
from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, InterfaceId, Lifecycle, Node, RouteTableId
from natkeeper.core.policy import Standby
from natkeeper.core.remembering import hearsay as remembering
from natkeeper.reconcile import hearing, reconciler
from natkeeper.reconcile.clerk import Clerk
from natkeeper.reconcile.desk import Desk
from natkeeper.reconcile.hand_over import HandOver
from natkeeper.reconcile.observer import Observation, Observer
from tests.builders import NOW
from tests.simulation.faults.baking import BAKING_BY_NAME
from tests.simulation.faults.catalogue import ALL_FAULTS
from tests.simulation.faults.fault import BY_NAME, strike
from tests.simulation.faults.ring import RING_BY_NAME
from tests.simulation.faults.sleep import SLEEP_BY_NAME
from tests.simulation.faults.standby import STANDBY_BY_NAME
from tests.simulation.ground_truth import truth
from tests.simulation.laws import invariants
from tests.simulation.life.life import BrokenLawError, Life
from tests.simulation.life.ways import ALWAYS_ON, WAYS
from tests.world.gate import Trouble
from tests.world.instances import Instances
from tests.world.network import Network
from tests.world.timings import BRIEF
from tests.world.world import FOREIGN_TABLE, STACK

HOUR = 3600.0
ALL_BY_NAME = {fault.name: fault for fault in ALL_FAULTS}


def settled(zones: int = 2, **changes: object) -> Life:
    life = Life(zones, seed=1, policy=replace(ALWAYS_ON, **changes))  # type: ignore[arg-type]
    life.settle()
    return life


def add_rule(monkeypatch: pytest.MonkeyPatch, rule: object, *, first: bool = False) -> None:
    old = rules.RULES
    monkeypatch.setattr(plan, "RULES", (rule, *old) if first else (*old, rule))


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


def test_a_strangers_node_is_not_to_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    stranger = life.stranger.node.id

    def rule(view: View) -> Iterator[Action]:
        yield TerminateNode(view.zone.name, stranger, Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, invariants.touches_only_what_is_ours)


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
    caught(life, invariants.touches_only_what_is_ours)


def test_two_disruptions_in_a_pass_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    monkeypatch.setattr(plan, "_one_disruption", lambda actions: actions)

    def rule(view: View) -> Iterator[Action]:
        for number in (1, 2):
            yield TerminateNode(view.zone.name, InstanceId(f"i-{number}"), Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    caught(life, invariants.disrupts_one_thing_at_a_time)


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
    caught(life, invariants.disrupts_one_thing_at_a_time)


def launching(view: View) -> Iterator[Action]:
    """A node a sweep, whatever there is."""
    assert view.zone.subnet
    types, generation = view.instance_types(), view.past.generation
    yield LaunchNode(view.zone.name, view.zone.subnet, generation, types, Cause.NO_NODE, "a broken rule")


def test_too_many_nodes_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    add_rule(monkeypatch, launching)
    caught(life, invariants.never_too_many_nodes)


def test_too_many_launches_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    add_rule(monkeypatch, launching)
    caught(life, invariants.money_is_bounded)


def test_the_end_of_a_good_node_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def rule(view: View) -> Iterator[Action]:
        for s in view.own:
            yield TerminateNode(view.zone.name, s.node.id, Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    caught(life, invariants.spares_who_serves_well)


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
    caught(life, invariants.does_nothing_blindly)


def test_a_judge_that_blames_nodes_for_the_outside_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.run(4 * HOUR)
    monkeypatch.setattr(health, "_blame_for_egress", lambda answering: None)
    strike(life, BY_NAME["targets down"], 0)
    caught(life, invariants.blames_no_node_for_the_outside)


def test_a_move_to_an_unverified_node_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def youngest(zone: object, standings: dict[object, object], *_: object) -> object:
        return max(standings.values(), key=lambda s: s.node.launched_at)  # type: ignore[attr-defined]

    monkeypatch.setattr(look, "elect", youngest)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, invariants.moves_only_to_the_verified)


def test_a_zone_left_without_a_way_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    remove_rule(monkeypatch, egress)
    strike(life, BY_NAME["route deleted"], 0)
    caught(life, invariants.no_zone_is_left_without)


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


def test_a_zone_that_does_not_wake_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = working("on demand", asleep=True)
    remove_rule(monkeypatch, sleeping.wake)
    strike(life, SLEEP_BY_NAME["workload comes"], 0)
    caught(life, invariants.no_wanted_zone_sleeps_on)


def standing_by() -> Life:
    life = Life(1, seed=1, policy=WAYS["with a spare"])
    life.settle()
    return life


def test_a_launch_beside_a_spare_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = standing_by()
    monkeypatch.setattr(View, "sleeper", lambda self: None)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, invariants.starts_the_spare_first)


def test_a_second_spare_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = standing_by()
    add_rule(monkeypatch, stopping)
    caught(life, invariants.keeps_one_spare)


def test_a_spare_that_takes_over_from_a_node_that_is_well_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = standing_by()
    life.run(HOUR)
    remove_rule(monkeypatch, spare.spare)
    strike(life, SLEEP_BY_NAME["sleeping node started by hand"], 0)
    life.run(0.1 * HOUR)

    def rule(view: View) -> Iterator[Action]:
        for s in view.own:
            table, interface = view.zone.routes[0].table, s.node.interface
            assert interface
            if s != view.current and s.node.lifecycle is Lifecycle.RUNNING:
                tables = (table,)
                yield PointRoute(
                    view.zone.name, s.node.id, interface, tables, None, None, Cause.ROUTE, "a broken rule"
                )

    add_rule(monkeypatch, rule, first=True)
    caught(life, invariants.leaves_the_serving_node_for_no_spare)


def test_a_zone_that_lacks_its_spare_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = standing_by()
    remove_rule(monkeypatch, spare.spare)
    strike(life, SLEEP_BY_NAME["sleeping node terminated"], 0)
    with pytest.raises(BrokenLawError, match="0 nodes that stand by"):
        life.settle()


def paired(zones: int = 1, **changes: object) -> Life:
    """A stack whose zones have a standby, and whose nodes have passed their probes for long."""
    life = settled(zones, standby=Standby.ZONE, **changes)
    life.run(2 * HOUR)
    return life


def test_a_standby_that_is_ended_before_its_successor_works_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = paired(drain=timedelta(0))
    monkeypatch.setattr(standing, "old_standby", lambda view: None)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, invariants.ends_no_standby_before_its_successor)


def test_a_zone_that_lacks_its_standby_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = paired()
    remove_rule(monkeypatch, standby.standby)
    strike(life, STANDBY_BY_NAME["standby terminated"], 0)
    with pytest.raises(BrokenLawError, match="calm, but eu-west-1a has 1 nodes"):
        life.settle()


def test_a_standby_that_is_launched_as_an_emergency_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = paired()
    honest = standby.standby

    def hasty(view: View) -> Iterator[Action]:
        return (replace(a, urgent=True) if isinstance(a, LaunchNode) else a for a in honest(view))

    monkeypatch.setattr(plan, "RULES", (*(r for r in rules.RULES if r is not honest), hasty))
    strike(life, STANDBY_BY_NAME["standby terminated"], 0)
    caught(life, invariants.a_standby_is_no_emergency)


def test_an_update_that_goes_from_one_old_node_to_another_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = paired()

    def rule(view: View) -> Iterator[Action]:
        for s in view.own:
            table, interface = view.zone.routes[0].table, s.node.interface
            if s != view.current and s.cause is Cause.OUTDATED and interface:
                yield PointRoute(
                    view.zone.name, s.node.id, interface, (table,), None, None, s.cause, "a broken rule"
                )

    add_rule(monkeypatch, rule, first=True)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, invariants.an_update_moves_a_zone_forward)


@pytest.mark.parametrize("name", STANDBY_BY_NAME)
def test_whatever_befalls_a_standby_no_law_is_broken(name: str) -> None:
    life = paired(zones=2)
    for zone in (0, 1, 0):
        strike(life, STANDBY_BY_NAME[name], zone)
        life.run(20 * 60.0)
    life.settle()


def stopping(view: View) -> Iterator[Action]:
    """Stops every node that runs."""
    for s in view.own:
        if s.node.lifecycle is Lifecycle.RUNNING:
            yield StopNode(view.zone.name, s.node.id, Cause.SPARE, "a broken rule")


def test_a_reconciler_that_does_not_wait_for_an_objection_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.run(4 * HOUR)
    monkeypatch.setattr(silence._Hearing, "objects", lambda self, word: False)
    monkeypatch.setattr(silence._Hearing, "_is_too_much", lambda self, node, words: False)
    strike(life, RING_BY_NAME["link broken"], 0)
    caught(life, invariants.blips_change_nothing)


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
    caught(life, invariants.blips_change_nothing)


def test_a_judge_that_believes_a_liar_again_and_again_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    monkeypatch.setattr(silence._Hearing, "_is_too_much", lambda self, node, words: False)
    monkeypatch.setattr(remembering, "wrong_reporters", lambda *_: frozenset())
    strike(life, RING_BY_NAME["node lies"], 0)
    caught(life, invariants.a_lie_moves_a_zone_once_an_hour)


def test_a_judge_that_believes_one_of_three_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(3)
    monkeypatch.setattr(silence._Hearing, "_agree", lambda self, node, words: True)
    strike(life, RING_BY_NAME["node lies"], 0)
    caught(life, invariants.a_lie_moves_a_zone_once_an_hour)


def test_the_end_of_a_node_by_a_word_alone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)

    def rule(view: View) -> Iterator[Action]:
        for s in view.own:
            if s.cause is Cause.SILENT:
                yield TerminateNode(view.zone.name, s.node.id, Cause.SILENT, "a broken rule")

    add_rule(monkeypatch, rule, first=True)
    strike(life, RING_BY_NAME["node lies"], 0)
    caught(life, invariants.no_word_ends_a_node)


def test_a_zone_put_to_sleep_because_a_read_failed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = working("on demand")

    def careless(*_: object, **__: object) -> demand.Demand:
        return demand.Demand(wanted=False, ground=demand.Ground.WORKLOADS, reason="a broken rule")

    monkeypatch.setattr(demand, "_unread", careless)
    strike(life, SLEEP_BY_NAME["workloads unreadable"], 0)
    caught(life, invariants.spares_who_serves_well)


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


def test_the_end_of_the_last_node_that_works_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)

    def rule(view: View) -> Iterator[Action]:
        for s in view.own:
            yield TerminateNode(view.zone.name, s.node.id, Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    caught(life, invariants.ends_no_last_node)


def test_a_plan_that_leans_on_what_it_lets_go_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    name, interface = next((n.id, n.interface) for n in life.world.instances.find())
    assert interface
    neighbour, own = life.world.zones[1], life.world.zones[0]

    def rule(view: View) -> Iterator[Action]:
        if view.zone.name == neighbour:
            table = view.zone.routes[0].table
            yield PointRoute(neighbour, name, interface, (table,), None, None, Cause.ROUTE, "a broken rule")
        else:
            yield TerminateNode(own, name, Cause.SURPLUS, "a broken rule")

    add_rule(monkeypatch, rule)
    caught(life, invariants.no_plan_contradicts_itself)


def test_launches_tried_for_ever_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1, surge=999)
    life.run(2 * HOUR)
    add_rule(monkeypatch, launching)
    caught(life, invariants.tries_are_bounded)


def test_a_zone_that_never_gets_a_node_of_its_own_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    remove_rule(monkeypatch, rules.capacity)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, invariants.every_zone_gets_a_node)


def test_a_fence_that_stays_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def fence(self: HandOver) -> tuple[Refused, ...]:
        if self.action.fence:
            self.nodes.set_source_dest_check(self.action.fence, on=True)
        return ()

    monkeypatch.setattr(HandOver, "carry_out", fence)
    remove_rule(monkeypatch, rules.source_dest_check)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, invariants.no_fence_outlives_its_run)


def test_routes_that_stay_where_no_address_came_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def refuse(self: Network, address: str, interface: str, private: str = "") -> None:
        raise ThrottledError("associating", address, "RequestLimitExceeded", "no")

    honest = Instances.set_public_address

    def take(self: Instances, interface: InterfaceId, *, on: bool) -> None:
        if not on:
            honest(self, interface, on=on)

    monkeypatch.setattr(Network, "associate", refuse)
    monkeypatch.setattr(Instances, "set_public_address", take)
    monkeypatch.setattr(HandOver, "_giver", property(lambda self: None))
    remove_rule(monkeypatch, rules.public_address)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, invariants.who_was_led_there_is_led_back)


@pytest.mark.parametrize("kept", ["the old node's", "the new node's"])
def test_a_planned_move_beside_another_public_address_is_seen(
    kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = settled(1)

    def take_one(self: HandOver) -> bool:
        asked = self.action.interface if kept == "the old node's" else self.action.fence
        self.nodes.set_public_address(InterfaceId(str(asked)), on=False)
        return True

    monkeypatch.setattr(HandOver, "_is_bare", take_one)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, invariants.a_planned_move_shows_no_third_address)


def test_what_is_forgotten_of_a_living_node_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    monkeypatch.setattr(reconciler, "learn", lambda *given: Memory(told={"a notice": NOW}))
    caught(life, invariants.remembers_who_lives)


def test_news_told_again_and_again_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    life.controller.policy = replace(life.policy, renotify=timedelta(0), takebacks_per_hour=0)
    strike(life, BY_NAME["address stolen"], 0)
    caught(life, invariants.tells_and_does_not_nag)


def test_a_wrong_order_that_is_obeyed_is_seen() -> None:
    life = settled(1)
    life.orders.give("Failover", {"stack": STACK, "zone": life.world.zones[0]}, good=False)
    caught(life, invariants.wrong_orders_are_not_obeyed)


def test_a_run_that_fails_although_aws_is_well_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def broken(self: Desk, trigger: object) -> str:
        raise RefusedError("reconciling", "the stack", "Broken", "on purpose")

    monkeypatch.setattr(Desk, "handle", broken)
    with pytest.raises(BrokenLawError, match="failed although AWS is well"):
        life.run(HOUR)


def test_a_zone_whose_missed_deadline_nobody_hears_of_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.world.gate.troubles.append(Trouble("InternalError", ("RunInstances",)))
    monkeypatch.setattr(plan, "tell_goals", lambda sight: ())
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, invariants.missed_deadlines_are_told)


def test_an_order_that_is_never_answered_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    monkeypatch.setattr(Clerk, "_answer", lambda self, origin, reply, reason: reason)
    strike(life, ALL_BY_NAME["wrong order"], 0)
    caught(life, invariants.orders_are_answered)


def test_an_order_that_is_obeyed_again_after_a_newer_one_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)

    def undated(kind: str, e: Envelope) -> tuple[Origin, list[str]]:
        return Origin(kind, "", e.now), []

    monkeypatch.setattr(grammar, "origin_of", undated)
    strike(life, ALL_BY_NAME["order delivered again"], 0)
    caught(life, invariants.orders_are_obeyed_once)


def test_a_route_fought_for_without_end_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    monkeypatch.setattr(contest, "rests_until", lambda *_: None)
    strike(life, ALL_BY_NAME["route taken again and again"], 0)
    caught(life, invariants.moves_are_bounded)


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
    caught(life, invariants.blips_change_nothing)


def test_an_update_that_waits_for_another_zone_for_ever_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    life.run(4 * HOUR)
    monkeypatch.setattr(look, "turn_of", lambda views: life.world.zones[0])
    strike(life, BY_NAME["table held with a gateway"], 0)
    strike(life, BY_NAME["template updated"], 0)
    caught(life, invariants.no_update_waits_for_ever, hours=4.5)


def test_a_node_that_goes_on_without_a_limit_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1)
    remove_rule(monkeypatch, cpu_credits)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, invariants.no_node_at_work_is_lavish)


def test_credits_that_are_refused_for_hours_excuse_it_and_hurt_nobody_else() -> None:
    life = settled(2)
    strike(life, BY_NAME["CPU credits denied"], 0)
    strike(life, BY_NAME["node terminated"], 0)
    life.run(5.5 * HOUR)
    assert life.lavish, "it works on without a limit"
    assert not life.availability.down
    life.settle()

    assert not life.lavish


def test_more_images_than_are_kept_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(1, own_image=True, image_life=timedelta(hours=1))
    monkeypatch.setattr(baking, "KEPT", 9)
    caught(life, invariants.bakes_one_at_a_time_and_beside_the_stack, hours=100)


def test_a_node_from_an_image_that_nobody_has_tried_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = baking._begin

    def untasted(context: Context, view: View) -> Iterator[Action]:
        return (action for action in honest(context, view) if not action.image)

    monkeypatch.setattr(baking, "_begin", untasted)
    monkeypatch.setattr(Baking, "default", lambda self, version: next((i.id for i in self.images), None))
    life = settled(1, own_image=True)
    life.run(3 * HOUR)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, invariants.nodes_come_only_from_tried_images)


def test_a_baker_beside_a_zone_that_lacks_its_node_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    monkeypatch.setattr(baking, "_calm_zone", lambda seen: list(seen.views.values())[1])
    strike(life, BY_NAME["no room at all"], 0)
    strike(life, BY_NAME["node terminated"], 0)
    life.run(900)
    monkeypatch.setattr(baking, "_unwanted", lambda seen, bakers: [])
    life.controller.policy = replace(life.controller.policy, own_image=True)
    caught(life, invariants.bakes_only_in_calm)


@pytest.mark.parametrize("name", BAKING_BY_NAME)
def test_whatever_befalls_the_images_no_law_is_broken_and_nodes_go_on(name: str) -> None:
    life = settled(2, own_image=True)
    life.run(2 * HOUR)
    strike(life, BAKING_BY_NAME[name], 0)
    life.run(20 * 60.0)
    strike(life, BY_NAME["template updated"], 0)
    life.run(2 * HOUR)
    strike(life, BY_NAME["node terminated"], 1)
    life.settle()


def test_a_zone_that_is_seen_by_another_address_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "deal", lambda ring, zones, memory: {})
    life = settled(2)
    strike(life, BY_NAME["no room at all"], 0)
    strike(life, BY_NAME["node terminated"], 0)
    caught(life, invariants.clients_are_seen_by_their_address)


def test_an_address_that_is_put_where_another_one_is_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    neighbour = next(i.node for i in truth.living(life.world) if i.node.zone == life.world.zones[1])
    address = life.world.layout.allocations[0]

    def rule(view: View) -> Iterator[Action]:
        assert neighbour.interface
        yield AssociateAddress(
            view.zone.name, neighbour.id, neighbour.interface, address, Cause.ADDRESS, "a broken rule"
        )

    add_rule(monkeypatch, rule, first=True)
    strike(life, BY_NAME["address taken off"], 0)
    caught(life, invariants.pushes_no_address_off)


def test_a_route_to_who_would_send_by_no_address_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    life = settled(2)
    monkeypatch.setattr(egress_rules, "may_send", lambda node, zone, context: False)
    strike(life, BY_NAME["failover ordered"], 0)
    caught(life, invariants.leads_nobody_where_nothing_leaves)


@pytest.mark.parametrize("name", ["address on the second private one", "no second address for nodes"])
def test_whatever_befalls_second_addresses_no_law_is_broken(name: str) -> None:
    life = settled(2)
    strike(life, BY_NAME[name], 0)
    strike(life, BY_NAME["template updated"], 0)
    life.run(2 * HOUR)
    strike(life, BY_NAME["node terminated"], 0)
    life.settle()
