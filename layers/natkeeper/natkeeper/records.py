"""Everything in the stack's table, and what follows from it without a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from natkeeper.core.intake.commands import Entry
from natkeeper.core.memory import Memory
from natkeeper.core.model import (
    EVERYWHERE,
    Doom,
    InstanceId,
    Node,
    Order,
    Pause,
    Probe,
    RouteTableId,
    Unreadable,
    Wish,
    Zone,
    ZoneName,
)
from natkeeper.core.ring import Hearsay, Word


@dataclass(frozen=True, slots=True)
class Records:
    """Everything in the stack's table, as one consistent read."""

    memory: Memory = field(default_factory=Memory)
    evidence: Mapping[InstanceId, tuple[Probe, ...]] = field(default_factory=dict)
    orders: Mapping[InstanceId, Order] = field(default_factory=dict)
    dooms: Mapping[InstanceId, Doom] = field(default_factory=dict)
    wishes: Mapping[ZoneName, Wish] = field(default_factory=dict)  # by zone, or EVERYWHERE
    originals: Mapping[RouteTableId, str | None] = field(default_factory=dict)  # before our first write
    hearsay: Hearsay = field(default_factory=Hearsay)  # what nodes said of each other within the last day
    pause: Pause | None = None
    obeyed: frozenset[str] = frozenset()  # ids of the last day's commands
    removed: bool = False  # teardown has begun: be inert
    epoch: int = 0  # the fencing number of the run that saved memory last
    damaged: tuple[str, ...] = ()  # what is there and could not be read: memory is then as good as lost

    @property
    def paused_until(self) -> datetime | None:
        """Until when to do nothing; it may lie in the past."""
        return self.pause.until if self.pause else None

    def wish(self, zone: ZoneName, now: datetime) -> Wish | None:
        """The latest wish that concerns this zone, of those that still hold."""
        wishes = (self.wishes[name] for name in (zone, EVERYWHERE) if name in self.wishes)
        return max((w for w in wishes if w.holds(now)), key=lambda wish: wish.at, default=None)

    def told_of(self, node: Node) -> Node:
        """The node with what the table holds of it; EC2's own announcement of doom goes first."""
        doom, order = node.doom or self.dooms.get(node.id), self.orders.get(node.id)
        return replace(node, probes=self.evidence.get(node.id, ()), doom=doom, order=order)

    def wished(self, zone: Zone | Unreadable, now: datetime) -> Zone | Unreadable:
        """The zone with the wish that holds for it now."""
        return replace(zone, wish=self.wish(zone.name, now)) if isinstance(zone, Zone) else zone

    def noting(self, entry: Entry) -> Records:
        """These records with it written down."""
        match entry.said:
            case Order():
                return replace(self, orders={**self.orders, InstanceId(entry.on): entry.said})
            case Wish():
                return replace(self, wishes={**self.wishes, ZoneName(entry.on): entry.said})
            case Pause():
                return replace(self, pause=entry.said)
            case _:
                assert_never(entry.said)

    def known(self) -> frozenset[InstanceId]:
        """Instances that are, or lately were, ours."""
        launched = (launch.instance for launch in self.memory.launches() if launch.instance)
        return frozenset({*self.memory.nodes, *launched})

    def strangers_of(self, word: Word) -> frozenset[InstanceId]:
        """Who says it, and whom it is about, if they are no nodes of the stack."""
        return frozenset({word.reporter, word.about} - self.known())

    def zone_of(self, node: InstanceId) -> ZoneName | None:
        """The zone of a node of ours, as far as memory tells."""
        known = {span.node: span.zone for span in self.memory.spans}
        for name, zone in self.memory.zones.items():
            known.update({launch.instance: name for launch in zone.launches if launch.instance})
        return known.get(node)
