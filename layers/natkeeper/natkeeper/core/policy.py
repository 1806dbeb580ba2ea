"""The numbers by which the planner and the health judge decide. Times are durations, never clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user chose (first block) and what natkeeper holds to be prudent (second block)."""

    template_version: int
    instance_types: tuple[str, ...]
    boot: timedelta = timedelta(minutes=10)
    drain: timedelta = timedelta(seconds=60)
    max_lifetime: timedelta | None = None
    launches_per_hour: int = 4

    nodes_per_zone: int = 1
    surge: int = 2  # nodes that may exist beside the wanted ones while one succeeds another
    pending: timedelta = timedelta(minutes=3)
    impaired: timedelta = timedelta(minutes=2)
    failures: int = 3  # of the last `window` probes
    window: int = 5
    silences: int = 3
    mute: int = 10  # silent probes after which a successor is wanted; evidence keeps as many
    stale: timedelta = timedelta(minutes=5)
    repairs_per_hour: int = 2
    repair_pause: timedelta = timedelta(seconds=60)
    takebacks_per_hour: int = 3
    last_minute: timedelta = timedelta(seconds=45)
    visibility: timedelta = timedelta(minutes=2)  # EC2's reads may lag its writes for so long
    renotify: timedelta = timedelta(hours=6)
    bad_pool: timedelta = timedelta(minutes=30)


REPAIRABLE = frozenset({"interface", "forwarding", "rules", "guard"})
"""The checks of a probe that the node's own script can put right."""
