"""One look at the world, judged: how each node stands, what each zone wants, and who should serve it.

All of it is found once a pass, and shared by what is learned (`learning.py`), planned (`plan.py`) and told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from natkeeper.core.decision.succession import turn_of
from natkeeper.core.image import Shelf
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.cover import covering, is_at_home, is_left_behind, sits
from natkeeper.core.judgement.demand import Stage, demand_of, stage_of
from natkeeper.core.judgement.election import Fitness, Standing, elect, incumbent, stand
from natkeeper.core.judgement.health import judge, since_start
from natkeeper.core.judgement.old_reads import may_lead_to, without_old_reads
from natkeeper.core.judgement.silence import hear
from natkeeper.core.judgement.standby import as_pair
from natkeeper.core.judgement.strangers import foreign_and_alive
from natkeeper.core.judgement.view import View
from natkeeper.core.last_resort import NOTHING, LastResorts
from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, Observed, Zone, ZoneName
from natkeeper.core.ring import Hearsay


@dataclass(frozen=True, slots=True)
class Look:
    """What was observed, every node's standing, each readable zone as its rules see it, and what was read of
    the stack's own images and last resorts, and heard of its nodes."""

    observed: Observed
    standings: Mapping[InstanceId, Standing]
    views: Mapping[ZoneName, View]
    context: Context
    shelf: Shelf = field(default_factory=Shelf)
    hearsay: Hearsay = field(default_factory=Hearsay)
    resorts: LastResorts = NOTHING

    def in_use(self) -> frozenset[str]:
        """Where the stack's default routes lead. A zone that is asleep keeps no neighbour's node."""
        targets = set(may_lead_to(self.observed.aside))
        for view in self.views.values():
            own = {s.node.interface for s in view.own}
            asleep = view.stage is Stage.ASLEEP
            used = (r for r in view.zone.routes if not (asleep and r.movable and r.target not in own))
            targets |= may_lead_to(used)
        return frozenset(targets)

    def remembering(self, memory: Memory) -> Look:
        """The same look, with what was learned from it."""
        context = replace(self.context, memory=memory)
        views = {name: replace(view, context=context) for name, view in self.views.items()}
        return replace(self, views=views, context=context)


def look_at(
    observed: Observed,
    context: Context,
    shelf: Shelf | None = None,
    hearsay: Hearsay | None = None,
    resorts: LastResorts = NOTHING,
) -> Look:
    """Everything that is judged, of what was observed and heard."""
    hearsay = hearsay or Hearsay()
    observed = without_old_reads(observed, context.memory, context.now)
    standings = assess(observed, context, hearsay)
    views = _views(observed, standings, context, resorts)
    return Look(observed, standings, views, context, shelf or Shelf(), hearsay, resorts)


def assess(observed: Observed, context: Context, hearsay: Hearsay) -> Mapping[InstanceId, Standing]:
    """Every node's standing."""
    nodes = tuple(since_start(node, context.memory.node(node.id)) for node in observed.nodes())
    judgements = hear(nodes, judge(nodes, context), hearsay.words, context)
    alone = {node.id: stand(node, judgements[node.id], context) for node in nodes}
    pairs = (as_pair(zone, alone, context) for zone in observed.readable())
    return alone | {s.node.id: s for pair in pairs for s in pair}


