"""What befalls all around the nodes: Run Command, targets, user data, events, our own runs, strangers."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.faults.fault import HOURS, MINUTES, Fault, setting, switch
from tests.simulation.ground_truth.excuses import Hampers
from tests.simulation.life.life import Life
from tests.world.world import STRANGER


def _targets(down: bool) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        life.world.targets_down = down
        life.world.gate.written()

    return strike


def _stranger(life: Life, zone: int) -> None:
    """Other people's instances come and go in the account; their events reach us too."""
    life.world.instances.end(life.stranger)
    life.stranger = life.world.add_strangers()
    assert life.stranger.stack == STRANGER


SURROUNDINGS = (
    Fault("Run Command delivers nothing", switch(setting(lambda life: life.world.commands, down=True), setting(lambda life: life.world.commands, down=False), 30 * MINUTES), 0.5, of_zone=False, group="none"),
    Fault("targets down", switch(_targets(True), _targets(False), 20 * MINUTES), 1.0, of_zone=False, group="none"),
    Fault("half of the user data fails", switch(setting(lambda life: life.world.instances, bad_user_data=0.5), setting(lambda life: life.world.instances, bad_user_data=0.0), 3 * HOURS), 0.5, of_zone=False, group="none", hampers=Hampers.LAUNCHES),
    Fault("events lost", switch(setting(lambda life: life.world.bus, lost=0.7), setting(lambda life: life.world.bus, lost=0.0), HOURS), 1.0, of_zone=False, group="none"),
    Fault("events late and twice", switch(setting(lambda life: life.world.bus, late=0.5, doubled=0.5), setting(lambda life: life.world.bus, late=0.0, doubled=0.0), HOURS), 1.0, of_zone=False, group="none", hampers=Hampers.NOTHING),
    Fault("runs killed", switch(setting(lambda life: life.controller, kills=0.4), setting(lambda life: life.controller, kills=0.0), HOURS), 1.0, of_zone=False, group="none"),
    Fault("strangers come and go", _stranger, 4.0, of_zone=False, group="none"),
)  # fmt: skip
