"""The picture as text for people, and as values for machines: the same as on the page, and nobody's code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from natkeeper.core.examined import Examined, Fault
from natkeeper.core.intake.commands import Reply
from natkeeper.core.memory import Heal
from natkeeper.core.picture.answer import LONGEST, MEANS, answered, failed, told, wants_html
from natkeeper.core.picture.overview import Overview, Part, Saved, State
from natkeeper.core.picture.table import COLUMNS, table
from natkeeper.core.picture.values import values
from natkeeper.core.picture.words import MOST, carried, facts, few, headline, lists, speed, standing
from tests.builders import NOW, A, ago
from tests.unit.core.drawn_stack import EVERYTHING
from tests.unit.core.picture_views import a_node, a_way, a_zone, stack, tables

HOSTILE = "a\x1b[31m\nb\u202ec\ud800"


def test_a_stack_that_is_well_is_a_few_lines() -> None:
    node = a_node(connections=1, rate=9.0)
    view = a_zone(ways=(a_way(tables=tables(1, 2)),), nodes=(node,))
    text = table(stack(view, saved=Saved(12.5, 13, date(2026, 3, 1)), notes=("odd",)))

    assert text.splitlines() == [
        "natkeeper: 1 zone served",
        "as of 2026-03-14 12:00:00 UTC",
        "odd",
        "This month (13 days since 2026-03-01): saved $12.50 against NAT gateways, by list prices.",
        "",
        "eu-west-1a: served",
        "  rtb-1, rtb-2 -> i-00000000000000001, healthy, running, works",
        "",
        "zone        node                 verdict  state    age      type      address      carries",
        f"eu-west-1a  {node.id}  healthy  running  5 h old  t4g.nano  203.0.113.1  1 connection, 9 B/s",
    ]


def test_whatever_the_page_says_the_text_says() -> None:
    text = table(EVERYTHING)

    for words in (
        headline(EVERYTHING),
        "Paused until 2026-03-14 13:00 UTC: natkeeper only watches.",
        "Could not read what was saved: AccessDenied",
        "the stack is being deleted",
        "eu-west-1d: no way out",
        "rtb-1 -> no default route, leads nowhere",
        "rtb-4 -> nat-0123456789abcdef0, not natkeeper's, not known to work",
        "rtb-4: held by a tag",
        "Sleeps: outside office hours",
        "Could not be read: AWS does not know it",
        "i-00000000000000005: no probe passed for 95 s",
        "What natkeeper would do now:",
        "launch eu-west-1d: 3 times since 2026-03-14 11:00 UTC: Insufficient capacity & more",
        "eu-west-1a: noticed 2026-03-14 09:00:00 UTC, found over 7.0 s later: i-1: it is shutting-down",
        "eu-west-1d: noticed 2026-03-12 12:00:00 UTC, found over 24.0 h later: rtb-4 had no default route",
        "What the doctor found at 2026-03-14 07:00 UTC: of its checks 1 wrong, 1 not to be made, 14 ok:",
        "network ACLs: acl-1 lets no answer in. What to do: allow tcp 1024-65535 & udp",
        "Could not be made: vCPU quota: AccessDenied",
        "and 2 more: ask the doctor",
    ):
        assert words in text, words
    assert all(node.id in text for zone in EVERYTHING.zones for node in zone.nodes)


def test_columns_stand_under_each_other() -> None:
    nodes = (a_node(1), a_node(2, verdict="asleep", lifecycle="stopped", address="", kind="t4g.nano spot"))
    title, *rows = table(stack(a_zone(nodes=nodes))).splitlines()[-3:]
    starts = [title.index(column) for column in COLUMNS]

    for row, node in zip(rows, nodes, strict=True):
        assert row[starts[1] :].startswith(node.id)
        assert all(row[start - 2 : start] == "  " for start in starts[1:])
        assert row[starts[6] : starts[7]].strip() == (node.address or "-")
        assert row[starts[7] :] == "-"


def test_a_stack_without_nodes_has_no_columns() -> None:
    assert "verdict" not in table(stack(a_zone(nodes=(), ways=())))
    assert table(Overview("natkeeper", NOW, ())).splitlines() == [
        "natkeeper: no zone is known",
        "as of 2026-03-14 12:00:00 UTC",
    ]


def test_a_terminal_is_told_no_strangers_code() -> None:
    text = table(
        stack(a_zone(error=HOSTILE, nodes=(a_node(kind=HOSTILE, reason=HOSTILE),)), notes=(HOSTILE,))
    )

    assert "\x1b" not in text
    assert text.count("a\ufffd[31m b\ufffdc\ufffd") == 4
    text.encode()


def test_a_line_has_an_end() -> None:
    lines = table(stack(a_zone(error="x" * 9999, nodes=(a_node(kind="y" * 9999),)))).splitlines()

    assert max(map(len, lines)) < 1000


# --- Words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0, "0 B/s"), (1, "1 B/s"), (999.4, "999 B/s"), (999.5, "1.0 kB/s"), (1500, "1.5 kB/s"),
        (99_949, "99.9 kB/s"), (99_950, "100 kB/s"), (999_499, "999 kB/s"), (999_500, "1.0 MB/s"),
        (3.2e9, "3.2 GB/s"), (3.2e12, "3200 GB/s"),
    ],
)  # fmt: skip
def test_a_speed_is_told_in_the_unit_that_a_person_would_take(rate: float, words: str) -> None:
    assert speed(rate) == words


def test_a_node_that_tells_nothing_is_said_to_carry_nothing() -> None:
    assert list(carried(a_node())) == []
    assert list(carried(a_node(connections=0, rate=0.0))) == ["0 connections", "0 B/s"]
    assert list(carried(a_node(connections=1))) == ["1 connection"]
    assert standing(a_node(address="")) == "healthy, running, 5 h old, t4g.nano"


@pytest.mark.parametrize(
    ("lasted", "words"),
    [(0.0, "0.0 s"), (99.9, "99.9 s"), (100, "2 min"), (119 * 60, "119 min"), (120 * 60, "2.0 h")],
)
def test_an_outage_is_told_as_a_person_would(lasted: float, words: str) -> None:
    heal = Heal(A, "x", ago(hours=9), ago(hours=9) + timedelta(seconds=lasted))
    ((title, lines),) = lists(stack(heals=(heal,)))

    assert title == "The last outages that are over"
    assert lines == [f"eu-west-1a: noticed 2026-03-14 03:00:00 UTC, found over {words} later: x"]


def test_what_the_doctor_found_has_all_its_parts() -> None:
    fault = Fault("quota", "5 vCPUs", "ask for more")
    ((title, lines),) = lists(stack(examined=Examined(NOW, 3, 1, 0, (fault,))))
    assert (
        title
        == "What the doctor found at 2026-03-14 12:00 UTC: of its checks 1 wrong, 0 not to be made, 3 ok"
    )
    assert lines == ["quota: 5 vCPUs. What to do: ask for more"]

    ((_, lines),) = lists(stack(examined=Examined(NOW, 4, 0, 0)))
    assert lines == ["nothing is wrong"]
    ((_, lines),) = lists(stack(examined=Examined(NOW, 4, 0, 1, (), ("quota: denied",))))
    assert lines == ["Could not be made: quota: denied"]
    assert list(lists(stack())) == []


def test_many_notes_are_counted_too() -> None:
    told_ = list(facts(stack(notes=tuple(f"note {n}" for n in range(MOST + 3)))))

    assert told_[-2:] == [f"note {MOST - 1}", "and 3 more"]


def test_a_list_that_is_too_long_is_counted() -> None:
    full = [str(n) for n in range(MOST)]

    assert few(full) == full
    assert few([*full, "x", "y"]) == (*full, "and 2 more")


# --- Values


def test_machines_are_told_everything_as_json() -> None:
    told_ = json.loads(json.dumps(values(EVERYTHING)))

    assert told_["natkeeper_picture"] == 1
    assert (told_["stack"], told_["at"]) == ("natkeeper", "2026-03-14T12:00:00+00:00")
    assert [zone["state"] for zone in told_["zones"]] == [zone.state.value for zone in EVERYTHING.zones]
    assert told_["unread"] == {Part.BOOKS.value: "AccessDenied"}
    node = told_["zones"][0]["nodes"][0]
    assert (node["age"], node["connections"], node["rate"]) == (79 * 3600.0, 1204, 3_450_000.0)
    assert told_["zones"][0]["ways"][0]["tables"] == ["rtb-1", "rtb-2"]
    assert told_["saved"] == {"dollars": 12.5, "days": 13, "since": "2026-03-01"}
    assert told_["heals"][0]["noticed"] == "2026-03-14T09:00:00+00:00"
    assert told_["examined"]["faults"][0]["check"] == "network ACLs"
    assert told_["paused_until"] == "2026-03-14T13:00:00+00:00"


def test_values_are_what_lambda_can_send() -> None:
    given = values(stack(a_zone(error=HOSTILE), unread={Part.NODES: HOSTILE}, saved=None))

    json.dumps(given, ensure_ascii=False).encode()
    assert given["saved"] is None
    assert given["zones"][0]["error"] == HOSTILE.replace("\ud800", "?")


# --- Answers


@pytest.mark.parametrize("reply", Reply)
def test_an_answer_says_what_came_of_it_and_what_that_means(reply: Reply) -> None:
    html = answered(f"{reply}: eu-west-1a: point route <b>")

    assert f"<strong>{reply}</strong>. {MEANS[reply]}" in html
    assert "<div>eu-west-1a: point route &lt;b&gt;</div>" in html


def test_a_refusal_says_because() -> None:
    html = answered("ignored: refused: zone x is none of this stack's: a, b")

    assert "<strong>refused</strong>. Nothing was done, because:" in html
    assert "zone x is none of this stack's: a, b" in html
    assert "ignored" not in html


@pytest.mark.parametrize("text", ["ignored: meant for stack 'x'", "left to the next sweep: y", "", "obeyed"])
def test_any_other_text_is_told_as_it_is(text: str) -> None:
    if text == "obeyed":
        assert "<strong>obeyed</strong>" in answered(text)
    else:
        assert f">{told(text).partition('>')[2].partition('<')[0]}<" in answered(text)
        assert text.replace("'", "'") in answered(text)


def test_a_failure_says_that_nothing_will_come_of_it() -> None:
    html = failed("throttled <b>")

    assert "Not done, and nothing is written down: throttled &lt;b&gt;." in html


def test_an_answer_has_an_end() -> None:
    assert len(answered("obeyed: " + "x" * 99_999)) < LONGEST + 500
    assert len(told("x" * 99_999)) < LONGEST + 500


@pytest.mark.parametrize("event", [None, [], "html", {}, {"answer": "json"}, {"answer": ["html"]}, 7])
def test_only_who_asks_for_html_gets_it(event: object) -> None:
    assert not wants_html(event)
    assert wants_html({"answer": "html", "x": 1})


def test_states_that_nobody_wants_come_first() -> None:
    zones = (a_zone(), replace(a_zone(), state=State.DOUBTED), replace(a_zone(), state=State.BROKEN))

    assert headline(stack(*zones)) == "1 zone no way out; 1 zone served by a node in doubt; 1 zone served"
