"""What nodes say of each other, from a queue: none of it waits until a function starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING

from natkeeper.adapters.aws_errors import named
from natkeeper.core.errors import AwsError
from natkeeper.core.intake.triggers import parse
from natkeeper.core.ring import Word
from natkeeper.ports import Ears

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST = 10
"""Messages of one answer (API reference, ReceiveMessage)."""


@dataclass(frozen=True, slots=True)
class SqsReports:
    """Nothing is deleted: a message is shown once, and is gone after a minute (template.yaml)."""

    client: SQSClient
    queue: str
    stack: str

    @contextmanager
    def listening(self, note: Callable[[Word], None]) -> Iterator[Ears]:
        """While it lasts, `note` gets each word that comes, in a thread of its own. What comes in the second
        after it is noted too: the queue has shown it, and nobody else would get it."""
        ears, over = Ears(), Event()
        Thread(target=self._listen, args=(note, ears, over), daemon=True).start()
        try:
            yield ears
        finally:
            over.set()

    def _listen(self, note: Callable[[Word], None], ears: Ears, over: Event) -> None:
        try:
            while not over.is_set():
                messages = self._receive(wait=ears.hears)
                for word in messages:
                    if isinstance(word, Word):
                        note(word)
                ears.hears = ears.hears or len(messages) < MOST
        except AwsError as error:
            ears.hears, ears.error = False, error

    def _receive(self, *, wait: bool) -> list[object]:
        """A wait is a long poll: it asks all of the queue's servers, where a short one asks some of them."""
        with named("receiving the nodes' reports", self.queue):
            answer = self.client.receive_message(
                QueueUrl=self.queue,
                MaxNumberOfMessages=MOST,
                WaitTimeSeconds=int(wait),
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            return [
                parse(json.loads(m["Body"]), self.stack, _sent(m["Attributes"]["SentTimestamp"]))
                for m in answer.get("Messages", [])
            ]


def _sent(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