def _views(
    observed: Observed, standings: Mapping[InstanceId, Standing], context: Context, resorts: LastResorts
) -> Mapping[ZoneName, View]:
    """Who should serve is found for all zones before any is decided: what one elects, no other ends."""
    alone = [_alone(zone, standings, context, resorts.of(zone.name)) for zone in observed.readable()]
    fixed = (*observed.aside, *(r for zone in observed.readable() for r in zone.routes if not r.movable))
    held = {route.target for route in fixed if route.target} - _dead(observed, standings)
    awake = {view.zone.name: view for view in alone if view.stage is not Stage.ASLEEP}
    turn = turn_of(view for view in alone if view.stage is Stage.AWAKE)
    nodes = tuple(s.node for s in standings.values())
    ours = {node.interface for node in nodes}

    def beside(view: View) -> View:
        others = [other for name, other in awake.items() if name != view.zone.name]
        leaned_on = frozenset(held).union(*(_leans_on(other) for other in others))
        staying = (*fixed, *(route for other in others for route in other.zone.routes))
        lent = frozenset(r.target for r in staying if r.target and not r.blackhole and r.target not in ours)
        free = _owner_of_cover(view.elected, alone, context.memory) == view.zone.name
        home = _has_its_address(view.elected, alone)
        left = is_left_behind(view.zone, observed.aside, nodes)
        view = replace(view, leaned_on=leaned_on, lent=lent, turn=turn)
        unlisted = bool(observed.unlisted)
        return replace(view, cover_is_free=free, at_home=home, left_behind=left, unlisted=unlisted)

    return {view.zone.name: beside(view) for view in alone}


def _owner_of_cover(guest: Standing | None, views: Iterable[View], memory: Memory) -> ZoneName | None:
    """The one zone that may have its address on this node's cover address: the one that has, else the first
    that wants it, before all the one that the node is told of. Who needs no NAT wants none."""
    if guest is None or not guest.node.cover_address:
        return None
    views = tuple(views)
    seated = (
        v.zone.name for v in views if sits(v.zone.address, guest.node) and v.zone.name != guest.node.zone
    )
    awake = [v for v in views if v.stage is Stage.AWAKE]
    wanting = [v.zone.name for v in awake if v.elected == guest and v.zone.name != guest.node.zone]
    wanting.sort(key=lambda zone: (guest.node.id not in covering(memory, zone), zone))
    return next(chain(seated, wanting), None)


def _has_its_address(elected: Standing | None, views: Iterable[View]) -> bool:
    """Whether the address of the node's own zone is on its primary private address."""
    if elected is None:
        return False
    own = (view.zone.address for view in views if view.zone.name == elected.node.zone)
    return any(is_at_home(address, elected.node) for address in own)


def _dead(observed: Observed, standings: Mapping[InstanceId, Standing]) -> frozenset[str]:
    """Where tables set aside lead to dead nodes: nothing is lost with those, and without them the tables
    are black holes, which are served by a guess."""
    targets = {route.target for route in observed.aside if route.target}
    held = {r.target for zone in observed.readable() for r in zone.routes if not r.movable}
    dead = {s.node.interface for s in standings.values() if s.fitness is Fitness.DEAD}
    return frozenset(target for target in targets - held if target in dead)


def _alone(
    zone: Zone, standings: Mapping[InstanceId, Standing], context: Context, resort: LastResorts
) -> View:
    """The zone as if there were no other that leans on its nodes, or has the turn."""
    demand, ids = demand_of(zone, context), resort.ids()
    coming = (s for s in standings.values() if s.fitness in (Fitness.WAKING, Fitness.BOOTING))
    return View(
        zone=zone,
        own=tuple(standings[node.id] for node in zone.nodes),
        current=incumbent(zone, standings),
        elected=_elected(zone, standings, context.memory, ids) if zone.subnet else None,
        demand=demand,
        stage=stage_of(zone, demand, context),
        context=context,
        foreign=foreign_and_alive(zone, {*ids, *(s.node.interface for s in standings.values())}),
        resort=resort,
        help_comes=any(s.node.zone != zone.name for s in coming),
    )


def _elected(
    zone: Zone, standings: Mapping[InstanceId, Standing], memory: Memory, gateways: Collection[str]
) -> Standing | None:
    taken, told = memory.zone(zone.name).contests, covering(memory, zone.name)
    return elect(zone, standings, taken, told, gateways)


def _leans_on(view: View) -> Iterator[str]:
    """The interfaces that a zone which is awake has its routes at, or is about to."""
    yield from may_lead_to(view.zone.routes)
    if view.elected and view.elected.node.interface:
        yield view.elected.node.interface
