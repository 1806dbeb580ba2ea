"""One zone as the rules see it, and the questions that they ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from natkeeper.core.actions import Cause
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.demand import Demand, Stage
from natkeeper.core.judgement.election import Fitness, Standing
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.market import is_bad, markets, pool
from natkeeper.core.memory import Memory, ZoneMemory
from natkeeper.core.model import (
    GOING,
    Address,
    ImageId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Market,
    Route,
    RouteTableId,
    Zone,
    ZoneName,
)
from natkeeper.core.policy import Policy

COUNTED = (Fitness.FIT, Fitness.DOUBTFUL, Fitness.WAKING, Fitness.BOOTING)
IDLE = (Fitness.SHUT, Fitness.BOOTING, Fitness.LEAVING, Fitness.ASLEEP, Fitness.DEAD)
PLANNED = (Cause.OUTDATED, Cause.LIFETIME, Cause.MARKET)


@dataclass(frozen=True, slots=True)
class View:
    """A zone, everyone's standing, who serves it (`current`) and who should (`elected`)."""

    zone: Zone
    own: tuple[Standing, ...]
    current: Standing | None
    elected: Standing | None
    demand: Demand
    stage: Stage
    context: Context
    foreign: frozenset[RouteTableId] = frozenset()  # tables that lead to something alive that is not ours
    leaned_on: frozenset[str] = frozenset()  # what other zones awake elect or point at, and held tables do
    turn: ZoneName | None = None  # the zone that may be succeeded for a planned reason: never all at once

    @property
    def policy(self) -> Policy:
        """The numbers by which to decide."""
        return self.context.policy

    @property
    def memory(self) -> Memory:
        """What is remembered of the stack."""
        return self.context.memory

    @property
    def now(self) -> datetime:
        """The time."""
        return self.context.now

    @property
    def past(self) -> ZoneMemory:
        """What is remembered of this zone."""
        return self.memory.zone(self.zone.name)

    def is_resting(self, step: str, *, urgent: bool = False) -> bool:
        """Whether a step that AWS refused is to be left alone now; not for long when that is `urgent`."""
        return self.context.resting_until(step, urgent=urgent) is not None

    def counted(self) -> list[Standing]:
        """The zone's own nodes that count towards its capacity."""
        return [s for s in self.own if s.fitness in COUNTED]

    def wants_one_more(self) -> bool:
        """Whether the zone should get one more node of its own; who is to be succeeded does not count."""
        wanted = self.zone.subnet is not None and len(self.counted()) < self.policy.nodes_per_zone
        return wanted and self.sleeper() is None

    def sleeper(self) -> Standing | None:
        """The node that was put to sleep and can be started, the one with the routes if there are several."""
        asleep = [s for s in self.own if s.fitness is Fitness.ASLEEP]
        return min(asleep, key=lambda s: (s != self.current, s.node.id), default=None)

    def is_crowded(self) -> bool:
        """Whether the zone has as many nodes as it ever may, so that one must go before another comes."""
        living = [s for s in self.own if s.node.lifecycle not in GOING]
        return len(living) >= self.policy.nodes_per_zone + self.policy.surge

    def leads_nowhere(self, routes: Iterable[Route]) -> bool:
        """Whether nobody that the stack knows of forwards what these routes carry now: what was taken from us
        leads to somebody's interface, which need not."""
        current = self.current
        idle = current.node.interface if current and current.fitness in IDLE else None
        return all(
            route.target in (None, idle) or route.blackhole or self.is_taken(route) for route in routes
        )

    def is_taken(self, route: Route) -> bool:
        """Whether the route was ours, and leads to something foreign that lives."""
        return route.table in self.foreign and route.table in self.past.contests

    def is_doubted(self) -> bool:
        """Whether nobody knows that the node which should serve the zone does."""
        return self.elected is not None and self.elected.judgement.verdict is not Verdict.HEALTHY

    def kept(self) -> frozenset[InstanceId]:
        """The elected node, and as many good ones as the zone wants."""
        elected = self.elected.node.id if self.elected else None
        good = sorted(
            self.counted(),
            key=lambda s: (s.node.id != elected, s.fitness, s.node.launched_at, s.node.id),
        )
        wanted = {s.node.id for s in good[: self.policy.nodes_per_zone] if self.zone.subnet}
        return frozenset(wanted | ({elected} if elected else set()))

    def is_routed_to(self, s: Standing) -> bool:
        """Whether any default route of the stack points at this node, or is about to."""
        return s.node.interface in {*self.leaned_on, *(route.target for route in self.zone.routes)}

    def is_spared(self, route: Route) -> bool:
        """Whether the route stays at something foreign that lives: it gives way to a node of the zone's own
        that works. What was taken from us a verified neighbour takes back, too."""
        elected = self.elected
        if elected is None or route.table not in self.foreign:
            return False
        own = elected.node.zone == self.zone.name and elected.fitness <= Fitness.AVOIDED
        return not own and not (self.is_taken(route) and elected.fitness is Fitness.FIT)

    def sender(self, address: Address | None) -> InterfaceId | None:
        """The interface by which this zone's clients, and nobody else's, leave from this address now."""
        for s in self.own:
            forwards = s.fitness is not Fitness.DEAD and not s.node.source_dest_check
            at_work = s.node.lifecycle is Lifecycle.RUNNING and forwards
            alone = self.is_routed_to(s) and s.node.interface not in self.leaned_on
            if address and address.holder == s.node.interface and at_work and alone:
                return address.holder
        return None

    def is_drained(self, s: Standing) -> bool:
        """Whether nothing has been routed to this node for long enough."""
        since = self.memory.node(s.node.id).idle_since
        return since is not None and self.now - since >= self.policy.drain

    def unseen_until(self) -> datetime | None:
        """Until when a node may be there and not shown by EC2's reads, if one may: launched lately, or seen
        before and missed for a moment only."""
        launched = ((launch.instance, launch.at) for launch in self.past.launches)
        return self._until_visible((*launched, *self.memory.missing(self.zone.name)))

    def missed_until(self) -> datetime | None:
        """The same of nodes seen before: so long what they serve is not taken for abandoned."""
        return self._until_visible(self.memory.missing(self.zone.name))

    def _until_visible(self, since: Iterable[tuple[InstanceId | None, datetime]]) -> datetime | None:
        seen = {None, *(node.id for node in self.zone.listed())}
        untils = (at + self.policy.visibility for name, at in since if name not in seen)
        return max((until for until in untils if self.now < until), default=None)

    def instance_types(self) -> tuple[str, ...]:
        """The user's order, but types that lately had no capacity come last."""

        def lacks_room(instance_type: str) -> bool:
            return is_bad(pool(self.policy.market, instance_type), self.past, self.now)

        return tuple(sorted(self.policy.instance_types, key=lacks_room))

    def image(self) -> ImageId | None:
        """The stack's own image to launch from; None: the launch template's."""
        policy = self.policy
        return self.memory.baking.default(policy.template_version) if policy.own_image else None

    def markets(self, cause: Cause) -> tuple[Market, ...]:
        """In which markets to launch for this cause, best first."""
        return markets(cause, self.past, self.policy, self.now)


def why_launch(view: View) -> tuple[Cause, str]:
    """Why the zone lacks a node: what is the matter with the best it has."""
    if view.past.waking_since:
        return Cause.WAKING, view.demand.reason
    if not view.own:
        return Cause.NO_NODE, "the zone has no node"
    best = min(view.own, key=lambda s: (s.fitness, s.node.id))
    return best.cause, best.reason


def why_move(view: View, elected: Standing, tables: tuple[RouteTableId, ...]) -> tuple[Cause, str]:
    """Why these tables have to point elsewhere."""
    current = view.current
    wrong = next(r for r in view.zone.routes if r.table in tables)
    if current is None or current.node.id == elected.node.id:
        return Cause.ROUTE, _state_of(wrong)
    if current.node.zone != view.zone.name and elected.node.zone == view.zone.name:
        return Cause.HAND_BACK, f"{elected.node.id} of this zone can serve it again"
    return current.cause, current.reason


def _state_of(route: Route) -> str:
    if route.target is None:
        return f"{route.table} has no default route"
    return f"{route.table} points at {route.target}{', a blackhole' if route.blackhole else ''}"
