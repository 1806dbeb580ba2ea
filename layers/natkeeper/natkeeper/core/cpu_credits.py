"""CPU credits: what a burstable instance earns while it idles, and spends above its baseline."""

from __future__ import annotations

import re
from enum import StrEnum

_BURSTABLE = re.compile(r"t[2-9][a-z]*\.")


class CpuCredits(StrEnum):
    """What an instance does that has none left (EC2 User Guide, burstable performance instances)."""

    STANDARD = "standard"  # it falls to its baseline: a nano to a tenth of a core
    UNLIMITED = "unlimited"  # it goes on, for money


def has_credits(instance_type: str) -> bool:
    """Whether EC2 takes a choice of credits for it: it refuses one on types that are not burstable."""
    return _BURSTABLE.match(instance_type) is not None
