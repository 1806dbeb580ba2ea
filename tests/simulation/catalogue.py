"""Everything that may befall a stack that is always on."""

from __future__ import annotations

from tests.simulation.blips import BLIPS
from tests.simulation.faults import FAULTS
from tests.simulation.hands import HANDS
from tests.simulation.refusals import REFUSALS

NOT_YET = ("subnet left out of an answer", "instance with our tags copied")
"""What the controller does not withstand yet."""
ALL_FAULTS = tuple(f for f in (*FAULTS, *REFUSALS, *BLIPS, *HANDS) if f.name not in NOT_YET)
