"""The laws, checked at every write and after every change. Each is a function that returns what was broken, or
None; its docstring says it in words. docs/reliability.md lists them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from natkeeper.core.actions import Cause
from natkeeper.core.decision.baking import KEPT
from natkeeper.core.errors import AwsError
from natkeeper.core.image import BAKER, TASTER
from natkeeper.core.judgement.dependence import step_of_check
from natkeeper.core.memory import Memory
from natkeeper.core.model import (
    AllocationId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Market,
    RouteTableId,
    ZoneName,
)
from natkeeper.core.policy import Awake, Spare, Standby
from natkeeper.core.ring import Said
from tests.simulation.ground_truth import truth
from tests.world.gate import Deed
from tests.world.instances import AUTOMATIC, Instance
from tests.world.world import SOMEBODYS, STACK

if TYPE_CHECKING:
    from tests.simulation.life.life import Life
    from tests.simulation.life.orders import Order

BOUND = 420.0
"""Seconds without a route to a usable node, while there is one and nothing hampers the controller."""
STRANGE = 420.0
"""Seconds for which a zone may be seen by another address than its own, while nothing keeps it from that: a sweep, a
probe, and what these may miss."""
HELD_LATELY = 120.0
WAKE = 300.0
"""Seconds for which a zone that wants a node may have none at all: lost events, reads that lag, a sweep, and two
minutes in which a node that was launched may not be visible."""
UNSEEN = 150.0
"""Seconds for which nobody may know that a node hangs: two probes, of which one was lost, and the pass."""
LATELY = 90.0
"""Seconds for which a read may not show yet that a zone wants a node: the longest lag, and the pass."""
RESORT = 900.0
"""Seconds until a NAT gateway is a zone's way out: nodes on their way are waited for five minutes; another two in which
its address may become free; two and a quarter until it is there; and sweeps, which may be lost, between all of it."""
JOBLESS = 1500.0
"""Seconds for which a zone may have no node of its own that works: N of M probes, two repairs, a boot, and one trial of
a launch each quarter of an hour."""
TELLING = 600.0
"""Seconds from a deadline until a person has been told: a sweep, and what is seen to be broken only after a while."""
FENCE = 100.0
"""Seconds from a fence until the next sweep has taken it off: the rest of the pass, a minute, reads that lag."""
TRIES, PLANNED_TRIES = 500, 100
"""Calls to launch in a zone and hour: one every seven seconds, while nothing works; beside a node that works,
one a minute and at news, with pauses that grow when it is refused for good."""
MOVES = 30
"""Moves of one table in an hour, whoever takes its route."""
QUIET = 3 * 3600.0
"""Seconds after which nothing comes any more of whatever has happened."""
UPDATE = 3 * 3600.0
"""Seconds within which an update reaches a zone that nothing befalls: three turns, two planned launches an hour."""
WELL = 900.0
"""Seconds of probes passed after which a node has no failure left among those that count."""
LAVISH = 3600.0
"""Seconds for which a node that works may spend without a limit: four times the longest rest after a refusal."""
ORDER_AGE = 1000.0
"""Seconds after which no order is obeyed any more: a quarter of an hour, and the run."""
HOUR, PASS = 3600.0, 60.0
"""The breaker counts launches from when their pass looked, and a pass may take so long."""
NETWORK = ("AssociateAddress", "ReplaceRoute", "CreateRoute")
ENDING = ("StopInstances", "TerminateInstances")
DISRUPTIVE = (*NETWORK, *ENDING)
EMERGENCIES = (Cause.NO_NODE, Cause.UNHEALTHY, Cause.CHECK, Cause.SILENT)
CHANGING = ("StartInstances", "ModifyNetworkInterfaceAttribute", "ModifyInstanceCreditSpecification")


def one_last_resort_a_zone(life: Life, deed: Deed) -> str | None:
    """Never two NAT gateways in a zone, and none where the user wants none."""
    living = life.world.gateways.living()
    for zone in life.world.zones:
        names = [gateway.id for gateway in living if gateway.zone == zone]
        if len(names) > 1:
            return f"{zone} has {', '.join(names)}"
    unwanted = deed.api == "CreateNatGateway" and not life.controller.policy.has_last_resort
    return f"a NAT gateway is made in {deed.subject}, and nobody wants one" if unwanted else None


def no_last_resort_beside_a_node_that_serves(life: Life, deed: Deed) -> str | None:
    """No NAT gateway is made while a node serves the zone, its own or a neighbour's, and has for so long that any look
    has shown it; and no route leaves such a node for one."""
    if deed.process is None or deed.api not in ("CreateNatGateway", "ReplaceRoute"):
        return None
    if deed.api == "ReplaceRoute" and deed.detail not in life.world.gateways.all:
        return None
    named = RouteTableId(deed.subject)
    zones, tables = life.world.zones, life.world.layout.tables
    table = named if deed.api == "ReplaceRoute" else tables[zones.index(ZoneName(deed.subject))]
    server = truth.target(life.world, table)
    known = server is not None and life.at - life.passing.get(server.node.id, life.at) > UNSEEN
    since = life.at - life.world.network.routes[table].since > LATELY
    well = known and since and truth.serves(life.world, table)
    return f"{deed.api} {deed.subject}, which {server.node.id} serves" if well and server else None


def last_resorts_are_bounded(life: Life, deed: Deed) -> str | None:
    """Never more NAT gateways are made in a zone than one in each pause, nor after its hours of 30 days are used up
    (counted anew when the table was lost)."""
    if deed.api != "CreateNatGateway" or deed.process is None:
        return None
    policy, zone = life.controller.policy, ZoneName(deed.subject)
    pause = policy.last_resort_pause.total_seconds() - PASS
    ages = [life.at - at for at, where in life.resorts if where == zone]
    if sum(age < HOUR for age in ages) > HOUR / pause:
        return f"{zone}: {len(ages)} NAT gateways were made within the hour"
    recent = sum(age < 30 * 24 * HOUR for age in ages)  # each is paid for an hour at least
    return f"{zone}: {recent} NAT gateways within 30 days" if recent > policy.last_resort_hours else None


def ends_no_last_resort_that_serves(life: Life, deed: Deed) -> str | None:
    """A NAT gateway that serves a zone which wants a way out is never deleted; nor does a route lead to one that is not
    available."""
    gateways = life.world.gateways
    if deed.api in ("ReplaceRoute", "CreateRoute") and deed.detail in gateways.all:
        early = not gateways.serves(deed.detail) and life.at - gateways.since(deed.detail) > LATELY
        return f"{deed.subject} is pointed at {deed.detail}, which forwards nothing" if early else None
    if deed.api != "DeleteNatGateway":
        return None
    routes = life.world.network.routes
    led = [t for t in life.world.layout.tables if routes[t].now.target == deed.subject]
    serving = [t for t in led if _wanted_for(life, t) > LATELY and life.at - routes[t].since > LATELY]
    return f"{deed.subject} is deleted, and serves {serving[0]}" if serving else None


def touches_only_what_is_ours(life: Life, deed: Deed) -> str | None:
    """Nothing untagged or of another stack is ever written to, nor a route table or address that the parameters
    do not name, nor a table that has been held for two minutes."""
    world = life.world
    if deed.api in ("ReplaceRoute", "CreateRoute"):
        known = deed.subject in world.layout.tables
        past = world.network.routes.get(RouteTableId(deed.subject))
        held = past and past.now.held and life.at - past.since > HELD_LATELY
        return None if known and not held and _is_ours(life, deed.detail) else f"{deed.api} {deed.subject}"
    if deed.api == "AssociateAddress":
        ours = deed.subject in world.layout.allocations and _is_ours(life, deed.detail)
        return None if ours else f"{deed.api} {deed.subject}"
    if deed.api in (*ENDING, *CHANGING, "SendCommand"):
        return None if _is_ours(life, deed.subject) else f"{deed.api} {deed.subject}"
    return None


def disrupts_one_thing_at_a_time(life: Life, deed: Deed) -> str | None:
    """Never two disruptive actions at once in a zone: one a pass, and no two runs at work in a zone."""
    run = life.controller.runs[deed.process] if deed.process else None
    if run is None or deed.api not in DISRUPTIVE:
        return None
    if busy := [zone for zone, number in run.disruptions.items() if number > 1]:
        return f"{busy[0]}: more than one disruptive action in a pass"
    alive = [p for p, at in life.disrupting.items() if p is not deed.process and p.alive and at >= p.started]
    others = [p for p in alive if life.controller.runs[p].at_work]
    return f"{deed.process} and {others[0]} disrupt at once" if others else None


def never_too_many_nodes(life: Life, deed: Deed) -> str | None:
    """Never more nodes in a zone than wanted and the surge allows, and one that stands by."""
    policy = life.controller.policy
    allowed = policy.nodes_per_zone + policy.surge + (policy.spare is Spare.STOPPED)
    for zone in life.world.zones:
        number = sum(i.node.zone == zone for i in truth.living(life.world))
        if number > allowed:
            return f"{zone} has {number} nodes, {allowed} are allowed"
    return None


def money_is_bounded(life: Life, deed: Deed) -> str | None:
    """Never more launches in a zone and hour than both budgets and the breaker's trials allow (counted anew when
    the table was lost), but of nodes that worked and were put to sleep."""
    limit = life.controller.policy.most_launches_per_hour
    for zone in life.launches:
        recent = _recent(life, zone)
        if len(recent) > limit:
            return f"{zone}: {len(recent)} launches within the hour, {limit} are allowed"
    return None


def starts_the_spare_first(life: Life, deed: Deed) -> str | None:
    """Where a spare stands by, and can be started, nothing is launched because no node works, or one is doubted."""
    zone = ZoneName(deed.subject.partition(" ")[0])
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api != "RunInstances" or run is None or run.causes.get(zone) not in EMERGENCIES:
        return None
    spare = truth.stands_by(life.world, zone)
    return f"{zone} launches, and {spare.node.id} stands by" if spare else None


def keeps_one_spare(life: Life, deed: Deed) -> str | None:
    """A zone that wants a node stops one to stand by, and never a second."""
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    if deed.api != "StopInstances" or instance is None or instance.node.zone not in life.demand.wanted:
        return None
    spare = truth.stands_by(life.world, instance.node.zone)
    since = life.demand.wanted[instance.node.zone]
    second = spare is not None and spare is not instance and life.at - since > LATELY
    return f"{deed.subject} is stopped, and {spare.node.id} stands by" if second and spare else None


def ends_no_standby_before_its_successor(life: Life, deed: Deed) -> str | None:
    """Where a second node is to stand by, one that works and has passed its probes for long is ended or stopped only
    while as many others of its zone could serve, or did a moment ago: however old it is."""
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    policy = life.controller.policy
    if deed.api not in ENDING or policy.standby is Standby.NONE or instance is None or instance.node.role:
        return None
    known = life.at - life.passing.get(instance.node.id, life.at) > WELL and not instance.node.impaired_since
    shut = life.remembered.refusals.get(step_of_check(instance.node.interface or InterfaceId("")))
    since = life.demand.wanted.get(instance.node.zone)
    if not known or not truth.is_usable(life.world, instance) or since is None or life.at - since < LATELY:
        return None
    if shut and instance.node.source_dest_check:
        return None  # AWS refuses to let it forward
    others = [i for i in truth.living(life.world) if i is not instance and i.node.zone == instance.node.zone]
    lately = [life.at - life.passed.get(o.node.id, -UNSEEN) < UNSEEN for o in others]
    usable = [truth.is_usable(life.world, o) and o.node.id in life.proven for o in others]
    could = sum(map(max, usable, lately))
    lacks = could < policy.nodes_per_zone
    return f"{deed.api} of {deed.subject}, which works, beside {could} others" if lacks else None


def a_standby_is_no_emergency(life: Life, deed: Deed) -> str | None:
    """A standby is launched only as a wish, and beside a node that serves its zone, as far as anybody could know."""
    zone = ZoneName(deed.subject.partition(" ")[0])
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api != "RunInstances" or run is None or run.causes.get(zone) is not Cause.STANDBY:
        return None
    return f"a standby of {zone} is launched on the budget of emergencies" if zone in run.urgent else None


def an_update_moves_a_zone_forward(life: Life, deed: Deed) -> str | None:
    """What is outdated is left only for a node of a newer template: so an update moves a zone once, and not from one old
    node to another."""
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api != "ReplaceRoute" or run is None:
        return None
    home = life.world.zones[life.world.layout.tables.index(RouteTableId(deed.subject))]
    new = life.world.instances.owners.get(InterfaceId(deed.detail))
    old = truth.target(life.world, RouteTableId(deed.subject))
    if run.moves.get(home) is not Cause.OUTDATED or new is None or old is None or new is old:
        return None
    if deed.subject in life.voids:
        return None  # it goes back, for the address did not come along
    backward = new.node.template_version <= old.node.template_version
    return f"{home} leaves {old.node.id}, which is outdated, for {new.node.id}" if backward else None


def leaves_the_serving_node_for_no_spare(life: Life, deed: Deed) -> str | None:
    """While the node that serves a zone is well, and nothing is announced or asked of it, no route goes over to another
    of that zone: what is to stand by stands by; unless reads may not show yet that it serves."""
    if deed.api != "ReplaceRoute" or deed.process is None or life.policy.market is not Market.ON_DEMAND:
        return None
    new = life.world.instances.owners.get(InterfaceId(deed.detail))
    old = truth.target(life.world, RouteTableId(deed.subject))
    if new is None or old is None or new is old or new.node.zone != old.node.zone:
        return None
    if life.at - max(life.moves.get(deed.subject, (-LATELY,))) < LATELY:
        return None
    home = life.world.layout.tables.index(RouteTableId(deed.subject))
    current = old.node.template_version == life.controller.policy.template_version
    asked = truth.is_leaving(life.world, old) or old.node.impaired_since or not current
    known = life.at - life.passing.get(old.node.id, life.at) > WELL
    well = truth.serves(life.world, RouteTableId(deed.subject)) and known and not asked
    return (
        f"{old.node.id} serves {life.world.zones[home]} well, and is left for {deed.detail}" if well else None
    )


def spares_who_serves_well(life: Life, deed: Deed) -> str | None:
    """A node that serves well is never terminated or stopped, unless its zone wants none, or has wanted one for a
    moment only; a read that failed is no reason."""
    if deed.api not in ENDING:
        return None
    world = life.world
    serving = [t for t in world.layout.tables if truth.serves(world, t) and _wanted_for(life, t) > LATELY]
    victims = [t for t in serving if (i := truth.target(world, t)) and i.node.id == deed.subject]
    return f"{deed.api} of {deed.subject}, which serves {victims[0]}" if victims else None


def does_nothing_blindly(life: Life, deed: Deed) -> str | None:
    """No action at all in a pass that could not read AWS."""
    run = life.controller.runs[deed.process] if deed.process else None
    return f"{deed.api} {deed.subject} without having read" if run and run.blind else None


def blames_no_node_for_the_outside(life: Life, deed: Deed) -> str | None:
    """No healing when only the outside targets are down, and there is another node to compare (in a stack that
    never sleeps: others have reasons of their own to act). An update that has waited for its launch is none."""
    since = life.only_targets_down_since
    running = (i for i in truth.living(life.world) if i.node.lifecycle is Lifecycle.RUNNING)
    alone = sum(i.guest.answers(life.at) for i in running) < 2
    if deed.process is None or alone or life.policy.awake is not Awake.ALWAYS:
        return None
    if since is None or life.at - since < 60:
        return None
    if deed.api in ("ReplaceRoute", "CreateRoute") and truth.is_young(
        life.world, RouteTableId(deed.subject), life.policy
    ):
        return None  # it leaves a node that has proved nothing since its start
    run = life.controller.runs[deed.process]
    planned = deed.api == "RunInstances" and deed.subject.partition(" ")[0] in run.planned
    healing = deed.api in (*DISRUPTIVE, "RunInstances", "SendCommand") and not planned
    return f"{deed.api} {deed.subject} although only the targets are down" if healing else None


def moves_only_to_the_verified(life: Life, deed: Deed) -> str | None:
    """Never routes to a node that has never passed a probe while a good one serves, which has passed them for long
    enough to be known."""
    if deed.api not in ("ReplaceRoute", "CreateRoute") or deed.process is None:
        return None
    new = life.world.instances.owners.get(InterfaceId(deed.detail))
    old = truth.target(life.world, RouteTableId(deed.subject))
    if new is None or old is None or new is old or new.node.id in life.proven:
        return None
    # Also one that is fenced: it was good until this very move began.
    known = life.at - life.passing.get(old.node.id, life.at) > LATELY
    good = truth.is_usable(life.world, old) and known
    return f"{deed.subject} serves well and is pointed at an unverified node" if good else None


def no_zone_is_left_without(life: Life) -> str | None:
    """A private subnet with a usable node somewhere is never left without a route to one for longer than the
    bound, unless the controller is hampered: then the time begins when that ends."""
    for table in life.world.layout.tables:
        seconds = life.neglect(table)
        if seconds > BOUND:
            return f"{table} has had no way out for {seconds:.0f} s although a node is usable"
    return None


def clients_are_seen_by_their_address(life: Life) -> str | None:
    """Where a zone has a way out, it is seen by its own address and by no other, also while a neighbour covers it:
    unless that has no address to cover with, covers another zone by it, or AWS refuses the address."""
    life.excuses.look()
    for table in life.availability.strange:
        seconds = life.availability.strangeness(table, life.controller.policy)
        if seconds > STRANGE:
            return f"{table} has been seen by another address than its zone's for {seconds:.0f} s"
    return None


def pushes_no_address_off(life: Life) -> str | None:
    """We never put an elastic address where another one is: a neighbour's own stays on its primary private address."""
    by = next((f"{old} by {new}" for old, new in life.world.network.displaced), None)
    return f"pushed off: {by}" if by else None


