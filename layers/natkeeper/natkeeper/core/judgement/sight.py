"""One zone as its goals see it: where its routes lead and how its nodes stand, whatever is done now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.election import Standing
from natkeeper.core.memory import ZoneMemory
from natkeeper.core.model import InstanceId, Route, Zone


@dataclass(frozen=True, slots=True)
class Sight:
    """A zone, every node's standing, and by what to judge."""

    zone: Zone
    standings: Mapping[InstanceId, Standing]
    context: Context
    gateways: frozenset[str] = frozenset()  # the NAT gateways that are its last resort

    def remembering(self, past: ZoneMemory) -> Sight:
        """The same with another memory of the zone."""
        memory = self.context.memory.with_zone(self.zone.name, past)
        return replace(self, context=replace(self.context, memory=memory))

    @property
    def past(self) -> ZoneMemory:
        """What is remembered of this zone."""
        return self.context.memory.zone(self.zone.name)

    @property
    def own(self) -> tuple[Standing, ...]:
        """The zone's own nodes."""
        return tuple(self.standings[node.id] for node in self.zone.nodes)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The default routes that are ours to care for."""
        return tuple(route for route in self.zone.routes if route.movable)

    @property
    def owes(self) -> bool:
        """Whether anything is to be reached here: the zone is in the parameters, awake and not paused."""
        paused = self.context.memory.paused_until
        rests = self.past.unwanted is not None or self.zone.subnet is None
        return not rests and not (paused and self.context.now < paused)

    def is_foreign(self, route: Route) -> bool:
        """Whether the route leads to something alive that is no node, nor a gateway, of the stack."""
        return bool(route.target) and not route.blackhole and route.target not in self.targets()

    def targets(self) -> frozenset[str | None]:
        """Where a route of ours may lead."""
        return self.gateways | {s.node.interface for s in self.standings.values()}

    def server(self) -> Standing | None:
        """The node that all the zone's routes lead to, its own or a neighbour's."""
        targets = {r.target for r in self.routes}
        return next((s for s in self.standings.values() if targets == {s.node.interface}), None)

    def name_of(self, target: str) -> str:
        """What of the stack is behind a route's target, and how it does."""
        if target in self.gateways:
            return f"{target}, its last resort"
        found = next(s for s in self.standings.values() if s.node.interface == target)
        return f"{found.node.id} of {found.node.zone}" if found.node.zone != self.zone.name else found.reason
