"""The stack's table in DynamoDB: memory, evidence and wishes as one partition, read in one query."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, assert_never

import dacite

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.dynamodb_items import Items, conditionally, load, moment
from natkeeper.core.intake.commands import Entry, Written
from natkeeper.core.memory import Memory
from natkeeper.core.model import Doom, InstanceId, Order, Pause, Probe, RouteTableId, Wish, ZoneName
from natkeeper.core.ring import Hearsay, Misheard, Word
from natkeeper.ports import Clock
from natkeeper.records import Records

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

PARTITION = "natkeeper"
KEPT_FOR = timedelta(days=1)
SAME = timedelta(minutes=1)
"""A node says the same again for no longer."""
_FAILED = "ConditionalCheckFailed"
_DACITE = dacite.Config(type_hooks={datetime: moment}, cast=[Enum, tuple])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DynamoDbStore:
    """One item a thing: `memory`, `pause`, `removed`, `evidence#ID`, `order#ID`, `doom#ID`, `wish#ZONE`,
    `obeyed#ID`, `original#ID`, `word#REPORTER ABOUT`, and `unsure` behind that, `misheard`."""

    client: DynamoDBClient
    table: str
    clock: Clock

    def load(self) -> Records:
        """Everything, read consistently. What cannot be understood is named and left out."""
        items = Items({item["sk"]["S"]: item for item in self._items()})
        return Records(
            memory=items.one("memory", partial(_decode, Memory), Memory()),
            evidence={InstanceId(n): p for n, p in items.each("evidence#", _probes).items()},
            orders={InstanceId(n): o for n, o in items.each("order#", partial(_decode, Order)).items()},
            dooms={InstanceId(n): d for n, d in items.each("doom#", partial(_decode, Doom)).items()},
            wishes={ZoneName(z): w for z, w in items.each("wish#", partial(_decode, Wish)).items()},
            originals={RouteTableId(t): doc or None for t, doc in items.each("original#", str).items()},
            pause=items.one("pause", _pause, None),
            obeyed=frozenset(items.names("obeyed#")),
            hearsay=Hearsay(
                tuple(items.each("word#", partial(_decode, Word)).values()),
                items.one("misheard", partial(_decode, Misheard), Misheard()),
            ),
            removed="removed" in items.by_key,
            epoch=items.number("memory", "epoch"),
            damaged=tuple(items.damaged),
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
        self._put(f"evidence#{node}", json.dumps([_told(p) for p in probes], default=_plain))

    def save_doom(self, node: InstanceId, doom: Doom) -> None:
        """Saves AWS's announcement; forgotten after a day."""
        self._put(f"doom#{node}", _encode(doom))

    def forget_doom(self, node: InstanceId) -> None:
        """AWS has taken its announcement back."""
        sk = f"doom#{node}"
        with named(f"forgetting {sk} in", self.table):
            self.client.delete_item(TableName=self.table, Key=_key(sk))

    def write_down(self, entry: Entry, command: str) -> Written:
        """Saves a command's entry and its id in one transaction (DynamoDB API reference, TransactWriteItems):
        both or neither, however often and by however many runs it is tried. The id is kept for a day; an
        order too, when the node is long gone, and a pause until its end; a wish until the next one."""
        items: list[TransactWriteItemTypeDef] = [{"Put": self._unless_later(entry)}]
        if command:
            items.append({"Put": self._unless_known(command)})
        with named(f"saving {_place(entry)}", self.table):
            try:
                self.client.transact_write_items(TransactItems=items)
            except self.client.exceptions.TransactionCanceledException as error:
                codes = [reason.get("Code") for reason in error.response["CancellationReasons"]]
                if _FAILED not in codes:
                    raise
                return Written.KNOWN if codes[1:] == [_FAILED] else Written.OVERTAKEN
        return Written.NEW

    def _unless_later(self, entry: Entry) -> PutTypeDef:
        """EventBridge's times are whole seconds, so of two in the same one the last to come stands."""
        said = entry.said
        given = {"N": str(said.at.timestamp())}
        until = said.until if isinstance(said, Pause) else None
        expires = {} if isinstance(said, Wish) else {"expires_at": self._expiry(until)}
        return {
            "TableName": self.table,
            "Item": {**_key(_place(entry)), "doc": {"S": _encode(said)}, "given": given, **expires},
            "ConditionExpression": "attribute_not_exists(given) OR given <= :given",
            "ExpressionAttributeValues": {":given": given},
        }

    def _unless_known(self, command: str) -> PutTypeDef:
        return {
            "TableName": self.table,
            "Item": {**_key(f"obeyed#{command}"), "doc": {"S": ""}, "expires_at": self._expiry()},
            "ConditionExpression": "attribute_not_exists(pk)",
        }

    def note_word(self, word: Word) -> None:
        """Saves a node's word about another, for a day; the first of several that say the same, and none that
        was so before what is there. Those times are the node's own: after a minute any word is later."""
        since, given = {"N": str(word.since.timestamp())}, {"N": str(word.at.timestamp())}
        self._put_if(
            "attribute_not_exists(pk) OR since < :since OR given < :old",
            f"word#{word.key}",
            {"doc": {"S": _encode(word)}, "since": since, "given": given, "expires_at": self._expiry()},
            {":since": since, ":old": {"N": str((word.at - SAME).timestamp())}},
        )

    def save_misheard(self, misheard: Misheard) -> None:
        """Saves how many reports meant nothing; forgotten after a day without one."""
        self._put("misheard", _encode(misheard))

    def save_original(self, table: RouteTableId, target: str | None) -> None:
        """Saves what a table's default route led to. What was saved first is kept, and never forgotten."""
        self._put_if("attribute_not_exists(pk)", f"original#{table}", {"doc": {"S": target or ""}})

    def save_removed(self) -> None:
        """Makes every later run inert: the stack is being deleted."""
        with named("saving the tombstone", self.table):
            self.client.put_item(TableName=self.table, Item=_key("removed"))

    def _put(self, sk: str, doc: str) -> None:
        with named(f"saving {sk}", self.table):
            item = {**_key(sk), "doc": {"S": doc}, "expires_at": self._expiry()}
            self.client.put_item(TableName=self.table, Item=item)

    def _put_if(
        self, condition: str, sk: str, attributes: dict[str, Any], values: dict[str, Any] | None = None
    ) -> None:
        """Saves it if the condition holds, and leaves what is there otherwise."""
        extra: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        item = {**_key(sk), **attributes}
        put = partial(self.client.put_item, TableName=self.table, Item=item, ConditionExpression=condition)
        conditionally(f"saving {sk} in", self.table, partial(put, **extra))

    def _expiry(self, keep: datetime | None = None) -> dict[str, str]:
        """DynamoDB deletes the item some time after a day, or after `keep` if that is later."""
        forgotten = self.clock() + KEPT_FOR
        return {"N": str(int(max(forgotten, keep or forgotten).timestamp()))}