def leads_nobody_where_nothing_leaves(life: Life, deed: Deed) -> str | None:
    """From a node that works no route goes to one that would send its clients by an address that is not there; unless
    that is asked for at the same time."""
    dead = is_led_nowhere(life, deed) and deed.process not in life.bared
    return f"{deed.subject} works, and {deed.detail} sends its clients by no address" if dead else None


def is_led_nowhere(life: Life, deed: Deed) -> bool:
    """Whether we lead a table from a node that works to one that sends its clients by an address that is not there."""
    new = life.world.instances.owners.get(InterfaceId(deed.detail))
    if deed.api != "ReplaceRoute" or deed.process is None or new is None:
        return False
    table = RouteTableId(deed.subject)
    usable = truth.serves(life.world, table) and truth.is_usable(life.world, new)
    return usable and truth.seen_by(life.world, table, new) is None


def a_planned_move_shows_no_third_address(life: Life, deed: Deed) -> str | None:
    """When a run moves address and routes at once, neither node has, or is given, a public address of its own: no server
    ever sees a client by it."""
    bared = life.bared.get(deed.process, set()) if deed.process else set()
    owners, new = life.world.instances.owners, InterfaceId(deed.detail.partition(",")[0])
    if deed.api == "ReplaceRoute":
        table = RouteTableId(deed.subject)
        ours = bared & {new, life.world.network.routes[table].now.target}
        seen = (
            truth.seen_by(life.world, table, owners[new])
            if ours and truth.is_usable(life.world, owners[new])
            else ""
        )
        return f"{table} is led to {new}, which has {seen}" if str(seen).startswith(AUTOMATIC) else None
    if deed.api != "AssociateAddress":
        return None
    holder = life.world.network.holders[AllocationId(deed.subject)].now
    old = owners.get(InterfaceId(str(holder)))
    if (
        old is None
        or holder == new
        or not bared & {new, holder}
        or life.world.network.holds(holder) != deed.subject
    ):
        return None  # one from a cover address leaves nothing behind
    serves = any(truth.target(life.world, table) is old for table in life.world.layout.tables)
    if not serves or not truth.is_usable(life.world, old) or old.node.source_dest_check:
        return None
    own = not deed.detail.partition(", ")[2] and owners[new].node.public_address.startswith(AUTOMATIC)
    return (
        f"{deed.subject} goes from {old.node.id} to {new}, and one has another"
        if old.automatic or own
        else None
    )


