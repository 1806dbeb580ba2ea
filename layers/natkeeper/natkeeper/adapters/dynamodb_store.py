"""The stack's table in DynamoDB: memory, evidence and wishes as one partition, read in one query."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import dacite

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import RefusedError
from natkeeper.core.memory import Memory
from natkeeper.core.model import Doom, InstanceId, Order, Probe, RouteTableId, Wish, ZoneName
from natkeeper.ports import Clock, Records

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "natkeeper"
KEPT_FOR = timedelta(days=1)
_DACITE = dacite.Config(type_hooks={datetime: datetime.fromisoformat}, cast=[Enum, tuple])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DynamoDbStore:
    """One item a thing: `memory`, `pause`, `removed`, `evidence#ID`, `order#ID`, `doom#ID`, `wish#ZONE`,
    `original#ID`."""

    client: DynamoDBClient
    table: str
    clock: Clock

    def load(self) -> Records:
        """Everything, read consistently."""
        items = {item["sk"]["S"]: item for item in self._items()}
        pause = items.get("pause")
        return Records(
            memory=_decode(Memory, items["memory"]["doc"]["S"]) if "memory" in items else Memory(),
            evidence={node: _probes(doc) for node, doc in _by_node(items, "evidence#")},
            orders={node: _decode(Order, doc) for node, doc in _by_node(items, "order#")},
            dooms={node: _decode(Doom, doc) for node, doc in _by_node(items, "doom#")},
            wishes={ZoneName(z): _decode(Wish, doc) for z, doc in _by_name(items, "wish#")},
            originals={RouteTableId(t): doc or None for t, doc in _by_name(items, "original#")},
            paused_until=datetime.fromisoformat(pause["doc"]["S"]) if pause else None,
            removed="removed" in items,
        )

    def _items(self) -> Iterator[Mapping[str, Any]]:
        with named("reading the table", self.table):
            pages = self.client.get_paginator("query").paginate(
                TableName=self.table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": PARTITION}},
                ConsistentRead=True,
            )
            for page in pages:
                yield from page["Items"]

    def save(self, memory: Memory, epoch: int) -> None:
        """Saves memory. Raises RefusedError when a later holder of the lease has saved already."""
        with named("saving memory", self.table):
            self.client.put_item(
                TableName=self.table,
                Item={**_key("memory"), "doc": {"S": _encode(memory)}, "epoch": {"N": str(epoch)}},
                ConditionExpression="attribute_not_exists(epoch) OR epoch <= :epoch",
                ExpressionAttributeValues={":epoch": {"N": str(epoch)}},
            )

    def save_evidence(self, node: InstanceId, probes: Sequence[Probe]) -> None:
        """Saves a node's probes."""
        self._put(f"evidence#{node}", json.dumps([asdict(p) for p in probes], default=_plain))

    def save_order(self, node: InstanceId, order: Order) -> None:
        """Saves a person's order; forgotten after a day, when the node is long gone."""
        self._put(f"order#{node}", _encode(order))

    def save_doom(self, node: InstanceId, doom: Doom) -> None:
        """Saves AWS's announcement; forgotten after a day."""
        self._put(f"doom#{node}", _encode(doom))

    def forget_doom(self, node: InstanceId) -> None:
        """AWS has taken its announcement back."""
        sk = f"doom#{node}"
        with named(f"forgetting {sk} in", self.table):
            self.client.delete_item(TableName=self.table, Key=_key(sk))

    def save_wish(self, zone: ZoneName, wish: Wish) -> None:
        """Saves what a person wants of a zone, until the next wish: one item a zone, never forgotten."""
        sk = f"wish#{zone}"
        with named(f"saving {sk}", self.table):
            self.client.put_item(TableName=self.table, Item={**_key(sk), "doc": {"S": _encode(wish)}})

    def save_pause(self, until: datetime | None) -> None:
        """Saves until when to pause, or ends the pause."""
        if until:
            self._put("pause", until.isoformat(), keep=until)
        else:
            with named("ending the pause in", self.table):
                self.client.delete_item(TableName=self.table, Key=_key("pause"))

    def save_original(self, table: RouteTableId, target: str | None) -> None:
        """Saves what a table's default route led to. What was saved first is kept, and never forgotten."""
        try:
            with named(f"saving the original route of {table} in", self.table):
                self.client.put_item(
                    TableName=self.table,
                    Item={**_key(f"original#{table}"), "doc": {"S": target or ""}},
                    ConditionExpression="attribute_not_exists(pk)",
                )
        except RefusedError as error:
            if error.code != "ConditionalCheckFailedException":
                raise

    def save_removed(self) -> None:
        """Makes every later run inert: the stack is being deleted."""
        with named("saving the tombstone", self.table):
            self.client.put_item(TableName=self.table, Item=_key("removed"))

    def _put(self, sk: str, doc: str, keep: datetime | None = None) -> None:
        """DynamoDB deletes the item some time after a day, or after `keep` if that is later."""
        forgotten = self.clock() + KEPT_FOR
        expires = str(int(max(forgotten, keep or forgotten).timestamp()))
        with named(f"saving {sk}", self.table):
            self.client.put_item(
                TableName=self.table,
                Item={**_key(sk), "doc": {"S": doc}, "expires_at": {"N": expires}},
            )


def _key(sk: str) -> dict[str, Any]:
    return {"pk": {"S": PARTITION}, "sk": {"S": sk}}


def _by_node(items: Mapping[str, Any], prefix: str) -> Iterator[tuple[InstanceId, str]]:
    return ((InstanceId(name), doc) for name, doc in _by_name(items, prefix))


def _by_name(items: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for sk, item in items.items():
        if sk.startswith(prefix):
            yield sk.removeprefix(prefix), item["doc"]["S"]


def _probes(doc: str) -> tuple[Probe, ...]:
    return tuple(dacite.from_dict(Probe, probe, _DACITE) for probe in json.loads(doc))


def _encode(value: Memory | Order | Doom | Wish) -> str:
    return json.dumps(asdict(value), default=_plain)


def _plain(value: datetime) -> str:
    return value.isoformat()


def _decode(kind: type[T], doc: str) -> T:
    return dacite.from_dict(kind, json.loads(doc), _DACITE)
