"""AWS's list prices in US dollars, with the source of each figure. They change: `DATE` says how old this
is, and the parameter `Prices` overrides any of them.

Transfer out to the internet costs the same by every way out, so it stands in no sum here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

DATE = "2026-11-25"
DEFAULT_REGION = "us-east-1"


class Basis(StrEnum):
    """How sure a figure is."""

    PUBLISHED = "published"  # read in the source that is named
    MEMORY = "from memory"  # known, but no source was read: check it
    ESTIMATE = "estimate"  # varies, or stands in for an unknown one
    USER = "given by you"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one unit, and where the figure comes from."""

    dollars: float
    source: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region, by name; an instance type is a name too, and `TYPE spot` its spot price."""

    region: str
    table: Mapping[str, Price]

    def of(self, name: str) -> Price:
        """The price of that name. One that nobody knows costs nothing, and says that it is unknown."""
        return self.table.get(name, Price(0.0, f"no price of {name} is known here", Basis.UNKNOWN))

    def with_overrides(self, given: Mapping[str, float]) -> Prices:
        """These prices with the user's own in their place."""
        own = {name: Price(value, "parameter Prices", Basis.USER) for name, value in given.items()}
        return replace(self, table={**self.table, **own})


def prices_in(region: str) -> Prices:
    """The region's prices. Of a region that is not in the table, those of us-east-1, each as an estimate."""
    if region in TABLES:
        return Prices(region, TABLES[region])
    source = f"no price of {region} is known here: that of {DEFAULT_REGION}"
    table = TABLES[DEFAULT_REGION].items()
    return Prices(region, {n: Price(price.dollars, source, Basis.ESTIMATE) for n, price in table})


def read_overrides(text: str) -> tuple[Mapping[str, float], list[str]]:
    """The user's own prices from a JSON object (none: empty), and every mistake in them, with its cure."""
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        return {}, [f"is no JSON ({error}): it should be an object like {OVERRIDES}"]
    if not isinstance(given, dict):
        return {}, [f"is {text!r}: it should be a JSON object like {OVERRIDES}"]
    mistakes = []
    for name, value in given.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if name not in TABLES[DEFAULT_REGION] and not _MACHINE.fullmatch(name):
            known = ", ".join(sorted(n for n in TABLES[DEFAULT_REGION] if not _MACHINE.fullmatch(n)))
            mistakes.append(f"names {name!r}: it should be an instance type, or one of {known}")
        if not number or not 0 <= value <= _MOST:
            mistakes.append(f"has {name!r} as {value!r}: it should be dollars, from 0 to {_MOST}")
    return ({} if mistakes else given), mistakes


OVERRIDES = '{"nat_gateway_hour": 0.045, "t4g.nano spot": 0.0016}'
"""An example of the user's own prices."""
_MACHINE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+( spot)?")
_MOST = 1000


_published = partial(Price, basis=Basis.PUBLISHED)
_memory = partial(Price, source="AWS's price list as remembered", basis=Basis.MEMORY)
_estimate = partial(Price, basis=Basis.ESTIMATE)

_INFRACOST = "infracost's price data, as read in November 2026"
_KARPENTER = "Karpenter's generated price table of 2026-07-20"
_DYNAMODB = "airbyte.com on DynamoDB's prices after the cut of November 2024, read 2026-11-25"
_CLOUDWATCH = "signoz.io and vantage.sh on CloudWatch's prices, read 2026-11-25"
_TOKYO = "classmethod.jp (2020) and geekfeed.co.jp (2024)"
_SPOT = "varies by hour and zone: a typical one"

# Global: the same figure in every commercial region.
_EVERYWHERE = {
    "public_ipv4_hour": _published(0.005, _INFRACOST),
    "lambda_million_requests": _published(0.20, _INFRACOST),
    "lambda_gb_second": _memory(0.0000133334),  # arm64
    "metric_month": _published(0.30, _CLOUDWATCH),  # by the hour, and only hours in which it is sent
    "alarm_month": _published(0.10, _INFRACOST),
    "dashboard_month": _published(3.00, "factualminds.com on CloudWatch's prices, 2026-06-13"),
    "snapshot_gb_month": _memory(0.05),
    "sqs_million_requests": _memory(0.40),
    "mail_thousand": _memory(0.02),  # SNS to e-mail, after the first thousand
    "t4g_vcpu_hour": _published(0.04, "gitlab.com, docker-machine !118, which quotes AWS"),
    "t3_vcpu_hour": _published(0.05, "EC2 User Guide of June 2023, unlimited mode concepts"),
}

TABLES: Mapping[str, Mapping[str, Price]] = {
    "us-east-1": {
        **_EVERYWHERE,
        "nat_gateway_hour": _published(0.045, _INFRACOST),
        "nat_gateway_gb": _published(0.045, _INFRACOST),
        "disk_gb_month": _published(0.08, _INFRACOST),  # gp3
        "log_gb": _memory(0.50),
        "log_gb_month": _memory(0.03),
        "table_million_writes": _published(0.625, _DYNAMODB),
        "table_million_reads": _published(0.125, _DYNAMODB),
        "t4g.nano": _published(0.0042, _KARPENTER),
        "t4g.micro": _published(0.0084, _KARPENTER),
        "t4g.small": _published(0.0168, _KARPENTER),
        "t3.nano": _published(0.0052, _KARPENTER),
        "t3a.nano": _published(0.0047, _KARPENTER),
        "t3.micro": _published(0.0104, "ctaminian/aws-cost-estimator, pricing.py"),
        "c6gn.medium": _published(0.0432, _KARPENTER),
        "c7gn.medium": _published(0.0624, _KARPENTER),
        "c8gn.medium": _published(0.0593, _KARPENTER),
        "t4g.nano spot": _estimate(0.0017, _SPOT),
        "t4g.micro spot": _estimate(0.0034, _SPOT),
        "t4g.small spot": _estimate(0.0068, _SPOT),
    },
    "ap-northeast-1": {
        **_EVERYWHERE,
        "nat_gateway_hour": _published(0.062, _TOKYO),
        "nat_gateway_gb": _published(0.062, _TOKYO),
        "disk_gb_month": _memory(0.096),
        "log_gb": _memory(0.76),
        "log_gb_month": _memory(0.033),
        "table_million_writes": _memory(0.715),
        "table_million_reads": _memory(0.143),
        "t4g.nano": _memory(0.0054),
        "t4g.micro": _memory(0.0108),
        "t4g.small": _memory(0.0216),
        "t3.nano": _memory(0.0068),
        "t3a.nano": _memory(0.0061),
        "t4g.nano spot": _estimate(0.0019, _SPOT),
        "t4g.micro spot": _estimate(0.0038, _SPOT),
        "t4g.small spot": _estimate(0.0076, _SPOT),
    },
}
