"""What Books promises, in the simulated AWS and on DynamoDB alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import boto3
import pytest

from natkeeper.adapters.dynamodb_books import KEPT_FOR, DynamoDbBooks
from natkeeper.adapters.dynamodb_store import DynamoDbStore
from natkeeper.core.model import InstanceId
from natkeeper.core.savings.cost import Usage
from natkeeper.core.savings.usage import Account, Day
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
    assert books.days(MONDAY) == Account()


def test_days_come_back_as_they_were_entered_oldest_first(books: Books) -> None:
    for after in (2, 0, 1):
        assert books.enter(day(after))

    assert books.days(MONDAY) == Account((day(0), day(1), day(2)))
    assert books.days(MONDAY + timedelta(days=2)) == Account((day(2),))


def test_a_day_is_entered_once(books: Books) -> None:
    assert books.enter(day(sent=1))
    assert not books.enter(day(sent=2))
    assert books.days(MONDAY) == Account((day(sent=1),))


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


def _with(**changes: object) -> str:
    """A day as it is written down, with something of it changed."""
    usage: dict[str, object] = {"machines": {}, "disks": 1.0, "sent": 1}
    return json.dumps({"on": "2026-03-10", "at": NOW.isoformat(), "usage": usage, "counters": {}, **changes})


DAMAGED = {
    "no JSON": "{",
    "nothing": "",
    "another kind of JSON": "[]",
    "a number": "7",
    "too deep": "[" * 5000,
    "no day": "{}",
    "a usage that is none": _with(usage=7),
    "hours that are text": _with(usage={"disks": "x"}),
    "hours that are no number": _with(usage={"disks": float("nan")}),
    "hours without an end": _with(usage={"disks": float("inf")}),
    "hours that are below nothing": _with(usage={"machines": {"t4g.nano": -1.0}}),
    "more hours than a day has": _with(usage={"zones": 1e9}),
    "a number that no float holds": _with(usage={"disks": 10**400}),
    "more bytes than there are": _with(usage={"sent": 10**19}),
    "bytes below nothing": _with(usage={"sent": -1}),
    "a counter below nothing": _with(counters={"i-1": -1}),
    "a date that is none": _with(on="2026-02-30"),
    "another day's": _with(on="2099-01-01"),
    "a time without its offset": _with(at="2026-03-10T00:00:00"),
}


DOCS: dict[str, dict[str, Any]] = {
    "no text": {},
    "a number in its place": {"doc": {"N": "7"}},
    **{name: {"doc": {"S": text}} for name, text in DAMAGED.items()},
}


@pytest.mark.parametrize("doc", DOCS.values(), ids=DOCS)
def test_a_damaged_day_is_named_and_hides_no_other(
    monkeypatch: pytest.MonkeyPatch, doc: dict[str, Any]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with local_moto():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        create_table(client, "nat")
        books = DynamoDbBooks(client, "nat")
        for after in (0, 2):
            books.enter(day(after))
        client.put_item(TableName="nat", Item={"pk": {"S": "usage"}, "sk": {"S": "usage#2026-03-10"}, **doc})
        read = books.days(MONDAY)

        assert read.days == (day(0), day(2))
        assert [what.split()[0] for what in read.damaged] == ["usage#2026-03-10"]
        assert all(len(what) <= 200 for what in read.damaged)
