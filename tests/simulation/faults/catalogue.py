"""Everything that may befall a stack that is always on."""

from __future__ import annotations

from tests.simulation.faults.blips import BLIPS
from tests.simulation.faults.hands import HANDS
from tests.simulation.faults.plain.catalogue import FAULTS
from tests.simulation.faults.refusals import REFUSALS
from tests.simulation.faults.ring import RING_FAULTS

ALL_FAULTS = (*FAULTS, *REFUSALS, *BLIPS, *HANDS, *RING_FAULTS)
ALL_BY_NAME = {fault.name: fault for fault in ALL_FAULTS}
