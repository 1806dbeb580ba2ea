"""What the doctor found last, in a partition of its own: no sweep reads it, and the doctor writes no more."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import dacite

from natkeeper.adapters.aws_errors import named
from natkeeper.adapters.dynamodb_items import Items, load, moment
from natkeeper.core.errors import AnswerError
from natkeeper.core.examined import Examined

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION, LAST = "doctor", "last"
_DACITE = dacite.Config(type_hooks={datetime: moment}, cast=[tuple])


@dataclass(frozen=True, slots=True)
class DynamoDbFindings:
    """One item, written over by each examination."""

    client: DynamoDBClient
    table: str

    def last(self) -> Examined | None:
        """What the last examination came to; None: there was none yet. Raises AnswerError when what is there
        cannot be understood."""
        with named("reading what the doctor found", self.table):
            items = self.client.query(
                TableName=self.table,
                KeyConditionExpression="pk = :pk AND sk = :sk",
                ExpressionAttributeValues={":pk": {"S": PARTITION}, ":sk": {"S": LAST}},
            )["Items"]
        read = Items({item["sk"]["S"]: item for item in items})
        found = read.one(LAST, _examined, None)
        if read.damaged:
            raise AnswerError("reading what the doctor found", self.table, "Damaged", read.damaged[0])
        return found

    def keep(self, examined: Examined) -> None:
        """Writes it down, in the place of the last."""
        doc = json.dumps(asdict(examined), default=datetime.isoformat)
        with named("writing down what the doctor found", self.table):
            self.client.put_item(
                TableName=self.table,
                Item={"pk": {"S": PARTITION}, "sk": {"S": LAST}, "doc": {"S": doc}},
            )


def _examined(doc: str) -> Examined | None:
    return dacite.from_dict(Examined, load(doc), _DACITE)
