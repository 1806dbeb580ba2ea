"""What befalls a stack. Each strikes one zone, or the stack, and may last. `year` is how often in a year, for each
zone or for the stack: an assumption but where `source` names somebody else's figure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from natkeeper.core.intake.routing import DEFAULT
from natkeeper.core.judgement.market import pool
from natkeeper.core.model import Doom, DoomKind, InterfaceId, Lifecycle, Market
from tests.simulation.ground_truth import truth
from tests.simulation.ground_truth.excuses import Hampers, Lasts
from tests.simulation.life.life import Life
from tests.simulation.life.ways import ALWAYS_ON
from tests.world.gate import ANSWER_LOST, UNREACHABLE, Trouble
from tests.world.instances import Instance
from tests.world.world import NAT_GATEWAY, SOMEBODYS, STACK, STRANGER

MINUTES, HOURS = 60.0, 3600.0
PAUSE = 16 * MINUTES
"""So long the controller rests at most before it tries again what was refused, or takes back what was taken."""
POOLS = ALWAYS_ON.instance_types
SPOT_POOLS = tuple(pool(Market.SPOT, name) for name in POOLS)

TAKEN = "Server.SpotInstanceTermination: Spot instance termination"


@dataclass(frozen=True)
class Fault:
    """`group`: what an auto-scaling group of one makes of it: it "sees" it, is "blind" to it, or it is "none"."""

    name: str
    strike: Callable[[Life, int], Lasts | float | None]  # how long it lasts, for those that do
    year: float
    of_zone: bool = True
    group: str = "blind"
    source: str = "assumed"
    hampers: Hampers = Hampers.ALL
    blip: bool = False  # nothing is to come of it


def serving(life: Life, zone: int) -> Instance | None:
    """The running node that the zone's table leads to."""
    instance = truth.target(life.world, life.world.layout.tables[zone])
    return instance if instance and instance.node.lifecycle is Lifecycle.RUNNING else None


def _to_node(act: Callable[[Life, Instance], None]) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        if instance := serving(life, zone):
            act(life, instance)

    return strike


def hang(life: Life, instance: Instance) -> None:
    instance.guest.hung = True
    life.world.instances.check_status(instance)


def hang_for_a_while(life: Life, instance: Instance) -> None:
    """A reboot, or a host that recovers: back by itself after a minute and a half."""
    hang(life, instance)

    def recover() -> None:
        instance.guest.hung = False
        life.struck("it has recovered")
        life.world.instances.check_status(instance)

    life.world.agenda.after(90.0, recover)


def _flush(life: Life, instance: Instance) -> None:
    instance.guest.flushed = True
    _guard(life, instance)


def _stop_forwarding(life: Life, instance: Instance) -> None:
    instance.guest.forwarding = False
    _guard(life, instance)


def _guard(life: Life, instance: Instance) -> None:
    """The node's own guard puts it right, if it lives."""
    if instance.guest.guarded:
        life.world.agenda.after(life.timings.guard, lambda: _guarded(life, instance))


def _guarded(life: Life, instance: Instance) -> None:
    instance.guest.repair(life.at)
    life.struck("the guard has put it right")


def _flush_guard_dead(life: Life, instance: Instance) -> None:
    instance.guest.guarded, instance.guest.flushed = False, True


def _break_for_good(life: Life, instance: Instance) -> None:
    """No repair helps."""
    _flush_guard_dead(life, instance)
    instance.guest.stubborn = True


def kill_agent(life: Life, instance: Instance) -> None:
    instance.guest.agent = False


def _check(life: Life, instance: Instance) -> None:
    life.world.instances.write(instance, source_dest_check=True)
    life.world.bus.tell_of("ModifyNetworkInterfaceAttribute", sourceDestCheck={"value": True})


def _route(target: str | None) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        life.world.network.change_route(life.world.layout.tables[zone], target=target, blackhole=False)
        life.world.bus.tell_of("ReplaceRoute" if target else "DeleteRoute", destinationCidrBlock=DEFAULT)

    return strike


