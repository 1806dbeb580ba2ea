"""The picture's function tells, the hub's function hears: both handlers as Lambda calls them, on moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from functions.fleet.handler import handler as fleet
from functions.picture.handler import handler as picture
from natkeeper import VERSION, fleet_bootstrap
from natkeeper.core.fleet.hearing import Heard, hear
from natkeeper.core.fleet.state import StackState
from natkeeper.core.picture.overview import State
from natkeeper.environment import SettingsError
from tests.integration.cloud import REGION, SCHEDULE, Cloud, cloud
from tests.integration.envelopes import EVENTS
from tests.local_moto import local_moto
from tests.resources import create_table
from tests.template.cfn import PSEUDO


def sample(name: str, **detail: Any) -> dict[str, Any]:
    """A file's event, as if it had just been sent."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    said = {"at": now} if "at" in event["detail"] else {}
    return {**event, "time": now, "detail": {**event["detail"], **said, **detail}}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The hub's surroundings, and a client to look with."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("TABLE_NAME", "fleet")
    monkeypatch.setenv("HEARS", "true")
    fleet_bootstrap.hub.cache_clear()
    with local_moto():
        client: Any = boto3.client("dynamodb", region_name=REGION)
        create_table(client, "fleet")
        yield client
    fleet_bootstrap.hub.cache_clear()


def summary(event: object) -> str:
    answer = fleet(event, None)
    assert isinstance(answer, dict)
    return str(answer["summary"])


def test_what_is_in_the_events_is_heard_kept_and_shown(hub: Any) -> None:
    key = f"{PSEUDO['AWS::AccountId']}/us-east-1/natkeeper"

    assert summary(sample("order-answered")) == f"{key}: known already, or older than what is known"
    assert summary(sample("stack-state")) == f"{key}: noted"
    assert summary(sample("order-answered")) == f"{key}: noted"
    page = str(fleet({"widgetContext": {}}, None))
    assert "served by another zone's node" in page
    assert "Failover obeyed" in page
    assert "us-east-1a, 2 s after it was missed" in page
    (item,) = hub.scan(TableName="fleet")["Items"]
    assert item["sk"]["S"] == key


def test_an_event_of_another_account_with_this_ones_stack_is_ignored_whole(hub: Any) -> None:
    summary(sample("stack-state"))
    lie = {**sample("stack-state", zones=[]), "account": "999988887777"}

    assert summary(lie).startswith("ignored: account 999988887777 in us-east-1 speaks for")
    assert len(hub.scan(TableName="fleet")["Items"]) == 1


@pytest.mark.parametrize("file", sorted(EVENTS.glob("*.json")), ids=lambda file: str(file.stem))
def test_every_other_event_is_ignored_or_asks_for_the_page(hub: Any, file: Any) -> None:
    if file.stem not in ("stack-state", "order-answered"):
        answer = fleet(json.loads(file.read_text()), None)
        text = answer["summary"] if isinstance(answer, dict) else answer
        assert text.startswith(("ignored: ", "<div"))
    assert hub.scan(TableName="fleet")["Items"] == []


def test_the_function_that_shows_keeps_nothing_of_whoever_calls_it(
    hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARS", "false")
    fleet_bootstrap.hub.cache_clear()

    assert summary(sample("stack-state")).startswith("ignored: this function shows")
    assert hub.scan(TableName="fleet")["Items"] == []


def test_a_wrong_environment_is_told(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")

    with pytest.raises(SettingsError, match="TABLE_NAME is not set"):
        fleet({}, None)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with cloud(monkeypatch) as surroundings:
        yield surroundings


def test_the_state_that_a_real_stack_tells_is_one_that_the_hub_believes(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.settle()
    put: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "natkeeper.adapters.eventbridge_states.put_event", lambda _, __, ___, detail: put.append(detail)
    )
    assert picture(SCHEDULE, None) == "told, for this process has said nothing yet"
    assert picture(SCHEDULE, None) == "nothing new"

    (detail,) = put
    assert (detail["stack"], detail["version"], detail["takes_orders"]) == ("natkeeper", VERSION, True)
    heard = hear({**sample("stack-state"), "detail": detail}, datetime.now(UTC))
    assert isinstance(heard, Heard)
    assert isinstance(heard.news, StackState)
    assert [zone.state for zone in heard.news.zones] == [State.SERVED, State.SERVED]


def test_eventbridge_takes_what_is_told(aws: Cloud) -> None:
    aws.settle()

    assert picture(SCHEDULE, None).startswith("told")
    (call,) = [call for call in aws.recorded if call.action == "events:PutEvents"][-1:]
    assert call.role == "PictureRole"
    (entry,) = call.parameters["Entries"]
    assert (entry["Source"], entry["DetailType"]) == ("natkeeper", "Stack State")
    assert len(entry["Detail"]) < 1000


def test_a_widget_that_is_asked_by_the_console_tells_nobody(aws: Cloud) -> None:
    aws.settle()

    assert picture({"widgetContext": {}}, None).startswith('<div class="nk">')
    assert "Stack State" not in str([call.parameters for call in aws.recorded])
