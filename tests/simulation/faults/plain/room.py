"""Where EC2 has no room, or a whole zone is lost."""

from __future__ import annotations

from collections.abc import Callable

from natkeeper.core.judgement.market import pool
from natkeeper.core.model import Market
from tests.simulation.faults.fault import HOURS, Fault, switch
from tests.simulation.faults.plain.machines import hang
from tests.simulation.ground_truth.excuses import Hampers
from tests.simulation.life.life import Life
from tests.simulation.life.ways import ALWAYS_ON
from tests.world.world import STACK

POOLS = ALWAYS_ON.instance_types
SPOT_POOLS = tuple(pool(Market.SPOT, name) for name in POOLS)


def fill(*pools: str) -> Callable[[Life, int], None]:
    """No room in these pools of the zone."""
    return lambda life, zone: life.world.instances.full.update((life.world.zones[zone], p) for p in pools)


def make_room(life: Life, zone: int) -> None:
    """Room everywhere again."""
    life.world.instances.full.clear()


def _lose_zone(life: Life, zone: int) -> float:
    """Every machine of the zone hangs, and nothing can be launched there."""
    name = life.world.zones[zone]
    hit = [i for i in life.world.instances.all.values() if i.node.zone == name and i.stack == STACK]
    for instance in hit:
        hang(life, instance)
    fill(*POOLS, *SPOT_POOLS)(life, zone)

    def over() -> None:
        make_room(life, zone)
        for instance in hit:
            instance.guest.hung = False
            life.world.instances.check_status(instance)
        life.struck("the zone is back")

    life.world.agenda.after(1.5 * HOURS, over)
    return 1.5 * HOURS


ROOM = (
    Fault("zone lost for 90 min", _lose_zone, 0.1, group="sees", hampers=Hampers.LAUNCHES),
    Fault("no room for the first type", switch(fill("t4g.nano"), make_room, 6 * HOURS), 0.5, group="none", hampers=Hampers.NOTHING),
    Fault("no room at all", switch(fill(*POOLS, *SPOT_POOLS), make_room, 2 * HOURS), 0.5, group="none", hampers=Hampers.LAUNCHES),
)  # fmt: skip
