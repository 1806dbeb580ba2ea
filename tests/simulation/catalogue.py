"""Everything that may befall a stack that is always on."""

from __future__ import annotations

from tests.simulation.blips import BLIPS
from tests.simulation.faults import FAULTS
from tests.simulation.hands import HANDS, ORDERS
from tests.simulation.refusals import REFUSALS

ALL_FAULTS = FAULTS
HARDER = (*FAULTS, *REFUSALS, *BLIPS, *HANDS, *ORDERS)
"""What the controller does not withstand yet: `--harder`."""