def who_was_led_there_is_led_back(life: Life) -> str | None:
    """Where address and routes were asked for at once, and AWS refused the address, the routes go back in the same run,
    or the next one gives the node the address: nobody stays where nothing leaves."""
    life.voids = {table: at for table, at in life.voids.items() if not truth.serves(life.world, table)}
    for table, at in life.voids.items():
        instance = truth.target(life.world, table)
        if instance is None or not truth.is_usable(life.world, instance) or life.ongoing:
            continue
        seconds = life.at - max(at, life.excuses.since(instance.node.zone))
        if seconds > FENCE:
            return f"{table} leads to {instance.node.id}, which has had no address for {seconds:.0f} s"
    return None


def never_without_a_way_out(life: Life) -> str | None:
    """Where the user wants a last resort, no zone is without a way out for longer than the bound, also when no node
    can serve it; unless the controller is hampered, or AWS makes no NAT gateway, or somebody has led the route to
    something of their own, which may work: a node takes that back, and no gateway is paid for it."""
    if not life.controller.policy.has_last_resort:
        return None
    for table, since in life.availability.down.items():
        zone = life.world.zones[life.world.layout.tables.index(table)]
        life.neglect(table)
        free = max(since, life.excuses.since(zone), _wanted_since(life, table))
        route = life.world.network.routes[table].now
        if route.held or route.target == SOMEBODYS or life.at - free <= RESORT:
            continue
        return f"{table} has had no way out for {life.at - since:.0f} s, and no NAT gateway either"
    return None


