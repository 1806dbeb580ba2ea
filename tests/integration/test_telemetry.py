"""What a run leaves in its log: a line for each decision and result, and the metrics."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger

from functions.reconcile.handler import handler as reconcile
from natkeeper import bootstrap
from natkeeper.core.model import InstanceId, ZoneName
from natkeeper.telemetry import ApiCalls, PowertoolsJournal
from tests.integration.cloud import cloud

SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The log of a stack's first three runs."""
    lines = io.StringIO()
    # Powertools keeps one logger a service for the whole process, with the stream it began with.
    logger = Logger(service=f"natkeeper-{uuid4().hex}", stream=lines)
    monkeypatch.setattr(bootstrap, "journal", lambda calls, *_: PowertoolsJournal(logger, calls))
    with cloud(monkeypatch, zones=1) as aws:
        reconcile(SCHEDULE, None)
        aws.clock.advance(10)
        reconcile(SCHEDULE, None)
        reconcile(SCHEDULE, None)
    written = lines.getvalue() + capsys.readouterr().out
    return [json.loads(line) for line in written.splitlines()]


def metrics(log: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The dimensions of each metric, by its name."""
    return {
        metric["Name"]: entry["Dimensions"][0]
        for line in log
        for entry in line.get("_aws", {}).get("CloudWatchMetrics", [])
        for metric in entry["Metrics"]
        if entry["Namespace"] == "natkeeper"
    }


def test_every_decision_says_where_what_and_why(log: list[dict[str, Any]]) -> None:
    decisions = [line for line in log if line.get("message") == "decision"]

    assert [line["action"] for line in decisions][:2] == ["LaunchNode", "DisableSourceDestCheck"]
    assert all(line["zone"] and line["cause"] and line["reason"] for line in decisions)


def test_every_result_is_a_line_too(log: list[dict[str, Any]]) -> None:
    results = [line["action"] for line in log if line.get("message") == "result"]

    assert results == ["LaunchNode", "DisableSourceDestCheck", "PointRoute"]


def test_the_metrics_have_the_stack_as_their_service(log: list[dict[str, Any]]) -> None:
    found = metrics(log)

    assert {"SweepDuration", "Heals"} <= found.keys()
    assert all("service" in dimensions for dimensions in found.values())
    assert found["SweepDuration"] == ["service"]  # what the dead-man alarm asks for
    assert {line["service"] for line in log if "_aws" in line} == {"natkeeper"}


def test_a_sweep_says_who_serves_and_how_they_are_in_the_line_of_its_one_metric(
    log: list[dict[str, Any]],
) -> None:
    first, *_, last = [line for line in log if "SweepDuration" in line]

    assert first["serving"] == "us-east-1a nobody"
    assert last["serving"].startswith("us-east-1a i-")
    assert (last["verdicts"], last["api_calls"]) == ("1 booting", 4)
    assert [m["Name"] for m in last["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == ["SweepDuration"]


def test_a_report_that_means_nothing_is_a_metric(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "nat")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "natkeeper")
    PowertoolsJournal(Logger(), ApiCalls()).misheard("so")
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]

    assert line["ReportsIgnored"] == [1]


def test_the_days_figures_are_metrics_of_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "natkeeper")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "natkeeper")
    PowertoolsJournal(Logger(), ApiCalls()).accounted({"HoursOn": 24.0, "DollarsSaved": -0.5})
    (line,) = [json.loads(text) for text in capsys.readouterr().out.splitlines()]

    assert metrics([line]) == {"HoursOn": ["service"], "DollarsSaved": ["service"]}
    assert (line["HoursOn"], line["DollarsSaved"], line["service"]) == ([24.0], [-0.5], "natkeeper")


def test_what_a_node_carried_is_one_line_and_a_metric_where_it_is_asked_for_and_not_zero(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "natkeeper")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "natkeeper")
    lines = io.StringIO()
    logger = Logger(service=f"natkeeper-{uuid4().hex}", stream=lines)
    journal = PowertoolsJournal(
        logger, ApiCalls(), gateway_metrics=frozenset({"BytesInFromSource", "PacketsDropCount"})
    )
    figures = {"BytesInFromSource": 9, "PacketsDropCount": 0, "ActiveConnectionCount": 3}
    journal.carried(InstanceId("i-1"), ZoneName("eu-west-1a"), figures)
    written = [json.loads(line) for line in (lines.getvalue() + capsys.readouterr().out).splitlines()]

    assert {**written[0], **figures, "node": "i-1", "zone": "eu-west-1a"} == written[0]
    assert metrics(written) == {"BytesInFromSource": ["service", "zone"]} or metrics(written) == {
        "BytesInFromSource": ["zone", "service"]
    }
