"""How long private subnets had no way out, in truth; and for how long of that somebody could have helped."""

from __future__ import annotations

from dataclasses import dataclass, field

from natkeeper.core.model import RouteTableId, ZoneName
from natkeeper.core.policy import Policy
from tests.simulation.ground_truth import truth
from tests.simulation.ground_truth.demand import Demand
from tests.simulation.ground_truth.excuses import Excuses, Hampers
from tests.world.world import World

SILENT = 1500.0
"""Seconds after which a broken node whose agent is silent has a successor too: ten silent probes, a boot, and time in
which one could be launched."""


@dataclass
class Availability:
    """`down` is since when a table has no way out and wants one, `strange` since when it is seen by another address
    than its zone's, `kept_off` until when AWS refused that."""

    world: World
    demand: Demand
    excuses: Excuses
    down: dict[RouteTableId, float] = field(default_factory=dict)
    strange: dict[RouteTableId, float] = field(default_factory=dict)
    kept_off: dict[RouteTableId, float] = field(default_factory=dict)
    seconds: dict[RouteTableId, float] = field(default_factory=dict)
    usable_since: float | None = None
    longest_neglect: float = 0.0

    def look(self) -> None:
        """Takes note of what has changed."""
        at = self.world.agenda.at
        for table in self.world.layout.tables:
            if self.demand.of(table) is not None and not truth.serves(self.world, table):
                self.down.setdefault(table, at)
            elif table in self.down:
                self.longest_neglect = max(self.longest_neglect, self.neglect(table))
                self.seconds[table] = self.seconds.get(table, 0.0) + at - self.down.pop(table)
        awake = [t for t in self.world.layout.tables if self.demand.of(t) is not None]
        self.strange = {t: self.strange.get(t, at) for t in awake if truth.is_strange(self.world, t)}
        able = (i for i in truth.living(self.world) if truth.is_usable(self.world, i))
        usable = any(not truth.is_leaving(self.world, i) for i in able)
        if not usable:
            self.usable_since = None
        elif self.usable_since is None:
            self.usable_since = at

    def neglect(self, table: RouteTableId) -> float:
        """For how many seconds somebody could have given the table a way out, and has not."""
        at = self.world.agenda.at
        held = self.world.network.routes[table].now.held
        if table not in self.down or self.usable_since is None or held:
            return 0.0
        succeedable = max(self.down[table], self.excuses.since_launching(self._zone(table)))
        lately = at - succeedable < SILENT or (
            self.world.zone_count > 1 and not truth.is_anybody_heard(self.world)
        )
        if truth.is_blind_spot(self.world, table) and lately:
            self.excuses.hamper(Hampers.ZONE, self._zone(table))
        if truth.is_on_a_foreign_path(self.world, table):
            self.excuses.hamper(Hampers.ZONE, self._zone(table))
        since = self.excuses.since(self._zone(table))
        return max(0.0, at - max(self.down[table], self.usable_since, since))

    def strangeness(self, table: RouteTableId, policy: Policy) -> float:
        """For how many seconds a table could have been seen by its zone's address, and is not."""
        zone, at = self._zone(table), self.world.agenda.at
        address = self.world.layout.allocations[self.world.zones.index(zone)]
        refused = any(t.concerns("AssociateAddress", address) for t in self.world.gate.troubles)
        taken = self.world.store.records.memory.zone(zone).takebacks
        if refused or len(taken) >= policy.takebacks_per_hour:
            self.kept_off[table] = at + policy.longest_pause.total_seconds()
        return max(
            0.0, at - max(self.strange[table], self.excuses.since(zone), self.kept_off.get(table, 0.0))
        )

    def _zone(self, table: RouteTableId) -> ZoneName:
        return self.world.zones[self.world.layout.tables.index(table)]

    def total(self) -> float:
        """Seconds without a way out so far, all tables together."""
        return sum(self.seconds.values()) + sum(self.world.agenda.at - since for since in self.down.values())
