"""AWS's refusals and the core's memory, as their readers meet them."""

from __future__ import annotations

from datetime import timedelta

from natkeeper.core.errors import AwsError, DeniedError
from natkeeper.core.memory import Memory, NodeMemory, ZoneMemory, recent
from tests.builders import NOW, A, B, ago, node

a1, a2 = node("a1"), node("a2")


def test_a_refusal_says_what_was_attempted_on_what_and_what_to_do() -> None:
    error = DeniedError("launch", "subnet-a", "UnauthorizedOperation", "not you")

    assert str(error) == f"launch on subnet-a: UnauthorizedOperation: not you ({DeniedError.advice})"
    assert (error.attempted, error.on, error.code) == ("launch", "subnet-a", "UnauthorizedOperation")
    assert error.name == "DeniedError"
    assert isinstance(error, AwsError)


def test_a_change_of_one_zone_or_node_leaves_the_others() -> None:
    memory = Memory(zones={B: ZoneMemory(7)}, nodes={a2.id: NodeMemory(NOW)}, told={"x": NOW})
    changed = memory.with_zone(A, ZoneMemory(1)).with_node(a1.id, NodeMemory(ago(hours=1)))

    assert changed.zones == {A: ZoneMemory(1), B: ZoneMemory(7)}
    assert changed.nodes == {a1.id: NodeMemory(ago(hours=1)), a2.id: NodeMemory(NOW)}
    assert changed.told == memory.told
    assert (changed.zone(A), changed.node(a1.id)) == (ZoneMemory(1), NodeMemory(ago(hours=1)))
    assert (Memory().zone(A), Memory().node(a1.id)) == (ZoneMemory(), NodeMemory())


def test_recent_is_what_lies_within_the_hour_but_not_at_its_end() -> None:
    times = (ago(hours=1), ago(minutes=59), NOW)

    assert recent(times, NOW) == times[1:]
    assert recent(times, NOW, timedelta(minutes=59)) == times[2:]
