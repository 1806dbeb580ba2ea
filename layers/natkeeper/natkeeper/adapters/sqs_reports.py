"""What nodes say of each other, from a queue: none of it waits until a function starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
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
    from mypy_boto3_sqs.type_defs import MessageTypeDef

MOST, LONGEST = 10, 1
"""Messages of one answer, and seconds for which it is waited: a long poll asks all of the queue's servers, a
short one some of them (Amazon SQS developer guide, short and long polling)."""
LISTENER = "nodes' reports"
"""The name of the thread that listens."""


@dataclass(frozen=True, slots=True)
class SqsReports:
    """Nothing is deleted: a message is shown once, and is gone after a minute (template.yaml)."""

    client: SQSClient
    queue: str
    stack: str

    @contextmanager
    def listening(self, note: Callable[[Sequence[Word]], None]) -> Iterator[Ears]:
        """While it lasts `note` gets the words of each answer, in a thread of its own. The last poll is open
        for up to a second more. What that is shown may be lost, with a process that is frozen meanwhile:
        nobody else is shown it."""
        ears, over = Ears(), Event()
        Thread(target=self._listen, args=(note, ears, over), name=LISTENER, daemon=True).start()
        try:
            yield ears
        finally:
            over.set()

    def _listen(self, note: Callable[[Sequence[Word]], None], ears: Ears, over: Event) -> None:
        try:
            while not over.is_set():
                note(self._receive())
        except AwsError as error:
            ears.error = error

    def _receive(self) -> list[Word]:
        with named("receiving the nodes' reports", self.queue):
            answer = self.client.receive_message(
                QueueUrl=self.queue,
                MaxNumberOfMessages=MOST,
                WaitTimeSeconds=LONGEST,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            found = [self._word(message) for message in answer.get("Messages", [])]
            return [word for word in found if isinstance(word, Word)]

    def _word(self, message: MessageTypeDef) -> object:
        """What means nothing is passed over: the function counts it."""
        sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        try:
            return parse(json.loads(message["Body"]), self.stack, sent)
        except (ValueError, RecursionError):
            return None
