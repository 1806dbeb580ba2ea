"""Every event of `events/` through the handlers, in turn, on one stack that comes to rest each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from tests.integration.cloud import Cloud, cloud
from tests.integration.envelopes import EVENTS, envelopes

OTHERS = ("teardown-", "report", "doctor-", "order-answered", "stack-state")
"""What begins so is for other functions, the last two for the fleet's hub."""
BUS_EVENTS = sorted(file for file in EVENTS.rglob("*.json") if not file.stem.startswith(OTHERS))
FOR_THE_PROBE = {"schedule", "ec2-running", "ssm-repair-success"}


@pytest.fixture(scope="module")
def aws() -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as monkeypatch, cloud(monkeypatch) as surroundings:
        surroundings.settle()
        yield surroundings


@pytest.mark.parametrize("file", BUS_EVENTS, ids=lambda file: file.stem)
def test_every_event_of_the_collection_is_understood_and_survived(aws: Cloud, file: Path) -> None:
    node, other = aws.instances()[:2]
    text = json.dumps(envelopes(file)).replace("i-0123456789abcdef0", node["InstanceId"])
    text = text.replace("i-0fedcba9876543210", other["InstanceId"])
    for event in json.loads(text):
        if event["detail"].pop("zone", None) and event["detail-type"] in ("Failover", "Replace"):
            event["detail"]["instance"] = node["InstanceId"]
        summary = reconcile(event, None)["summary"]

        of_nodes = file.stem != "ecs-task-provisioning"  # it matters to a zone that sleeps, and to no other
        assert of_nodes is not summary.startswith("ignored"), summary
        if file.stem in FOR_THE_PROBE:
            assert not probe(event, None)["summary"].startswith("ignored")
    reconcile({"source": "natkeeper", "detail-type": "Resume", "detail": {"stack": "natkeeper"}}, None)
    aws.clock.advance(120)
    aws.settle()


def test_there_are_events_to_replay() -> None:
    assert len(BUS_EVENTS) >= 15