def _place(entry: Entry) -> str:
    """The sort key under which it stands."""
    match entry.said:
        case Order():
            return f"order#{entry.on}"
        case Wish():
            return f"wish#{entry.on}"
        case Pause():
            return "pause"
        case _:
            assert_never(entry.said)


def _pause(doc: str) -> Pause:
    """Older versions wrote the end of the pause, and nothing else."""
    if doc.startswith("{"):
        return _decode(Pause, doc)
    return Pause(datetime.min.replace(tzinfo=UTC), moment(doc))


def _key(sk: str) -> dict[str, Any]:
    return {"pk": {"S": PARTITION}, "sk": {"S": sk}}


def _probes(doc: str) -> tuple[Probe, ...]:
    return tuple(dacite.from_dict(Probe, probe, _DACITE) for probe in load(doc))


def _encode(value: Memory | Order | Doom | Wish | Pause | Word | Misheard) -> str:
    return json.dumps(asdict(value), default=_plain)


def _told(probe: Probe) -> dict[str, Any]:
    """What a probe says, without what it does not: each KB of an item costs a unit at every write."""
    return {name: value for name, value in asdict(probe).items() if value not in (None, "", ())}


def _plain(value: datetime) -> str:
    return value.isoformat()


def _decode(kind: type[T], doc: str) -> T:
    return dacite.from_dict(kind, load(doc), _DACITE)
