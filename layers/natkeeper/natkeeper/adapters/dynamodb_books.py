"""What each day used, in a partition of its own: no sweep reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import dacite

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import RefusedError
from natkeeper.core.savings.usage import Day

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "usage"
KEPT_FOR = timedelta(days=180)
_HOOKS = {datetime: datetime.fromisoformat, date: date.fromisoformat}
_DACITE = dacite.Config(type_hooks=_HOOKS, cast=[float])


@dataclass(frozen=True, slots=True)
class DynamoDbBooks:
    """One item a day: `usage`, `usage#DATE`. DynamoDB deletes it after half a year."""

    client: DynamoDBClient
    table: str

    def days(self, since: date) -> tuple[Day, ...]:
        """The days from `since` on, oldest first."""
        return tuple(
            dacite.from_dict(Day, json.loads(item["doc"]["S"]), _DACITE) for item in self._items(since)
        )

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
        try:
            with named("writing a day into", self.table):
                self.client.put_item(
                    TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(pk)"
                )
        except RefusedError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _sort_key(on: date) -> str:
    return f"usage#{on.isoformat()}"


def _plain(value: date) -> str:
    return value.isoformat()
