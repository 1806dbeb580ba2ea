"""What NAT gateways processed, by their own metrics in CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from natkeeper.adapters.aws_errors import named

DAY = 86_400
METRICS = ("BytesInFromSource", "BytesInFromDestination")
"""All that came in, from either side: so much is charged (VPC User Guide, NAT gateway metrics)."""
_WHOLE = "Complete"
"""The status of a result that has all points; on the last page anything else says that some are missing."""
_QUERIES = 500  # GetMetricData takes at most so many


@dataclass(frozen=True, slots=True)
class CloudWatchTraffic:
    """Sums by day: two numbers a gateway and day."""

    client: Any

    def carried(
        self, gateways: Sequence[str], since: datetime, until: datetime
    ) -> Mapping[str, tuple[float, ...]]:
        """The bytes that each gateway processed on each day on which it did any, in the order of days."""
        found: dict[str, dict[datetime, float]] = {name: {} for name in gateways}
        asked = [(name, metric) for name in gateways for metric in METRICS]
        for start in range(0, len(asked), _QUERIES):
            batch = asked[start : start + _QUERIES]
            for (name, _), days in zip(batch, self._read(batch, since, until), strict=True):
                for day, amount in days.items():
                    found[name][day] = found[name].get(day, 0.0) + amount
        return {name: tuple(amount for _, amount in sorted(days.items())) for name, days in found.items()}

    def _read(
        self, asked: Sequence[tuple[str, str]], since: datetime, until: datetime
    ) -> list[dict[datetime, float]]:
        queries = [_query(number, *pair) for number, pair in enumerate(asked)]
        days: list[dict[datetime, float]] = [{} for _ in asked]
        ends: dict[str, str] = {}
        with named("reading the gateways' metrics", f"{len(asked)} of them"):
            pages = self.client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=since, EndTime=until
            )
            for result in (r for page in pages for r in page["MetricDataResults"]):
                ends[result["Id"]] = result.get("StatusCode", _WHOLE)
                day = days[int(result["Id"].removeprefix("m"))]
                day.update(zip(result["Timestamps"], result["Values"], strict=True))
            if missing := sorted({end for end in ends.values() if end != _WHOLE}):
                raise ValueError(f"the answer has not all of them: {', '.join(missing)}")
        return days


def _query(number: int, gateway: str, metric: str) -> dict[str, Any]:
    return {
        "Id": f"m{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/NATGateway",
                "MetricName": metric,
                "Dimensions": [{"Name": "NatGatewayId", "Value": gateway}],
            },
            "Period": DAY,
            "Stat": "Sum",
        },
    }
