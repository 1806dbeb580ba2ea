"""What each day used, in a partition of its own: no sweep reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import dacite

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.dynamodb_items import Items, conditionally, load, moment
from natkeeper.core.savings.usage import Account, Day

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "usage"
_PREFIX = "usage#"
KEPT_FOR = timedelta(days=180)
_HOOKS = {datetime: moment, date: date.fromisoformat}
_MOST_HOURS = 24.0 * 1000
"""Of a thousand nodes, or zones: no stack has so many."""
_MOST_BYTES = 10**18
"""More than any stack forwards in a day."""
_DACITE = dacite.Config(type_hooks=_HOOKS, cast=[float])


@dataclass(frozen=True, slots=True)
class DynamoDbBooks:
    """One item a day: `usage`, `usage#DATE`. DynamoDB deletes it after half a year."""

    client: DynamoDBClient
    table: str

    def days(self, since: date) -> Account:
        """The days from `since` on, oldest first. What cannot be understood is named and left out."""
        items = Items({item["sk"]["S"]: item for item in self._items(since)})
        found = items.each(_PREFIX, _day)
        strange = [f"{_PREFIX}{key} (it is of {day.on})" for key, day in found.items() if key != str(day.on)]
        days = sorted((day for key, day in found.items() if key == str(day.on)), key=lambda day: day.on)
        return Account(tuple(days), (*items.damaged, *strange))

    def _items(self, since: date) -> Iterator[dict[str, Any]]:
        with named("reading the days in", self.table):
            pages = self.client.get_paginator("query").paginate(
                TableName=self.table,
                KeyConditionExpression="pk = :pk AND sk >= :since",
                ExpressionAttributeValues={":pk": {"S": PARTITION}, ":since": {"S": _sort_key(since)}},
                ConsistentRead=True,
            )
            for page in pages:
                yield from page["Items"]

    def enter(self, day: Day) -> bool:
        """Writes a day down, unless it is there already: whether it was not."""
        expires = datetime.combine(day.on, time.min, UTC) + KEPT_FOR
        item: dict[str, Any] = {
            "pk": {"S": PARTITION},
            "sk": {"S": _sort_key(day.on)},
            "doc": {"S": json.dumps(asdict(day), default=_plain)},
            "expires_at": {"N": str(int(expires.timestamp()))},
        }
        new = "attribute_not_exists(pk)"
        put = partial(self.client.put_item, TableName=self.table, Item=item, ConditionExpression=new)
        return conditionally("writing a day into", self.table, put) is not None


def _day(doc: str) -> Day:
    """Raises ValueError for what no day has: its sums would be wrong without a word."""
    day = dacite.from_dict(Day, load(doc), _DACITE)
    usage = day.usage
    hours = (usage.disks, usage.addresses, usage.zones, usage.asleep, usage.controller)
    if min(*hours, *usage.machines.values(), usage.sent, *day.counters.values()) < 0:
        raise ValueError("less than nothing was used")
    if max(*hours, *usage.machines.values()) > _MOST_HOURS or usage.sent > _MOST_BYTES:
        raise ValueError("more was used than a day can hold")
    return day


def _sort_key(on: date) -> str:
    return f"{_PREFIX}{on.isoformat()}"


def _plain(value: date) -> str:
    return value.isoformat()
