"""What Books promises, in the simulated AWS and on DynamoDB alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import boto3
import pytest

from natkeeper.adapters.dynamodb_books import KEPT_FOR, DynamoDbBooks
from natkeeper.adapters.dynamodb_store import DynamoDbStore
from natkeeper.core.model import InstanceId
from natkeeper.core.savings.cost import Usage
from natkeeper.core.savings.usage import Day
from natkeeper.ports import Books
from natkeeper.records import Records
from tests.builders import NOW
from tests.local_moto import local_moto
from tests.resources import create_table
from tests.world.agenda import Agenda
from tests.world.books import Books as InTheWorld
from tests.world.timings import AT_ONCE
from tests.world.world import World

MONDAY = date(2026, 3, 9)
USAGE = Usage({"t4g.nano": 24.0, "t4g.nano spot": 3.5}, 27.5, 24, 48, 20.5, 24, 10**15)


def day(after: int = 0, sent: int = 7) -> Day:
    return Day(MONDAY + timedelta(days=after), USAGE, NOW, {InstanceId("i-1"): sent})


@pytest.fixture(params=["world", "dynamodb"])
def books(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    if request.param == "world":
        yield InTheWorld(World(1, timings=AT_ONCE).gate)
    else:
        with local_moto():
            client: Any = boto3.client("dynamodb", region_name="us-east-1")
            create_table(client, "nat")
            yield DynamoDbBooks(client, "nat")


def test_empty_books_have_no_days(books: Books) -> None:
    assert books.days(MONDAY) == ()


def test_days_come_back_as_they_were_entered_oldest_first(books: Books) -> None:
    for after in (2, 0, 1):
        assert books.enter(day(after))

    assert books.days(MONDAY) == (day(0), day(1), day(2))
    assert books.days(MONDAY + timedelta(days=2)) == (day(2),)


def test_a_day_is_entered_once(books: Books) -> None:
    assert books.enter(day(sent=1))
    assert not books.enter(day(sent=2))
    assert books.days(MONDAY) == (day(sent=1),)


def test_days_are_forgotten_after_half_a_year_and_no_sweep_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with local_moto():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        create_table(client, "nat")
        DynamoDbBooks(client, "nat").enter(day())
        (item,) = client.scan(TableName="nat")["Items"]

        assert DynamoDbStore(client, "nat", Agenda()).load() == Records()
        lasts = int(item["expires_at"]["N"]) - NOW.timestamp()
        assert KEPT_FOR - timedelta(days=7) < timedelta(seconds=lasts) < KEPT_FOR
