"""What whoever runs the stack does: orders, updates, pauses, and a table that is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.simulation.faults.fault import MINUTES, Fault, switch
from tests.simulation.life.life import Life
from tests.world.world import STACK


def _order(kind: str) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        detail = {"stack": STACK, "zone": life.world.zones[zone]}
        life.world.bus.put("natkeeper", kind, detail)

    return strike


def _update(life: Life, zone: int) -> None:
    version = life.controller.policy.template_version + 1
    covers = life.zones > 1
    life.controller.policy = replace(life.controller.policy, template_version=version, covers=covers)
    life.world.instances.template_version = version


def _pause(life: Life, zone: int) -> float:
    life.world.bus.put("natkeeper", "Pause", {"stack": STACK, "minutes": 10})
    return 11 * MINUTES


def lose_memory(life: Life) -> None:
    """The table is lost; an empty one takes its place. Counters begin anew."""
    life.world.store.lose()
    life.forgotten()


ORDERED = (
    Fault("failover ordered", _order("Failover"), 0.5, group="none"),
    Fault("replace ordered", _order("Replace"), 0.5, group="none"),
)  # fmt: skip
CHANGED = (
    Fault("template updated", _update, 6.0, of_zone=False, group="none"),
    Fault("paused", _pause, 1.0, of_zone=False, group="none"),
    Fault("memory lost", switch(lambda life, zone: lose_memory(life), lambda life, zone: None, MINUTES), 0.2, of_zone=False, group="none"),
)  # fmt: skip
