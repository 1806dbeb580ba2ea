"""What Register promises, in memory and on DynamoDB alike; and what DynamoDB keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import boto3
import pytest

from natkeeper.adapters.dynamodb_register import KEPT_FOR, MOST, REMOVED_FOR, DynamoDbRegister
from natkeeper.core.errors import NotFoundError
from natkeeper.core.fleet.hearing import OrderAnswer, StackKey
from natkeeper.core.fleet.standing import Known
from natkeeper.core.fleet.state import StackState
from natkeeper.core.picture.overview import State
from natkeeper.fleet_ports import Entered, Register
from tests.builders import NOW, ago
from tests.local_moto import local_moto
from tests.resources import create_table
from tests.unit.core.fleet_views import a_state, an_identity
from tests.world.register import Register as InTheWorld
from tests.world.timings import AT_ONCE
from tests.world.world import World

KEY = StackKey("111122223333", "eu-west-1", "natkeeper")
OTHER = StackKey("999988887777", "eu-west-1", "natkeeper")
ANSWER = OrderAnswer("Failover", "obeyed", "eu-west-1a: point route", NOW)


@contextmanager
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, DynamoDbRegister]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with local_moto():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        create_table(client, "fleet")
        yield client, DynamoDbRegister(client, "fleet")


@pytest.fixture(params=["world", "dynamodb"])
def register(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    if request.param == "world":
        yield InTheWorld(World(1, timings=AT_ONCE).gate)
    else:
        with dynamodb(monkeypatch) as (_, made):
            yield made


def at(seconds: float, *states: State) -> StackState:
    return a_state(*states, at=NOW + timedelta(seconds=seconds))


def test_an_empty_register_knows_nobody(register: Register) -> None:
    assert register.stacks() == ((), ())


def test_a_stack_comes_back_as_it_was_heard(register: Register) -> None:
    state = a_state(State.BROKEN, identity=an_identity(takes_orders=True))

    assert register.enter(KEY, state, NOW) is Entered.NEW
    assert register.enter(OTHER, a_state(), ago(minutes=1)) is Entered.NEW
    assert register.stacks() == ((Known(KEY, state, NOW), Known(OTHER, a_state(), ago(minutes=1))), ())


@pytest.mark.parametrize("order", sorted(set(permutations((0, 0.25, 0.25, 7)))))
def test_in_whatever_order_news_come_the_last_said_stays(
    register: Register, order: tuple[float, ...]
) -> None:
    said = [register.enter(KEY, at(seconds), NOW + timedelta(hours=1)) for seconds in order]
    ((known,), _) = register.stacks()

    assert known.state == at(7)
    assert said[0] is Entered.NEW
    assert said.count(Entered.NEW) == len({max(order[: n + 1]) for n in range(len(order))})


def test_what_was_said_before_is_known_and_changes_nothing(register: Register) -> None:
    register.enter(KEY, at(7), NOW)

    assert register.enter(KEY, at(7), NOW + timedelta(minutes=5)) is Entered.KNOWN
    assert register.enter(KEY, at(6, State.BROKEN), NOW + timedelta(minutes=5)) is Entered.KNOWN
    ((known,), _) = register.stacks()
    assert known == Known(KEY, at(7), NOW)


def test_an_account_may_have_so_many_stacks_and_no_more(register: Register) -> None:
    for number in range(MOST):
        assert register.enter(replace(KEY, stack=f"n{number}"), a_state(), NOW) is Entered.NEW

    assert register.enter(replace(KEY, stack="one-more"), a_state(), NOW) is Entered.FULL
    assert register.enter(replace(KEY, stack="n3"), at(1), NOW) is Entered.NEW
    assert register.enter(OTHER, a_state(), NOW) is Entered.NEW
    assert len(register.stacks()[0]) == MOST + 1


def test_an_answer_is_kept_beside_the_state_and_outlives_the_next(register: Register) -> None:
    register.enter(KEY, at(0), NOW)
    later = replace(ANSWER, reply="refused", at=NOW + timedelta(minutes=2))

    assert register.answer(KEY, ANSWER) is Entered.NEW
    assert register.answer(KEY, later) is Entered.NEW
    assert register.answer(KEY, ANSWER) is Entered.KNOWN
    assert register.answer(KEY, later) is Entered.KNOWN
    register.enter(KEY, at(9), NOW)
    ((known,), _) = register.stacks()
    assert known == Known(KEY, at(9), NOW, later)


def test_an_answer_of_a_stack_that_nobody_knows_is_not_kept(register: Register) -> None:
    assert register.answer(KEY, ANSWER) is Entered.KNOWN
    assert register.stacks() == ((), ())


@pytest.mark.parametrize(("removed", "kept"), [(False, KEPT_FOR), (True, REMOVED_FOR)])
def test_what_is_not_heard_of_any_more_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, removed: bool, kept: timedelta
) -> None:
    with dynamodb(monkeypatch) as (client, register):
        register.enter(KEY, a_state(removed=removed), NOW)
        (item,) = client.scan(TableName="fleet")["Items"]

        assert datetime.fromtimestamp(int(item["expires_at"]["N"]), NOW.tzinfo) == NOW + kept


def test_what_cannot_be_understood_is_named_and_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with dynamodb(monkeypatch) as (client, register):
        register.enter(KEY, a_state(), NOW)
        for key, doc in (("odd", "{}"), ("1/2/3", "no json"), ("4/5/6", "[]"), ("7/8/9", "{}")):
            item = {"pk": "fleet", "sk": key, "doc": doc}
            client.put_item(TableName="fleet", Item={name: {"S": value} for name, value in item.items()})
        known, damaged = register.stacks()

        assert [one.key for one in known] == [KEY]
        assert [what.split()[0] for what in damaged] == ["1/2/3", "4/5/6", "7/8/9", "odd"]


def test_very_many_stacks_are_read_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query's page ends at a megabyte (DynamoDB developer guide, pagination)."""
    with dynamodb(monkeypatch) as (_, register):
        reason = "because " * 4000
        for number in range(40):
            key = replace(KEY, account=f"{number:012}")
            register.enter(key, a_state(), NOW)
            register.answer(key, replace(ANSWER, reason=reason))

        assert len(register.stacks()[0]) == 40


def test_without_its_table_it_says_what_it_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with dynamodb(monkeypatch) as (client, _):
        lost = DynamoDbRegister(client, "gone")

        with pytest.raises(NotFoundError, match="reading on gone"):
            lost.stacks()
        with pytest.raises(NotFoundError, match="noting 111122223333/eu-west-1/natkeeper in on gone"):
            lost.enter(KEY, a_state(), NOW)
