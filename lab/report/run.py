"""The values that every run of a fault leaves behind. Points in time are `time.time()` seconds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from dacite import Config, from_dict

Lane = Literal["you", "aws", "decision", "call", "route", "node", "flow"]
Kind = Literal["udp", "tcp"]
PLAIN = Config(cast=[tuple], type_hooks={float: float}, strict=True)
"""How values are read from JSON: lists as tuples, whole numbers as seconds too, nothing unknown."""
OURS, RIVAL = "natkeeper", "an auto-scaling group of one"
LATE = 0.5
"""Seconds of the lab's own delay that spoil a run: a launch alone takes it 0.3."""
LATE_IN_OUTAGE, SHARE = 0.1, 0.1
"""Seconds of it that spoil an outage, and the share of a long one."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, in the lane of whoever did it; `until` when it took a while."""

    at: float
    lane: Lane
    text: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch in which nothing was answered: UDP packets, or attempts to connect."""

    began: float
    ended: float
    lost: int
    kind: Kind

    @property
    def seconds(self) -> float:
        """Returns how long it lasted."""
        return self.ended - self.began


@dataclass(frozen=True, slots=True)
class Flows:
    """Long connections: those whose client speaks, and those that only listen."""

    speaks_alive: int
    speaks: int
    listens_alive: int
    listens: int
    longest_silence: float


@dataclass(frozen=True, slots=True)
class Run:
    """One fault, from the first packet to the last."""

    fault: str
    title: str
    story: str
    zones: int
    timings: str
    began: float
    struck: float
    healed: float | None
    ended: float
    sent_udp: int
    sent_tcp: int
    lost_udp: tuple[float, ...]
    lost_tcp: tuple[float, ...]
    outages: tuple[Outage, ...]
    flows: Flows
    moments: tuple[Moment, ...]
    addresses: tuple[str, ...]
    promise: str
    kept: bool
    detection: float | None
    repair: float | None
    interval: float = 0.01
    late: float = 0.0
    """The most seconds by which the lab's kernel followed AWS later than it should: this machine's doing."""
    late_in_outage: float = 0.0
    """The same, of the changes that began, lengthened or ended an outage."""
    by: str = OURS
    """Who was to heal it."""

    @property
    def lost(self) -> int:
        """Returns how many UDP packets had no answer."""
        return len(self.lost_udp)

    @property
    def failed(self) -> int:
        """Returns how many attempts to connect failed."""
        return len(self.lost_tcp)

    @property
    def outage_seconds(self) -> float:
        """Returns the seconds without an answer, all stretches together: to UDP or to new connections,
        whichever fared worse."""
        return max(sum(o.seconds for o in self.outages if o.kind == kind) for kind in ("udp", "tcp"))

    @property
    def spoilt(self) -> bool:
        """Returns whether the lab's own delay weighs in the figures."""
        return self.late > LATE or self.late_in_outage > max(LATE_IN_OUTAGE, SHARE * self.outage_seconds)

    @property
    def changed(self) -> bool:
        """Returns whether the server outside saw more than one public address."""
        return len(set(self.addresses)) > 1

    @property
    def longest_outage(self) -> float:
        """Returns the seconds of the longest stretch of either kind; 0 when there was none."""
        return max((outage.seconds for outage in self.outages), default=0.0)

    @property
    def healed_after(self) -> float | None:
        """Returns the seconds from the fault to its end; None when it was never healed."""
        return None if self.healed is None else self.healed - self.struck

    @property
    def calls(self) -> int:
        """Returns how many AWS calls were made from the fault until it was healed."""
        end = self.ended if self.healed is None else self.healed
        return sum(m.lane == "call" and self.struck <= m.at <= end for m in self.moments)


def to_json(run: Run) -> dict[str, Any]:
    """Returns the run as what `json` reads and writes."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(run)))
    return plain


def from_json(data: dict[str, Any]) -> Run:
    """Returns the run of `to_json`. Raises DaciteError or ValueError for anything else."""
    return from_dict(Run, data, PLAIN)
