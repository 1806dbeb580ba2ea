"""What Reports promises, in the simulated AWS and on SQS alike."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
import pytest

from lab.ec2.clock import wait_until
from natkeeper.adapters.sqs_reports import LISTENER, SqsReports
from natkeeper.core.errors import AwsError, ThrottledError
from natkeeper.core.ring import Said, Word
from natkeeper.ports import Reports
from tests.local_moto import local_moto
from tests.unit.core import test_peers
from tests.unit.core.test_peers import ABOUT, REPORTER
from tests.world.bus import Event
from tests.world.gate import Trouble
from tests.world.timings import AT_ONCE
from tests.world.world import STACK, World


def report(said: Said, now: datetime, **more: Any) -> Event:
    """One that is put on the bus now."""
    return test_peers.report({"time": f"{now:%Y-%m-%dT%H:%M:%SZ}"}, **{"stack": STACK, "word": said, **more})


class Stage(Protocol):
    """A queue, and what may befall it."""

    @property
    def reports(self) -> Reports: ...
    def now(self) -> datetime: ...
    def send(self, event: Event) -> None: ...
    def wait_for(self, condition: Callable[[], bool]) -> bool: ...
    def let_a_poll_pass(self) -> None: ...
    def wait_for_the_last_poll(self) -> None: ...
    def deny(self) -> None: ...


@dataclass
class InTheWorld:
    """The simulated one."""

    world: World = field(default_factory=lambda: World(timings=AT_ONCE))

    @property
    def reports(self) -> Reports:
        return self.world.reports

    def now(self) -> datetime:
        return self.world.agenda()

    def send(self, event: Event) -> None:
        self.world.reports.send(event)

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        self.let_a_poll_pass()
        return condition()

    def let_a_poll_pass(self) -> None:
        self.world.advance(1)

    def wait_for_the_last_poll(self) -> None:
        self.world.advance(1)

    def deny(self) -> None:
        self.world.gate.troubles = [Trouble("AccessDenied", ("ReceiveMessage",))]


@dataclass
class OnSqs:
    """The adapter on moto."""

    client: Any
    queue: str

    @property
    def reports(self) -> Reports:
        return SqsReports(self.client, self.queue, STACK)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def send(self, event: Event) -> None:
        self.client.send_message(QueueUrl=self.queue, MessageBody=json.dumps(event))

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        return wait_until(condition, 30)

    def let_a_poll_pass(self) -> None:
        time.sleep(2)

    def wait_for_the_last_poll(self) -> None:
        assert wait_until(lambda: LISTENER not in {thread.name for thread in threading.enumerate()}, 30)

    def deny(self) -> None:
        self.client.delete_queue(QueueUrl=self.queue)


@contextmanager
def on_sqs() -> Iterator[OnSqs]:
    """A queue of its own name: who listened in the test before may ask once more, and take its messages."""
    with local_moto():
        client = boto3.client("sqs", region_name="us-east-1")
        made = client.create_queue(
            QueueName=f"reports-{uuid.uuid4()}",
            Attributes={"MessageRetentionPeriod": "60", "VisibilityTimeout": "60"},
        )
        yield OnSqs(client, made["QueueUrl"])


@pytest.fixture(params=["world", "sqs"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "world":
        yield InTheWorld()
        return
    with on_sqs() as made:
        yield made


def test_what_lies_there_and_what_comes_is_heard_and_dated_by_when_it_was_sent(stage: Stage) -> None:
    heard: list[Word] = []
    before = stage.now()
    stage.send(report(Said.UNSURE, before))
    after = stage.now()
    with stage.reports.listening(heard.extend):
        assert stage.wait_for(lambda: len(heard) == 1)
        stage.send(report(Said.SILENT, stage.now()))
        assert stage.wait_for(lambda: len(heard) == 2)

    assert [(w.reporter, w.about, w.said) for w in heard] == [
        (REPORTER, ABOUT, Said.UNSURE),
        (REPORTER, ABOUT, Said.SILENT),
    ]
    assert before.replace(microsecond=before.microsecond // 1000 * 1000) <= heard[0].at <= after


def test_each_report_is_shown_once(stage: Stage) -> None:
    first: list[Word] = []
    answers: list[Sequence[Word]] = []
    stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(first.extend):
        assert stage.wait_for(lambda: len(first) == 1)
    stage.wait_for_the_last_poll()
    stage.send(report(Said.UNSURE, stage.now()))
    with stage.reports.listening(answers.append):
        assert stage.wait_for(lambda: any(answers))

    assert [[w.said for w in answer] for answer in answers if answer] == [[Said.UNSURE]]


def test_all_that_lies_there_is_heard_though_one_answer_does_not_hold_it(stage: Stage) -> None:
    answers: list[Sequence[Word]] = []
    for _ in range(23):
        stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(answers.append):
        assert stage.wait_for(lambda: sum(map(len, answers)) == 23)

    assert max(map(len, answers)) == 10


@pytest.mark.parametrize("more", [{"stack": "another"}, {"about": "i-0"}, {"word": "sure"}, {"hears": None}])
def test_what_means_nothing_is_passed_over(stage: Stage, more: dict[str, Any]) -> None:
    heard: list[Word] = []
    stage.send(report(Said.SILENT, stage.now(), **more))
    stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(heard.extend) as ears:
        assert stage.wait_for(lambda: len(heard) == 1)

    assert ears.error is None


def test_a_queue_that_cannot_be_read_says_why(stage: Stage) -> None:
    stage.deny()
    with stage.reports.listening(list[Word]().extend) as ears:
        assert stage.wait_for(lambda: ears.error is not None)

    assert isinstance(ears.error, AwsError)
    assert ears.error.attempted == "receiving the nodes' reports"


def test_what_cannot_be_noted_is_told_and_ends_the_listening(stage: Stage) -> None:
    tried: list[Word] = []

    def note(words: Sequence[Word]) -> None:
        tried.extend(words)
        for word in words:
            raise ThrottledError("saving a word", word.key, "Throttled", "")

    stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(note) as ears:
        assert stage.wait_for(lambda: ears.error is not None)
        stage.send(report(Said.SILENT, stage.now()))
        stage.let_a_poll_pass()

    assert isinstance(ears.error, ThrottledError)
    assert len(tried) == 1


def test_who_has_stopped_listening_is_shown_nothing_after_the_last_poll(stage: Stage) -> None:
    first: list[Word] = []
    second: list[Word] = []
    with stage.reports.listening(first.extend):
        stage.let_a_poll_pass()
    stage.wait_for_the_last_poll()
    stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(second.extend):
        assert stage.wait_for(lambda: len(second) == 1)

    assert first == []


BODIES = {
    "no json": "no json",
    "no event": "[1]",
    "deeper than json reads": '{"detail":' + "[" * 9000 + "]" * 9000 + "}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_report_hides_no_other(body: str) -> None:
    """Only the rule sends to the queue; who could would say what it likes."""
    heard: list[Word] = []
    with on_sqs() as sqs:
        sqs.client.send_message(QueueUrl=sqs.queue, MessageBody=body)
        sqs.send(report(Said.SILENT, sqs.now()))
        with sqs.reports.listening(heard.extend) as ears:
            assert sqs.wait_for(lambda: len(heard) == 1)

    assert ears.error is None
