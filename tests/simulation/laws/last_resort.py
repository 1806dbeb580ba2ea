"""A NAT gateway is made where no node can serve, seldom, and is there as long as it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natkeeper.core.model import RouteTableId, ZoneName
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import HOUR, LATELY, PASS, UNSEEN
from tests.simulation.laws.ways_out import wanted_for
from tests.world.gate import Deed
from tests.world.world import SOMEBODYS

if TYPE_CHECKING:
    from tests.simulation.life.life import Life

RESORT = 900.0
"""Seconds until a NAT gateway is a zone's way out: nodes on their way are waited for five minutes; another two in which
its address may become free; two and a quarter until it is there; and sweeps, which may be lost, between all of it."""


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
    serving = [t for t in led if wanted_for(life, t) > LATELY and life.at - routes[t].since > LATELY]
    return f"{deed.subject} is deleted, and serves {serving[0]}" if serving else None


def never_without_a_way_out(life: Life) -> str | None:
    """Where the user wants a last resort, no zone is without a way out for longer than the bound, also when no node
    can serve it; unless the controller is hampered, or AWS makes no NAT gateway, or somebody has led the route to
    something of their own, which may work: a node takes that back, and no gateway is paid for it. Nor of a node that
    cannot be asked and does not hang does anybody know that it does not work."""
    if not life.controller.policy.has_last_resort:
        return None
    for table, since in life.availability.down.items():
        zone = life.world.zones[life.world.layout.tables.index(table)]
        life.neglect(table)
        if truth.is_blind_spot(life.world, table):
            life.excused[zone] = life.at
        free = max(since, life.excuses.since(zone), life.excused.get(zone, 0.0), _wanted_since(life, table))
        route = life.world.network.routes[table].now
        if route.held or route.target == SOMEBODYS or life.at - free <= RESORT:
            continue
        return f"{table} has had no way out for {life.at - since:.0f} s, and no NAT gateway either"
    return None


def _wanted_since(life: Life, table: RouteTableId) -> float:
    since = life.demand.of(table)
    return life.at if since is None else since
