"""What is never overdone: nothing that is not ours, one thing at a time, so many nodes, launches and credits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from natkeeper.core.model import InstanceId, RouteTableId, ZoneName
from natkeeper.core.policy import Spare
from tests.simulation.ground_truth import truth
from tests.simulation.laws.bounds import DISRUPTIVE, ENDING, HOUR, PASS
from tests.world.gate import Deed
from tests.world.instances import Instance
from tests.world.world import STACK

if TYPE_CHECKING:
    from tests.simulation.life.life import Life

HELD_LATELY = 120.0
TRIES, PLANNED_TRIES = 500, 100
"""Calls to launch in a zone and hour: one every seven seconds, while nothing works; beside a node that works,
one a minute and at news, with pauses that grow when it is refused for good."""
LAVISH = 3600.0
"""Seconds for which a node that works may spend without a limit: four times the longest rest after a refusal."""
CHANGING = ("StartInstances", "ModifyNetworkInterfaceAttribute", "ModifyInstanceCreditSpecification")


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
        recent = recent_launches(life, zone)
        if len(recent) > limit:
            return f"{zone}: {len(recent)} launches within the hour, {limit} are allowed"
    return None


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


def recent_launches(life: Life, zone: ZoneName, within: float = HOUR - PASS) -> list[InstanceId]:
    """What was launched within so many seconds and not put to sleep after work."""
    return [node for at, node in life.launches[zone] if life.at - at < within and node not in life.rested]


def _is_ours(life: Life, name: str) -> bool:
    owned: dict[str, Instance] = {
        **{str(i.node.id): i for i in life.world.instances.all.values()},
        **{str(interface): i for interface, i in life.world.instances.owners.items()},
    }
    known = [i for part in name.split(", ") if (i := owned.get(part)) is not None]
    return all(instance.stack == STACK for instance in known)
