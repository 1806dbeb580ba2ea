"""How a zone is made to sleep or to wake: workloads that come and go, and a person's wish."""

from __future__ import annotations

from lab.ec2.clock import wait_until
from lab.experiments import workload
from lab.experiments.experiment import Before
from lab.stage.stage import Stage

PATIENCE = 60.0  # seconds


def start_work(stage: Stage, _before: Before) -> str:
    """A workload starts, and talks from the moment in which it is switched on."""
    made = workload.start(stage)
    if not wait_until(lambda: stage.is_on(made), PATIENCE, 0.02):
        raise RuntimeError(f"the workload {made} does not run")
    stage.start_traffic(stage.playing, made)
    return f"ec2 run-instances: the workload {made}"


def end_work(stage: Stage, _before: Before) -> str:
    """The last workload is terminated."""
    return f"ec2 terminate-instances {' '.join(workload.end(stage))}, the last workload"


def sleep_by_wish(stage: Stage, _before: Before) -> str:
    """A person sends the zone to sleep, and looks until it does."""
    told = stage.send("sleep")
    if not wait_until(stage.asleep, PATIENCE):
        raise RuntimeError(f"the zone does not sleep: {stage.zones()[0]}")
    return told


def wake_by_wish(stage: Stage, _before: Before) -> None:
    """A person takes the wish back."""
    stage.send("automatic")
