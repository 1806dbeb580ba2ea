"""What Reports promises, in the simulated AWS and on SQS alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
import pytest

from lab.ec2.clock import wait_until
from natkeeper.adapters.sqs_reports import SqsReports
from natkeeper.core.errors import AwsError, ThrottledError
from natkeeper.core.model import InstanceId
from natkeeper.core.ring import Said, Word
from natkeeper.ports import Reports
from tests.local_moto import local_moto
from tests.world.bus import Event
from tests.world.gate import Trouble
from tests.world.timings import AT_ONCE
from tests.world.world import STACK, World

A, B = InstanceId("i-0123456789abcdef0"), InstanceId("i-0fedcba9876543210")


def report(said: Said, now: datetime, **more: Any) -> Event:
    detail = {"stack": STACK, "about": B, "word": said, "since": "2026-11-30T05:01:02.123Z", "hears": []}
    return {
        "source": f"natkeeper.node/arn:aws:ec2:us-east-1:123456789012:instance/{A}",
        "detail-type": "Peer Report",
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "detail": {**detail, **more},
    }


class Stage(Protocol):
    """A queue, and what may befall it."""

    @property
    def reports(self) -> Reports: ...
    def now(self) -> datetime: ...
    def send(self, event: Event) -> None: ...
    def wait_for(self, condition: Callable[[], bool]) -> bool: ...
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
        self.world.advance(1)
        return condition()

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
        return wait_until(condition, 5)

    def deny(self) -> None:
        self.client.delete_queue(QueueUrl=self.queue)


@pytest.fixture(params=["world", "sqs"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "world":
        yield InTheWorld()
        return
    with local_moto():
        client = boto3.client("sqs", region_name="us-east-1")
        made = client.create_queue(
            QueueName="reports", Attributes={"MessageRetentionPeriod": "60", "VisibilityTimeout": "60"}
        )
        yield OnSqs(client, made["QueueUrl"])


def test_what_lies_there_and_what_comes_is_heard_and_dated_by_when_it_was_sent(stage: Stage) -> None:
    heard: list[Word] = []
    before = stage.now()
    stage.send(report(Said.UNSURE, before))
    after = stage.now()
    with stage.reports.listening(heard.append) as ears:
        assert stage.wait_for(lambda: ears.hears and len(heard) == 1)
        stage.send(report(Said.SILENT, stage.now()))
        assert stage.wait_for(lambda: len(heard) == 2)

    assert [(w.reporter, w.about, w.said) for w in heard] == [(A, B, Said.UNSURE), (A, B, Said.SILENT)]
    assert before.replace(microsecond=before.microsecond // 1000 * 1000) <= heard[0].at <= after


def test_each_report_is_shown_once(stage: Stage) -> None:
    first: list[Word] = []
    second: list[Word] = []
    stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(first.append):
        assert stage.wait_for(lambda: len(first) == 1)
    with stage.reports.listening(second.append) as ears:
        assert stage.wait_for(lambda: ears.hears)

    assert second == []


def test_more_than_one_answer_holds_is_all_heard_before_it_says_that_it_hears(stage: Stage) -> None:
    heard: list[Word] = []
    for _ in range(23):
        stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(heard.append) as ears:
        assert stage.wait_for(lambda: ears.hears)
        assert len(heard) == 23


@pytest.mark.parametrize("more", [{"stack": "another"}, {"about": "i-0"}, {"word": "sure"}, {"hears": None}])
def test_what_means_nothing_is_passed_over(stage: Stage, more: dict[str, Any]) -> None:
    heard: list[Word] = []
    stage.send(report(Said.SILENT, stage.now(), **more))
    stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(heard.append):
        assert stage.wait_for(lambda: len(heard) == 1)


def test_a_queue_that_cannot_be_read_says_why_and_is_not_taken_for_a_silent_one(stage: Stage) -> None:
    stage.deny()
    with stage.reports.listening(list[Word]().append) as ears:
        assert stage.wait_for(lambda: ears.error is not None)

    assert isinstance(ears.error, AwsError)
    assert ears.error.attempted == "receiving the nodes' reports"
    assert not ears.hears


def test_a_word_that_cannot_be_noted_is_not_taken_for_a_heard_one(stage: Stage) -> None:
    def note(word: Word) -> None:
        raise ThrottledError("saving a word", word.key, "Throttled", "")

    stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(note) as ears:
        assert stage.wait_for(lambda: ears.error is not None)

    assert isinstance(ears.error, ThrottledError)
    assert not ears.hears


def test_listening_ends_with_whoever_listens(stage: Stage) -> None:
    heard: list[Word] = []
    with stage.reports.listening(heard.append) as ears:
        assert stage.wait_for(lambda: ears.hears)
    time.sleep(0 if isinstance(stage, InTheWorld) else 1.2)
    stage.send(report(Said.SILENT, stage.now()))
    with stage.reports.listening(list[Word]().append) as others:
        assert stage.wait_for(lambda: others.hears)

    assert heard == []
