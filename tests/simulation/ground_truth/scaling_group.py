"""The rival: an auto-scaling group of one in each zone, as fck-nat runs it, by its published rules, under the same
faults. It sees an instance that is gone, stopped or fails its status checks, and has another at work about five
minutes later (fck-nat's documentation); it cannot see rules, routes, check or address.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SEEN = 300.0
PERSON = 3600.0
"""Seconds until a person mends what the group cannot see. Assumed."""
NO_LAUNCH = frozenset({"no room at all", "vCPU quota reached", "subnet full", "launches fail for hours"})


@dataclass
class ScalingGroup:
    """`until`: so long each zone has no way out."""

    zones: int
    seconds: float = 0.0
    until: dict[int, float] = field(default_factory=dict)
    no_launch_until: float = 0.0

    def struck(self, at: float, name: str, group: str, zone: int, lasting: float) -> None:
        """A fault strikes; `lasting` is 0 for one that is over at once."""
        if name in NO_LAUNCH:
            self.no_launch_until = max(self.no_launch_until, at + lasting)
        if group == "sees":
            self._down(zone, at, max(at + lasting, self.no_launch_until) + SEEN)
        elif group == "blind":
            self._down(zone, at, at + PERSON)
        elif name == "node hangs for 90 s":
            self._down(zone, at, at + 90.0)

    def _down(self, zone: int, at: float, until: float) -> None:
        before = max(at, self.until.get(zone, 0.0))
        if until > before:
            self.seconds += until - before
            self.until[zone] = until
