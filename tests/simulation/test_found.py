"""What the simulation has found in the product and shows in a moment; docs/reliability.md tells of it. Whole
lives that a law was broken in are lived again by `make soak` (`lives/found.py`)."""

from __future__ import annotations

from natkeeper.core.actions import Cause
from tests.simulation.faults.fault import strike
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.faults.ring import RING_BY_NAME
from tests.simulation.faults.sleep import SLEEP_BY_NAME
from tests.simulation.ground_truth import truth
from tests.simulation.life.life import Life
from tests.simulation.life.ways import WAYS
from tests.world.processes import Process


def test_a_read_that_is_older_than_the_last_launches_no_second_node() -> None:
    life = Life(2, seed=1)
    life.settle()

    assert life.launched == 2


def test_a_node_that_is_silent_for_good_and_broken_is_succeeded_while_another_answers() -> None:
    life = Life(2, seed=3)
    life.settle()
    before = life.availability.total()
    strike(life, BY_NAME["agent dead"], 0)
    life.run(60.0)
    strike(life, BY_NAME["rules flushed, guard dead"], 0)
    life.run(2 * 3600.0)

    assert truth.wrongs(life.world, life.demand) == []
    assert life.availability.total() - before < 3600.0, "without a successor it was eight days"


def test_no_run_of_the_probe_outlives_its_minute_when_nobody_answers() -> None:
    life = Life(2, seed=1)
    life.world.commands.down = True
    lasted: list[float] = []
    ended = life.world.processes.ended

    def note(process: Process, outcome: object) -> None:
        if process.name == "probe":
            lasted.append(life.at - process.started)
        ended(process, outcome)

    life.world.processes.ended = note
    life.run(20 * 60)

    assert 40 < max(lasted) < 60


def test_a_link_between_two_zones_moves_nobody_though_each_zone_has_two_nodes() -> None:
    """Both who watched a node stood in the same zone, and said the same."""
    life = Life(3, seed=41, policy=WAYS["with a standby"])
    life.settle()
    life.run(4 * 3600.0)
    for zone in range(3):
        strike(life, RING_BY_NAME["link broken for a moment"], zone)
        life.run(300.0)

    assert not life.controller.heals[Cause.SILENT]


def test_a_stale_answer_lets_nobody_push_off_the_address_that_has_just_come_to_a_neighbour() -> None:
    """Two zones want the same neighbour; the next look still shows the first one's address at home."""
    life = Life(3, seed=2543, policy=WAYS["with a spare"])
    life.settle()

    assert truth.wrongs(life.world, life.demand) == []


def test_a_table_that_was_left_out_of_an_answer_is_still_known_to_be_taken_from_us() -> None:
    """Else what AWS refuses of it is tried again only after a quarter of an hour, without a way out meanwhile."""
    life = Life(1, seed=2543, policy=WAYS["with a spare"])
    life.settle()
    for name in ("route hijacked", "writes denied", "table left out of an answer"):
        strike(life, SLEEP_BY_NAME[name], 0)
    life.settle()

    assert truth.wrongs(life.world, life.demand) == []


def test_an_address_that_nobody_of_its_zone_can_take_keeps_its_place_and_no_law_asks_for_it() -> None:
    """Its zone has no node, and its table was given to a gateway: only pushed off could it make room."""
    life = Life(3, seed=1)
    life.settle()
    for zone in (1, 2):
        strike(life, BY_NAME["no room at all"], zone)
    strike(life, BY_NAME["node terminated"], 2)
    life.run(300.0)
    strike(life, BY_NAME["table held with a gateway"], 2)
    strike(life, BY_NAME["node terminated"], 1)
    life.run(1500.0)

    neighbour = truth.target(life.world, life.world.layout.tables[1])
    assert neighbour is not None
    assert neighbour.node.interface is not None
    kept = life.world.network.at(neighbour.node.interface, neighbour.node.cover_address)
    assert kept == life.world.layout.allocations[2]
    assert truth.serves(life.world, life.world.layout.tables[1])
