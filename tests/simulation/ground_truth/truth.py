"""What is really so, whatever any read or probe says: who forwards, and which zone has a way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.model import (
    GOING,
    AllocationId,
    InterfaceId,
    Lifecycle,
    Market,
    Outcome,
    RouteTableId,
    ZoneName,
)
from natkeeper.core.policy import Policy, SleepMode, Spare
from tests.simulation.ground_truth.demand import Demand
from tests.world.instances import Instance
from tests.world.world import NAT_GATEWAY, STACK, World

SLACK = timedelta(minutes=5)


def target(world: World, table: RouteTableId) -> Instance | None:
    """The instance that a table's default route leads to."""
    return world.instances.owners.get(InterfaceId(world.network.routes[table].now.target or ""))


def is_young(world: World, table: RouteTableId, policy: Policy) -> bool:
    """Whether the table's default route leads to a node that may still be booting."""
    instance = target(world, table)
    return instance is not None and world.agenda() - instance.node.launched_at <= policy.boot


def leads_to_gateway(world: World, table: RouteTableId) -> bool:
    """Whether the table's default route leads to a NAT gateway, which needs nobody."""
    return world.network.routes[table].now.target == NAT_GATEWAY


def is_at_last_resort(world: World, table: RouteTableId) -> bool:
    """Whether packets of this table's subnets get out by the zone's own NAT gateway."""
    return world.gateways.serves(world.network.routes[table].now.target)


def is_lent(world: World, address: AllocationId) -> bool:
    """Whether a NAT gateway has the address: nobody else is given it before the gateway is deleted."""
    holder = world.network.holders[address].now
    return any(g.now is not None and g.now.interface == holder for g in world.gateways.all.values() if holder)


def is_usable(world: World, instance: Instance) -> bool:
    """Whether clients' packets would get out through it, once routed there (the check is a call away)."""
    running = instance.node.lifecycle is Lifecycle.RUNNING
    return running and instance.stack == STACK and instance.guest.forwards(world.agenda.at)


def serves(world: World, table: RouteTableId) -> bool:
    """Whether packets of this table's subnets get out now."""
    if leads_to_gateway(world, table) or is_at_last_resort(world, table):
        return True
    instance = target(world, table)
    if instance is None or not is_usable(world, instance) or instance.node.source_dest_check:
        return False
    return seen_by(world, table, instance) is not None


def seen_by(world: World, table: RouteTableId, instance: Instance) -> AllocationId | str | None:
    """What the internet sees of this table's clients if they leave through this node: an elastic address, or one that
    AWS gave the node. None: the private address by which they leave has none, and nothing comes back."""
    node = instance.node
    if not node.interface:
        return None
    covered = covers(world, table, instance)
    found = world.network.at(node.interface, node.cover_address if covered else node.private_address)
    return found if found or covered else node.public_address or None


def covers(world: World, table: RouteTableId, instance: Instance) -> bool:
    """Whether the node sends this table's clients by its cover address."""
    subnets = world.network.associations.get(table, ())
    ranges = {text for subnet in subnets for text in world.network.listed[subnet].ranges}
    return bool(instance.node.cover_address) and not ranges.isdisjoint(instance.guest.covers)


def is_strange(world: World, table: RouteTableId) -> bool:
    """Whether clients have a way out and are seen by another address than their zone's, though they need not be: no NAT
    gateway keeps it, the node's cover address is free for it, or could be, and the node can be told."""
    address = world.layout.allocations[world.layout.tables.index(table)]
    instance = target(world, table)
    if instance is None or not serves(world, table) or seen_by(world, table, instance) == address:
        return False
    if is_lent(world, address):
        return False
    if instance.node.zone == world.zones[world.layout.tables.index(table)]:
        return True
    others = [t for t in world.layout.tables if t != table and target(world, t) is instance]
    guests = [t for t in others if world.zones[world.layout.tables.index(t)] != instance.node.zone]
    told = instance.guest.answers(world.agenda.at) and not world.commands.down
    return (
        bool(instance.node.cover_address) and not guests and not _is_kept(world, instance, address) and told
    )


def _is_kept(world: World, instance: Instance, address: AllocationId) -> bool:
    """Whether another zone's elastic address is on this cover address and cannot go home: no node of its own runs. To be
    off it would have to be pushed."""
    seated = world.network.at(InterfaceId(str(instance.node.interface)), instance.node.cover_address)
    if seated == address or seated not in world.layout.allocations:
        return False
    zone = world.zones[world.layout.allocations.index(seated)]
    return not any(i.node.zone == zone and i.node.lifecycle is Lifecycle.RUNNING for i in living(world))


def living(world: World) -> Iterator[Instance]:
    """The stack's nodes that are not going."""
    for instance in _of_the_stack(world):
        if not instance.node.role:
            yield instance


def bakers(world: World) -> Iterator[Instance]:
    """The stack's bakers and tasters that are not going."""
    for instance in _of_the_stack(world):
        if instance.node.role:
            yield instance


def _of_the_stack(world: World) -> Iterator[Instance]:
    for instance in world.instances.all.values():
        if instance.stack == STACK and instance.node.lifecycle not in GOING:
            yield instance


def wrongs(world: World, demand: Demand) -> list[str]:
    """What is not as it should be when all is at rest."""
    found = [f"{i.node.role} {i.node.id} is left" for i in bakers(world)]
    found += [f"{gateway.id} of {gateway.zone} is left" for gateway in world.gateways.living()]
    found += [f"{allocation} is left" for allocation in world.gateways.allocated]
    zones = zip(world.zones, world.layout.tables, world.layout.allocations, strict=True)
    for zone, table, address in zones:
        own = [i for i in living(world) if i.node.zone == zone]
        if zone not in demand.wanted:
            found += _restless(zone, own, demand)
        else:
            found += _wrongs_awake(world, zone, table, address, demand.policy())
    return found


