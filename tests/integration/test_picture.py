"""The picture function as CloudWatch or a person calls it, on corrected moto: whatever is asked, and however
slow or unwilling AWS is, it answers in its time with what it has, and says what it has not.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from functions.doctor.handler import handler as doctor
from functions.picture.handler import handler as picture
from functions.reconcile.handler import handler as reconcile
from natkeeper import bootstrap
from natkeeper.adapters.dynamodb_findings import DynamoDbFindings
from natkeeper.environment import SettingsError
from natkeeper.picture.illustrator import MANUAL
from tests.integration.cloud import REGION, ZONES, Cloud, cloud

PATIENCE = 5.0  # seconds that all reads may take here


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with cloud(monkeypatch) as surroundings:
        surroundings.settle()
        yield surroundings


def test_a_stack_at_rest_is_drawn_with_its_nodes_and_buttons(aws: Cloud) -> None:
    html = picture({"widgetContext": {"theme": "light"}}, None)

    assert "2 zones served" in html
    assert all(instance["InstanceId"] in html for instance in aws.instances())
    assert html.count(aws.environment["RECONCILE_FUNCTION_ARN"]) == 11
    assert html.count(aws.environment["DOCTOR_FUNCTION_ARN"]) == 1


ODD: list[object] = [
    None, [], 7, "x", {}, {"describe": False}, {"describe": None}, {"widgetContext": 7}, {"format": "html"},
    {"source": "natkeeper", "detail-type": "Failover", "detail": {"stack": "natkeeper", "zone": ZONES[0]}},
    {"answer": "html"}, {"x": "y" * 100_000},
]  # fmt: skip


def test_whatever_is_asked_gets_the_picture_and_orders_nothing(aws: Cloud) -> None:
    before = [instance["InstanceId"] for instance in aws.instances()]
    assert [event for event in ODD if "2 zones served" not in picture(event, None)] == []

    assert [instance["InstanceId"] for instance in aws.instances()] == before


NO_FORMATS: list[object] = [
    None, 7, [], {}, "", "xml", "HTML", "<script>alert(1)</script>", "x" * 9999
]  # fmt: skip


def test_a_format_that_there_is_not_is_named_and_is_no_code(aws: Cloud) -> None:
    for form in NO_FORMATS:
        said = picture({"format": form}, None)

        assert "should be html, text or json" in said
        assert "<script" not in said
        assert len(said) < 500


def test_it_says_what_it_is_without_a_call(aws: Cloud) -> None:
    calls = len(aws.recorded)

    assert picture({"describe": True}, None) == MANUAL
    assert len(aws.recorded) == calls


def test_the_same_as_text_and_for_machines(aws: Cloud) -> None:
    text, values = picture({"format": "text"}, None), picture({"format": "json"}, None)
    nodes = {instance["InstanceId"] for instance in aws.instances()}

    assert text.startswith("natkeeper: 2 zones served\nas of ")
    assert all(node in text for node in nodes)
    assert {node["id"] for zone in values["zones"] for node in zone["nodes"]} == nodes
    assert [zone["state"] for zone in values["zones"]] == ["served", "served"]
    json.dumps(values)


READS = {
    "DescribeInstances": "the nodes",
    "DescribeInstanceStatus": "the nodes",
    "DescribeRouteTables": "the route tables",
    "Query": "what natkeeper remembers",
}


@pytest.mark.parametrize("api", READS)
def test_a_read_that_is_refused_is_told_and_the_rest_is_drawn(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    refuse(monkeypatch, api)
    html = picture({}, None)

    assert f"Could not read {READS[api]}: " in html
    assert "AccessDenied" in html
    assert "2 zones not known" in html
    assert "zones served" not in html


SLOW = {
    "the nodes": ("DescribeInstances", "DescribeInstanceStatus"),
    "the route tables": ("DescribeRouteTables",),
    "what natkeeper remembers": ("Query",),
}


@pytest.mark.parametrize("part", SLOW)
def test_a_read_that_hangs_is_told_and_keeps_nobody_waiting(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    with hanging(monkeypatch, *SLOW[part]):
        began = time.monotonic()
        html = picture({}, None)

    assert time.monotonic() - began < 2 * PATIENCE
    assert f"Could not read {part}: reading {part} on AWS: TimedOut: no answer within 5 s" in html
    assert "2 zones not known" in html


def test_when_nothing_can_be_read_that_is_told_of_every_part(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, *READS)

    assert picture({}, None).count("Could not read ") == 5


def test_what_breaks_on_its_way_is_told(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Any, name: str, __: Any) -> Any:
        raise ReadTimeoutError(endpoint_url=f"https://ec2/{name}")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", gone)

    assert picture({"format": "text"}, None).count("Could not read ") == 5


def test_damage_in_the_stacks_table_is_told_and_takes_nothing_down(aws: Cloud) -> None:
    table = boto3.client("dynamodb", region_name=REGION)
    today = bootstrap.utc_now().date().replace(day=1).isoformat()
    for place, key in (("natkeeper", "memory"), ("usage", f"usage#{today}"), ("doctor", "last")):
        item = {"pk": {"S": place}, "sk": {"S": key}, "doc": {"S": "{"}}
        table.put_item(TableName=aws.environment["TABLE_NAME"], Item=item)
    text = picture({"format": "text"}, None)

    assert "Damaged in the stack's table, and left out: memory " in text
    assert f"Damaged in the stack's table, and left out: usage#{today} " in text
    assert "Could not read what the doctor found: " in text
    assert all(instance["InstanceId"] in text for instance in aws.instances())


def test_a_table_that_is_gone_is_named(aws: Cloud) -> None:
    lost = aws.environment["PRIVATE_ROUTE_TABLE_IDS"].split(",")[0]
    for association in aws.ec2.describe_route_tables(RouteTableIds=[lost])["RouteTables"][0]["Associations"]:
        aws.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    aws.ec2.delete_route_table(RouteTableId=lost)

    assert f"the stack names {lost}, but AWS does not know it" in picture({}, None)


def test_an_environment_that_is_wrong_is_refused_whole(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCTOR_FUNCTION_ARN", "natkeeper-doctor")
    bootstrap.illustrator.cache_clear()

    with pytest.raises(SettingsError, match="DOCTOR_FUNCTION_ARN is 'natkeeper-doctor': it should be"):
        picture({}, None)


# --- Buttons, as they are pressed


def pressed(label: str, html: str) -> dict[str, Any]:
    """What a button sends, with what the console adds."""
    action = html.split(f">{label}</a><cwdb-action ")[1].partition(">")[2]
    sent: dict[str, Any] = json.loads(action.partition("<")[0])
    return {**sent, "widgetContext": {"theme": "light"}}


def test_a_button_is_answered_in_html(aws: Cloud) -> None:
    html = picture({}, None)
    tried = reconcile(pressed("Try failover", html), None)
    assert "<strong>dry run</strong>. Nothing was touched." in tried
    paused = reconcile(pressed("Pause", html), None)
    assert "<strong>obeyed</strong>" in paused
    assert "Paused until" in picture({}, None)

    assert "<strong>already so</strong>" in reconcile(pressed("Pause", html), None)
    assert "<strong>refused</strong>" in reconcile(pressed("Sleep", html), None)
    assert "paused until" in reconcile(pressed("Sleep", html), None)
    assert reconcile({**pressed("Pause", html), "answer": "json"}, None).keys() == {"summary"}


def test_a_button_of_a_node_that_is_gone_is_refused(aws: Cloud) -> None:
    html = picture({}, None)
    left = pressed("Failover", html)["detail"]["served_by"]
    aws.ec2.terminate_instances(InstanceIds=[left])
    aws.settle()

    assert f"{left} does not serve us-east-1a any more" in reconcile(pressed("Failover", html), None)
    assert len(aws.instances()) == 2


def test_an_order_that_could_not_be_written_down_says_that_nobody_will(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = picture({}, None)
    refuse(monkeypatch, "TransactWriteItems")

    assert "Not done, and nothing is written down: " in reconcile(pressed("Pause", html), None)


def test_the_doctors_button_is_answered_in_html_and_what_it_found_is_in_the_picture(aws: Cloud) -> None:
    answer = doctor(pressed("Doctor", picture({}, None)), None)

    assert answer.startswith("<div style=")
    assert "Stack natkeeper in us-east-1: " in answer
    assert "What the doctor found at " in picture({}, None)
    kept = DynamoDbFindings(boto3.client("dynamodb", region_name=REGION), aws.environment["TABLE_NAME"])
    assert kept.last()


# --- AWS at its worst


def refuse(monkeypatch: pytest.MonkeyPatch, *apis: str) -> None:
    """AWS says no to these from now on."""
    call = cast("Any", BaseClient)._make_api_call

    def answer(client: Any, name: str, keys: Any) -> Any:
        if name in apis:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no <b>"}}, name)
        return call(client, name, keys)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", answer)


@contextmanager
def hanging(monkeypatch: pytest.MonkeyPatch, *apis: str) -> Iterator[None]:
    """These answer nothing until the end of it, and then that nobody was there."""
    call, over = cast("Any", BaseClient)._make_api_call, threading.Event()

    def answer(client: Any, name: str, keys: Any) -> Any:
        if name in apis:
            over.wait()
            raise ReadTimeoutError(endpoint_url=f"https://aws/{name}")
        return call(client, name, keys)

    drawing = bootstrap.illustrator()
    with monkeypatch.context() as patched:
        patched.setattr("botocore.client.BaseClient._make_api_call", answer)
        patched.setattr(bootstrap, "illustrator", lambda: replace(drawing, patience=PATIENCE))
        try:
            yield
        finally:
            over.set()
