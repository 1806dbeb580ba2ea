"""From where an experiment begins, and what the clock will do by itself."""

from __future__ import annotations

from dataclasses import dataclass

from lab.ec2.clock import wait_until
from lab.experiments import workload
from lab.report.run import Moment
from lab.stage.stage import HEARSAY, Stage

REST = 300.0  # seconds
PEERS = "/run/natkeeper/peers"  # of whom a node was told (node/system/machine.py)
TYPES = ("t4g.nano", "t4g.micro", "t4g.small")
"""What the template launches by itself."""
HASTE = 5.0  # seconds of the schedule's minute while a beginning is made


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen by itself: `due` is the moment that strikes (None: as soon as everything looks on)."""

    due: float | None = None
    moments: tuple[Moment, ...] = ()


def rested(stage: Stage) -> Plan:
    """Every zone has its node, and packets are answered; a stack that has stood for an hour, whose nodes know
    each other. Raises RuntimeError when it does not come to rest."""
    if not wait_until(stage.at_rest, REST, 0.5):
        raise RuntimeError(f"the stack does not rest: {stage.zones()}")
    wait_until(stage.acquainted, HEARSAY, 1.0)
    if not wait_until(stage.view.forget_hour, REST, 0.5):
        raise RuntimeError("the controller writes down something new all the time")
    return Plan()


def with_image(stage: Stage) -> Plan:
    """The same, and the stack has an image of its own that is proven: it is made in the quick pace, and the
    hour without launches that comes before it is taken for past. Raises RuntimeError when it is not made."""
    rested(stage)
    if not stage.view.proven_images():
        stage.aws.control.pace("quick")
        stage.aws.control.minute(HASTE)
        if not wait_until(lambda: _is_made(stage), REST, 1.0):
            raise RuntimeError(f"no image comes of the stack's baker: {stage.view.memory().get('baking')}")
        stage.aws.control.pace(stage.pace)
    return rested(stage)


def with_spare(stage: Stage) -> Plan:
    """The same, and each zone's spare stands by: the hour between two launches for one is taken for past.
    Raises RuntimeError when that does not come."""
    wait_until(lambda: _stands_by(stage), REST, 1.0)
    return rested(stage)


def with_last_resort(stage: Stage) -> Plan:
    """No node can be had, and a NAT gateway serves the first zone; it is made in the quick pace. Raises
    RuntimeError when it does not."""
    rested(stage)
    stage.aws.control.pace("quick")
    stage.aws.control.minute(HASTE)
    stage.aws.control.capacity(*TYPES)
    stage.aws.client("ec2").terminate_instances(InstanceIds=stage.view.nodes_by_id())
    if not wait_until(lambda: _leads_to_a_gateway(stage), REST, 0.5):
        raise RuntimeError(f"no NAT gateway serves: {stage.zones()}")
    stage.aws.control.minute(stage.minute)
    stage.aws.control.pace(stage.pace)
    return Plan()


def _leads_to_a_gateway(stage: Stage) -> bool:
    return stage.zones()[0].target.startswith("nat-") and stage.quiet_since(2.0)


def with_standby(stage: Stage) -> Plan:
    """The same, and each zone's standby has proved itself and was told of who serves, as that was of it.
    Raises RuntimeError when that does not come."""
    wait_until(lambda: _stands_by(stage), REST, 1.0)
    plan = rested(stage)
    if not wait_until(lambda: _know_each_other(stage), REST, 1.0):
        raise RuntimeError("the standby and the node that serves do not watch each other")
    return plan


def _know_each_other(stage: Stage) -> bool:
    nodes = stage.view.nodes_by_id()
    lists = [stage.run_on(node, f"cat {PEERS}") for node in nodes]
    return all(node in told for node in nodes for told in lists)


def _stands_by(stage: Stage) -> bool:
    if not stage.at_rest():
        stage.view.forget_hour()
    return stage.at_rest()


def _is_made(stage: Stage) -> bool:
    stage.view.forget_hour()
    return bool(stage.view.proven_images())


def at_work(stage: Stage) -> Plan:
    """A workload runs, and the private host, which is left out of account, talks beside it. Raises
    RuntimeError when the stack does not come to rest."""
    workload.leave_out_the_host(stage)
    runs = (workload.living(stage) or [workload.start(stage)])[0]
    if not wait_until(lambda: stage.is_on(runs), REST):
        raise RuntimeError(f"the workload {runs} does not run")
    stage.start_traffic("rest")
    return rested(stage)


def dormant(stage: Stage) -> Plan:
    """No workload, and every zone asleep, by the same wish that a person would send, which is then taken
    back. Raises RuntimeError when they do not fall asleep."""
    workload.leave_out_the_host(stage)
    workload.end(stage)
    stage.send("sleep")
    if not wait_until(stage.asleep, REST, 0.5):
        raise RuntimeError(f"the stack does not sleep: {stage.zones()}")
    stage.send("automatic")
    return Plan()
