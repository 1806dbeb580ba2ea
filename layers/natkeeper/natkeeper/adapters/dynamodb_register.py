"""The hub's table: an item a stack, all in one partition, so that one query reads them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.dynamodb_items import conditionally
from natkeeper.core.fleet.announcement import BadStateError, read, written
from natkeeper.core.fleet.hearing import OrderAnswer, StackKey
from natkeeper.core.fleet.standing import Known
from natkeeper.core.fleet.state import StackState
from natkeeper.fleet_ports import Entered

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "fleet"
KEPT_FOR = timedelta(days=14)
"""Not heard of for so long, a stack is forgotten; one that says that it is being deleted, after a day."""
REMOVED_FOR = timedelta(days=1)
MOST = 50
"""So many stacks an account may have, in all regions: whoever speaks for it cannot fill table and page."""


@dataclass(frozen=True, slots=True)
class DynamoDbRegister:
    """The port `Register`. Keys are `fleet` and `ACCOUNT/REGION/STACK`; what is later replaces what is there
    by one conditional write, so that news may come twice and in any order."""

    client: DynamoDBClient
    table: str

    def stacks(self) -> tuple[tuple[Known, ...], tuple[str, ...]]:
        """All of them, and the keys of those that cannot be understood."""
        found: list[Known] = []
        damaged: list[str] = []
        for item in self._items("", ConsistentRead=False):
            try:
                found.append(_known(item))
            except (BadStateError, LookupError, TypeError, ValueError) as error:
                damaged.append(f"{item['sk']['S']} ({type(error).__name__}: {error})"[:200])
        return tuple(found), tuple(damaged)

    def enter(self, key: StackKey, state: StackState, heard_at: datetime) -> Entered:
        """Keeps a state. Known stacks cost one write; for a new one the account's own are counted first."""
        kept = REMOVED_FOR if state.removed else KEPT_FOR
        values = {
            ":doc": {"S": json.dumps(written(state))},
            ":said": _number(state.at),
            ":heard": _number(heard_at),
            ":expires": {"N": str(int((heard_at + kept).timestamp()))},
        }
        update = "SET doc = :doc, said_at = :said, heard_at = :heard, expires_at = :expires"
        if self._update(key, update, values, "attribute_exists(sk) AND said_at < :said"):
            return Entered.NEW
        own = {item["sk"]["S"] for item in self._items(f"{key.account}/", ConsistentRead=True)}
        if str(key) in own:
            return Entered.KNOWN
        if len(own) >= MOST:
            return Entered.FULL
        new = self._update(key, update, values, "attribute_not_exists(sk)")
        return Entered.NEW if new else Entered.KNOWN

    def answer(self, key: StackKey, answer: OrderAnswer) -> Entered:
        """Keeps what became of the last order."""
        told = {**asdict(answer), "at": answer.at.isoformat()}
        values = {":answer": {"S": json.dumps(told)}, ":at": _number(answer.at)}
        later = "attribute_exists(sk) AND (attribute_not_exists(answered_at) OR answered_at < :at)"
        new = self._update(key, "SET answer = :answer, answered_at = :at", values, later)
        return Entered.NEW if new else Entered.KNOWN

    def _update(self, key: StackKey, update: str, values: Mapping[str, Any], condition: str) -> bool:
        """Whether the condition held."""
        noted = partial(
            self.client.update_item,
            TableName=self.table,
            Key={"pk": {"S": PARTITION}, "sk": {"S": str(key)}},
            UpdateExpression=update,
            ExpressionAttributeValues=values,
            ConditionExpression=condition,
        )
        return conditionally(f"noting {key} in", self.table, noted) is not None

    def _items(self, prefix: str, **more: Any) -> Iterator[Mapping[str, Any]]:
        condition, values = "pk = :pk", {":pk": {"S": PARTITION}}
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        with named("reading", self.table):
            pages = self.client.get_paginator("query").paginate(
                TableName=self.table,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                **more,
            )
            for page in pages:
                yield from page["Items"]


def _known(item: Mapping[str, Any]) -> Known:
    account, region, stack = item["sk"]["S"].split("/")
    answer = json.loads(item["answer"]["S"]) if "answer" in item else None
    return Known(
        key=StackKey(account, region, stack),
        state=read(dict(json.loads(item["doc"]["S"]))),
        heard_at=datetime.fromtimestamp(float(item["heard_at"]["N"]), UTC),
        answer=OrderAnswer(**{**answer, "at": datetime.fromisoformat(answer["at"])}) if answer else None,
    )


def _number(at: datetime) -> Any:
    return {"N": f"{at.timestamp():.3f}"}
