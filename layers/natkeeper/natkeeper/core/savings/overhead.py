"""What the controller itself uses, counted from recorded runs, and what that costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from natkeeper.core.image import OLDER_KEPT
from natkeeper.core.savings.prices import Prices

MINUTES = 730 * 60
"""Minutes of AWS's month."""
FREE = {
    "lambda_million_requests": 1.0,
    "lambda_gb_second": 400_000.0,
    "metric_month": 10.0,
    "alarm_month": 10.0,
    "dashboard_month": 3.0,
    "log_gb": 5.0,
    "log_gb_month": 5.0,
    "sqs_million_requests": 1.0,
    "mail_thousand": 1.0,
}
"""What an account has free each month, for ever: Lambda and CloudWatch (from memory). A table that is paid by
the request has no free requests."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What one calm minute uses: a sweep and a probe. Seconds and bytes are sums over both."""

    invocations: int
    seconds: float
    log_bytes: int
    writes: int  # DynamoDB's units: 1 KB
    reads: int  # 4 KB, consistent


@dataclass(frozen=True, slots=True)
class Overhead:
    """A month of the controller: its calm minute, and what stands there all the time."""

    minute: Minute
    metrics: float
    alarms: int
    dashboards: int
    memory_gb: float = 0.25
    log_days: int = 30
    bakes: float = 0.0  # images made in a month
    snapshots: float = 0.0  # of such an image, in the mean


# From `python -m tests.bench controller`, by zones; tests/integration/test_overhead.py counts again.
CALM: Mapping[int, Minute] = {
    1: Minute(invocations=2, seconds=4.7, log_bytes=1217, writes=3, reads=2),
    2: Minute(invocations=2, seconds=4.8, log_bytes=1249, writes=4, reads=4),
    3: Minute(invocations=2, seconds=4.8, log_bytes=1281, writes=5, reads=4),
}
HOURLY_METRICS, DAILY_METRICS = 1, 5
"""Metrics of a calm stack that are sent in every hour, and in one hour of a day: hours are counted."""
ALARMS = 7


BAKES_EACH = 14
"""Days between two images: Amazon Linux 2023 has a new base about every two weeks (its release notes)."""
BAKING_HOURS = 0.75
"""Of a baker and a taster together: two boots, and the minutes in which the image is made; assumed."""
BAKING_CPU_HOURS = 0.03
"""Of a core, which both spend beyond what they earn, for they stay `unlimited` (ADR 15, 16); assumed."""
SNAPSHOT_GB = 2.0
"""What of the disk's 8 GiB is written, and so paid for in a snapshot; assumed."""


def overhead_of(zones: int, *, dashboard: bool, own_image: bool = False) -> Overhead:
    """The controller of a stack that is calm all month: heals are rare, each a few more minutes."""
    metrics = HOURLY_METRICS + DAILY_METRICS / 24
    overhead = Overhead(CALM[min(max(zones, 1), max(CALM))], metrics, ALARMS, int(dashboard))
    if not own_image:
        return overhead
    older = OLDER_KEPT.days / BAKES_EACH
    return replace(overhead, bakes=365 / 12 / BAKES_EACH, snapshots=1 + older)


def amounts(overhead: Overhead) -> Mapping[str, float]:
    """What a month uses, by the name of its price."""
    minute = overhead.minute
    log_gb = minute.log_bytes * MINUTES / 2**30
    hours = overhead.bakes * BAKING_HOURS
    baked = {
        "snapshot_gb_month": overhead.snapshots * SNAPSHOT_GB,
        "t4g.nano": hours,
        "public_ipv4_hour": hours,
        "t4g_vcpu_hour": overhead.bakes * BAKING_CPU_HOURS,
    }
    return {
        "lambda_million_requests": minute.invocations * MINUTES / 1e6,
        "lambda_gb_second": minute.seconds * overhead.memory_gb * MINUTES,
        "metric_month": overhead.metrics,
        "alarm_month": float(overhead.alarms),
        "dashboard_month": float(overhead.dashboards),
        "log_gb": log_gb,
        "log_gb_month": log_gb * min(overhead.log_days, 30) / 30,
        "table_million_writes": minute.writes * MINUTES / 1e6,
        "table_million_reads": minute.reads * MINUTES / 1e6,
        **(baked if overhead.bakes else {}),
    }


def dollars(overhead: Overhead, prices: Prices, *, free: bool) -> Mapping[str, float]:
    """What a month costs, line by line; with `free`, beyond what an account has free."""
    return {
        name: max(amount - (FREE.get(name, 0.0) if free else 0.0), 0.0) * prices.of(name).dollars
        for name, amount in amounts(overhead).items()
    }


def per_hour(overhead: Overhead, prices: Prices) -> float:
    """What an hour costs in an account whose free tier is used up: so no saving is told too high."""
    return sum(dollars(overhead, prices, free=False).values()) * 60 / MINUTES
