"""What a node carried, under the names of a NAT gateway's CloudWatch metrics, as its probe's report says.

Counts are of what has passed since it was asked last, so that their sum is right however often it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import product

from natkeeper.core.intake.evidence import number, report_of

STATES = ("ActiveConnectionCount", "PeakBytesPerSecond")
"""What is so, or was at most: the others are counts."""
ERRORS = ("ErrorPortAllocation", "PacketsDropCount")
CONNECTIONS = ("ConnectionAttemptCount", "ConnectionEstablishedCount")
VOLUMES = tuple(
    f"{what}{way}" for what, way in product(
        ("Bytes", "Packets"), ("InFromSource", "OutToDestination", "InFromDestination", "OutToSource")
    )
)  # fmt: skip
NAMES = (*STATES, *ERRORS, *CONNECTIONS, *VOLUMES)


class GatewayMetrics(StrEnum):
    """Which of them become metrics; all are in the log."""

    NONE = "none"
    ALARMS = "alarms"  # those on which an alarm makes sense
    ALL = "all"

    def names(self) -> frozenset[str]:
        """Their names."""
        return frozenset({"none": (), "alarms": (*STATES, *ERRORS), "all": NAMES}[self.value])


def figures(output: str | None) -> Mapping[str, int]:
    """The figures in a probe's output, by name, as far as they are numbers."""
    told = report_of(output or "").get("gateway")
    said = told if isinstance(told, dict) else {}
    return {name: value for name in NAMES if (value := number(said.get(name))) is not None}
