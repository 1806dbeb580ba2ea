"""What a node carried, under the names of a NAT gateway's CloudWatch metrics, as its probe's report says.

The report has bare numbers, for a node's programs have little room. Counts are of what has passed since the
node was asked last, so that their sum is right however often it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from natkeeper.core.intake.evidence import number, report_of

CONNECTIONS = "ActiveConnectionCount"
TOLD = (
    (CONNECTIONS,),
    ("PeakBytesPerSecond",),
    ("ErrorPortAllocation",),
    ("PacketsDropCount",),
    ("ConnectionAttemptCount",),
    ("ConnectionEstablishedCount",),
    ("PacketsInFromSource", "PacketsOutToDestination"),
    ("BytesInFromSource", "BytesOutToDestination"),
    ("PacketsInFromDestination", "PacketsOutToSource"),
    ("BytesInFromDestination", "BytesOutToSource"),
)
"""What each number of the report stands for, in order: what comes in goes out, but for what is dropped."""
NAMES = tuple(name for names in TOLD for name in names)
ALARMING = NAMES[:4]


class GatewayMetrics(StrEnum):
    """Which of them become metrics; all are in the log."""

    NONE = "none"
    ALARMS = "alarms"  # those on which an alarm makes sense
    ALL = "all"

    def names(self) -> frozenset[str]:
        """Their names."""
        return frozenset({"none": (), "alarms": ALARMING, "all": NAMES}[self.value])


def figures(output: str | None) -> Mapping[str, int]:
    """The figures in a probe's output, by name, as far as they are numbers; none of a node that counts
    otherwise than we do."""
    told = report_of(output or "").get("gateway")
    if not isinstance(told, list) or len(told) != len(TOLD):
        return {}
    said = zip(TOLD, map(number, told), strict=True)
    return {name: value for names, value in said if value is not None for name in names}