def no_wanted_zone_sleeps_on(life: Life) -> str | None:
    """A zone that is wanted is never left without a node, at least a pending one, beyond its wake bound, unless the
    controller is hampered; nor, while the breaker is open, beyond the time of a trial more."""
    policy = life.controller.policy
    for zone in life.bare:
        open_ = len(_recent(life, zone, HOUR + WAKE)) >= policy.launches_per_hour
        trial = policy.breaker_trial.total_seconds() if open_ else 0.0
        if life.oversleep(zone) > WAKE + trial:
            return f"{zone} has wanted a node for {life.oversleep(zone):.0f} s and has none"
    return None


def ends_no_last_node(life: Life, deed: Deed) -> str | None:
    """A node that runs and forwards, and has ever been verified, is never ended or stopped while its zone has no other
    that could serve, however dead it was thought to be."""
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    if deed.api not in ENDING or instance is None or not truth.is_usable(life.world, instance):
        return None
    if instance.node.id not in life.proven or _is_a_bakers(life, deed):
        return None  # nothing ever leads to a baker, so it is nobody's last node
    zone = instance.node.zone
    since = life.demand.wanted.get(zone)
    if since is None or life.at - since < LATELY:
        return None
    others = [i for i in truth.living(life.world) if i is not instance and i.node.zone == zone]
    if any(
        truth.is_usable(life.world, o) or life.at - life.passed.get(o.node.id, -UNSEEN) < UNSEEN
        for o in others
    ):
        return None  # what passed a probe just now and hangs since then is not known to
    return f"{deed.api} of {deed.subject}, which works, and {zone} has no other"


