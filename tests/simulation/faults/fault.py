"""What befalls a stack. Each strikes one zone, or the stack, and may last. `year` is how often in a year, for each
zone or for the stack: an assumption but where `source` names somebody else's figure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from natkeeper.core.model import Lifecycle
from tests.simulation.ground_truth import truth
from tests.simulation.ground_truth.excuses import Hampers, Lasts
from tests.simulation.life.life import Life
from tests.world.gate import Trouble
from tests.world.instances import Instance

MINUTES, HOURS = 60.0, 3600.0
PAUSE = 16 * MINUTES
"""So long the controller rests at most before it tries again what was refused, or takes back what was taken."""


@dataclass(frozen=True)
class Fault:
    """`group`: what an auto-scaling group of one makes of it: it "sees" it, is "blind" to it, or it is "none"."""

    name: str
    strike: Callable[[Life, int], Lasts | float | None]  # how long it lasts, for those that do
    year: float
    of_zone: bool = True
    group: str = "blind"
    source: str = "assumed"
    hampers: Hampers = Hampers.ALL
    blip: bool = False  # nothing is to come of it


def serving(life: Life, zone: int) -> Instance | None:
    """The running node that the zone's table leads to."""
    instance = truth.target(life.world, life.world.layout.tables[zone])
    return instance if instance and instance.node.lifecycle is Lifecycle.RUNNING else None


def strike(life: Life, fault: Fault, zone: int) -> None:
    """Lets a fault strike now."""
    where = f" in {life.world.zones[zone]}" if fault.of_zone else ""
    life.struck(f"{fault.name}{where}")
    life.injected[fault.name] += 1
    life.strike_in(life.world.zones[zone] if fault.of_zone else None)
    if not fault.blip:
        life.shaken = life.at
    came = fault.strike(life, zone) or 0.0
    life.world.ring.look()
    lasts = came if isinstance(came, Lasts) else Lasts(came, fault.hampers, fault.of_zone)
    life.rival.struck(life.at, fault.name, fault.group, zone, lasts.seconds)
    if lasts.seconds:
        life.begin(fault.name, lasts, life.world.zones[zone])


def trouble(
    code: str, *apis: str, seconds: float, chance: float = 1.0, on: str = ""
) -> Callable[[Life, int], float]:
    """AWS answers some calls with this code."""

    def strike(life: Life, zone: int) -> float:
        refusing = Trouble(code, apis, chance, on)
        troubles = life.world.gate.troubles
        troubles.append(refusing)
        life.world.agenda.after(seconds, lambda: troubles.remove(refusing))
        return seconds

    return strike


def switch(
    on: Callable[[Life, int], None], off: Callable[[Life, int], None], seconds: float
) -> Callable[[Life, int], float]:
    """Something that is on for so long."""

    def strike(life: Life, zone: int) -> float:
        on(life, zone)
        life.world.agenda.after(seconds, lambda: off(life, zone))
        return seconds

    return strike


def setting(owner: Callable[[Life], object], **values: object) -> Callable[[Life, int], None]:
    """Sets this on some part of a life."""

    def strike(life: Life, zone: int) -> None:
        for name, value in values.items():
            setattr(owner(life), name, value)

    return strike
