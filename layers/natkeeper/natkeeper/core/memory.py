"""What the controller remembers between runs. A value: `record` and `remember` return a new one.

Losing it costs caution (counters restart), never a healthy node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.image import Baking
from natkeeper.core.last_resort import UNUSED, Resort
from natkeeper.core.ledger import Span
from natkeeper.core.model import AllocationId, InstanceId, InterfaceId, Lifecycle, RouteTableId, ZoneName
from natkeeper.core.ring import Peer

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch: when, which instance came of it (none: a replayed token), in which pool, EC2's reason
    if the node ended before it was verified, and on which budget it went."""

    at: datetime
    instance: InstanceId | None
    pool: str = ""
    reason: str = ""
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Why a zone wants no node, and since when for that reason."""

    ground: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """What broke a zone's way out, and when that was noticed."""

    cause: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Heal:
    """An outage that is over: of which zone, and when a look first found its way out whole again."""

    zone: ZoneName
    cause: str
    noticed: datetime
    over: datetime


HEALS = 6
"""So many heals are remembered, the newest: memory is one small item, however often something breaks."""


@dataclass(frozen=True, slots=True)
class Contest:
    """When a table's default route was taken from us, and what it led to last (empty: it was deleted)."""

    times: tuple[datetime, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where we put the zone's address last: on which private one of an interface (empty: its primary)."""

    address: AllocationId
    interface: InterfaceId
    private: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pointed:
    """Where we pointed a table's default route last."""

    interface: InterfaceId
    at: datetime


@dataclass(frozen=True, slots=True)
class ZoneMemory:
    """A zone's counters. `generation` numbers the next launch and goes into its ClientToken; `beside` are
    the workloads beside which it fell asleep because there was no traffic; `goals` since when each goal
    (`goals.py`) has been missed; `led` where each table led when it was last ours, and `contests` who takes
    it (`contest.py`); `succeeding_since`: a planned succession is under way; `silences`: when a node was
    found silent by the word of its neighbours; `whole`: our nodes have once served all of it; `outage` what
    broke its way out since, as long as that lasts; `resort`: its last resort; `placed` where its address is
    by our own last word, and `pointed` where its tables lead."""

    generation: int = 0
    launches: tuple[Launch, ...] = ()
    bad_pools: Mapping[str, datetime] = field(default_factory=dict)  # instance type -> until
    takebacks: tuple[datetime, ...] = ()
    broken_since: datetime | None = None
    unwanted: Unwanted | None = None
    asleep_since: datetime | None = None
    waking_since: datetime | None = None
    unread_since: datetime | None = None
    beside: tuple[str, ...] = ()
    goals: Mapping[str, datetime] = field(default_factory=dict)
    led: Mapping[RouteTableId, InterfaceId] = field(default_factory=dict)
    contests: Mapping[RouteTableId, Contest] = field(default_factory=dict)
    succeeding_since: datetime | None = None
    silences: tuple[datetime, ...] = ()
    whole: bool = False
    outage: Outage | None = None
    resort: Resort = UNUSED
    placed: Placed | None = None
    pointed: Mapping[RouteTableId, Pointed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NodeMemory:
    """A node's past: first verified, repaired, since when nothing is routed to it; launched before its first
    sleep; since when it forwards nothing; when we put it to sleep or started it; whether that was refused;
    in which zone it was seen, and since when looks that could read do not show it; the mode of CPU credits
    that we set last; since when it is silent by the word of its neighbours, and when its own word about one
    turned out to be wrong; how far in its life it was `seen`."""

    verified_at: datetime | None = None
    repairs: tuple[datetime, ...] = ()
    idle_since: datetime | None = None
    born_at: datetime | None = None
    quiet_since: datetime | None = None
    slept_at: datetime | None = None
    started_at: datetime | None = None
    unstartable: bool = False
    zone: ZoneName | None = None
    missing_since: datetime | None = None
    cpu_credits: CpuCredits | None = None
    silent_since: datetime | None = None
    disbelieved_at: datetime | None = None
    seen: Lifecycle | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """How often AWS has refused a step in a row, from when to when, and its last words."""

    first: datetime
    last: datetime
    count: int
    error: str


NEW_NODE, NEW_ZONE = NodeMemory(), ZoneMemory()
"""What is remembered of one of which nothing is: asked for some fifty times a pass, and made once."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything remembered for the stack: `told` is when each notice was last sent, `roster` the nodes
    that should answer a probe, `spans` the hours of nodes for the report, `refusals` what AWS will not do for
    us, by step (`dependence.py`), `remarked` since when something does not fit, `ring` who watches whom,
    `heals` the last outages that are over, the newest last."""

    zones: Mapping[ZoneName, ZoneMemory] = field(default_factory=dict)
    nodes: Mapping[InstanceId, NodeMemory] = field(default_factory=dict)
    told: Mapping[str, datetime] = field(default_factory=dict)
    roster: tuple[InstanceId, ...] = ()
    paused_until: datetime | None = None
    spans: tuple[Span, ...] = ()
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    remarked: Mapping[str, datetime] = field(default_factory=dict)
    baking: Baking = field(default_factory=Baking)
    ring: tuple[Peer, ...] = ()
    heals: tuple[Heal, ...] = ()

    def zone(self, name: ZoneName) -> ZoneMemory:
        """The zone's counters, fresh ones if it is new."""
        return self.zones.get(name, NEW_ZONE)

    def node(self, name: InstanceId) -> NodeMemory:
        """The node's past, an empty one if it is new."""
        return self.nodes.get(name, NEW_NODE)

    def launches(self) -> Iterator[Launch]:
        """Every launch that is remembered, of all zones."""
        return (launch for zone in self.zones.values() for launch in zone.launches)

    def missing(self, zone: ZoneName) -> Iterator[tuple[InstanceId, datetime]]:
        """The zone's nodes that the last look did not show as living, and since when."""
        for name, past in self.nodes.items():
            if past.zone == zone and past.missing_since:
                yield name, past.missing_since

    def listed(self) -> frozenset[InstanceId]:
        """Whom EC2 most likely knows still: who the last look showed, bakers too, and who was launched since.
        Not who is missing: EC2 forgets an instance an hour after its end, we two hours after."""
        return frozenset({*self.roster, *(n for n, past in self.nodes.items() if not past.missing_since)})

    def with_zone(self, name: ZoneName, zone: ZoneMemory) -> Memory:
        """This memory with one zone's counters changed."""
        return replace(self, zones={**self.zones, name: zone})

    def with_node(self, name: InstanceId, node: NodeMemory) -> Memory:
        """This memory with one node's past changed."""
        return replace(self, nodes={**self.nodes, name: node})


def recent(times: tuple[datetime, ...], now: datetime, within: timedelta = HOUR) -> tuple[datetime, ...]:
    """Those of `times` that lie within the last hour (or `within`)."""
    return tuple(at for at in times if now - at < within)


def beyond(spent: int) -> int:
    """The generation to try when the token of this one turns out to be spent: memory was lost, most likely,
    and EC2 may know the tokens of a whole day; so ever further ahead."""
    return spent + max(1, min(spent, 64))
