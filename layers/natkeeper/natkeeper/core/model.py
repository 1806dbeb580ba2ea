"""What natkeeper knows of the world, as values. Nothing here acts, reads a clock, or knows AWS's API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

ZoneName = NewType("ZoneName", str)
InstanceId = NewType("InstanceId", str)
InterfaceId = NewType("InterfaceId", str)
VpcId = NewType("VpcId", str)
SubnetId = NewType("SubnetId", str)
RouteTableId = NewType("RouteTableId", str)
AllocationId = NewType("AllocationId", str)
ImageId = NewType("ImageId", str)
EVERYWHERE = ZoneName("*")  # in place of a zone's name: all of them


class Lifecycle(StrEnum):
    """EC2's instance states."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"


UP = (Lifecycle.PENDING, Lifecycle.RUNNING)  # it forwards, or is about to
GOING = (Lifecycle.SHUTTING_DOWN, Lifecycle.TERMINATED)  # no instance comes back from these


class Outcome(StrEnum):
    """How one probe of a node ended."""

    PASSED = "passed"
    FAILED = "failed"  # it answered, and something is wrong
    UNREADY = "unready"  # it answered, but its own software is not there yet
    SILENT = "silent"  # no answer before the deadline: unknown, not dead


@dataclass(frozen=True, slots=True)
class Probe:
    """One answer (or silence) of a node; `failing` names the checks that failed. `sent`: the bytes that left
    its interface since it booted, all it forwarded among them; `filled`: percent of its connection table in
    use, if much; `connections`, and how many of its peers it was told of: of the last answer. `note`: why."""

    at: datetime
    outcome: Outcome
    failing: tuple[str, ...] = ()
    sent: int | None = None
    filled: int | None = None
    note: str = ""
    connections: int | None = None
    flows: int | None = None


class DoomKind(StrEnum):
    """Why AWS is about to take a node away."""

    INTERRUPTION = "spot interruption"
    REBALANCE = "rebalance recommendation"
    RETIREMENT = "scheduled retirement"


@dataclass(frozen=True, slots=True)
class Doom:
    """AWS's announcement that a node will go, and when."""

    kind: DoomKind
    at: datetime


class Verb(StrEnum):
    """What a person may order for a node."""

    REPLACE = "replace"  # make before break
    FAILOVER = "failover"  # move off it now, to any verified node


@dataclass(frozen=True, slots=True)
class Order:
    """A person's order about one node, and when it was given."""

    verb: Verb
    at: datetime


class WishKind(StrEnum):
    """What a person may want of a zone, whatever it would do by itself."""

    ON = "on"
    OFF = "off"
    AUTOMATIC = "automatic"  # nothing in particular: this takes an older wish back


@dataclass(frozen=True, slots=True)
class Wish:
    """A person's wish for a zone, and until when it holds (None: until another)."""

    kind: WishKind
    at: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it still does."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Pause:
    """A person wants no action until then (None: acts again)."""

    at: datetime
    until: datetime | None = None


class Market(StrEnum):
    """How EC2 sells a node's time."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"


@dataclass(frozen=True, slots=True)
class Node:
    """A NAT instance of this stack. `probes`: the newest last; `impaired_since`: EC2's status check."""

    id: InstanceId
    zone: ZoneName
    lifecycle: Lifecycle
    launched_at: datetime
    interface: InterfaceId | None
    source_dest_check: bool
    template_version: int
    generation: int = 0
    instance_type: str = ""
    spot: bool = False
    impaired_since: datetime | None = None
    probes: tuple[Probe, ...] = ()
    doom: Doom | None = None
    order: Order | None = None
    ended: str = ""  # EC2's reason why it stops or ends, "code: message"
    template: str = ""  # the id of the launch template that it was launched from
    subnet: SubnetId | None = None
    groups: frozenset[str] = frozenset()
    copied: bool = False  # it has our tags, and was not launched by us: none of ours
    outdated: str | None = None  # how it differs from what the parameters ask for
    role: str = ""  # what it is instead of a node (core/image.py)
    image: ImageId | None = None
    public_address: str = ""  # what the internet sees of its own zone's clients
    private_address: str = ""  # by which its neighbours reach it
    cover_address: str = ""  # a second private one, by which it sends another zone's clients (docs/adr/0024)
    covers_as: str = ""  # what the internet sees of these, while it covers