def no_plan_contradicts_itself(life: Life, deed: Deed) -> str | None:
    """What a pass points a route at, it does not stop or end in the same breath, in whatever zone."""
    run = life.controller.runs[deed.process] if deed.process else None
    both = run.leaned_on & run.let_go if run else set()
    return f"{min(both)} is to serve and is let go in the same pass" if both else None


def tries_are_bounded(life: Life, deed: Deed) -> str | None:
    """Launches are not tried for ever in a zone whose own node works: so many calls an hour, and no more."""
    if deed.api != "RunInstances":
        return None
    zone = ZoneName(deed.subject.partition(" ")[0])
    recent = sum(life.at - at < HOUR for at in life.tries[zone])
    works = life.at - life.working.get(zone, life.at) > HOUR
    if works and recent > PLANNED_TRIES:
        return f"{zone}: {recent} calls to launch within the hour beside a node that works"
    return f"{zone}: {recent} calls to launch within the hour" if recent > TRIES else None


def moves_are_bounded(life: Life, deed: Deed) -> str | None:
    """A table is not moved again and again: who takes its route each time is answered ever more slowly."""
    if deed.api != "ReplaceRoute":
        return None
    recent = sum(life.at - at < HOUR for at in life.moves.get(deed.subject, ()))
    return f"{deed.subject} was moved {recent} times within the hour" if recent > MOVES else None


