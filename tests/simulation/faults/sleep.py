"""What befalls a stack that sleeps, or runs on spot, beside all else: workloads come and go, people have wishes."""

from __future__ import annotations

from collections.abc import Callable

from natkeeper.core.intake.workloads import INSTANCE, Presence
from natkeeper.core.model import Lifecycle
from tests.simulation.faults.catalogue import ALL_FAULTS
from tests.simulation.faults.fault import HOURS, MINUTES, Fault, switch, trouble
from tests.simulation.faults.plain.room import POOLS, SPOT_POOLS, fill, make_room
from tests.simulation.ground_truth import truth
from tests.simulation.life.life import Life
from tests.world.instances import Instance
from tests.world.world import STACK


def _come(life: Life, zone: int) -> None:
    """Half of them are instances, whose state change is an event; of the others nothing tells."""
    number, subnet = len(life.world.workloads.pasts), life.world.private_subnets[zone]
    instance = life.world.random.random() < 0.5
    name = f"{'i' if instance else 'eni'}-f{number:016x}"
    life.world.workloads.come(Presence(name, subnet, INSTANCE if instance else "interface"))
    if instance:
        life.world.bus.put_state(name, Lifecycle.PENDING)


def _go(life: Life, zone: int) -> None:
    for presence in life.world.workloads.present(life.world.private_subnets[zone]):
        life.world.workloads.go(presence.id)
        if presence.kind == INSTANCE:
            life.world.bus.put_state(presence.id, Lifecycle.SHUTTING_DOWN)


def _wish(kind: str, **detail: object) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        told = {"stack": STACK, "zone": life.world.zones[zone], **detail}
        life.world.bus.put("natkeeper", kind, told)

    return strike


def _to_sleeper(act: Callable[[Life, Instance], None]) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        name = life.world.zones[zone]
        for instance in list(truth.living(life.world)):
            if instance.node.zone == name and instance.node.lifecycle is Lifecycle.STOPPED:
                act(life, instance)

    return strike


def _deceive(life: Life, zone: int) -> None:
    """The first pool of either market has no room, which EC2 finds out after it has said yes."""
    pools = (POOLS[0], SPOT_POOLS[0])
    life.world.instances.deceptive.update((life.world.zones[zone], name) for name in pools)


def _be_honest(life: Life, zone: int) -> None:
    life.world.instances.deceptive.clear()


SLEEP_FAULTS = (
    *ALL_FAULTS,
    Fault("workload comes", _come, 40.0, group="none"),
    Fault("workloads go", _go, 40.0, group="none"),
    Fault("a person lets it sleep", _wish("Sleep"), 2.0, group="none"),
    Fault("a person wakes it", _wish("Wake", minutes=180), 2.0, group="none"),
    Fault("back to automatic", _wish("Automatic"), 2.0, group="none"),
    Fault("sleeping node started by hand", _to_sleeper(lambda life, i: life.world.instances.begin(i)), 1.0, group="none"),
    Fault("sleeping node terminated", _to_sleeper(lambda life, i: life.world.instances.end(i)), 1.0, group="none"),
    Fault("no spot anywhere in the zone", switch(fill(*SPOT_POOLS), make_room, 2 * HOURS), 2.0, group="none"),
    Fault("launches die while pending", switch(_deceive, _be_honest, 2 * HOURS), 1.0, group="none"),
    Fault("workloads unreadable", trouble("UnauthorizedOperation", "DescribeNetworkInterfaces", seconds=20 * MINUTES), 4.0, of_zone=False, group="none"),
)  # fmt: skip
SLEEP_BY_NAME = {fault.name: fault for fault in SLEEP_FAULTS}
