"""What the picture shows, as values: what is known, in plain words, and what could not be read. Nothing here
is HTML yet, and nothing is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from natkeeper.core.examined import Examined
from natkeeper.core.memory import Heal
from natkeeper.core.model import InstanceId, RouteTableId, ZoneName


class Part(StrEnum):
    """What is read for a picture, each by itself: one that is refused hides no other."""

    NODES = "the nodes"
    NETWORK = "the route tables"
    RECORDS = "what natkeeper remembers"
    BOOKS = "what was saved"
    DOCTOR = "what the doctor found"


class State(StrEnum):
    """How a zone stands, in words that need no colour."""

    SERVED = "served"
    CHANGING = "served, and something is under way"
    DOUBTED = "served by a node in doubt"
    COVERED = "served by another zone's node"
    LAST_RESORT = "served by a NAT gateway, the last resort"
    FOREIGN = "served by what is not natkeeper's"
    BROKEN = "no way out"
    ASLEEP = "asleep"
    IDLE = "nothing to serve"
    UNREAD = "not known"


@dataclass(frozen=True, slots=True)
class Way:
    """Where the default routes of some tables lead. `works`: whether packets get out there, as its judge has
    it (None: nobody knows); `node` is the node of the stack that they lead to, with its judge's `verdict` and
    EC2's state; `being` what that is, where it is not the zone's own, and `seen_as` the public address of the
    zone's hosts there, if that is known; `remark` why they stay."""

    leads_to: str
    works: bool | None
    node: InstanceId | None = None
    being: str = ""
    remark: str = ""
    verdict: str = ""
    lifecycle: str = ""
    tables: tuple[RouteTableId, ...] = ()
    seen_as: str = ""


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node: what EC2 and its judge say of it, how long ago it was launched, and what the internet sees of
    it. An empty `reason`: there is nothing against it. `connections` and `rate` (bytes a second) are of its
    last answers to the probe; None: it does not tell."""

    id: InstanceId
    verdict: str
    lifecycle: str
    age: timedelta
    kind: str
    address: str = ""
    reason: str = ""
    connections: int | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class MissedGoal:
    """A goal that is not reached, since when, and whether that is longer than it may be."""

    means: str
    since: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class ZoneView:
    """A zone. `rest` says why it wants no NAT and until when; `remarks` what does not fit there."""

    name: ZoneName
    state: State
    ways: tuple[Way, ...] = ()
    nodes: tuple[NodeView, ...] = ()
    rest: str = ""
    goals: tuple[MissedGoal, ...] = ()
    remarks: tuple[str, ...] = ()
    launched: tuple[datetime, ...] = ()
    error: str = ""

    @property
    def server(self) -> InstanceId | None:
        """The zone's own node that tables of its lead to, of those that are not left alone."""
        own = {node.id for node in self.nodes}
        return next((way.node for way in self.ways if way.node in own and not way.remark), None)

    @property
    def addresses(self) -> tuple[str, ...]:
        """What the internet sees of the zone's hosts."""
        serving = [way for way in self.ways if way.works is not False]
        own = {node.id: node.address for node in self.nodes}
        seen = (own.get(way.node) or way.seen_as for way in serving if way.node)
        return tuple(dict.fromkeys(address for address in seen if address))


@dataclass(frozen=True, slots=True)
class RefusedStep:
    """A step that AWS refuses, how often in a row, since when, and its last words."""

    step: str
    count: int
    since: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Saved:
    """The dollars that NAT gateways would have cost more, in the days that are written down since `since`."""

    dollars: float
    days: int
    since: date


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole stack at one moment. `planned` is what the controller would do now, a line a step; `unread` why
    a part is missing; `heals` the last outages that are over, the newest first."""

    stack: str
    at: datetime
    zones: tuple[ZoneView, ...]
    unread: Mapping[Part, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    paused_until: datetime | None = None
    planned: tuple[str, ...] = ()
    refused: tuple[RefusedStep, ...] = ()
    saved: Saved | None = None
    heals: tuple[Heal, ...] = ()
    examined: Examined | None = None

    def in_state(self, *states: State) -> tuple[ZoneView, ...]:
        """The zones that stand so."""
        return tuple(zone for zone in self.zones if zone.state in states)