def bakes_one_at_a_time_and_beside_the_stack(life: Life, deed: Deed) -> str | None:
    """Never more than one baker or taster, and two images; nothing is ever routed to a baker, nor an address given."""
    bakers, images = list(truth.bakers(life.world)), life.world.images.there()
    if deed.api in NETWORK and any(deed.detail == i.node.interface for i in bakers):
        return f"{deed.api} {deed.subject} to the baker at {deed.detail}"
    if len(bakers) > 1 or len(images) > KEPT:
        return f"{len(bakers)} bakers and {len(images)} images"
    return None


def nodes_come_only_from_tried_images(life: Life, deed: Deed) -> str | None:
    """No node is launched from an image of the stack's own from which nobody has ever passed a probe."""
    kind, _, image = deed.detail.partition(" from ")
    untried = deed.api == "RunInstances" and kind == "node" and image not in life.tasted
    return f"a node is launched from {image}, which nobody has tried" if untried else None


def bakes_only_in_calm(life: Life, deed: Deed) -> str | None:
    """A baker is launched only while every zone that wants a node has one of its own that works."""
    role = deed.api == "RunInstances" and deed.detail.startswith((BAKER, TASTER))
    lacking = [zone for zone in life.jobless if _lacks(life, zone)]
    return f"a baker is launched while {lacking[0]} lacks a node" if role and lacking else None


def _lacks(life: Life, zone: ZoneName) -> bool:
    """For so long that any look has shown it, unless nobody can know."""
    wanted = life.demand.wanted.get(zone)
    since = max(life.jobless[zone], life.excused.get(zone, 0.0), life.at if wanted is None else wanted)
    return life.at - since > BOUND


def blips_change_nothing(life: Life, deed: Deed) -> str | None:
    """One signal that is wrong once, one answer that leaves something out or one call that fails leads to no launch,
    no move and no end, when nothing else has happened for hours (in a stack that never sleeps, and of which nobody
    wants a zone asleep)."""
    quiet = (
        life.at - max(life.shaken, life.renewed) > QUIET and not life.troubled and not life.demand.unwanted
    )
    calm = quiet and life.policy.market is Market.ON_DEMAND and not life.outdated
    calm = calm and life.policy.awake is Awake.ALWAYS
    calm = calm and not truth.is_renewing_a_spare(life.world, life.policy)
    bakes = deed.detail.startswith((BAKER, TASTER)) or _is_a_bakers(life, deed)
    costs = ("RunInstances", "CreateNatGateway")
    acts = deed.process is not None and deed.api in (*DISRUPTIVE, *costs) and not bakes
    return f"{deed.api} {deed.subject}, and nothing was the matter" if calm and acts else None


def _is_said_truly(life: Life, node: InstanceId) -> bool:
    """Whether somebody has lately said the same, and that was no lie."""
    agenda, lies = life.world.agenda, life.lies.said
    words = (w for w in life.world.store.records.hearsay.words if w.about == node and w.said is Said.SILENT)
    return any(max(life.at - LATELY, lies.get((w.reporter, node), 0.0)) < agenda.when(w.at) for w in words)


def a_lie_moves_a_zone_once_an_hour(life: Life, deed: Deed) -> str | None:
    """A node that says falsely that another is silent moves a zone at most once an hour; and never, where three watch
    each other and are well (counted anew when the table was lost). What another says, too, was so a moment ago."""
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api not in ("ReplaceRoute", "CreateRoute") or run is None:
        return None
    left = truth.target(life.world, RouteTableId(deed.subject))
    home = life.world.zones[life.world.layout.tables.index(RouteTableId(deed.subject))]
    if left is None or run.moves.get(home) is not Cause.SILENT or not truth.is_usable(life.world, left):
        return None
    if left.node.interface == deed.detail:  # it is there already, and a read was old
        return None
    lies = [at for (_, about), at in life.lies.said.items() if about == left.node.id]
    if not lies or life.at - max(lies) > LATELY or _is_said_truly(life, left.node.id):
        return None
    moved = life.lies.moved.setdefault(home, deque(maxlen=20))
    moved.append(life.at)
    recent = sum(life.at - at < HOUR - PASS for at in moved)
    if recent > 1:
        return f"lies have moved {home} {recent} times within the hour"
    return (
        f"a lie has moved {home}, and three watch each other" if truth.is_watched_by_two(life.world) else None
    )


def no_word_ends_a_node(life: Life, deed: Deed) -> str | None:
    """A node that is silent by the word of its neighbours, and works in truth, is ended only when another of its zone
    serves that, or could while its table is held: as any other is."""
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    run = life.controller.runs[deed.process] if deed.process else None
    if deed.api not in ENDING or instance is None or run is None or instance.node.id not in run.silent:
        return None
    zone = instance.node.zone
    server = truth.target(life.world, life.world.layout.tables[life.world.zones.index(zone)])
    others = [i for i in truth.living(life.world) if i is not instance and i.node.zone == zone]
    ready = any(truth.is_usable(life.world, i) for i in others)
    succeeded = any(i is server for i in others) or (server is None and ready)
    wanted = zone in life.demand.wanted and truth.is_usable(life.world, instance)
    return (
        f"{deed.api} of {deed.subject}, which is only said to be silent" if wanted and not succeeded else None
    )


