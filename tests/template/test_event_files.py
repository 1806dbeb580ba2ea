"""events/: what Lambda gets from AWS; events/orders/: what a person gives to put-events, word for word."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.validate import validate_parameters

from natkeeper.core.intake.commands import Command
from natkeeper.core.intake.grammar import FORMS
from natkeeper.core.intake.triggers import parse
from natkeeper.core.ring import Said, Word
from tests.builders import NOW
from tests.template.cfn import ROOT

ORDERS = sorted((ROOT / "events" / "orders").glob("*.json"))
FILES = sorted((ROOT / "events").glob("*.json"))
REQUESTS = [f for f in FILES if "RequestType" in f.read_text()]
ENVELOPES = [f for f in FILES if f not in REQUESTS]
ENVELOPE = {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}


def _read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", ENVELOPES, ids=lambda path: path.stem)
def test_an_event_has_the_whole_envelope(path: Path) -> None:
    event = _read(path)
    assert event.keys() == ENVELOPE
    assert event["version"] == "0"
    assert isinstance(event["detail"], dict)
    assert isinstance(event["resources"], list)


def test_every_event_has_an_id_of_its_own() -> None:
    ids = [_read(path)["id"] for path in ENVELOPES]
    assert len(set(ids)) == len(ids)


def test_health_names_bare_instance_ids() -> None:
    assert _read(ROOT / "events" / "health-retirement.json")["resources"] == ["i-0123456789abcdef0"]


@pytest.mark.parametrize("path", ORDERS, ids=lambda path: path.stem)
def test_an_order_is_what_put_events_takes(path: Path) -> None:
    entries = _read(path)
    shape = boto3.client("events", region_name="us-east-1").meta.service_model.operation_model("PutEvents")
    assert shape.input_shape is not None
    validate_parameters({"Entries": entries}, shape.input_shape)
    (entry,) = entries
    assert entry["Source"] == "natkeeper"
    assert json.loads(entry["Detail"])["stack"] == "natkeeper"


@pytest.mark.parametrize("path", ORDERS, ids=lambda path: path.stem)
def test_an_order_keeps_to_the_grammar(path: Path) -> None:
    (entry,) = _read(path)
    event = {
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }
    assert isinstance(parse(event, "natkeeper", NOW), Command)


@pytest.mark.parametrize("said", Said)
def test_a_node_says_it_in_the_form_that_is_read(said: Said) -> None:
    event = _read(ROOT / "events" / f"peer-{said}.json")
    word = parse(event, "natkeeper", datetime.fromisoformat(event["time"]))
    assert isinstance(word, Word)
    assert (word.reporter, word.about, word.said) == ("i-0123456789abcdef0", "i-0fedcba9876543210", said)


def test_there_is_a_file_for_every_order() -> None:
    kinds = {_read(path)[0]["DetailType"] for path in ORDERS}
    assert kinds == set(FORMS)


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize(
    ("function", "resource"), [("teardown", "Custom::Teardown"), ("doctor", "Custom::ParametersChecked")]
)
def test_a_custom_resource_request_is_whole(function: str, resource: str, kind: str) -> None:
    request = _read(ROOT / "events" / f"{function}-{kind.lower()}.json")
    assert request["RequestType"] == kind
    assert request["ResourceType"] == resource
    assert request["ResponseURL"].startswith("https://example.com/")
    assert ("PhysicalResourceId" in request) == (kind != "Create")
    assert ("OldResourceProperties" in request) == (kind == "Update")
