"""One zone as the rules see it, and the questions that they ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from natkeeper.core.actions import Cause
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.demand import Demand, Stage
from natkeeper.core.judgement.election import Fitness, Standing, aged
from natkeeper.core.judgement.health import Verdict
from natkeeper.core.judgement.market import is_bad, markets, pool
from natkeeper.core.judgement.old_reads import may_lead_to
from natkeeper.core.last_resort import NOTHING, LastResorts
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
from natkeeper.core.policy import Policy, Spare

COUNTED = (Fitness.FIT, Fitness.DOUBTFUL, Fitness.WAKING, Fitness.BOOTING)
IDLE = (Fitness.SHUT, Fitness.BOOTING, Fitness.LEAVING, Fitness.ASLEEP, Fitness.DEAD)
PLANNED = (Cause.OUTDATED, Cause.LIFETIME, Cause.MARKET)
_DOUBTS = (Cause.UNHEALTHY, Cause.CHECK, Cause.SILENT)
_ANNOUNCED = (Cause.ORDERED, Cause.DOOMED)


def _works_for_now(s: Standing) -> bool:
    """Whether it goes on until its successor works, as far as is known: an announcement hides no doubt."""
    doubted = s.cause in _DOUBTS or (s.cause in _ANNOUNCED and s.judgement.verdict is Verdict.UNKNOWN)
    return s.works and not doubted


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
    lent: frozenset[str] = frozenset()  # not ours, and serves tables that do not move with this zone
    cover_is_free: bool = False  # of the elected neighbour, for this zone's address
    at_home: bool = False  # the address of the elected neighbour's own zone, on its primary private address
    left_behind: bool = False  # this zone's address, on a cover address to which no table of it leads
    turn: ZoneName | None = None  # the zone that may be succeeded for a planned reason: never all at once
    resort: LastResorts = NOTHING
    unlisted: bool = False  # a table of the stack's was not listed, which may be this zone's
    help_comes: bool = False  # another zone's node is on its way, and might cover this one

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
        """Whether the zone should get a node of its own that serves it: who is to be succeeded counts not."""
        return self.zone.subnet is not None and not self.counted() and self.sleeper() is None

    def sleeper(self) -> Standing | None:
        """The node that we stopped and that is started instead of a launch: the one with the routes, or else
        a spare. That is for emergencies: who works until its successor does gets a new one."""
        first = min(self._asleep(), default=None, key=self._by_use)
        return first if first == self.current or not any(map(_works_for_now, self.own)) else None

    def _asleep(self) -> list[Standing]:
        return [s for s in self.own if s.fitness is Fitness.ASLEEP]

    def _by_use(self, s: Standing) -> tuple[bool, bool, str]:
        return s != self.current, aged(s.node, self.context) is not None, s.node.id

    def _wants_spare(self) -> bool:
        return self.policy.spare is Spare.STOPPED and self.zone.subnet is not None

    def lacks_spare(self) -> bool:
        """Whether a spare should stand by, and none does that is not too old for it."""
        return self._wants_spare() and all(aged(s.node, self.context) for s in self._asleep())

    def understudy(self) -> Standing | None:
        """A node beyond those that the zone wants, to become its spare: EC2 stops no spot instance."""
        beyond = self.best()[self.policy.nodes_per_zone :] if self.lacks_spare() else []
        return next((s for s in beyond if not s.node.spot), None)

    def is_well(self) -> bool:
        """Whether a node of the zone's own that is fit serves it, and nobody is on the way in or out."""
        calm = all(s.fitness in (Fitness.FIT, Fitness.ASLEEP) for s in self.own)
        return calm and self.is_its_own_server()

    def is_crowded(self) -> bool:
        """Whether as many nodes as ever may run in the zone do, so that one must go before another comes."""
        up = [s for s in self.own if s.node.lifecycle not in GOING and s.fitness is not Fitness.ASLEEP]
        return len(up) >= self.policy.nodes_per_zone + self.policy.surge

    def leads_nowhere(self, routes: Iterable[Route]) -> bool:
        """Whether nobody that the stack knows of forwards what these routes carry now: what was taken from us
        leads to somebody's interface, which need not."""
        current = self.current
        idles = current is not None and (current.fitness in IDLE or current.cause is Cause.SILENT)
        idle = current.node.interface if current and idles else None
        return all(
            route.target in (None, idle) or route.blackhole or self.is_taken(route) for route in routes
        )

    def is_taken(self, route: Route) -> bool:
        """Whether the route was ours, and leads to something foreign that lives."""
        return route.table in self.foreign and route.table in self.past.contests

    def is_doubted(self) -> bool:
        """Whether nobody knows that the node which should serve the zone does."""
        return self.elected is not None and self.elected.judgement.verdict is not Verdict.HEALTHY

    def spares(self) -> list[Standing]:
        """Who stands by stopped, the best one first. An old one stays until another could take its place."""
        understudy = self.understudy()
        replaceable = understudy is not None and understudy.fitness is Fitness.FIT
        return sorted(self._asleep(), key=self._by_use) if self._wants_spare() and not replaceable else []

    def is_its_own_server(self, worst: Fitness = Fitness.FIT) -> bool:
        """Whether a node of the zone's own that is no worse than this serves it, with all its routes."""
        elected = self.elected
        if elected not in self.own or elected.fitness > worst:
            return False
        return all(r.target == elected.node.interface for r in self.zone.routes if r.movable)

    def best(self) -> list[Standing]:
        """Who counts, the elected node first."""

        def rank(s: Standing) -> tuple[bool, Fitness, datetime, str]:
            return s != self.elected, s.fitness, s.node.launched_at, s.node.id

        return sorted(self.counted(), key=rank)

    def is_routed_to(self, s: Standing) -> bool:
        """Whether any default route of the stack points at this node, or is about to."""
        return s.node.interface in self.leaned_on | may_lead_to(self.zone.routes)

    def is_spared(self, route: Route) -> bool:
        """Whether the route stays at something foreign that lives: it gives way to a node of the zone's own
        that works. What was taken from us, and our own gateway's, a verified neighbour takes, too."""
        elected, ours = self.elected, self.resort.carries(route)
        if elected is None or not (ours or route.table in self.foreign):
            return False
        own = elected.node.zone == self.zone.name and elected.works and not ours
        verified = elected.judgement.verdict is Verdict.HEALTHY and elected.fitness <= Fitness.WORN
        return not own and not ((ours or self.is_taken(route)) and verified)

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
        """Until when a node launched lately, or missed for a moment only, may be there and not be listed."""
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
        return self.memory.baking.default(self.policy.template_version) if self.policy.own_image else None

    def markets(self, cause: Cause) -> tuple[Market, ...]:
        """In which markets to launch for this cause, best first."""
        return markets(cause, self.past, self.policy, self.now)