def _address(thief: str | None) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        holder = InterfaceId(str(life.stranger.node.interface)) if thief else None
        place = f"10.9.0.{zone + 10}" if thief else ""  # one for each: a thief of two pushes neither off
        life.world.network.give_address(life.world.layout.allocations[zone], holder, place)
        life.world.bus.tell_of("AssociateAddress" if thief else "DisassociateAddress")

    return strike


def _misplace(life: Life, zone: int) -> None:
    """Somebody puts a zone's address on the other private address of the node that has it."""
    address = life.world.layout.allocations[zone]
    holder = life.world.network.holders[address].now
    owner = life.world.instances.owners.get(holder) if holder else None
    free = owner and holder and life.world.network.at(holder, owner.node.cover_address) is None
    if owner and owner.node.cover_address and free:
        life.world.network.give_address(address, holder, owner.node.cover_address)
        life.world.bus.tell_of("AssociateAddress")


def _hold(life: Life, zone: int) -> float:
    """A person puts a NAT gateway there, with the tag that asks to leave it alone; and takes both away again."""
    table = life.world.layout.tables[zone]
    life.world.network.change_route(table, target=NAT_GATEWAY, held=True, blackhole=False)
    life.world.agenda.after(5 * HOURS, lambda: life.world.network.change_route(table, held=False))
    return 5 * HOURS


def _interrupt(life: Life, instance: Instance) -> None:
    """Two minutes' warning, then it is taken."""
    detail = {"instance-id": instance.node.id, "instance-action": "terminate"}
    life.world.bus.put("aws.ec2", "EC2 Spot Instance Interruption Warning", detail)
    life.world.agenda.after(120.0, lambda: life.world.instances.end(instance, TAKEN))


def _rebalance(life: Life, instance: Instance) -> None:
    detail = {"instance-id": instance.node.id}
    life.world.bus.put("aws.ec2", "EC2 Instance Rebalance Recommendation", detail)


def _retire(life: Life, instance: Instance) -> None:
    """Announced for in two hours, then stopped."""
    at = life.world.agenda() + timedelta(hours=2)
    life.world.instances.announce_doom(instance, Doom(DoomKind.RETIREMENT, at))
    life.world.agenda.after(2 * HOURS, lambda: life.world.instances.halt(instance))


def _update(life: Life, zone: int) -> None:
    version = life.controller.policy.template_version + 1
    covers = life.zones > 1
    life.controller.policy = replace(life.controller.policy, template_version=version, covers=covers)
    life.world.instances.template_version = version


def _order(kind: str) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        detail = {"stack": STACK, "zone": life.world.zones[zone]}
        life.world.bus.put("natkeeper", kind, detail)

    return strike


def _pause(life: Life, zone: int) -> float:
    life.world.bus.put("natkeeper", "Pause", {"stack": STACK, "minutes": 10})
    return 11 * MINUTES


def trouble(
    code: str, *apis: str, seconds: float, chance: float = 1.0, on: str = ""
) -> Callable[[Life, int], float]:
    """AWS answers some calls with this code."""

    def strike(life: Life, zone: int) -> float:
        refusing = Trouble(code, apis, chance, on)
        troubles = life.world.gate.troubles
        troubles.append(refusing)
        life.world.agenda.after(seconds, lambda: troubles.remove(refusing))
        return seconds

    return strike


def switch(
    on: Callable[[Life, int], None], off: Callable[[Life, int], None], seconds: float
) -> Callable[[Life, int], float]:
    """Something that is on for so long."""

    def strike(life: Life, zone: int) -> float:
        on(life, zone)
        life.world.agenda.after(seconds, lambda: off(life, zone))
        return seconds

    return strike


def _targets(down: bool) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        life.world.targets_down = down
        life.world.gate.written()

    return strike


def fill(*pools: str) -> Callable[[Life, int], None]:
    """No room in these pools of the zone."""
    return lambda life, zone: life.world.instances.full.update((life.world.zones[zone], p) for p in pools)


def make_room(life: Life, zone: int) -> None:
    """Room everywhere again."""
    life.world.instances.full.clear()


def _set(owner: Callable[[Life], object], **values: object) -> Callable[[Life, int], None]:
    def strike(life: Life, zone: int) -> None:
        for name, value in values.items():
            setattr(owner(life), name, value)

    return strike


