"""The edges of falling asleep and waking, beside the situations of the table."""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.actions import (
    Action,
    Cause,
    DisableSourceDestCheck,
    Notify,
    StartNode,
    StopNode,
    TerminateNode,
    Wait,
)
from natkeeper.core.memory import Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import InstanceId, Node, Observed, Wish, WishKind
from natkeeper.core.policy import Policy, SleepMode
from tests.builders import NOW, POLICY, A, B, ago, decided, node, pending, remembering, served, world, zone
from tests.unit.core.sleep_situations import DEMAND, TASK, asleep, past, read, slept, unread

a1, a2 = node("a1"), node("a2")
OFF = Wish(WishKind.OFF, ago(minutes=60))


def planned(observed: Observed, memory: Memory, policy: Policy = DEMAND) -> tuple[Action, ...]:
    return decided(observed, memory, policy)


def test_of_several_nodes_that_are_not_kept_the_least_fit_ends_first() -> None:
    worn = replace(a2, template_version=2)
    nothing_left = replace(POLICY, sleep_mode=SleepMode.TERMINATE)
    (ended,) = planned(world(served(a1, worn, wish=OFF)), remembering(a1, worn), nothing_left)

    assert ended == TerminateNode(A, worn.id, Cause.ASLEEP, "a person wants it off")


def test_the_node_that_is_kept_is_stopped_and_told_why() -> None:
    assert planned(world(served(a1, wish=OFF)), remembering(a1), POLICY) == (
        StopNode(A, a1.id, Cause.ASLEEP, "a person wants it off"),
    )


def test_a_node_that_just_starts_again_is_stopped_when_it_runs_and_not_before() -> None:
    starting = {a1.id: NodeMemory(started_at=ago(seconds=5))}

    assert planned(world(zone((pending("a1"),), to=a1, wish=OFF)), Memory(nodes=starting), POLICY) == (
        Wait(A, None, Cause.ASLEEP, "i-a1 can be stopped once it runs"),
    )


def test_of_several_sleepers_the_one_with_the_routes_is_started_then_the_lower_id() -> None:
    second = replace(asleep, id=a2.id, interface=a2.interface)
    memory = slept()
    both = replace(memory, nodes={**memory.nodes, a2.id: memory.node(a1.id)})

    def started(*nodes: Node, to: Node | None) -> InstanceId:
        (action,) = planned(world(zone(nodes, to=to, workloads=TASK)), both)
        assert isinstance(action, StartNode)
        return action.node

    assert started(asleep, second, to=second) == a2.id
    assert started(second, asleep, to=None) == a1.id


def test_nothing_is_started_beside_a_node_that_is_up_already() -> None:
    assert planned(world(served(a2, asleep, workloads=TASK)), slept()) == ()


def test_workloads_that_cannot_be_read_are_waited_for_and_then_told_under_a_key_of_their_own() -> None:
    def unread_since(minutes: float) -> Memory:
        return slept(past(180, asleep_since=ago(hours=3), unread_since=ago(minutes=minutes)))

    (wait,) = planned(world(read(unread, asleep)), unread_since(2))
    assert isinstance(wait, Wait)
    assert wait.until == ago(minutes=2) + DEMAND.unread
    told = planned(world(read(unread, asleep)), unread_since(5))[0]
    assert isinstance(told, Notify)
    assert told.key == f"{A} workloads unread"
    assert told.reason == "its workloads could not be read since 11:55:00: throttled"


def test_a_first_read_that_fails_counts_from_now() -> None:
    (wait,) = planned(world(read(unread, a1)), remembering(a1, zones={A: ZoneMemory()}))

    assert isinstance(wait, Wait)
    assert wait.until == NOW + DEMAND.unread


def test_a_sleeping_zones_node_that_covers_a_neighbour_is_made_to_forward_by_the_neighbour() -> None:
    shut = replace(a1, source_dest_check=True)
    actions = planned(world(served(shut, wish=OFF), zone(to=shut, name=B)), remembering(shut), POLICY)

    checks = [action for action in actions if isinstance(action, DisableSourceDestCheck)]
    assert [(check.zone, check.node) for check in checks] == [(B, a1.id)]
