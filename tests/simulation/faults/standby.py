"""What befalls a standby, beside all that befalls who serves: alone, together with that, or between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from natkeeper.core.model import Lifecycle
from tests.simulation.faults.fault import HOURS, MINUTES, Fault, serving, switch
from tests.simulation.faults.plain.machines import hang, hang_for_a_while, kill_agent
from tests.simulation.faults.sleep import SLEEP_FAULTS
from tests.simulation.ground_truth import truth
from tests.simulation.ground_truth.excuses import Hampers
from tests.simulation.life.life import Life
from tests.world.instances import Instance


def _standbys(life: Life, zone: int) -> Iterator[Instance]:
    """The zone's running nodes to which its table does not lead."""
    name, server = life.world.zones[zone], serving(life, zone)
    for instance in list(truth.living(life.world)):
        runs = instance.node.zone == name and instance.node.lifecycle is Lifecycle.RUNNING
        if runs and instance is not server:
            yield instance


def _to_standby(act: Callable[[Life, Instance], None]) -> Callable[[Life, int], None]:
    def strike_it(life: Life, zone: int) -> None:
        for instance in _standbys(life, zone):
            act(life, instance)

    return strike_it


def _to_both(act: Callable[[Life, Instance], None], seconds: float) -> Callable[[Life, int], None]:
    """First to who serves, then so many seconds later to who took over, or is about to."""

    def strike_it(life: Life, zone: int) -> None:
        both = [*_standbys(life, zone), *filter(None, [serving(life, zone)])]
        for number, instance in enumerate(reversed(both)):
            life.world.agenda.after(number * seconds, lambda i=instance: _once_more(life, i, act))  # type: ignore[misc]

    return strike_it


def _once_more(life: Life, instance: Instance, act: Callable[[Life, Instance], None]) -> None:
    life.struck(f"and now {instance.node.id}")
    act(life, instance)


def _end(life: Life, instance: Instance) -> None:
    life.world.instances.end(instance)


def _link(life: Life, zone: int) -> frozenset[str]:
    return frozenset((life.world.zones[zone],))


def _break_link(life: Life, zone: int) -> None:
    life.world.ring.broken.add(_link(life, zone))


def _mend_link(life: Life, zone: int) -> None:
    life.world.ring.broken.discard(_link(life, zone))


STANDBY_FAULTS = (
    Fault("standby terminated", _to_standby(_end), 1.0, group="none"),
    Fault("standby stopped", _to_standby(lambda life, i: life.world.instances.halt(i)), 0.5, group="none"),
    Fault("standby hangs", _to_standby(hang), 1.0, group="none"),
    Fault("standby hangs for 90 s", _to_standby(hang_for_a_while), 1.0, group="none"),
    Fault("standby's agent dead", _to_standby(kill_agent), 0.5, group="none"),
    Fault("both terminated at once", _to_both(_end, 0.5), 0.2, group="sees"),
    Fault("both terminated, a minute apart", _to_both(_end, MINUTES), 0.2, group="sees"),
    Fault("both hang, 3 s apart", _to_both(hang, 3.0), 0.2, group="sees"),
    Fault("link within the zone broken", switch(_break_link, _mend_link, HOURS), 1.0, group="none", hampers=Hampers.NOTHING, blip=True),
)  # fmt: skip
ALL_AND_STANDBY = (*SLEEP_FAULTS, *STANDBY_FAULTS)
STANDBY_BY_NAME = {fault.name: fault for fault in STANDBY_FAULTS}
