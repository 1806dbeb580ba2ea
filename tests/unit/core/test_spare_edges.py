"""What is planned for a spare in the second in which a duration is over, and with what it is launched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from natkeeper.core.actions import Action, LaunchNode, StartNode, Wait
from natkeeper.core.image import Baking
from natkeeper.core.memory import Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import ImageId, InstanceId, Lifecycle, Market, Node
from tests.builders import NOW, A, ago, decided, node, served, world, zone
from tests.unit.core.image_situations import image
from tests.unit.core.situations import a1
from tests.unit.core.spare_situations import BAKES, KEEPS, SPOT, WELL, gone, spare, standing_by

SECOND = timedelta(seconds=1)


def only(*actions: Action) -> Action:
    (action,) = actions
    return action


def test_a_spare_is_launched_on_demand_even_where_nodes_are_spot_instances() -> None:
    launched = only(*decided(world(served(replace(a1, spot=True))), WELL, SPOT))
    assert isinstance(launched, LaunchNode)
    assert (launched.markets, launched.image) == ((Market.ON_DEMAND,), None)


def test_a_spare_comes_from_the_image_that_nodes_come_from() -> None:
    tried = ImageId("ami-1")
    baking = Baking((image(),), listed_at=NOW, base_read_at=NOW, verified={tried: ago(days=1)})
    launched = only(*decided(world(served(a1)), replace(WELL, baking=baking), BAKES))
    assert isinstance(launched, LaunchNode)
    assert launched.image == tried


def test_it_is_waited_for_until_an_hour_after_the_last_planned_launch() -> None:
    launch = Launch(ago(minutes=50), InstanceId("i-x"), urgent=False)
    waits = only(*decided(world(served(a1)), replace(WELL, zones={A: ZoneMemory(launches=(launch,))}), KEEPS))
    assert isinstance(waits, Wait)
    assert waits.until == NOW + timedelta(minutes=10)


def test_it_rests_while_what_ec2_ended_lately_may_be_ended_again() -> None:
    ended = Launch(ago(minutes=1), InstanceId("i-x"), reason="Client.InternalError: key")
    (first, *_) = decided(world(served(a1)), replace(WELL, zones={A: ZoneMemory(launches=(ended,))}), KEEPS)
    assert not isinstance(first, LaunchNode)


def test_a_spare_may_stand_by_for_thirty_days_and_no_longer() -> None:
    def told(age: timedelta) -> list[type[Action]]:
        old = replace(spare, launched_at=NOW - age)
        return [type(action) for action in decided(world(served(a1, old)), standing_by(), KEEPS)]

    assert told(KEEPS.spare_life) == []
    assert told(KEEPS.spare_life + SECOND) == [LaunchNode]


def test_of_two_spares_the_one_that_is_not_too_old_is_started() -> None:
    def sleeping(name: str, **changes: object) -> Node:
        return node(name, **{"lifecycle": Lifecycle.STOPPED, **changes})

    fresh, stale = sleeping("a9"), sleeping("a2", template_version=2)
    past = NodeMemory(ago(hours=4), idle_since=ago(hours=4), slept_at=ago(hours=1))
    memory = Memory(nodes={**WELL.nodes, fresh.id: past, stale.id: past})
    planned = decided(world(zone((gone, fresh, stale), to=a1, holder=a1)), memory, KEEPS)
    assert [action.node for action in planned if isinstance(action, StartNode)] == [fresh.id]
