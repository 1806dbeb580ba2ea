"""The whole controller in memory: faults in, a world at rest out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.intake.triggers import Hint
from natkeeper.core.model import Doom, DoomKind, InstanceId, Lifecycle, Market
from tests.builders import POLICY
from tests.stack import Stack, assert_at_rest, own, settled

REPORT = (
    '{{"natkeeper": 1, "checks": {{"interface": true, "forwarding": {0}, '
    '"rules": {0}, "guard": true, "egress": {1}}}}}'
)
FLUSHED = REPORT.format("false", "false")
NO_EGRESS = REPORT.format("true", "false")


@pytest.mark.parametrize("zones", [1, 2, 3])
def test_a_new_stack_comes_to_rest(zones: int) -> None:
    assert_at_rest(settled(zones))


def test_a_calm_sweep_makes_the_same_four_calls_each_time() -> None:
    stack = settled(3)
    for _ in range(3):
        stack.aws.calls.clear()
        stack.sweep()

        assert sorted(stack.aws.calls) == ["addresses", "find", "subnets", "tables"]


def test_a_calm_sweep_writes_nothing_to_the_table() -> None:
    stack = settled(2)
    stack.sweep()
    before = stack.store.saves
    stack.sweep()

    assert stack.store.saves == before


@pytest.mark.parametrize("zones", [1, 2])
def test_a_terminated_node_is_replaced(zones: int) -> None:
    stack = settled(zones)
    lost = own(stack)
    stack.aws.terminate(lost)
    stack.settle()

    assert lost not in [node.id for node in stack.living()]
    assert_at_rest(stack)


def test_a_neighbour_covers_at_once_and_hands_back() -> None:
    stack = settled(2)
    lost, neighbour = own(stack), own(stack, 1)
    stack.aws.terminate(lost)
    stack.desk.handle(Hint("instance is shutting-down", (lost,)))
    assert stack.serving() == neighbour

    stack.settle()
    assert_at_rest(stack)


def test_an_event_that_is_ahead_of_ec2s_reads_is_looked_into_once_more() -> None:
    stack = settled(2)
    node = own(stack)
    stack.aws.later(1.0, lambda: stack.aws.terminate(node))
    stack.desk.handle(Hint("instance is shutting-down", (node,), dying=True))

    assert own(stack) == own(stack, 1)


def test_whoever_only_waits_does_not_spoil_the_second_look() -> None:
    stack = settled(3)
    node = own(stack, 1)
    stack.update(2)
    stack.minute()  # zones b and c wait until zone a is done
    stack.aws.later(1.0, lambda: stack.aws.terminate(node))
    stack.desk.handle(Hint("instance is shutting-down", (node,), dying=True))

    assert stack.serving(1) not in (node, None)


@pytest.mark.parametrize("zones", [1, 2])
def test_a_stopped_node_is_replaced_and_ended(zones: int) -> None:
    stack = settled(zones)
    stopped = own(stack)
    stack.aws.change(stopped, lifecycle=Lifecycle.STOPPED)
    stack.settle()

    assert stopped not in [node.id for node in stack.living()]
    assert_at_rest(stack)


def test_all_nodes_lost_at_once_are_replaced() -> None:
    stack = settled(3)
    for node in stack.living():
        stack.aws.terminate(node.id)
    stack.settle()

    assert_at_rest(stack)


def test_a_hung_node_is_replaced() -> None:
    stack = settled(2)
    hung = own(stack)
    stack.aws.reports[hung] = None
    stack.aws.change(hung, impaired_since=stack.clock())
    stack.settle(9)

    assert hung not in [node.id for node in stack.living()]
    assert_at_rest(stack)


def test_flushed_rules_are_repaired_without_a_launch() -> None:
    stack = settled()
    node = own(stack)
    stack.aws.reports[node] = FLUSHED
    stack.minute()

    assert stack.aws.repaired == [node]
    stack.minute()
    assert own(stack) == node
    assert_at_rest(stack)


def test_rules_flushed_again_and_again_make_a_successor() -> None:
    stack = settled()
    node = own(stack)
    for _ in range(2):
        stack.aws.reports[node] = FLUSHED
        stack.minute()
        stack.minute()
    stack.settle()

    assert stack.aws.repaired == [node, node]
    assert own(stack) != node
    assert_at_rest(stack)


def test_targets_down_for_everybody_change_nothing() -> None:
    stack = settled(2)
    before = stack.living()
    for node in before:
        stack.aws.reports[node.id] = NO_EGRESS
    stack.settle(15)

    assert [node.id for node in stack.living()] == [node.id for node in before]
    assert not any(call.startswith(("launch", "terminate", "point")) for call in stack.aws.calls)


def test_targets_down_for_the_only_node_end_no_node_that_served() -> None:
    stack = settled(1)
    node = own(stack)
    for name in (node, *(InstanceId(f"i-{n:017x}") for n in range(2, 9))):
        stack.aws.reports[name] = NO_EGRESS
    stack.settle(30)

    assert own(stack) == node
    assert len(stack.living()) <= 2


@pytest.mark.parametrize("target", [None, "eni-foreign"])
def test_a_changed_route_is_put_right_in_one_sweep(target: str | None) -> None:
    stack = settled()
    table = stack.layout.tables[0]
    node = own(stack)
    stack.aws.routes[table] = replace(stack.aws.routes[table], target=target)
    stack.sweep()

    assert own(stack) == node
    assert_at_rest(stack)


def test_a_held_table_is_left_alone() -> None:
    stack = settled()
    table = stack.layout.tables[0]
    stack.aws.routes[table] = replace(stack.aws.routes[table], target="nat-1", held=True)
    stack.sweep()

    assert stack.aws.routes[table].target == "nat-1"


def test_check_and_address_are_put_right_in_one_sweep() -> None:
    stack = settled()
    stack.aws.change(own(stack), source_dest_check=True)
    stack.aws.holders[stack.layout.allocations[0]] = None
    stack.sweep()

    assert_at_rest(stack)


def test_an_address_lost_for_ever_is_told_not_fought_over() -> None:
    stack = settled()
    for _ in range(6):
        stack.aws.holders[stack.layout.allocations[0]] = None
        stack.aws.advance(60)
        stack.sweep()

    assert stack.aws.holders[stack.layout.allocations[0]] is None
    assert [subject for subject, _ in stack.notices.sent] == ["natkeeper: address in eu-west-1a"]


def test_a_new_template_replaces_one_zone_after_the_other() -> None:
    stack = settled(3)
    old = {node.id for node in stack.living()}
    stack.update(version=2)
    for _ in range(20):
        stack.minute()
        replaced = {node.zone for node in stack.living() if node.id not in old}
        whole = {node.zone for node in stack.living() if node.id in old}
        assert len(replaced & whole) <= 1, "two zones in succession at once"
        assert all(stack.serving(number) for number in range(3))

    assert not old.intersection(node.id for node in stack.living())
    assert_at_rest(stack)


def test_a_retirement_that_is_called_off_is_forgotten_and_nobody_is_succeeded() -> None:
    stack = settled(1)
    node = own(stack)
    over = Hint("scheduled change is over", (node,), over=True)
    stack.store.save_doom(node, Doom(DoomKind.RETIREMENT, stack.clock() + timedelta(days=9)))
    stack.desk.handle(over)
    stack.settle()

    assert stack.store.load().dooms == {}
    assert [own(stack)] == [n.id for n in stack.living()] == [node]


def test_what_ec2_announces_itself_is_not_called_off_by_aws_health() -> None:
    stack = settled(1)
    doom = Doom(DoomKind.INTERRUPTION, stack.clock() + timedelta(minutes=2))
    stack.store.save_doom(own(stack), doom)
    stack.desk.handle(Hint("scheduled change is over", (own(stack),), over=True))

    assert stack.store.load().dooms == {own(stack): doom}


def test_the_successor_of_a_spot_node_that_ec2_recommends_to_leave_is_of_another_pool() -> None:
    stack = Stack(1, replace(POLICY, template_version=1, market=Market.SPOT))
    stack.settle()
    doomed = own(stack)
    stack.desk.handle(Hint("rebalance", (doomed,), Doom(DoomKind.REBALANCE, stack.clock())))
    stack.settle()
    types = {n.id: (n.instance_type, n.spot) for n in stack.aws.ever()}

    assert types[doomed] == ("t4g.nano", True)
    assert types[own(stack)] == ("t4g.micro", True)


@pytest.mark.parametrize("kind", list(DoomKind))
def test_a_doomed_node_is_succeeded_before_it_goes(kind: DoomKind) -> None:
    stack = settled(1)
    doomed = own(stack)
    doom = Doom(kind, stack.clock() + timedelta(minutes=2))
    stack.desk.handle(Hint(kind, (doomed,), doom))
    stack.settle(1)

    assert own(stack) != doomed
    stack.settle()
    assert_at_rest(stack)


def test_a_failover_moves_to_the_neighbour_and_then_to_a_new_node() -> None:
    stack = settled(2)
    node, neighbour = own(stack), own(stack, 1)
    stack.order("Failover", zone=stack.living()[0].zone)
    assert own(stack) == neighbour

    stack.settle()
    assert node not in [n.id for n in stack.living()]
    assert_at_rest(stack)


def test_a_heal_is_timed_from_the_first_sight_of_the_fault() -> None:
    stack = settled(1)
    stack.aws.terminate(own(stack))
    stack.settle()

    assert any(line.startswith("healed eu-west-1a") for line in stack.journal.lines)
