"""Everything that may befall a stack that is always on."""

from __future__ import annotations

from tests.simulation.blips import BLIPS
from tests.simulation.faults import FAULTS
from tests.simulation.hands import HANDS
from tests.simulation.refusals import REFUSALS
from tests.simulation.ring_faults import RING_FAULTS

ALL_FAULTS = (*FAULTS, *REFUSALS, *BLIPS, *HANDS, *RING_FAULTS)
