"""Launches for which EC2 has no room: another type, and at last a NAT gateway."""

from __future__ import annotations

from lab.experiments import fault_injection
from lab.experiments.experiment import Experiment
from lab.experiments.preconditions import with_last_resort
from lab.experiments.promise import only_while_moving, within
from lab.experiments.recovery import at_the_last_resort, back_from_the_last_resort, replaced

LAST_RESORT = {"LastResort": "nat-gateway"}
NO_ROOM = (
    Experiment(
        "no-capacity",
        "The node is terminated, and its instance type is sold out",
        "The neighbour carries the packets; the next type of the list is launched.",
        fault_injection.terminate_without_capacity,
        replaced,
        within(2),
        mend=fault_injection.capacity_back,
    ),
    Experiment(
        "last-resort",
        "The only node is terminated, and no instance type has room",
        "`LastResort=nat-gateway`: a NAT gateway with the zone's address serves until a node can be had.",
        fault_injection.terminate_without_any_capacity,
        at_the_last_resort,
        within(180),
        mend=fault_injection.capacity_back,
        zones=1,
        parameters=LAST_RESORT,
    ),
    Experiment(
        "last-resort-over",
        "A NAT gateway serves the zone, and there is room for a node again",
        "The node proves itself and takes the routes; the gateway is deleted, and then gives up the address.",
        fault_injection.room_again,
        back_from_the_last_resort,
        only_while_moving(0.5),
        begin=with_last_resort,
        zones=1,
        parameters=LAST_RESORT,
        deadline=900,
    ),
)
