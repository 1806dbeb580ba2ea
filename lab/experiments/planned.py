"""Moves that are planned: a successor is built and proved first, and only its take-over loses packets."""

from __future__ import annotations

from lab.experiments import fault_injection
from lab.experiments.experiment import Experiment
from lab.experiments.preconditions import with_standby
from lab.experiments.promise import only_while_moving
from lab.experiments.recovery import all_replaced, replaced, taken

PLANNED = (
    Experiment(
        "spot-notice",
        "A spot interruption warning",
        "AWS takes the spot node in two minutes. Before that a successor is built, proved, and serves.",
        fault_injection.spot_notice,
        taken,
        only_while_moving(0.2),
        parameters={"Market": "spot", "DrainSeconds": "300"},  # so that it is AWS that ends the node
    ),
    Experiment(
        "retirement",
        "The node's host is to be retired",
        "AWS announces it two weeks ahead; a successor takes over now.",
        fault_injection.retirement,
        replaced,
        only_while_moving(0.2),
    ),
    Experiment(
        "template-update",
        "The stack is updated with another port forward",
        "Every node is succeeded, one zone after the other.",
        fault_injection.update_template,
        all_replaced,
        only_while_moving(0.2),
    ),
    Experiment(
        "replace",
        "A planned replacement, ordered by event",
        "A successor is built and proved beside the node, then takes address and route.",
        fault_injection.replace_node,
        replaced,
        only_while_moving(0.2),
    ),
    Experiment(
        "replace-alone",
        "A planned replacement of the only node",
        "The same in a stack of one zone.",
        fault_injection.replace_node,
        replaced,
        only_while_moving(0.2),
        zones=1,
    ),
    Experiment(
        "replace-standby",
        "A planned replacement of the node, a standby of its zone runs beside it",
        "In a stack of one zone: the standby takes over at once, and a new node stands by in its place.",
        fault_injection.replace_node,
        replaced,
        only_while_moving(0.2),
        begin=with_standby,
        zones=1,
        parameters={"Standby": "zone"},
    ),
    Experiment(
        "failover",
        "A manual failover by an event",
        "The neighbour's node takes the route now; a new node of the zone takes it back.",
        fault_injection.send("failover"),
        replaced,
        only_while_moving(0.2),
    ),
)