@dataclass(frozen=True, slots=True)
class Route:
    """The default route of one private route table. No target: the route is missing."""

    table: RouteTableId
    target: str | None
    blackhole: bool = False
    held: bool = False  # a maintenance tag asks to leave this table alone
    barred: str | None = None  # why it is never to be moved
    clients: tuple[str, ...] = ()  # the IPv4 ranges of the subnets that it serves
    shown: str | None = None  # where EC2 shows it, if we know better for the moment

    @property
    def movable(self) -> bool:
        """Whether it is ours to care for."""
        return not self.held and self.barred is None


@dataclass(frozen=True, slots=True)
class Address:
    """An elastic address, the interface that holds it, if any, and on which private address of that."""

    allocation: AllocationId
    holder: InterfaceId | None
    private: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, and why: it is not empty."""

    error: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person should hear about something, for it does not fit."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Zone:
    """An Availability Zone, its public subnet, and all that serves or needs serving there."""

    name: ZoneName
    subnet: SubnetId | None  # None: no longer in the parameters, only nodes are left there
    routes: tuple[Route, ...]
    nodes: tuple[Node, ...]
    address: Address | None = None
    lost: tuple[str, ...] = ()  # ids in the parameters that AWS does not know
    workloads: tuple[str, ...] | Unread = ()  # what may need a way out; read only when that decides
    wish: Wish | None = None
    remarks: tuple[Remark, ...] = ()
    closed: bool = False  # its subnet is not public: a node launched there would reach nothing
    ended: tuple[Node, ...] = ()  # terminated, and still listed: nothing more happens to them

    @property
    def launchable(self) -> SubnetId | None:
        """The subnet in which a new node can come to work, if there is one."""
        return None if self.closed else self.subnet

    def listed(self) -> tuple[Node, ...]:
        """Every node of the zone that EC2 lists, the terminated ones too."""
        return (*self.nodes, *self.ended)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A zone that could not be read. It is not empty: the only thing allowed is to say so."""

    name: ZoneName
    error: str
    lasting: bool = True  # it will not pass by itself: a person should know
    unlisted: bool = False  # AWS did not list its subnet: the next answer may


@dataclass(frozen=True, slots=True)
class Observed:
    """One look at the stack, zones in order of name."""

    zones: tuple[Zone | Unreadable, ...]
    aside: tuple[Route, ...] = ()  # that work, of tables whose zone cannot be told: they stay, and are in use
    bakers: tuple[Node, ...] = ()  # no nodes: nothing is ever routed to them
    unlisted: tuple[RouteTableId, ...] = ()  # nobody knows where these lead

    def readable(self) -> tuple[Zone, ...]:
        """The zones that could be read."""
        return tuple(zone for zone in self.zones if isinstance(zone, Zone))

    def nodes(self) -> tuple[Node, ...]:
        """Every node of every readable zone."""
        return tuple(node for zone in self.readable() for node in zone.nodes)

    def serving(self) -> dict[ZoneName, InstanceId | None]:
        """The node that each readable zone's default routes lead to; None: not all to one node of ours."""
        owners: dict[str | None, InstanceId] = {n.interface: n.id for n in self.nodes() if n.interface}
        zones = (zone for zone in self.readable() if zone.routes)
        led = ((z.name, {None if r.blackhole else owners.get(r.target) for r in z.routes}) for z in zones)
        return {name: servers.pop() if len(servers) == 1 else None for name, servers in led}