def why_launch(view: View) -> tuple[Cause, str]:
    """Why the zone lacks a node: what is the matter with the best it has."""
    if view.past.waking_since:
        return Cause.WAKING, view.demand.reason
    awake = [s for s in view.own if s.fitness is not Fitness.ASLEEP]
    if not awake:
        return Cause.NO_NODE, "the zone has no node"
    best = min(awake, key=lambda s: (s.fitness, s.node.id))
    return best.cause, best.reason


def why_move(view: View, elected: Standing, tables: tuple[RouteTableId, ...]) -> tuple[Cause, str]:
    """Why these tables have to point elsewhere."""
    current = view.current
    wrong = next(r for r in view.zone.routes if r.table in tables)
    if view.resort.carries(wrong):
        return Cause.HAND_BACK, f"{elected.node.id} can serve it again"
    if current is None or current.node.id == elected.node.id:
        return Cause.ROUTE, _state_of(wrong)
    if current.node.zone != view.zone.name and elected.node.zone == view.zone.name:
        return Cause.HAND_BACK, f"{elected.node.id} of this zone can serve it again"
    return current.cause, current.reason


def _state_of(route: Route) -> str:
    if route.target is None:
        return f"{route.table} has no default route"
    return f"{route.table} points at {route.target}{', a blackhole' if route.blackhole else ''}"
