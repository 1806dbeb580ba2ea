"""The fleet for people and machines: true, whole, worst first, and never a stranger's code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from natkeeper.core.fleet.hearing import OrderAnswer, StackKey
from natkeeper.core.fleet.page import LONGEST, ROWS, render
from natkeeper.core.fleet.standing import Fleet, Known, Standing, rank
from natkeeper.core.fleet.state import ZoneHeal
from natkeeper.core.fleet.text import as_json, as_text
from natkeeper.core.model import ZoneName
from natkeeper.core.picture import words
from natkeeper.core.picture.overview import Saved, State
from tests.builders import NOW, ago
from tests.unit.core.fleet_views import ACCOUNT, REGION, a_state, an_identity, known
from tests.unit.core.test_picture_page import Page

ALLOWED = {"div", "span", "style", "a"}
SAVED = Saved(31.254, 13, date(NOW.year, NOW.month, 1))
BROKEN = known(
    a_state(State.BROKEN, State.COVERED, identity=an_identity("nat-b"), overdue=2, refused=1), ago(minutes=3)
)
CALM = known(
    a_state(saved=SAVED, heals=(ZoneHeal(ZoneName("eu-west-1a"), ago(days=1), 12.4),)), ago(minutes=59)
)
ANSWER = OrderAnswer("Failover", "refused", "paused: <b>no</b>", ago(hours=1))


def page(*stacks: Known, damaged: tuple[str, ...] = ()) -> Page:
    return Page(render(rank(stacks, NOW, damaged)))


def text(*stacks: Known) -> str:
    return as_text(rank(stacks, NOW))


def test_the_page_says_how_all_stand_before_it_lists_them() -> None:
    seen = page(CALM, BROKEN).text

    assert "natkeeper · 2 stacks in 1 account: 1 no way out; 1 served" in seen
    assert "Saved $31.25 this month against NAT gateways, an estimate by list prices of 1 stack." in seen
    assert "Versions: 0.2.0 (2)" in seen
    assert seen.index("✕ no way out") < seen.index("nat-b") < seen.index("eu-west-1b: served by another")
    assert seen.index("nat-b") < seen.index("heard 59 min ago")
    assert "2 goals missed for too long" in seen
    assert "1 step refused by AWS" in seen
    assert (
        f"The last heals{words.time(ago(days=1))}: {ACCOUNT}/{REGION}/natkeeper eu-west-1a, 12 s after"
        in seen
    )
    assert f"As of {NOW:%Y-%m-%d %H:%M:%S} UTC." in seen


def test_each_row_leads_to_the_stacks_own_picture() -> None:
    (link,) = [attributes for tag, attributes in page(CALM).tags if tag == "a"]

    assert link["href"] == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/natkeeper"
    )
    china = an_identity(id=an_identity().id.replace("arn:aws:", "arn:aws-cn:"))
    assert 'href="https://eu-west-1.console.amazonaws.cn/' in render(
        rank((known(a_state(identity=china)),), NOW)
    )
    secret = an_identity(id=an_identity().id.replace("arn:aws:", "arn:aws-iso:"))
    assert "a" not in [tag for tag, _ in page(known(a_state(identity=secret))).tags]


def test_an_order_and_a_pause_are_told() -> None:
    paused = replace(known(a_state(paused_until=NOW + timedelta(minutes=30))), answer=ANSWER)
    seen = page(paused).text

    assert f"paused until {words.time(NOW + timedelta(minutes=30))}" in seen
    assert f"Failover refused {words.time(ago(hours=1))}: paused: <b>no</b>" in seen
    assert "paused until" not in page(known(a_state(paused_until=NOW))).text


def test_grave_things_are_marked_without_colour() -> None:
    for standing in Standing:
        assert str(standing).strip()
    assert "✕ not heard of" in page(known(heard_at=ago(hours=3))).text
    assert "✕" not in page(CALM).text


def test_an_empty_hub_says_so() -> None:
    assert "natkeeper · no stack was heard of yet" in page().text
    assert "Versions" not in page().text
    assert text() == "no stack was heard of yet"


def test_what_could_not_be_read_is_told_in_short() -> None:
    assert "Could not be read: no way to the table" in page(damaged=("no way to the table",)).text
    assert f"Could not be read: {'x' * (LONGEST - 1)}…" in page(damaged=("x" * 1000,)).text


def test_the_calmest_of_very_many_are_counted() -> None:
    many = tuple(known(a_state(identity=an_identity(f"n{n}"))) for n in range(ROWS + 3))
    seen = page(*many, BROKEN)

    assert "nat-b" in seen.text
    assert "and 4 more stacks" in seen.text
    assert sum(tag == "a" for tag, _ in seen.tags) == ROWS


@pytest.mark.parametrize(("dollars", "said"), [(-3.5, "Cost more by $3.50 this month"), (0, "Saved $0.00")])
def test_what_cost_more_is_said_so(dollars: float, said: str) -> None:
    one = known(a_state(saved=replace(SAVED, dollars=dollars)))

    assert said in page(one).text
    assert f"{'cost' if dollars < 0 else 'saved'} ${abs(dollars):.2f}" in text(one)


def test_last_months_savings_are_not_this_months() -> None:
    old = known(a_state(saved=replace(SAVED, since=SAVED.since - timedelta(days=1))))

    assert "an estimate by list prices of 0 stacks" in page(old).text
    assert "$31" not in page(old).text + text(old)


@pytest.mark.parametrize(
    ("passed", "said"),
    [(-5, "0 min"), (0, "0 min"), (119, "119 min"), (120, "2 h"), (2879, "47 h"), (2880, "2 days")],
)
def test_ages_are_in_the_unit_that_a_person_would_take(passed: int, said: str) -> None:
    assert words.span(timedelta(minutes=passed)) == said


def test_the_text_is_a_table_with_the_worst_first() -> None:
    answered = replace(CALM, answer=replace(ANSWER, reason="a\nb\x1b[31m"))
    lines = text(answered, BROKEN).splitlines()

    assert lines[0] == "2 stacks in 1 account: 1 no way out; 1 served"
    header, worst, *about, calm, order, healed = lines[3:]
    assert header.split() == ["account", "region", "stack", "version", "last", "heard", "this", "month"]
    assert worst.startswith("no way out")
    assert [line.strip() for line in about] == [
        "eu-west-1a: no way out",
        "eu-west-1b: served by another zone's node",
        "2 goals missed for too long",
        "1 step refused by AWS",
    ]
    assert (
        " ".join(calm.split()) == f"served {ACCOUNT} {REGION} natkeeper 0.2.0 heard 59 min ago saved $31.25"
    )
    assert worst.index(ACCOUNT) == calm.index(ACCOUNT) == header.index("account")
    assert order.endswith("a b�[31m")
    assert healed.startswith(f"healed {words.time(ago(days=1))}")


def test_machines_get_the_same() -> None:
    told = as_json(rank((replace(CALM, answer=ANSWER), BROKEN), NOW, ("x",)))

    assert json.loads(json.dumps(told)) == told
    assert told["standings"] == {"no way out": 1, "served": 1}
    assert (told["accounts"], told["versions"], told["damaged"]) == (1, {"0.2.0": 2}, ["x"])
    assert told["saved"] == {"dollars": 31.25, "stacks": 1}
    worst, calm = told["stacks"]
    assert (worst["stack"], worst["account"], worst["standing"]) == ("nat-b", ACCOUNT, "no way out")
    assert calm["answer"] == {
        "order": "Failover", "reply": "refused", "reason": ANSWER.reason, "at": "2026-03-14T11:00:00+00:00",
    }  # fmt: skip
    assert calm["heard_at"] == "2026-03-14T11:01:00+00:00"
    assert calm["zones"][0] == {"name": "eu-west-1a", "state": "served"}
    assert "answer" not in worst


@settings(max_examples=150, deadline=None, derandomize=True)
@given(words_of_others=st.text(max_size=40), account=st.text(max_size=12))
def test_whatever_others_write_is_text(words_of_others: str, account: str) -> None:
    """The table is read strictly; what should get past that is no element, and no line of its own."""

    def seen(words: str) -> Fleet:
        known = Known(
            StackKey(account, words, words),
            a_state(identity=replace(an_identity(), version=words), zones=()),
            NOW,
            OrderAnswer(words, words, words, NOW),
        )
        return rank((known,), NOW, (words,))

    html, text = render(seen(words_of_others)), as_text(seen(words_of_others))

    assert {tag for tag, _ in Page(html).tags} <= ALLOWED
    assert html.encode()
    assert text.encode()
    assert text.count("\n") <= as_text(seen("words")).count("\n")


@pytest.mark.parametrize(
    "bad", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\ud800", "\u202e"]
)
def test_a_hostile_reason_is_shown_as_text(bad: str) -> None:
    html = render(rank((replace(CALM, answer=replace(ANSWER, reason=bad)),), NOW))

    assert {tag for tag, _ in Page(html).tags} <= ALLOWED
    assert html.encode()


def test_nothing_on_the_page_is_fetched_or_run() -> None:
    tags: list[tuple[str, dict[str, Any]]] = page(CALM, BROKEN).tags
    names = {name for _, attributes in tags for name in attributes}

    assert names <= {"class", "style", "href", "target"}
