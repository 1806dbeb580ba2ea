"""The dashboard: every metric and field that a widget names is really written by the functions."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from natkeeper import telemetry
from natkeeper.core.actions import LaunchNode
from natkeeper.core.intake.figures import NAMES
from natkeeper.core.savings.overhead import ALARMS, DAILY_METRICS, HOURLY_METRICS, overhead_of
from natkeeper.core.savings.prices import prices_in
from natkeeper.core.savings.statement import Statement
from natkeeper.core.savings.usage import Past, Shape, today
from natkeeper.report.settings import report_settings
from tests.bench.controller import calm_log
from tests.builders import NOW
from tests.template.cfn import Stack, template
from tests.template.stacks import DEFAULT, of_type

WIDGETS: list[dict[str, Any]] = json.loads(DEFAULT.properties("Overview")["DashboardBody"])["widgets"]
QUERIES = {w["properties"]["title"]: w["properties"]["query"] for w in WIDGETS if w["type"] == "log"}
METRICS = {m[1] for w in WIDGETS if w["type"] == "metric" for m in w["properties"]["metrics"]}
WORDS = {"filter", "fields", "sort", "desc", "limit", "stats", "by", "as", "and", "not", "in", "is"}
WORDS |= {"count", "pct", "max", "sum", "ispresent", "SOURCE"}


@cache
def sweep_fields() -> frozenset[str]:
    """What a calm sweep and probe of one zone write."""
    return frozenset(key for line in calm_log(1) for key in line)


def discovered(fields: Mapping[str, Any]) -> set[str]:
    """What Logs Insights can be asked for of a line: parts of a list or an object have names of their own,
    and the whole has none (CloudWatch Logs User Guide, supported logs and discovered fields)."""
    found = set()
    for name, value in fields.items():
        parts = dict(enumerate(value)) if isinstance(value, list) else value
        found |= {f"{name}.{part}" for part in parts} if isinstance(parts, dict) else {name}
    return found


def daily_figures() -> set[str]:
    day = today(Past(Shape(1, keeps_addresses=True), (), {}, None), NOW)
    return set(Statement([day], prices_in("us-east-1"), overhead_of(1, dashboard=True)).figures())


def named(query: str) -> set[str]:
    """The fields that a query reads: its words without functions, literals and names of its own."""
    own = set(re.findall(r" as (\w+)", query))
    plain = re.sub(r"'[^']*'", "", query)
    return set(re.findall(r"[A-Za-z_]+", plain)) - WORDS - own - {"timestamp"}


def written() -> set[str]:
    """The fields of single lines, by the code that writes them; those of a sweep, from a real one."""
    fields = set(re.findall(r'"(\w+)": ', inspect.getsource(telemetry)))
    fields |= {f.name for f in dataclasses.fields(LaunchNode)} | {"action", "message", *NAMES}
    return fields.union(*map(discovered, calm_log(1)))


def test_every_metric_of_a_widget_is_sent() -> None:
    figures = daily_figures()

    assert figures < METRICS  # what is paid for is shown
    assert figures | sweep_fields() >= METRICS


def test_a_metric_is_a_list_in_the_log_and_can_only_be_asked_for_by_its_number() -> None:
    (sweep,) = (line for line in calm_log(1) if "SweepDuration" in line)

    assert {"SweepDuration.0", "serving"} < discovered(sweep)
    assert "SweepDuration" not in written()


def test_every_field_of_a_question_to_the_log_is_written() -> None:
    fields = written()

    for title, query in QUERIES.items():
        assert named(query) <= fields, title


@pytest.mark.parametrize("message", ["verdict", "decision", "result", "healed", "goal missed", "carried"])
def test_every_kind_of_line_that_is_asked_for_is_logged(message: str) -> None:
    assert any(f"message = '{message}'" in query for query in QUERIES.values())
    assert f'"{message}"' in inspect.getsource(telemetry)


def test_it_shows_what_a_person_wants_to_know() -> None:
    titles = " ".join(w["properties"]["title"] for w in WIDGETS).lower()

    for word in (
        "serves",
        "verdicts",
        "heals by cause",
        "time to heal",
        "asleep",
        "gigabytes",
        "saved",
        "goals missed",
    ):
        assert word in titles


def test_questions_go_to_the_stacks_own_log_and_metrics_have_the_stack_as_service() -> None:
    logs = ("SOURCE '<ReconcileLogs>' | ", "SOURCE '<ProbeLogs>' | ")
    assert all(query.startswith(logs) for query in QUERIES.values())
    for w in WIDGETS:
        for metric in w["properties"].get("metrics", []):
            assert (metric[0], metric[2:]) == ("natkeeper", ["service", "natkeeper"])


def test_the_picture_comes_first_and_is_drawn_anew_by_the_dashboards_refresh_alone() -> None:
    (picture,) = (w for w in WIDGETS if w["type"] == "custom")

    assert picture["y"] == 0
    assert picture["properties"]["endpoint"] == "<PictureFunction.Arn>"
    assert picture["properties"]["updateOn"] == {"refresh": True, "resize": False, "timeRange": False}


def test_widgets_lie_beside_and_below_one_another() -> None:
    cells = [
        (x, y)
        for w in WIDGETS
        for x in range(w["x"], w["x"] + w["width"])
        for y in range(w["y"], w["y"] + w["height"])
    ]
    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)


def test_it_can_be_left_out_and_then_costs_nothing() -> None:
    assert "Overview" not in Stack({"Dashboard": "false"}).resources()
    environment = Stack({"Dashboard": "false"}).properties("ReportFunction")["Environment"]["Variables"]
    told = report_settings(
        {
            "STACK_NAME": "n",
            "TABLE_NAME": "table",
            **environment,
            "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:t",
        }
    )
    assert told.overhead.dashboards == 0


def test_the_cost_code_counts_what_the_template_has() -> None:
    assert len(of_type("AWS::CloudWatch::Alarm")) == ALARMS
    assert len(daily_figures()) == DAILY_METRICS
    assert sum("_aws" in line for line in calm_log(1)) == HOURLY_METRICS
    memory = template()["Globals"]["Function"]["MemorySize"]
    assert overhead_of(2, dashboard=True).memory_gb == memory / 1024
