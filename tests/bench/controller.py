"""What the controller uses in a calm minute and in a heal, counted from runs of the real handlers on moto.

Invocations, requests, item sizes and log lines are counted. The time of a run is put together: the waits it
asks for, the published delay of a call for each one, and the processor time here.
"""

from __future__ import annotations

import io
import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
import pytest
from aws_lambda_powertools import Logger

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from lab.ec2.timings import PUBLISHED
from natkeeper import bootstrap
from natkeeper.core.savings.overhead import Minute
from natkeeper.telemetry import PowertoolsJournal
from tests.integration.cloud import Cloud, cloud

SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
TABLE_SECONDS = 0.01  # assumed: a DynamoDB call
SIDE_BY_SIDE = 2  # the sweep reads in so many threads
EVENT_BYTES = 26  # CloudWatch Logs adds so many to each line (its pricing page)
# What Lambda itself writes for each run, with ids and figures of the usual length.
_ID = "RequestId: 00000000-0000-0000-0000-000000000000"
PLATFORM = (
    f"START {_ID} Version: $LATEST\n",
    f"END {_ID}\n",
    f"REPORT {_ID}\tDuration: 4321.00 ms\tBilled Duration: 4321 ms\tMemory: 256 MB\tMax Memory Used: 99 MB\n",
)


@dataclass
class Meter:
    """Counts what the handlers use while it runs."""

    aws: Cloud
    log: io.StringIO
    invocations: int = 0
    seconds: float = 0.0
    writes: int = 0
    reads: int = 0
    requests: int = 0
    _lines: list[str] = field(default_factory=list)

    def run(self, handler: Callable[[object, Any], object]) -> None:
        """One invocation on the schedule."""
        waited, processor = self.aws.clock.now, time.process_time()
        calls, requests = len(self.aws.world.calls), self.requests
        handler(SCHEDULE, None)
        side = SIDE_BY_SIDE if handler is reconcile else 1
        self.seconds += (
            (self.aws.clock.now - waited)
            + (time.process_time() - processor)
            + math.ceil((len(self.aws.world.calls) - calls) / side) * PUBLISHED.api
            + (self.requests - requests) * TABLE_SECONDS
        )
        self.invocations += 1

    def saw_request(self, params: dict[str, Any], model: Any, **_: object) -> None:
        """A boto3 hook: one request to DynamoDB is about to go out."""
        self.requests += 1
        if model.name == "PutItem":
            self.writes += math.ceil(item_bytes(params["Item"]) / 1024)
        elif model.name in ("UpdateItem", "DeleteItem"):
            self.writes += 1  # the lease: one small item

    def saw_answer(self, parsed: dict[str, Any], **_: object) -> None:
        """A boto3 hook: what a query has read, whole and consistently."""
        self.reads += max(math.ceil(sum(item_bytes(i) for i in parsed.get("Items", [])) / 4096), 1)

    def log_bytes(self) -> int:
        """What was logged, with what Lambda and CloudWatch add."""
        lines = [*self.log.getvalue().splitlines(keepends=True), *PLATFORM * self.invocations]
        return sum(len(line.encode()) + EVENT_BYTES for line in lines)

    def minute(self) -> Minute:
        """What was counted."""
        return Minute(self.invocations, round(self.seconds, 2), self.log_bytes(), self.writes, self.reads)


def item_bytes(item: dict[str, Any]) -> int:
    """DynamoDB's size of an item: names and values, as UTF-8."""
    return sum(len(name.encode()) + len(str(next(iter(v.values()))).encode()) for name, v in item.items())


@contextmanager
def metered(zones: int) -> Iterator[tuple[Cloud, Callable[[], Meter]]]:
    """A stack come to rest on corrected moto, and a way to start counting afresh."""
    log = io.StringIO()
    logger = Logger(service=f"natkeeper-{uuid4().hex}", stream=log)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(log):
        patch.setattr(bootstrap, "journal", lambda calls, *_: PowertoolsJournal(logger, calls))
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        with cloud(patch, zones) as aws:
            events = boto3._get_default_session().events
            meter = Meter(aws, log)
            events.register("provide-client-params.dynamodb", meter.saw_request)
            events.register("after-call.dynamodb.Query", meter.saw_answer)

            def begin() -> Meter:
                log.seek(0)
                log.truncate()
                meter.invocations = meter.writes = meter.reads = meter.requests = 0
                meter.seconds = 0.0
                return meter

            settle(aws)
            yield aws, begin


def settle(aws: Cloud) -> None:
    """Minutes until ten probes are kept of each node and nothing is left to do."""
    for _ in range(12):
        reconcile(SCHEDULE, None)
        aws.clock.advance(10)
        probe(SCHEDULE, None)


def calm_minute(zones: int) -> Minute:
    """A sweep and a probe with nothing to do."""
    with metered(zones) as (_, begin):
        meter = begin()
        meter.run(reconcile)
        meter.run(probe)
        return meter.minute()


def heal(zones: int) -> Minute:
    """From a terminated node to rest: the runs that had something to do, and the minutes between."""
    with metered(zones) as (aws, begin):
        meter = begin()
        aws.ec2.terminate_instances(InstanceIds=[aws.instances()[0]["InstanceId"]])
        for _ in range(4):
            meter.run(reconcile)
            aws.clock.advance(10)
            meter.run(probe)
        return meter.minute()


def calm_log(zones: int) -> list[dict[str, Any]]:
    """What a calm sweep and probe leave in the log."""
    with metered(zones) as (_, begin):
        meter = begin()
        meter.run(reconcile)
        meter.run(probe)
        return [json.loads(line) for line in meter.log.getvalue().splitlines()]
