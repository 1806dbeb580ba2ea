"""What befalls any stack, in the order in which it is drawn from."""

from __future__ import annotations

from tests.simulation.faults.plain.answers import ANSWERS
from tests.simulation.faults.plain.machines import BROKEN, LEAVING
from tests.simulation.faults.plain.operations import CHANGED, ORDERED
from tests.simulation.faults.plain.paths import PATHS
from tests.simulation.faults.plain.room import ROOM
from tests.simulation.faults.plain.surroundings import SURROUNDINGS

FAULTS = (*BROKEN, *PATHS, *LEAVING, *ORDERED, *ROOM, *CHANGED, *ANSWERS, *SURROUNDINGS)
BY_NAME = {fault.name: fault for fault in FAULTS}
