"""What is planned for a standby at the edges: who counts, which stays, and on which budget and market."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import Action, LaunchNode, PointRoute, TerminateNode, Wait
from natkeeper.core.decision.succession import has_begun, turn_of
from natkeeper.core.image import Baking
from natkeeper.core.judgement.election import Fitness
from natkeeper.core.judgement.standby import kept_nodes, lacks_standby, old_standby
from natkeeper.core.memory import Launch, Memory, ZoneMemory
from natkeeper.core.model import ImageId, InstanceId, Market, Node, Observed
from natkeeper.core.policy import Policy, Standby
from tests.builders import (
    NOW,
    A,
    B,
    ago,
    booting,
    decided,
    failed,
    looked,
    node,
    route,
    served,
    silent,
    world,
)
from tests.unit.core.image_situations import image
from tests.unit.core.standby_situations import (
    AGES,
    PAIR,
    SPOT,
    a1,
    a2,
    a3,
    aged,
    b1,
    b2,
    idle,
    known,
    old,
    spot,
)

SECOND = timedelta(seconds=1)


def only(*actions: Action) -> Action:
    (action,) = actions
    return action


def test_with_a_standby_a_zone_has_two_nodes_and_one_planned_launch_more_an_hour() -> None:
    alone = replace(PAIR, standby=Standby.NONE)

    assert (alone.nodes_per_zone, PAIR.nodes_per_zone) == (1, 2)
    assert (alone.planned_launches_per_hour, PAIR.planned_launches_per_hour) == (2, 3)
    assert (alone.most_launches_per_hour, PAIR.most_launches_per_hour) == (9, 10)


def test_a_standby_is_a_wish_and_comes_from_the_image_and_the_market_that_nodes_come_from() -> None:
    tried = ImageId("ami-1")
    baking = Baking((image(),), listed_at=NOW, base_read_at=NOW, verified={tried: ago(days=1)})
    baked = replace(PAIR, own_image=True)
    launched = only(*decided(world(served(a1)), replace(known, baking=baking), baked))

    assert isinstance(launched, LaunchNode)
    assert (launched.urgent, launched.image, launched.markets) == (False, tried, (Market.ON_DEMAND,))


@pytest.mark.parametrize("covers", [True, False])
def test_a_standby_has_an_address_to_cover_with_as_every_node_has(covers: bool) -> None:
    launched = only(*decided(world(served(a1)), known, replace(PAIR, covers=covers)))

    assert isinstance(launched, LaunchNode)
    assert launched.covers is covers


def test_it_waits_until_the_second_last_planned_launch_is_an_hour_old() -> None:
    def planned(*minutes: float) -> Action:
        launches = tuple(Launch(ago(minutes=m), InstanceId("i-x"), urgent=False) for m in minutes)
        memory = replace(known, zones={A: ZoneMemory(generation=3, launches=launches)})
        return only(*decided(world(served(a1)), memory, PAIR))

    waits = planned(50, 20)
    assert isinstance(waits, Wait)
    assert waits.until == NOW + timedelta(minutes=10)
    assert isinstance(planned(60, 20), LaunchNode)
    assert isinstance(planned(20), LaunchNode)


def test_it_rests_while_a_node_may_not_be_listed_or_what_ec2_ended_may_be_ended_again() -> None:
    unseen = Launch(ago(seconds=30), InstanceId("i-x"), urgent=False)
    ended = Launch(ago(minutes=1), InstanceId("i-x"), reason="Client.InternalError: key")
    untils = []
    for launch in (unseen, ended):
        actions = decided(world(served(a1)), replace(known, zones={A: ZoneMemory(launches=(launch,))}), PAIR)
        untils += [action.until for action in actions if isinstance(action, Wait)]
        assert not any(isinstance(action, LaunchNode) for action in actions)

    assert untils == [unseen.at + PAIR.visibility, ended.at + PAIR.visibility]


def test_in_a_crowded_zone_the_old_nodes_go_first() -> None:
    others = tuple(old(node(name)) for name in ("a2", "a3", "a4"))
    actions = decided(world(served(a1, *others)), idle(*others), PAIR)

    assert [type(action) for action in actions] == [Wait, TerminateNode]
    assert actions[0].reason.endswith("; first the old nodes go")


@pytest.mark.parametrize(
    ("others", "lacks", "stays"),
    [
        ((), True, None),
        ((a2,), False, None),
        ((booting("a2"),), False, None),
        ((old(a2),), True, "i-a2"),
        ((old(a2), booting("a3")), False, "i-a2"),
        ((old(a2), a3), False, None),
        ((replace(old(a2), launched_at=ago(days=1)), old(a3)), True, "i-a2"),
        ((node("a2", probes=(silent(),) * 10),), True, "i-a2"),
    ],
    ids=str,
)
def test_an_old_standby_stays_until_another_has_proved_itself(
    others: tuple[Node, ...], lacks: bool, stays: str | None
) -> None:
    view = looked(world(served(a1, *others)), idle(*others), PAIR).views[A]
    found = old_standby(view)

    assert lacks_standby(view) is lacks
    assert (found.node.id if found else None) == stays
    assert stays is None or stays in kept_nodes(view)


def test_without_the_parameter_and_in_a_zone_that_is_left_nobody_stands_by() -> None:
    observed = world(served(a1, old(a2)))
    plain = looked(observed, known, replace(PAIR, standby=Standby.NONE)).views[A]
    left = looked(world(served(a1, old(a2), subnet=None)), known, PAIR).views[A]

    for view in (plain, left):
        assert old_standby(view) is None
        assert not lacks_standby(view)


def fitness(observed: Observed, policy: Policy, memory: Memory = known) -> dict[str, Fitness]:
    return {str(name): s.fitness for name, s in looked(observed, memory, policy).standings.items()}


def test_a_standby_counts_as_worn_with_its_server_once_half_its_life_is_over() -> None:
    life = AGES.max_lifetime
    assert life
    late = replace(a1, launched_at=NOW - life - SECOND)
    half = replace(a2, launched_at=NOW - life / 2)

    assert fitness(world(served(late, half)), AGES)["i-a2"] is Fitness.FIT
    over = replace(half, launched_at=half.launched_at - SECOND)
    assert fitness(world(served(late, over)), AGES)["i-a2"] is Fitness.WORN
    assert fitness(world(served(a1, over)), AGES)["i-a2"] is Fitness.FIT, "its server is not worn"
    assert fitness(world(served(late, over)), replace(AGES, standby=Standby.NONE))["i-a2"] is Fitness.FIT
    assert fitness(world(served(old(a1), over)), AGES)["i-a2"] is Fitness.FIT, "an update is another matter"


def test_the_life_of_a_neighbours_node_that_covers_wears_out_nobody_here() -> None:
    covers = replace(b1, launched_at=ago(days=31))
    here = replace(a2, launched_at=ago(days=20))
    covered = replace(served(here), routes=(route(covers),))

    assert fitness(world(covered, served(covers)), AGES)["i-a2"] is Fitness.FIT


def test_of_two_on_demand_where_spot_is_wanted_it_is_the_standby_that_wears_out() -> None:
    assert fitness(world(served(a1, a2)), SPOT) == {"i-a1": Fitness.FIT, "i-a2": Fitness.WORN}
    assert fitness(world(served(spot(a1), a2)), SPOT) == {"i-a1": Fitness.FIT, "i-a2": Fitness.FIT}
    assert fitness(world(served(a1, spot(a2))), SPOT) == {"i-a1": Fitness.FIT, "i-a2": Fitness.FIT}
    doubtful = replace(a1, probes=(*a1.probes, silent()))
    assert fitness(world(served(doubtful, a2)), SPOT)["i-a1"] is Fitness.DOUBTFUL
    told = looked(world(served(a1, a2)), known, SPOT).standings[a1.id].reason
    assert told == "i-a1: the last probe passed"


def test_where_neither_is_on_spot_only_spot_will_do_for_the_next() -> None:
    launched = only(*decided(world(served(a1, a2)), idle(a2), SPOT))
    assert isinstance(launched, LaunchNode)
    assert (launched.markets, launched.urgent) == ((Market.SPOT,), False)

    first = only(*decided(world(served(spot(a1))), known, SPOT))
    assert isinstance(first, LaunchNode)
    assert first.markets == (Market.ON_DEMAND,)


def test_a_zone_has_begun_its_succession_while_it_has_more_nodes_than_it_wants() -> None:
    def begun(*nodes: Node, policy: Policy = PAIR) -> bool:
        return has_begun(looked(world(served(*nodes)), known, policy).views[A])

    assert not begun(old(a1), old(a2))
    assert begun(old(a1), old(a2), a3)
    assert begun(old(a1), booting("a9"))
    assert not begun(a1, old(a2))
    assert begun(old(a1), a2, policy=replace(PAIR, standby=Standby.NONE))


def test_the_turn_passes_from_a_zone_whose_standby_has_to_wait_for_its_launch() -> None:
    launches = tuple(Launch(ago(minutes=m), InstanceId("i-x"), urgent=False) for m in (50, 40))
    spent = replace(known, zones={A: ZoneMemory(launches=launches)})
    zones = world(served(a1, old(a2)), served(b1, old(b2)))

    assert turn_of(looked(zones, known, PAIR).views.values()) == A
    assert turn_of(looked(zones, spent, PAIR).views.values()) == B


def test_nobody_is_left_for_a_standby_that_is_no_better() -> None:
    for serving, other in ((a1, a2), (old(a1), old(a2)), (aged(a1), aged(a2))):
        planned = decided(world(served(serving, other)), idle(other), AGES)
        assert not any(isinstance(action, PointRoute) for action in planned)


def test_who_never_proved_itself_makes_no_zone_watched() -> None:
    silent_twice = node("a1", probes=(silent(),) * 2)
    young = booting("a9", probes=(failed("rules"),))
    alone = looked(world(served(silent_twice, young)), known, PAIR).standings[a1.id]
    watched = looked(world(served(silent_twice, a2)), known, PAIR).standings[a1.id]

    assert (alone.judgement.doubt, watched.judgement.doubt) == (True, False)
