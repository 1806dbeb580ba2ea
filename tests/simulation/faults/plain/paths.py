"""What befalls routes and addresses: they are taken off, taken away, or held."""

from __future__ import annotations

from collections.abc import Callable

from natkeeper.core.intake.routing import DEFAULT
from natkeeper.core.model import InterfaceId
from tests.simulation.faults.fault import HOURS, Fault, setting, switch
from tests.simulation.ground_truth.excuses import Hampers
from tests.simulation.life.life import Life
from tests.world.world import NAT_GATEWAY, SOMEBODYS


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


PATHS = (
    Fault("route deleted", _route(None), 0.5),
    Fault("route hijacked", _route(SOMEBODYS), 0.5),
    Fault("address taken off", _address(None), 0.5),
    Fault("address stolen", _address("thief"), 0.25),
    Fault("address on the second private one", _misplace, 0.25),
    Fault("no second address for nodes", switch(setting(lambda life: life.world.instances, tight=True), setting(lambda life: life.world.instances, tight=False), 6 * HOURS), 0.3, of_zone=False, group="none", hampers=Hampers.NOTHING),
    Fault("table held with a gateway", _hold, 0.25, group="none", hampers=Hampers.ZONE),
)  # fmt: skip
