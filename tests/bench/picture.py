"""How long the picture of a stack at rest takes, and how often it asks EC2: on the local AWS, as deployed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from lab.ec2.clock import wait_until
from lab.local_aws.aws import LocalAws
from lab.stage.dashboards import Dashboards
from tests.bench.cold_start import WIDGET, at_rest

LOOKS = 50
QUIET, PATIENCE = 15.0, 300.0  # seconds
MOST_SECONDS, MOST_CALLS = 1.0, 3


@dataclass(frozen=True)
class Row:
    """Seconds and calls to EC2 of each warm look at a stack, and those of the first in a new process."""

    zones: int
    first: tuple[float, int]
    looks: tuple[tuple[float, int], ...]

    @property
    def middle(self) -> float:
        """The median of the warm looks' seconds."""
        return median(seconds for seconds, _ in self.looks)

    @property
    def worst(self) -> float:
        """The longest of them."""
        return max(seconds for seconds, _ in self.looks)

    @property
    def calls(self) -> int:
        """The most calls of a warm look."""
        return max(calls for _, calls in self.looks)

    def broken(self) -> list[str]:
        """Every bound that does not hold."""
        slow = self.middle > MOST_SECONDS
        return [f"the picture takes {self.middle:.2f} s with {self.zones} zones"] * slow + [
            f"the picture makes {self.calls} calls to EC2 with {self.zones} zones"
        ] * (self.calls > MOST_CALLS)


def rows() -> list[Row]:
    """One, two and three zones."""
    return [_measure(zones) for zones in (1, 2, 3)]


def _measure(zones: int) -> Row:
    with at_rest(ZoneCount=str(zones)) as aws:
        _wait_until_nobody_else_calls(aws)
        dashboards = Dashboards(aws)
        (widget,) = dashboards.widgets()
        first, *looks = [_look(aws, dashboards, widget.endpoint, zones) for _ in range(1 + LOOKS)]
    return Row(zones, first, tuple(looks))


def _wait_until_nobody_else_calls(aws: LocalAws) -> None:
    """A probe that had begun goes on for a while, and what it finds starts others."""
    if not wait_until(lambda: not _calls(aws, time.time() - QUIET), PATIENCE, 1.0):
        raise TimeoutError(f"functions still call after {PATIENCE:.0f} s: {_calls(aws, time.time() - QUIET)}")


def _calls(aws: LocalAws, since: float) -> list[str]:
    return [call["action"] for call in aws.control.calls(since) if call["function"]]


def _look(aws: LocalAws, dashboards: Dashboards, endpoint: str, zones: int) -> tuple[float, int]:
    """As the dashboard looks. Nobody else calls EC2 meanwhile: no rule is left that starts a function."""
    since, began = time.time(), time.monotonic()
    answer = dashboards.call(endpoint, WIDGET)
    seconds = time.monotonic() - began
    assert f"{zones} zone{'s' * (zones > 1)} served" in str(answer), answer
    return seconds, len(_calls(aws, since))
