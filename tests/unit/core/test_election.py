"""The edges of a node's fitness, and who is elected among sleepers and those that wake."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from natkeeper.core.actions import Cause, PointRoute
from natkeeper.core.judgement.election import Fitness, Standing, elect
from natkeeper.core.memory import Contest, Memory, NodeMemory, ZoneMemory
from natkeeper.core.model import Node, RouteTableId, Zone
from natkeeper.core.policy import Policy
from tests.builders import (
    NOW,
    POLICY,
    A,
    ago,
    booting,
    decided,
    looked,
    node,
    passed,
    remembering,
    route,
    served,
    silent,
    world,
    zone,
)
from tests.unit.core.refusal_situations import refused
from tests.unit.core.sleep_situations import SPOT, asleep

a1, a2, b1 = node("a1"), node("a2"), node("b1")
MOMENT = timedelta(seconds=1)
MONTH = timedelta(days=30)


def standing(subject: Node, past: NodeMemory, policy: Policy = POLICY) -> Standing:
    return looked(world(served(subject)), Memory(nodes={subject.id: past}), policy).standings[subject.id]


def elected(seen: Zone, memory: Memory, *others: Zone) -> str | None:
    found = elect(seen, looked(world(seen, *others), memory).standings)
    return found.node.id if found else None


def test_a_node_that_we_started_wakes_for_its_whole_time_and_then_only_boots() -> None:
    def fitness(started: timedelta) -> Fitness:
        return standing(booting("a1"), NodeMemory(started_at=NOW - started)).fitness

    assert fitness(POLICY.waking) is Fitness.WAKING
    assert fitness(POLICY.waking + MOMENT) is Fitness.BOOTING
    assert standing(booting("a1"), NodeMemory()).fitness is Fitness.BOOTING


def test_a_nodes_age_counts_from_its_first_launch_not_from_its_last_start() -> None:
    policy = replace(POLICY, max_lifetime=MONTH)
    restarted = node("a1", launched_at=ago(hours=5))
    past = NodeMemory(ago(hours=4), born_at=NOW - MONTH - MOMENT)
    worn = standing(restarted, past, policy)

    assert (worn.fitness, worn.cause, worn.reason) == (
        Fitness.WORN,
        Cause.LIFETIME,
        "i-a1: older than 30 days",
    )
    assert standing(restarted, replace(past, born_at=NOW - MONTH), policy).fitness is Fitness.FIT
    old = node("a1", launched_at=NOW - MONTH - MOMENT)
    assert standing(old, NodeMemory(ago(hours=4), born_at=ago(hours=5)), policy).cause is Cause.LIFETIME


def test_a_node_on_demand_is_left_for_spot_as_soon_as_its_time_is_full() -> None:
    def cause(age: timedelta, *, spot: bool = False) -> Fitness:
        subject = node("a1", launched_at=NOW - age, spot=spot)
        return standing(subject, NodeMemory(ago(minutes=5)), SPOT).fitness

    assert cause(POLICY.spot_return) is Fitness.WORN
    assert cause(POLICY.spot_return - MOMENT) is Fitness.FIT
    assert cause(POLICY.spot_return, spot=True) is Fitness.FIT


def test_a_node_that_we_just_started_is_not_left_for_spot_though_reads_tell_of_its_old_launch() -> None:
    lagging = node("a1", launched_at=ago(hours=5))
    started = NodeMemory(ago(seconds=5), started_at=ago(seconds=30))

    assert standing(lagging, started, SPOT).fitness is Fitness.FIT


def test_a_sleeper_keeps_its_routes_unless_another_own_node_is_fit() -> None:
    slept = NodeMemory(ago(hours=4), slept_at=ago(hours=3))
    memory = replace(remembering(a2, b1), nodes={**remembering(a2, b1).nodes, a1.id: slept})

    assert elected(zone((asleep,), to=a1), memory, served(b1)) == a1.id
    assert elected(zone((asleep, a2), to=a1), memory) == a2.id
    assert elected(zone((asleep, replace(a2, template_version=2)), to=a1), memory) == a1.id


def test_a_node_that_wakes_keeps_its_routes_unless_another_own_node_is_fit() -> None:
    waking = booting("a1")
    memory = replace(
        remembering(a2, b1), nodes={**remembering(a2, b1).nodes, a1.id: NodeMemory(started_at=ago(seconds=9))}
    )

    assert elected(zone((waking,), to=a1), memory, served(b1)) == a1.id
    assert elected(zone((waking, a2), to=a1), memory) == a2.id


def test_what_was_taken_from_a_worn_node_comes_back_to_it_though_it_is_silent() -> None:
    worn = node("a1", template_version=2, probes=(silent(),))
    seen = zone((worn,), to="eni-thief")
    standings = looked(world(seen), remembering(worn)).standings
    found = elect(seen, standings, {RouteTableId("rtb-a")})

    assert found is not None
    assert (found.node.id, found.fitness) == (worn.id, Fitness.WORN)
    assert elect(seen, standings) is None


def test_of_two_tables_the_one_that_was_taken_is_left_for_no_neighbour_that_is_silent() -> None:
    contests = {RouteTableId("rtb-a2"): Contest((ago(minutes=1),))}
    memory = remembering(b1, zones={A: ZoneMemory(contests=contests)})
    for probe, moved in ((passed(), True), (silent(), False)):
        worn = node("b1", template_version=2, probes=(probe,))
        covered = zone(routes=(route(worn), route("eni-thief", "rtb-a2")))
        planned = decided(world(covered, served(worn)), memory)
        tables = [table for action in planned if isinstance(action, PointRoute) for table in action.tables]
        assert ("rtb-a2" in tables) is moved


def test_a_node_of_which_nothing_is_known_but_that_it_boots_goes_before_one_whose_check_stays_on() -> None:
    shut = node("a1", source_dest_check=True)
    stuck = refused(f"DisableSourceDestCheck {shut.interface}")

    assert elected(zone((shut, booting("a2"))), stuck) == "i-a2"
    assert elected(zone((shut,)), stuck) == shut.id
    assert elected(zone((shut, booting("a2")), to=shut), stuck) == shut.id, "nothing is known to be better"


def test_a_neighbours_sleeper_is_not_waited_for() -> None:
    slept = NodeMemory(ago(hours=4), slept_at=ago(hours=3))
    memory = replace(remembering(b1), nodes={**remembering(b1).nodes, a1.id: slept})
    sleeping = zone((asleep,), to=a1)

    assert elected(zone((booting("b2"),), to=a1, name=b1.zone), memory, sleeping) == "i-b2"