def _lose_zone(life: Life, zone: int) -> float:
    """Every machine of the zone hangs, and nothing can be launched there."""
    name = life.world.zones[zone]
    hit = [i for i in life.world.instances.all.values() if i.node.zone == name and i.stack == STACK]
    for instance in hit:
        hang(life, instance)
    fill(*POOLS, *SPOT_POOLS)(life, zone)

    def over() -> None:
        make_room(life, zone)
        for instance in hit:
            instance.guest.hung = False
            life.world.instances.check_status(instance)
        life.struck("the zone is back")

    life.world.agenda.after(1.5 * HOURS, over)
    return 1.5 * HOURS


def _stranger(life: Life, zone: int) -> None:
    """Other people's instances come and go in the account; their events reach us too."""
    life.world.instances.end(life.stranger)
    life.stranger = life.world.add_strangers()
    assert life.stranger.stack == STRANGER


def _instances(life: Life) -> object:
    return life.world.instances


def _bus(life: Life) -> object:
    return life.world.bus


WRITES = ("ReplaceRoute", "CreateRoute", "AssociateAddress", "TerminateInstances", "ModifyNetworkInterface")
FAULTS = (
    Fault("node terminated", _to_node(lambda life, i: life.world.instances.end(i)), 1.0, group="sees"),
    Fault("node stopped", _to_node(lambda life, i: life.world.instances.halt(i)), 0.5, group="sees"),
    Fault("node hangs", _to_node(hang), 1.0, group="sees"),
    Fault("node hangs for 90 s", _to_node(hang_for_a_while), 1.0, group="none"),
    Fault("rules flushed", _to_node(_flush), 0.5),
    Fault("forwarding off", _to_node(_stop_forwarding), 0.5),
    Fault("rules flushed, guard dead", _to_node(_flush_guard_dead), 0.5),
    Fault("rules broken for good", _to_node(_break_for_good), 0.25),
    Fault("agent dead", _to_node(kill_agent), 0.5, group="none"),
    Fault("check on", _to_node(_check), 0.5),
    Fault("route deleted", _route(None), 0.5),
    Fault("route hijacked", _route(SOMEBODYS), 0.5),
    Fault("address taken off", _address(None), 0.5),
    Fault("address stolen", _address("thief"), 0.25),
    Fault("address on the second private one", _misplace, 0.25),
    Fault("no second address for nodes", switch(_set(_instances, tight=True), _set(_instances, tight=False), 6 * HOURS), 0.3, of_zone=False, group="none", hampers=Hampers.NOTHING),
    Fault("table held with a gateway", _hold, 0.25, group="none", hampers=Hampers.ZONE),
    Fault("spot interruption", _to_node(_interrupt), 0.6, group="sees", source="below 5 % a month (Spot Advisor)"),
    Fault("rebalance recommendation", _to_node(_rebalance), 0.5, group="none"),
    Fault("retirement", _to_node(_retire), 0.25, group="sees"),
    Fault("failover ordered", _order("Failover"), 0.5, group="none"),
    Fault("replace ordered", _order("Replace"), 0.5, group="none"),
    Fault("zone lost for 90 min", _lose_zone, 0.1, group="sees", hampers=Hampers.LAUNCHES),
    Fault("no room for the first type", switch(fill("t4g.nano"), make_room, 6 * HOURS), 0.5, group="none", hampers=Hampers.NOTHING),
    Fault("no room at all", switch(fill(*POOLS, *SPOT_POOLS), make_room, 2 * HOURS), 0.5, group="none", hampers=Hampers.LAUNCHES),
    Fault("template updated", _update, 6.0, of_zone=False, group="none"),
    Fault("paused", _pause, 1.0, of_zone=False, group="none"),
    Fault("memory lost", switch(lambda life, zone: lose_memory(life), lambda life, zone: None, MINUTES), 0.2, of_zone=False, group="none"),
    Fault("vCPU quota reached", trouble("VcpuLimitExceeded", "RunInstances", seconds=2 * HOURS), 0.3, of_zone=False, group="none", hampers=Hampers.LAUNCHES),
    Fault("subnet full", trouble("InsufficientFreeAddressesInSubnet", "RunInstances", seconds=2 * HOURS), 0.2, of_zone=False, group="none", hampers=Hampers.LAUNCHES),
    Fault("launches fail for hours", trouble("InternalError", "RunInstances", seconds=8 * HOURS, chance=0.95), 0.2, of_zone=False, group="none", source="us-east-1, October 2025: about 15 h, once", hampers=Hampers.LAUNCHES),
    Fault("writes denied", trouble("UnauthorizedOperation", *WRITES, seconds=20 * MINUTES), 0.3, of_zone=False, group="none"),
    Fault("CPU credits denied", trouble("UnauthorizedOperation", "ModifyInstanceCreditSpecification", seconds=6 * HOURS), 0.3, of_zone=False, group="none", hampers=Hampers.NOTHING),
    Fault("reads denied", trouble("UnauthorizedOperation", "Describe", seconds=20 * MINUTES), 0.3, of_zone=False, group="none"),
    Fault("all throttled", switch(lambda life, zone: _drain(life, 0.8), lambda life, zone: _drain(life, 0.0), 15 * MINUTES), 2.0, of_zone=False, group="none"),
    Fault("AWS out of reach", trouble(UNREACHABLE, seconds=10 * MINUTES, chance=0.5), 0.5, of_zone=False, group="none"),
    Fault("answers lost", trouble(ANSWER_LOST, "RunInstances", *WRITES, seconds=15 * MINUTES, chance=0.5), 0.5, of_zone=False, group="none"),
    Fault("table throttled", trouble("ProvisionedThroughputExceededException", "Table", seconds=10 * MINUTES, chance=0.5), 0.5, of_zone=False, group="none"),
    Fault("table denied", trouble("AccessDeniedException", "Table", seconds=10 * MINUTES), 0.2, of_zone=False, group="none"),
    Fault("Run Command delivers nothing", switch(_set(lambda life: life.world.commands, down=True), _set(lambda life: life.world.commands, down=False), 30 * MINUTES), 0.5, of_zone=False, group="none"),
    Fault("targets down", switch(_targets(True), _targets(False), 20 * MINUTES), 1.0, of_zone=False, group="none"),
    Fault("half of the user data fails", switch(_set(_instances, bad_user_data=0.5), _set(_instances, bad_user_data=0.0), 3 * HOURS), 0.5, of_zone=False, group="none", hampers=Hampers.LAUNCHES),
    Fault("events lost", switch(_set(_bus, lost=0.7), _set(_bus, lost=0.0), HOURS), 1.0, of_zone=False, group="none"),
    Fault("events late and twice", switch(_set(_bus, late=0.5, doubled=0.5), _set(_bus, late=0.0, doubled=0.0), HOURS), 1.0, of_zone=False, group="none", hampers=Hampers.NOTHING),
    Fault("runs killed", switch(_set(lambda life: life.controller, kills=0.4), _set(lambda life: life.controller, kills=0.0), HOURS), 1.0, of_zone=False, group="none"),
    Fault("strangers come and go", _stranger, 4.0, of_zone=False, group="none"),
)  # fmt: skip
BY_NAME = {fault.name: fault for fault in FAULTS}


def lose_memory(life: Life) -> None:
    """The table is lost; an empty one takes its place. Counters begin anew."""
    life.world.store.lose()
    life.forgotten()


def _drain(life: Life, share: float) -> None:
    life.world.gate.buckets.drained = share


def strike(life: Life, fault: Fault, zone: int) -> None:
    """Lets a fault strike now."""
    where = f" in {life.world.zones[zone]}" if fault.of_zone else ""
    life.struck(f"{fault.name}{where}")
    life.injected[fault.name] += 1
    life.strike_in(life.world.zones[zone] if fault.of_zone else None)
    if not fault.blip:
        life.shaken = life.at
    came = fault.strike(life, zone) or 0.0
    life.world.ring.look()
    lasts = came if isinstance(came, Lasts) else Lasts(came, fault.hampers, fault.of_zone)
    life.rival.struck(life.at, fault.name, fault.group, zone, lasts.seconds)
    if lasts.seconds:
        life.begin(fault.name, lasts, life.world.zones[zone])
