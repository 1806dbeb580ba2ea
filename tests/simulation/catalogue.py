"""Everything that may befall a stack that is always on."""

from __future__ import annotations

from tests.simulation.blips import BLIPS
from tests.simulation.faults import FAULTS
from tests.simulation.hands import HANDS
from tests.simulation.refusals import REFUSALS

ALL_FAULTS = (*FAULTS, *REFUSALS, *BLIPS, *HANDS)