def no_update_waits_for_ever(life: Life) -> str | None:
    """An update reaches each zone within the bound, though another cannot be updated now."""
    for zone, since in life.outdated.items():
        excused = max(life.excuses.since(zone), life.excuses.since_launching(zone), life.struck_in(zone))
        free = max(since, excused, life.demand.wanted.get(zone, life.at))
        if life.at - free > UPDATE:
            return f"{zone} has waited for its update for {life.at - free:.0f} s"
    return None


def every_zone_gets_a_node(life: Life) -> str | None:
    """A zone that wants a node, and could have one, has one of its own that works within the bound: whatever a person
    wishes, and whatever else is refused."""
    for zone, since in life.jobless.items():
        life.excuse_blind_spots(zone)
        wanted = life.demand.wanted.get(zone)
        free = max(life.excuses.since_launching(zone), life.excuses.since(zone), life.excused.get(zone, 0.0))
        late = life.at - max(since, free, life.at if wanted is None else wanted)
        if late > JOBLESS:
            return f"{zone} has had no node of its own that works for {late:.0f} s"
    return None


def missed_deadlines_are_told(life: Life) -> str | None:
    """A zone without a working node of its own, past its deadline, is known to a person, whatever the cause: unless the
    controller could not act or nobody can be told."""
    policy = life.controller.policy
    for zone, since in life.jobless.items():
        table = life.world.layout.tables[life.world.zones.index(zone)]
        # At a gateway nobody misses a way out meanwhile.
        grace = policy.grace * (2 if truth.leads_to_gateway(life.world, table) else 1)
        deadline = (policy.boot + grace).total_seconds() + TELLING
        wanted = life.demand.wanted.get(zone)
        free = max(since, life.excuses.since(zone), life.excused.get(zone, 0.0), life.muffled())
        late = wanted is not None and life.at - max(free, wanted) > deadline
        recent = free - policy.renotify.total_seconds()
        if late and not any(zone in subject and told[-1] > recent for subject, told in life.told.items()):
            return f"{zone} has had no node that works for {life.at - since:.0f} s, and nobody was told"
    return None


def no_fence_outlives_its_run(life: Life) -> str | None:
    """A check that a run of ours has turned on, so that no packet leaves in a move, is off again with the next sweep
    when the move did not come to pass: a run that was killed costs no more."""
    for table in life.availability.down:
        instance = truth.target(life.world, table)
        if instance is None or instance.node.interface not in life.fenced or life.ongoing:
            continue
        free = life.excuses.since(instance.node.zone)
        led = max(life.fenced[str(instance.node.interface)], life.availability.down[table], free)
        seconds = life.at - led
        if truth.is_usable(life.world, instance) and instance.node.source_dest_check and seconds > FENCE:
            return f"{table} leads to {instance.node.id}, which a run of ours fenced {seconds:.0f} s ago"
    return None


def no_node_at_work_is_lavish(life: Life) -> str | None:
    """A node that has passed a probe since it started does not go on with unlimited CPU credits, which cost up to
    twenty times itself: unless AWS refuses the change."""
    api = "ModifyInstanceCreditSpecification"
    for node, since in life.lavish.items():
        if any(trouble.concerns(api, node) for trouble in life.world.gate.troubles):
            life.lavish[node] = life.at
        seconds = life.at - max(since, life.excuses.since(life.world.instances.all[node].node.zone))
        if seconds > LAVISH:
            return f"{node} has worked on unlimited credits for {seconds:.0f} s"
    return None


def remembers_who_lives(life: Life, memory: Memory) -> str | None:
    """What was remembered of a node that lives is still remembered, whatever could not be read or was not listed; and
    a zone's generation never goes back."""
    living = {i.node.id for i in truth.living(life.world)}
    for node, before in life.remembered.nodes.items():
        if node in living and node not in memory.nodes and before.verified_at:
            return f"{node} lives, and what was known of it is forgotten"
    for zone, counters in life.remembered.zones.items():
        if memory.zone(zone).generation < counters.generation:
            return f"the generation of {zone} went back"
    return None


def tells_and_does_not_nag(life: Life, subject: str) -> str | None:
    """The same news is told a few times an hour and a day at most, however long it lasts."""
    told = life.told[subject]
    hour, day = (sum(life.at - at < span for at in told) for span in (HOUR, 24 * HOUR))
    return f"told {hour} times within the hour, {day} a day: {subject}" if hour > 12 or day > 40 else None


def runs_end_well(life: Life, error: Exception | None) -> str | None:
    """A run may fail, or read nothing, only while something is wrong with AWS; and only as AWS's errors do. (`error`
    None: it could not read AWS, and ended all the same.)"""
    if error is not None and not isinstance(error, AwsError):
        return f"a run ended with {type(error).__name__}: {error}"
    gate = life.world.gate
    well = life.excuses.nothing_lately and not gate.troubles and not gate.buckets.drained
    return f"a run failed although AWS is well: {error or 'see above'}" if well else None


