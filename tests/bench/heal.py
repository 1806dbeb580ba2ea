"""On the local AWS: seconds from TerminateInstances to the route on a neighbour's node, and on a new one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from lab.commands.scenarios import all_well
from lab.ec2.clock import wait_until
from lab.ec2.timings import Timings
from lab.local_aws.aws import LocalAws
from lab.stage.deployment import STACK, deploy
from lab.stage.stack_view import StackView, ZoneView

RUNS = 5
PATIENCE = 90.0
BOOTED = Timings()
"""The lab's delays; from `pending` to user data's end they add up to `until_booted` seconds."""


@dataclass(frozen=True)
class Row:
    """Seconds of every run, from the API call on."""

    zones: int
    to_neighbour: tuple[float, ...]
    to_new_node: tuple[float, ...]


def until_booted() -> float:
    """Seconds that the local AWS lets pass from a launch to a booted node."""
    return BOOTED.pending + BOOTED.boot


def measure(zones: int) -> Row:
    """Deploys, then ends the first zone's node again and again, each time from rest."""
    with tempfile.TemporaryDirectory() as logs, LocalAws(Path(logs), minute=5) as aws:
        # The breaker would rightly stop a benchmark that kills five nodes in a row.
        deploy(aws, ZoneCount=str(zones), MaxLaunchesPerHour="20")
        view = StackView(aws, STACK)
        times = [_strike(aws, view) for _ in range(RUNS)]
    neighbour = tuple(first for first, _ in times if first is not None)
    return Row(zones, neighbour, tuple(last for _, last in times))


def _strike(aws: LocalAws, view: StackView) -> tuple[float | None, float]:
    _wait(lambda: all_well([], view.zones()))
    before = view.zones()
    began = time.monotonic()
    aws.client("ec2").terminate_instances(InstanceIds=[before[0].instance])
    covered: float | None = None
    while time.monotonic() - began < PATIENCE:
        first = view.zones()[0]
        if covered is None and _is_elsewhere(first):
            covered = time.monotonic() - began
        if first.state == "active" and first.instance_zone == first.zone != "" and _is_new(first, before[0]):
            return covered, time.monotonic() - began
        time.sleep(0.02)
    raise TimeoutError(f"not healed within {PATIENCE:.0f} s: {view.zones()}")


def _is_elsewhere(zone: ZoneView) -> bool:
    return zone.state == "active" and zone.instance_zone not in ("", zone.zone)


def _is_new(now: ZoneView, before: ZoneView) -> bool:
    return now.instance != before.instance


def _wait(condition: Callable[[], bool]) -> None:
    if not wait_until(condition, PATIENCE):
        raise TimeoutError(f"no rest within {PATIENCE:.0f} s")


def shown(seconds: tuple[float, ...]) -> str:
    """Median and worst."""
    return f"{median(seconds):.2f} s (worst {max(seconds):.2f})" if seconds else "-"


def rows() -> list[Row]:
    """With a neighbour, and alone."""
    return [measure(2), measure(1)]
