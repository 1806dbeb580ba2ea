"""The lease: one conditional write. Its term leaves room for clocks that differ by some seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from natkeeper.adapters.dynamodb_items import conditionally
from natkeeper.adapters.dynamodb_store import PARTITION
from natkeeper.core.errors import LostLeaseError
from natkeeper.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TERM = timedelta(seconds=30)
"""Shorter than the sweep's minute: a killed run costs one sweep at most."""
MARGIN = timedelta(seconds=20)
"""Renewed before a write once less than this is left, and a call ends within it: two tries of 2 s to connect
and 7 s to read, with a pause of 1 s at most between them (bootstrap.py), are 19 s."""
_KEY: dict[str, Any] = {"pk": {"S": PARTITION}, "sk": {"S": "lease"}}


@dataclass(slots=True)
class DynamoDbLease:
    """`wanted` counts the requests for another pass; `_seen` is how many there were when we began."""

    client: DynamoDBClient
    table: str
    clock: Clock
    _owner: str = ""
    _seen: str = "0"
    _expires: datetime | None = None

    def acquire(self) -> int | None:
        """The fencing number, one higher each time; None while another run holds the lease."""
        now = self.clock()
        owner = uuid4().hex
        answer = self._update(
            "SET holder = :owner, expires = :expires ADD epoch :one",
            "attribute_not_exists(holder) OR expires < :now OR holder = :owner",  # boto repeats a lost answer
            {
                ":owner": {"S": owner},
                ":expires": {"N": str((now + TERM).timestamp())},
                ":now": {"N": str(now.timestamp())},
                ":one": {"N": "1"},
            },
        )
        if answer is None:
            return None
        self._owner, self._seen = owner, answer.get("wanted", {"N": "0"})["N"]
        self._expires = now + TERM
        return int(answer["epoch"]["N"])

    def renew(self) -> bool:
        """Whether the lease is still ours, for MARGIN at least."""
        now = self.clock()
        if self._expires and self._expires - now >= MARGIN:
            return True
        values = {":owner": {"S": self._owner}, ":expires": {"N": str((now + TERM).timestamp())}}
        if self._update("SET expires = :expires", "holder = :owner", values) is None:
            return False
        self._expires = now + TERM
        return True

    def lift(self, above: int) -> int:
        """A fencing number higher than `above`. Raises LostLeaseError when the lease is not ours any more."""
        values = {":owner": {"S": self._owner}, ":epoch": {"N": str(above + 1)}}
        answer = self._update("SET epoch = :epoch", "holder = :owner", values)
        if answer is None:
            raise LostLeaseError
        return int(answer["epoch"]["N"])

    def request(self) -> bool:
        """Asks the holder for one more pass, since we may have seen what it has not. False: nobody holds
        the lease any more."""
        values = {":one": {"N": "1"}, ":now": {"N": str(self.clock().timestamp())}}
        condition = "attribute_exists(holder) AND expires >= :now"
        return self._update("ADD wanted :one", condition, values) is not None

    def release(self) -> bool:
        """Gives the lease back; whether somebody asked for another pass meanwhile."""
        answer = self._update("REMOVE holder, expires", "holder = :owner", {":owner": {"S": self._owner}})
        return answer is not None and answer.get("wanted", {"N": "0"})["N"] != self._seen

    def _update(
        self, expression: str, condition: str | None, values: dict[str, Any]
    ) -> dict[str, Any] | None:
        """The item after the update; None when the condition did not hold."""
        extra: dict[str, Any] = {"ConditionExpression": condition} if condition else {}

        def update() -> dict[str, Any]:
            answer = self.client.update_item(
                TableName=self.table,
                Key=_KEY,
                UpdateExpression=expression,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                **extra,
            )
            return answer["Attributes"]

        return conditionally("updating the lease", self.table, update)