def _wrongs_awake(
    world: World, zone: ZoneName, table: RouteTableId, address: AllocationId, policy: Policy
) -> Iterator[str]:
    """One node that serves, with the address, limited, in the market of choice; and beside it the spare, or the
    standby."""
    all_own = [i for i in living(world) if i.node.zone == zone]
    spares = [i for i in all_own if i.node.lifecycle is Lifecycle.STOPPED]
    own = [i for i in all_own if i not in spares]
    if len(spares) != (policy.spare is Spare.STOPPED):
        yield f"{zone} has {len(spares)} nodes that stand by"
    server = next((i for i in own if i is target(world, table)), None)
    if len(own) != policy.nodes_per_zone:
        yield f"{zone} has {len(own)} nodes"
    elif server is None or not serves(world, table):
        yield f"{zone} is not served by its own node"
    elif world.network.holds(server.node.interface) != address:
        yield f"the address of {zone} is not on its node"
    elif any(map(is_lavish, own)):
        yield f"a node of {zone} may spend without a limit"
    elif not any(i.node.spot for i in own) and all(_is_spot_due(world, i, policy) for i in own):
        yield f"the node of {zone} is not on spot"


def _restless(zone: ZoneName, own: list[Instance], demand: Demand) -> Iterator[str]:
    """What is left of a zone that should sleep: one stopped node, or none."""
    if not demand.should_sleep(zone):
        return
    stops = demand.policy().sleep_mode is SleepMode.STOP
    if any(i.node.lifecycle is not Lifecycle.STOPPED for i in own) or len(own) > stops:
        yield f"{zone} should sleep and has {', '.join(f'{i.node.id} {i.node.lifecycle}' for i in own)}"


def _is_spot_due(world: World, instance: Instance, policy: Policy) -> bool:
    """Whether the node is to go back to spot by now: it is old enough, and no spot pool was full of late."""
    now, node = world.agenda(), instance.node
    full = world.store.records.memory.zone(node.zone).bad_pools
    waits = any(now < until for name, until in full.items() if name.startswith(Market.SPOT))
    long_since = now - node.launched_at > policy.spot_return + SLACK
    return policy.market is Market.SPOT and long_since and not waits


def is_lavish(instance: Instance) -> bool:
    """Whether it runs, and may spend more CPU credits than it earns."""
    return instance.node.lifecycle is Lifecycle.RUNNING and instance.cpu_credits is CpuCredits.UNLIMITED


def stands_by(world: World, zone: ZoneName) -> Instance | None:
    """The zone's stopped node, of which the controller knows that it can be started."""
    memory = world.store.records.memory
    for instance in living(world):
        past = memory.node(instance.node.id)
        ready = instance.node.lifecycle is Lifecycle.STOPPED and past.slept_at and not past.unstartable
        if instance.node.zone == zone and ready:
            return instance
    return None


def is_renewing_a_spare(world: World, policy: Policy) -> bool:
    """Whether a spare is too old, or a node runs that is to stand by in its place."""
    nodes = [i.node for i in living(world)]
    memory = world.store.records.memory
    births = [memory.node(n.id).born_at or n.launched_at for n in nodes if n.lifecycle is Lifecycle.STOPPED]
    running = Counter(n.zone for n in nodes if n.lifecycle is not Lifecycle.STOPPED)
    old = any(world.agenda() - born > policy.spare_life for born in births)
    return old or any(number > policy.nodes_per_zone for number in running.values())


def is_watched_by_two(world: World) -> bool:
    """Whether at least three nodes watch each other, and all of them are well, as far as anybody can know."""
    ring = [i for i in living(world) if len(world.ring.watched_by(i.node.id)) == 2]
    evidence = world.store.records.evidence
    heard = [probes[-1].outcome is Outcome.PASSED for i in ring if (probes := evidence.get(i.node.id))]
    well = all(is_usable(world, i) and i.node.impaired_since is None for i in ring)
    return len(ring) > 2 and well and len(heard) == len(ring) and all(heard)


def is_leaving(world: World, instance: Instance) -> bool:
    """Whether it is about to go, or was sent away: nobody has to fall back on it."""
    records = world.store.records
    return instance.node.id in {*records.orders, *records.dooms} or instance.node.doom is not None


def is_blind_spot(world: World, table: RouteTableId) -> bool:
    """A node that is silent and does not hang: with nothing else against it, it is not dead. Only when others
    answer does it get a successor, and not soon."""
    instance = target(world, table)
    if instance is None or instance.node.lifecycle is not Lifecycle.RUNNING:
        return False
    unasked = any(t.concerns("SendCommand", instance.node.id) for t in world.gate.troubles)
    return (unasked or not instance.guest.answers(world.agenda.at)) and not instance.guest.hung


def is_anybody_heard(world: World) -> bool:
    """Whether some node's agent answers, so that the silence of another says something."""
    return not world.commands.down and any(i.guest.answers(world.agenda.at) for i in living(world))


def is_on_a_foreign_path(world: World, table: RouteTableId) -> bool:
    """The route leads to something foreign that looks alive, and no node of the zone can be verified now: a path
    that may work is not broken for an unproven one."""
    leads_to = world.network.routes[table].now.target
    foreign = leads_to is not None and target(world, table) is None and leads_to not in world.gateways.all
    zone = world.zones[world.layout.tables.index(table)]
    own = [i for i in living(world) if i.node.zone == zone and not is_leaving(world, i)]
    verifiable = [i for i in own if i.guest.answers(world.agenda.at) and not world.targets_down]
    return foreign and (world.commands.down or not verifiable)