def wrong_orders_are_not_obeyed(life: Life, order: Order, scope: str) -> str | None:
    """An order with a mistake in it changes nothing."""
    return None if order.good else f"obeyed for {scope}: {order.event['detail-type']} {order.event['detail']}"


def orders_are_answered(life: Life, order: Order) -> str | None:
    """Whoever orders something hears what became of it, and a person hears of each refusal: nothing is ignored in
    silence."""
    if life.world.gate.troubles or life.world.gate.buckets.drained or life.muffled() > order.at:
        return None
    kind = str(order.event["detail-type"])
    if not any(answer.origin.id == order.event["id"] for answer in life.world.bus.answers):
        return f"{kind} {order.event['detail']} was never answered"
    told = life.told.get(f"natkeeper: {kind} refused")
    deaf = not order.good and (not told or told[-1] < order.at)
    return f"{kind} {order.event['detail']} was refused, and no person was told" if deaf else None


def orders_are_obeyed_once(life: Life, order: Order, scope: str) -> str | None:
    """An order is obeyed once, not when it comes again hours later, and not after a newer one about the same."""
    newer = life.orders.newest.get(scope, -1.0)
    life.orders.newest[scope] = max(newer, order.at)
    if order.at < newer:
        return f"{order.event['detail-type']} of {life.at - order.at:.0f} s ago obeyed after a newer order"
    old = life.at - order.at > ORDER_AGE
    return f"{order.event['detail-type']} obeyed after {life.at - order.at:.0f} s" if old else None


DEEDS: tuple[Callable[[Life, Deed], str | None], ...] = (
    one_last_resort_a_zone,
    no_last_resort_beside_a_node_that_serves,
    last_resorts_are_bounded,
    ends_no_last_resort_that_serves,
    touches_only_what_is_ours,
    disrupts_one_thing_at_a_time,
    never_too_many_nodes,
    money_is_bounded,
    starts_the_spare_first,
    keeps_one_spare,
    ends_no_standby_before_its_successor,
    a_standby_is_no_emergency,
    an_update_moves_a_zone_forward,
    leaves_the_serving_node_for_no_spare,
    spares_who_serves_well,
    does_nothing_blindly,
    blames_no_node_for_the_outside,
    moves_only_to_the_verified,
    leads_nobody_where_nothing_leaves,
    a_planned_move_shows_no_third_address,
    ends_no_last_node,
    no_plan_contradicts_itself,
    tries_are_bounded,
    moves_are_bounded,
    bakes_one_at_a_time_and_beside_the_stack,
    nodes_come_only_from_tried_images,
    bakes_only_in_calm,
    blips_change_nothing,
    a_lie_moves_a_zone_once_an_hour,
    no_word_ends_a_node,
)
STATES: tuple[Callable[[Life], str | None], ...] = (
    no_zone_is_left_without,
    clients_are_seen_by_their_address,
    pushes_no_address_off,
    never_without_a_way_out,
    no_wanted_zone_sleeps_on,
    every_zone_gets_a_node,
    no_update_waits_for_ever,
    missed_deadlines_are_told,
    no_fence_outlives_its_run,
    who_was_led_there_is_led_back,
    no_node_at_work_is_lavish,
)
SAVES: tuple[Callable[[Life, Memory], str | None], ...] = (remembers_who_lives,)
NOTICES: tuple[Callable[[Life, str], str | None], ...] = (tells_and_does_not_nag,)
OBEYING: tuple[Callable[[Life, Order, str], str | None], ...] = (
    wrong_orders_are_not_obeyed,
    orders_are_obeyed_once,
)
ANSWERING: tuple[Callable[[Life, Order], str | None], ...] = (orders_are_answered,)
FAILING: tuple[Callable[[Life, Exception | None], str | None], ...] = (runs_end_well,)
LAWS = (*DEEDS, *STATES, *SAVES, *NOTICES, *OBEYING, *ANSWERING, *FAILING)


def _recent(life: Life, zone: ZoneName, within: float = HOUR - PASS) -> list[InstanceId]:
    """What was launched within so many seconds and not put to sleep after work."""
    return [node for at, node in life.launches[zone] if life.at - at < within and node not in life.rested]


def _is_a_bakers(life: Life, deed: Deed) -> bool:
    instance = life.world.instances.all.get(InstanceId(deed.subject))
    return instance is not None and bool(instance.node.role)


def _wanted_since(life: Life, table: RouteTableId) -> float:
    since = life.demand.of(table)
    return life.at if since is None else since


def _wanted_for(life: Life, table: RouteTableId) -> float:
    since = life.demand.of(table)
    return 0.0 if since is None else life.at - since


def _is_ours(life: Life, name: str) -> bool:
    owned: dict[str, Instance] = {
        **{str(i.node.id): i for i in life.world.instances.all.values()},
        **{str(interface): i for interface, i in life.world.instances.owners.items()},
    }
    known = [i for part in name.split(", ") if (i := owned.get(part)) is not None]
    return all(instance.stack == STACK for instance in known)
