"""Who may say what: an account speaks for its own stacks alone, and nobody speaks from another time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from natkeeper.core.fleet.hearing import REASON, Heard, OrderAnswer, StackKey, Unheard, hear
from natkeeper.core.fleet.state import StackState
from tests.builders import NOW, ago
from tests.fuzz.hostile import json_values, spoilt
from tests.unit.core.fleet_views import ACCOUNT, REGION, a_state, an_identity, answered, told

OTHER = "999988887777"


def why(event: dict[str, Any]) -> str:
    heard = hear(event, NOW)
    assert isinstance(heard, Unheard), heard
    assert heard.reason.isprintable()
    assert len(heard.reason) < 1500
    return heard.reason


def test_a_state_is_heard_as_the_stacks_own() -> None:
    assert hear(told(), NOW) == Heard(StackKey(ACCOUNT, REGION, "natkeeper"), a_state())


def test_an_answer_is_heard_when_it_was_given() -> None:
    heard = hear(answered(), NOW)

    assert isinstance(heard, Heard)
    assert heard.news == OrderAnswer(
        "Failover", "obeyed", "eu-west-1a: point route", NOW.replace(microsecond=0)
    )


def test_a_long_answer_is_cut() -> None:
    heard = hear(answered(reason="because\n" * 1000), NOW)

    assert isinstance(heard, Heard)
    assert isinstance(heard.news, OrderAnswer)
    assert len(heard.news.reason) == REASON


@pytest.mark.parametrize(
    "changes", [{"account": OTHER}, {"region": "us-east-1"}], ids=["another account", "another region"]
)
def test_nobody_speaks_for_another_accounts_stack(changes: dict[str, Any]) -> None:
    assert "speaks for arn:aws:cloudformation:eu-west-1:111122223333:stack/natkeeper/" in why(told(**changes))


def test_nobody_gives_a_stack_another_name_than_its_id_has() -> None:
    lying = replace(an_identity("other"), stack="natkeeper")

    assert "not its own" in why(told(a_state(identity=lying)))


def test_an_answer_belongs_to_who_sends_it_whatever_it_says() -> None:
    """It bears no account of its own: it can only ever be of the sender's stack of that name."""
    heard = hear(answered(account=OTHER), NOW)

    assert isinstance(heard, Heard)
    assert heard.key.account == OTHER


@pytest.mark.parametrize("field", ["account", "region", "time"])
@pytest.mark.parametrize("value", [None, "", "x\ny", 7, "12345678901٣"])
def test_an_envelope_that_is_not_eventbridges_is_not_believed(field: str, value: object) -> None:
    assert f"Stack State: {field} " in why({**told(), field: value})


@pytest.mark.parametrize("late", [timedelta(minutes=-6), timedelta(days=1, seconds=1)])
def test_what_is_of_another_time_is_not_believed(late: timedelta) -> None:
    """A state of tomorrow would be the last that is ever heard."""
    assert why(told(a_state(at=NOW - late))).startswith(f"{ACCOUNT}/{REGION}/natkeeper: said at")
    assert why(answered(at=NOW - late)).startswith(f"{ACCOUNT}/{REGION}/natkeeper: said at")


@pytest.mark.parametrize("late", [timedelta(minutes=-5), timedelta(days=1)])
def test_a_clock_may_be_a_little_off_and_a_delivery_a_day_late(late: timedelta) -> None:
    assert isinstance(hear(told(a_state(at=NOW - late)), NOW), Heard)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "aws.ec2"},
        {"source": None},
        {"detail-type": "Evidence Changed"},
        {"detail-type": "Failover"},
        {"detail-type": ["Stack State"]},
    ],
)
def test_other_events_mean_nothing(changes: dict[str, Any]) -> None:
    assert why(told(**changes)).startswith("unknown source and detail-type")


@pytest.mark.parametrize("detail", [None, [], "x", 7])
def test_a_detail_that_is_no_object_means_nothing(detail: object) -> None:
    assert why(told(detail=detail)) == "Stack State: detail is no JSON object"


def test_what_is_wrong_with_a_state_is_told() -> None:
    detail = told()["detail"]
    assert f"Stack State of {ACCOUNT}: version '<b>'" in why(told(detail={**detail, "version": "<b>"}))
    assert why(told(detail={**detail, "stack": "<b>"})).startswith("Stack State: stack '<b>'")


@pytest.mark.parametrize("changes", [{"order": "<b>"}, {"answer": "Obeyed!"}, {"reason": None}, {"order": 7}])
def test_an_answer_in_another_form_means_nothing(changes: dict[str, Any]) -> None:
    (name,) = changes
    assert f"Order Answered of {ACCOUNT}: {name} " in why(answered(**changes))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data(), sound=st.sampled_from([told(a_state(at=ago(minutes=1))), answered(ago(minutes=1))]))
def test_an_event_with_one_part_spoilt_is_never_of_another_account(
    data: st.DataObject, sound: dict[str, Any]
) -> None:
    way, bad = data.draw(spoilt(sound))
    heard = hear(bad, NOW)
    if isinstance(heard, Unheard):
        assert heard.reason.isprintable()
    elif way[0] != "account":
        assert heard.key.account == ACCOUNT
        assert not isinstance(heard.news, StackState) or f":{ACCOUNT}:" in heard.news.identity.id


@settings(max_examples=200, deadline=None, derandomize=True)
@given(value=st.dictionaries(st.text(max_size=10), json_values(), max_size=5))
def test_any_json_is_unheard(value: dict[str, Any]) -> None:
    assert isinstance(hear(value, NOW), Unheard)
