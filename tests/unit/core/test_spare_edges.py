"""What is planned for a spare in the second in which a duration is over, and with what it is launched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from natkeeper.core.actions import Action, LaunchNode, StartNode, StopNode, TerminateNode, Wait
from natkeeper.core.image import Baking
from natkeeper.core.memory import Launch, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import ImageId, InstanceId, Lifecycle, Market, Node, Order, Verb
from tests.builders import NOW, A, ago, decided, node, served, world, zone
from tests.unit.core.image_situations import image
from tests.unit.core.situations import a1
from tests.unit.core.spare_situations import BAKES, KEEPS, SPOT, WELL, gone, spare, standing_by, understudying

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


def test_of_two_spares_the_older_one_goes_and_it_is_stopped_in_its_own_zone() -> None:
    past = NodeMemory(ago(hours=4), idle_since=ago(hours=4), slept_at=ago(hours=1))
    fresh, stale, third = (node(f"a{n}", lifecycle=Lifecycle.STOPPED) for n in (9, 2, 8))
    stale = replace(stale, template_version=2)
    memory = Memory(nodes={**WELL.nodes, **{n.id: past for n in (fresh, stale, third)}})

    def ended(*spares: Node) -> list[str]:
        planned = decided(world(served(a1, *spares)), memory, KEEPS)
        return [action.node for action in planned if isinstance(action, TerminateNode)]

    assert ended(fresh, stale) == [stale.id]
    assert ended(fresh, third) == [fresh.id], "of two alike, the one with the lower id stays"


def test_a_spare_is_stopped_in_its_zone_once_nothing_has_led_to_it() -> None:
    stopped = only(*decided(world(served(a1, node("a2"))), understudying(), KEEPS))
    assert isinstance(stopped, StopNode)
    assert stopped.zone == A


def test_no_spare_is_started_before_who_is_not_listed_might_be() -> None:
    past = NodeMemory(ago(hours=4), zone=A, missing_since=ago(seconds=20))
    memory = replace(standing_by(), nodes={**standing_by().nodes, a1.id: past})
    waits = only(*decided(world(zone((spare,), to="eni-a1", holder=a1)), memory, KEEPS))
    assert isinstance(waits, Wait)
    assert waits.until == NOW - timedelta(seconds=20) + KEEPS.visibility


def test_a_person_who_wants_a_node_left_gets_a_new_one_and_the_spare_stands_by() -> None:
    left = replace(a1, order=Order(Verb.FAILOVER, NOW))
    planned = decided(world(served(left, spare)), standing_by(), KEEPS)
    assert [type(action) for action in planned] == [LaunchNode]
