"""What Findings promises, in the simulated AWS and on DynamoDB alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from natkeeper.adapters.dynamodb_books import DynamoDbBooks
from natkeeper.adapters.dynamodb_findings import DynamoDbFindings
from natkeeper.adapters.dynamodb_store import DynamoDbStore
from natkeeper.core.errors import AnswerError
from natkeeper.core.examined import Examined, Fault
from natkeeper.core.savings.usage import Account
from natkeeper.ports import Findings
from natkeeper.records import Records
from tests.builders import NOW
from tests.local_moto import local_moto
from tests.resources import create_table
from tests.world.agenda import Agenda
from tests.world.findings import Findings as InTheWorld
from tests.world.timings import AT_ONCE
from tests.world.world import World

FAULTS = (
    Fault("network acl", "acl-1 denies 1024 to 65535", "let them in"),
    Fault("quota", "5 vCPUs", "more"),
)
EXAMINED = Examined(NOW, 12, 2, 1, FAULTS, ("free plan: denied",), 3)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with local_moto():
        made = boto3.client("dynamodb", region_name="us-east-1")
        create_table(made, "nat")
        yield made


@pytest.fixture(params=["world", "dynamodb"])
def findings(request: pytest.FixtureRequest, client: Any) -> Findings:
    if request.param == "world":
        return InTheWorld(World(1, timings=AT_ONCE).gate)
    return DynamoDbFindings(client, "nat")


def test_before_the_first_examination_there_is_none(findings: Findings) -> None:
    assert findings.last() is None


def test_the_last_comes_back_as_it_was_kept(findings: Findings) -> None:
    findings.keep(EXAMINED)
    later = replace(EXAMINED, at=NOW + timedelta(hours=1), wrong=0, faults=(), unmade=(), left=0)
    assert findings.last() == EXAMINED
    findings.keep(later)

    assert findings.last() == later


def test_neither_a_sweep_nor_the_report_reads_it(client: Any) -> None:
    DynamoDbFindings(client, "nat").keep(EXAMINED)

    assert DynamoDbStore(client, "nat", Agenda()).load() == Records()
    assert DynamoDbBooks(client, "nat").days(NOW.date()) == Account()


@pytest.mark.parametrize("doc", ["", "{", "[]", "7", "{}", '{"at": 7}', '{"at": "2026-03-14T12:00:00"}'])
def test_what_cannot_be_understood_is_no_examination_that_found_nothing(client: Any, doc: str) -> None:
    client.put_item(TableName="nat", Item={"pk": {"S": "doctor"}, "sk": {"S": "last"}, "doc": {"S": doc}})

    with pytest.raises(AnswerError, match="reading what the doctor found on nat: Damaged: last"):
        DynamoDbFindings(client, "nat").last()
