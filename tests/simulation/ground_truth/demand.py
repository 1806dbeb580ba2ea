"""Which zones want a NAT, in truth: whatever the controller has read of it, and by rules of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from natkeeper.core.intake.workloads import counts
from natkeeper.core.model import RouteTableId, SubnetId, WishKind, ZoneName
from natkeeper.core.policy import Awake, Policy
from tests.world.world import World

SOON = 300.0
"""Seconds of slack around what the controller does ahead of time, or after a grace."""


@dataclass
class Demand:
    """`wanted` and `unwanted`: since when each zone is. A life that is always on wants all zones, always.
    `disturbed`: the last fault, after which a zone may be awake to be safe and has its grace once more."""

    world: World
    policy: Callable[[], Policy]
    wanted: dict[ZoneName, float] = field(default_factory=dict)
    unwanted: dict[ZoneName, float] = field(default_factory=dict)
    disturbed: float = 0.0
    _open: bool = False
    _turns: float = -1.0  # when the office hours open or close

    def look(self) -> bool:
        """Takes note of what has changed, if anything has."""
        changed = False
        for zone, subnet in zip(self.world.zones, self.world.private_subnets, strict=True):
            now, before = (
                (self.wanted, self.unwanted) if self._wants(zone, subnet) else (self.unwanted, self.wanted)
            )
            if zone not in now:
                now[zone] = self.world.agenda.at
                changed = before.pop(zone, None) is not None or changed
        return changed

    @property
    def may_turn(self) -> bool:
        """Whether time alone may change it."""
        return self.policy().hours is not None or bool(self.world.store.records.wishes)

    def of(self, table: RouteTableId) -> float | None:
        """Since when the zone of a table has wanted a NAT; None: it does not."""
        return self.wanted.get(self.world.zones[self.world.layout.tables.index(table)])

    @property
    def grace(self) -> float:
        """Seconds within which a zone that is not wanted falls asleep."""
        policy = self.policy()
        return max(policy.idle, policy.sleep_drain).total_seconds() + SOON

    def should_sleep(self, zone: ZoneName) -> bool:
        """Whether the zone has been unwanted beyond any grace, and is not about to be wanted."""
        policy, at = self.policy(), self.world.agenda.at
        opens = policy.hours is not None and not self._open
        soon = opens and self._turns - at < policy.lead.total_seconds() + SOON
        awake_until = max(self.unwanted.get(zone, at), self.disturbed) + self.grace
        return zone in self.unwanted and at > awake_until and not soon

    def _wants(self, zone: ZoneName, subnet: SubnetId) -> bool:
        policy = self.policy()
        wish = self.world.store.records.wish(zone, self.world.agenda())
        if (
            wish
            and wish.kind is not WishKind.AUTOMATIC
            and (not wish.until or self.world.agenda() < wish.until)
        ):
            return wish.kind is WishKind.ON
        if policy.awake in (Awake.OFFICE_HOURS, Awake.ON_DEMAND_IN_OFFICE_HOURS) and not self._is_open():
            return False
        return not policy.on_demand or any(counts(p) for p in self.world.workloads.present(subnet))

    def _is_open(self) -> bool:
        hours, agenda = self.policy().hours, self.world.agenda
        if hours and agenda.at >= self._turns:
            opening = hours.look(agenda())
            self._open = opening.is_open
            self._turns = agenda.when(opening.until) if opening.until else float("inf")
        return self._open
