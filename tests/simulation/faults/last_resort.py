"""What befalls a stack's last resort: it cannot be made, somebody deletes it, or it is not seen."""

from __future__ import annotations

from tests.simulation.faults.catalogue import ALL_FAULTS
from tests.simulation.faults.fault import HOURS, MINUTES, Fault, serving, strike, switch, trouble
from tests.simulation.faults.plain.catalogue import BY_NAME
from tests.simulation.faults.plain.room import POOLS, SPOT_POOLS, fill, make_room
from tests.simulation.ground_truth.excuses import Hampers
from tests.simulation.life.life import Life


def _deleted(life: Life, zone: int) -> None:
    """Somebody deletes the zone's gateway, whether it serves or not."""
    for gateway in life.world.gateways.living():
        if gateway.zone == life.world.zones[zone]:
            life.world.gateways.end(gateway.id)


def _failing(life: Life, zone: int) -> None:
    life.world.gateways.failure = "InternalError: Please try again."


def _made_again(life: Life, zone: int) -> None:
    life.world.gateways.failure = ""


def _few_addresses(life: Life, zone: int) -> None:
    life.world.gateways.most_addresses = 0


def _enough_addresses(life: Life, zone: int) -> None:
    life.world.gateways.most_addresses = 50


def _hidden(life: Life, zone: int) -> None:
    """One answer leaves the gateways out."""
    for name in life.world.gateways.all:
        life.world.gate.omitted[name] += 1


def _lost_without_room(life: Life, zone: int) -> float:
    """The zone's node ends, and so does every other; there is room nowhere for an hour and a half."""
    switch(fill(*POOLS, *SPOT_POOLS), make_room, 1.5 * HOURS)(life, zone)
    for number in range(life.zones):
        fill(*POOLS, *SPOT_POOLS)(life, number)
        if instance := serving(life, number):
            life.world.instances.end(instance)
    return 1.5 * HOURS


def _hangs_without_room(life: Life, zone: int) -> float:
    """The zone's node hangs with its address, and there is no room for another."""
    seconds = switch(fill(*POOLS, *SPOT_POOLS), make_room, 1.5 * HOURS)(life, zone)
    strike(life, BY_NAME["node hangs"], zone)
    return seconds


RESORT_FAULTS = (
    Fault("all lost, and no room", _lost_without_room, 1.0, of_zone=False, group="none", hampers=Hampers.LAUNCHES),
    Fault("hangs, and no room", _hangs_without_room, 1.0, group="none", hampers=Hampers.LAUNCHES),
    Fault("gateway deleted", _deleted, 2.0, group="none"),
    Fault("gateways fail", switch(_failing, _made_again, 2 * HOURS), 0.5, of_zone=False, group="none"),
    Fault("no address left", switch(_few_addresses, _enough_addresses, 2 * HOURS), 0.5, of_zone=False, group="none"),
    Fault("gateways denied", trouble("UnauthorizedOperation", "CreateNatGateway", "DeleteNatGateway", seconds=2 * HOURS), 0.5, of_zone=False, group="none"),
    Fault("gateways unreadable", trouble("UnauthorizedOperation", "DescribeNatGateways", seconds=30 * MINUTES), 0.5, of_zone=False, group="none"),
    Fault("gateways not listed once", _hidden, 2.0, of_zone=False, group="none", hampers=Hampers.NOTHING, blip=True),
    Fault("release denied", trouble("UnauthorizedOperation", "ReleaseAddress", seconds=HOURS), 0.3, of_zone=False, group="none", hampers=Hampers.NOTHING),
)  # fmt: skip
ALL_AND_RESORTS = (*ALL_FAULTS, *RESORT_FAULTS)
