"""The picture as HTML: true, whole, readable in both themes and at any width, and never a stranger's code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from natkeeper.core.intake.commands import Command
from natkeeper.core.intake.triggers import parse
from natkeeper.core.memory import Heal
from natkeeper.core.model import InstanceId, RouteTableId, ZoneName
from natkeeper.core.picture.buttons import Buttons
from natkeeper.core.picture.diagram import COLOURS
from natkeeper.core.picture.markup import element, join, shorten, shown
from natkeeper.core.picture.overview import (
    MissedGoal,
    NodeView,
    Overview,
    Part,
    RefusedStep,
    Saved,
    State,
    Way,
    ZoneView,
)
from natkeeper.core.picture.page import LONGEST, MOST, STYLE, render
from tests.builders import NOW, ago
from tests.unit.core.drawn_stack import BUTTONS, EVERYTHING
from tests.unit.core.picture_views import a_node, a_way, a_zone, stack

LAMBDAS_ANSWER = 6 * 1024 * 1024
"""Bytes that a function may answer with (Lambda quotas)."""
ALLOWED = {"div", "span", "code", "style", "svg", "g", "title", "rect", "line", "text", "a", "cwdb-action"}
LIGHT, DARK = "#ffffff", "#161d26"


class Page(HTMLParser):
    """What a browser makes of it: its elements, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.actions: list[str] = []
        self.previous = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags[-1][0] == "cwdb-action" and data.strip().startswith("{"):
            self.actions.append(data)
        elif self.tags[-1][0] != "style":
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def page(*zones: ZoneView, buttons: Buttons | None = None, **changes: Any) -> Page:
    return Page(render(stack(*zones, **changes), buttons))


HOSTILE = st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</style><iframe>",
        "</cwdb-action><cwdb-action action='call'>",
        "<!-- ",
        "]]>",
        "&lt;b&gt;",
        "\x00\x1b[31m",
        "\ud800",
        "\u202egnp.exe",
        "javascript:alert(1)",
    ]
) | st.text(max_size=40)


@st.composite
def hostile_stacks(draw_: st.DrawFn) -> tuple[Overview, list[str]]:
    """A stack in which every string is a stranger's."""
    used: list[str] = []

    def text() -> str:
        used.append(draw_(HOSTILE))
        return used[-1]

    node = NodeView(InstanceId(text()), text(), text(), timedelta(1), text(), text(), text())
    way = Way(
        leads_to=text(),
        works=draw_(st.sampled_from([True, False, None])),
        node=node.id,
        being=text(),
        remark=text(),
        tables=(RouteTableId(draw_(HOSTILE)),),
    )
    zone = ZoneView(
        name=ZoneName(text()),
        state=draw_(st.sampled_from(State)),
        ways=(way, replace(way, node=None)),
        nodes=(node,),
        rest=text(),
        goals=(MissedGoal(text(), NOW, True),),
        remarks=(text(),),
        error=text(),
    )
    overview = Overview(
        stack=text(),
        at=NOW,
        zones=(zone,),
        unread={part: text() for part in Part},
        notes=(text(),),
        planned=(text(),),
        refused=(RefusedStep(text(), 2, NOW, text()),),
    )
    return overview, used


@settings(derandomize=True, deadline=None)
@given(hostile_stacks())
def test_whatever_strangers_wrote_is_text(made: tuple[Overview, list[str]]) -> None:
    overview, strings = made
    html = render(overview, Buttons(overview.stack, BUTTONS.endpoint))
    seen = Page(html)

    json.dumps(html, ensure_ascii=False).encode()  # as Lambda's runtime answers
    assert {tag for tag, _ in seen.tags} <= ALLOWED
    assert not any(name.startswith("on") or name in ("href", "src") for _, a in seen.tags for name in a)
    for string in strings:
        assert shown(string) in seen.text


def test_what_has_no_shape_is_shown_as_such() -> None:
    assert shown("a\x00b\ud800c\u202ed\ne") == "a\ufffdb\ufffdc\ufffdd\ne"
    assert str(element("a", "<b>", title='"')) == '<a title="&quot;">&lt;b&gt;</a>'
    assert str(element("line", x1=1, stroke_dasharray=None)) == '<line x1="1"/>'
    assert str(join("a", None, element("g"))) == "a<g></g>"


def test_long_text_is_cut_and_says_so() -> None:
    assert shorten("abcd", 4) == "abcd"
    assert shorten("abcde", 4) == "abc…"
    long = page(a_zone(error="x" * 5000)).text
    assert "x" * (LONGEST // 2) in long
    assert "x" * (LONGEST + 1) not in long


def test_each_zone_has_its_name_its_state_in_words_its_nodes_and_addresses() -> None:
    seen = page(a_zone(), a_zone("eu-west-1b", State.BROKEN)).text

    for words in ("eu-west-1a · served", "eu-west-1b · no way out", "i-00000000000000001: healthy, running"):
        assert words in seen
    assert "5 h old, t4g.nano, 203.0.113.1" in seen


def test_the_headline_counts_the_zones_the_worst_first() -> None:
    seen = page(a_zone(), a_zone(state=State.ASLEEP), a_zone(state=State.BROKEN), a_zone()).text

    assert "natkeeper · 1 zone no way out; 2 zones served; 1 zone asleep" in seen
    assert "no zone is known" in Page(render(replace(stack(), zones=()))).text


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min old"), (119, "119 min old"), (120, "2 h old"), (2880, "2 days old")]
)
def test_an_age_is_told_in_the_unit_that_a_person_would_take(minutes: int, words: str) -> None:
    assert words in page(a_zone(nodes=(a_node(age=timedelta(minutes=minutes)),))).text


def test_an_age_is_never_below_nothing() -> None:
    assert ", 0 min old," in page(a_zone(nodes=(a_node(age=timedelta(minutes=-5)),))).text


def test_a_zone_that_sleeps_says_why_and_one_that_is_about_to_does_not_say_that_it_sleeps() -> None:
    assert "Sleeps: no traffic" in page(a_zone(state=State.ASLEEP, rest="no traffic")).text
    about_to = page(a_zone(state=State.SERVED, rest="no traffic")).text
    assert "Wants no NAT: no traffic" in about_to
    assert "Sleeps" not in about_to


def test_it_says_what_is_unwanted_what_is_missed_and_what_is_refused() -> None:
    goal = MissedGoal("the zone is served", ago(hours=1), True)
    view = a_zone(rest="no traffic, since 11:00", goals=(goal, replace(goal, overdue=False)))
    seen = page(
        replace(
            view,
            remarks=("odd",),
            launched=(ago(hours=4), ago(hours=3), ago(hours=2)),
            heals=(Heal(ago(days=1), 9), Heal(ago(hours=1), 12.4)),
        ),
        paused_until=NOW + timedelta(hours=1),
        planned=("a: launch",),
        refused=(RefusedStep("launch a", 3, ago(hours=1), "denied"),),
        notes=("the stack is being deleted",),
        unread={Part.NETWORK: "AccessDenied"},
    ).text

    for words in (
        "Wants no NAT: no traffic, since 11:00",
        "At the last sweep missed, since 2026-03-14 11:00 UTC, which is too long: the zone is served",
        "At the last sweep missed, since 2026-03-14 11:00 UTC: the zone is served",
        "odd",
        "Last launch 2026-03-14 10:00 UTC",
        "Last healed 2026-03-14 11:00 UTC, 12 s after it was missed",
        "Paused until 2026-03-14 13:00 UTC: natkeeper only watches.",
        "What natkeeper would do now",
        "a: launch",
        "What AWS refuses",
        "launch a: 3 times since 2026-03-14 11:00 UTC: denied",
        "the stack is being deleted",
        "Could not read the route tables: AccessDenied",
        "As of 2026-03-14 12:00:00 UTC.",
    ):
        assert words in seen


def test_what_is_calm_is_not_mentioned() -> None:
    seen = page(a_zone()).text

    for words in (
        "Paused",
        "would do",
        "refuses",
        "Sleeps",
        "Wants",
        "At the last sweep missed",
        "Could not",
        "Saved",
        "Last",
    ):
        assert words not in seen


@pytest.mark.parametrize(
    ("dollars", "words"),
    [(12.5, "Saved $12.50 against"), (-1.0, "Cost more by $1.00 against"), (0.0, "Saved $0.00 against")],
)
def test_it_says_what_was_saved(dollars: float, words: str) -> None:
    seen = page(saved=Saved(dollars, 13, date(2026, 3, 1))).text

    assert f"{words} NAT gateways in 13 days since 2026-03-01" in seen


def test_long_lists_are_counted() -> None:
    many = tuple(a_node(number) for number in range(MOST + 2))
    seen = page(a_zone(nodes=many), planned=tuple(f"step {n}" for n in range(MOST + 1))).text

    assert "and 2 more nodes" in seen
    assert "and 1 more" in seen
    assert f"step {MOST}" not in seen


def test_a_list_that_is_just_full_is_not_counted() -> None:
    full = tuple(a_node(number) for number in range(MOST))
    seen = page(a_zone(nodes=full), planned=tuple(f"step {n}" for n in range(MOST))).text

    assert " more" not in seen
    assert f"step {MOST - 1}" in seen


def test_who_was_refused_once_was_not_refused_several_times() -> None:
    seen = page(refused=(RefusedStep("launch a", 1, ago(hours=1), "denied"),)).text

    assert "launch a: 1 time since 2026-03-14 11:00 UTC: denied" in seen


@pytest.mark.parametrize("number", range(1, 7))
def test_every_zone_has_a_card_in_its_order_and_a_drawing_of_its_ways(number: int) -> None:
    names = [f"eu-west-1{letter}" for letter in "abcdef"[:number]]
    html = render(stack(*(a_zone(name) for name in names)))
    cards = html.split('<div class="nk-card" ')[1:]

    assert len(cards) == number
    for name, card in zip(names, cards, strict=True):
        assert f'<span class="nk-name">{name}</span> · served' in card
        assert card.count("<svg ") == 1
        assert f"<title>{name}: served. " in card


def test_a_zone_without_ways_has_a_card_and_no_drawing() -> None:
    seen = page(a_zone(state=State.IDLE, ways=()))

    assert "svg" not in {tag for tag, _ in seen.tags}
    assert "eu-west-1a · nothing to serve" in seen.text


def test_a_way_that_stays_as_it_is_says_of_which_tables_and_why() -> None:
    held = a_way(tables=(RouteTableId("rtb-1"), RouteTableId("rtb-2")), remark="held by a tag")

    assert "rtb-1, rtb-2: held by a tag" in page(a_zone(ways=(held,))).text


# --- Light and dark, narrow and wide


def test_whatever_has_a_class_has_its_style() -> None:
    """`btn` is CloudWatch's own (CloudWatch User Guide, details about custom widgets)."""
    used = {str(a["class"]) for _, a in Page(render(EVERYTHING, BUTTONS)).tags if "class" in a}

    assert used - {"btn"} == set(re.findall(r"\.(nk[\w-]*)\{", STYLE))


@pytest.mark.parametrize("state", State)
def test_a_card_has_an_edge_in_the_colour_of_its_state(state: State) -> None:
    (card,) = (a for _, a in page(a_zone(state=state)).tags if a.get("class") == "nk-card")

    assert card["style"] == f"border-left-color:{COLOURS[state]}"


def luminance(colour: str) -> float:
    """By WCAG 2.2's definition of relative luminance."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("state", State)
def test_every_colour_stands_out_on_either_ground(state: State) -> None:
    assert contrast(COLOURS[state], LIGHT) >= 3
    assert contrast(COLOURS[state], DARK) >= 3


def test_text_has_the_consoles_own_colour() -> None:
    html = render(stack(), BUTTONS)

    assert all(a.get("fill") == "currentColor" for tag, a in Page(html).tags if tag == "text")
    assert not re.search(r"[{;\"](color|background)[:-]", html)


def test_nothing_has_a_width_that_a_narrow_widget_lacks() -> None:
    html = render(stack(), BUTTONS)
    svgs = [a for tag, a in Page(html).tags if tag == "svg"]

    assert "overflow-wrap:anywhere" in html
    assert all("width" not in a and "height" not in a and "viewbox" in a for a in svgs)
    assert max(int(n) for n in re.findall(r"(?:min-width|flex:1 1 )\D*(\d+)px", html)) <= 220


def test_six_zones_at_their_worst_are_far_below_what_lambda_answers() -> None:
    long = "ö" * 4000
    zones = [
        a_zone(
            f"zone-{number}",
            nodes=tuple(a_node(n, reason=long) for n in range(50)),
            error=long,
            rest=long,
            goals=tuple(MissedGoal(long, NOW, True) for _ in range(9)),
            remarks=(long,) * 50,
        )
        for number in range(6)
    ]
    html = render(stack(*zones, planned=(long,) * 99, notes=(long,)), BUTTONS)

    assert len(html.encode()) < LAMBDAS_ANSWER / 50


# --- Buttons


def orders(*zones: ZoneView, **changes: Any) -> dict[str, dict[str, Any]]:
    """The orders by the label of their button."""
    seen = page(*zones, buttons=BUTTONS, **changes)
    html = render(stack(*zones, **changes), BUTTONS)
    labels = re.findall(r'<a class="btn">([^<]*)</a><cwdb-action ', html)
    assert len(labels) == len(seen.actions)
    return {label: json.loads(action) for label, action in zip(labels, seen.actions, strict=True)}


def test_every_button_is_an_order_that_the_grammar_takes() -> None:
    given = orders(a_zone(rest="a wish")) | orders(paused_until=NOW)

    assert set(given) == {
        "Failover", "Replace", "Try failover", "Wake", "Sleep", "Automatic", "Pause", "Resume",
    }  # fmt: skip
    for label, order in given.items():
        read = parse({**order, "widgetContext": {"theme": "dark"}}, "natkeeper", NOW)
        assert isinstance(read, Command), label
        assert read.dry_run is (label == "Try failover")


def test_every_button_asks_first_and_calls_the_function_that_takes_orders() -> None:
    actions = [a for tag, a in page(a_zone(), buttons=BUTTONS).tags if tag == "cwdb-action"]

    assert actions
    for action in actions:
        assert (action["action"], action["display"], action["endpoint"]) == (
            "call",
            "popup",
            BUTTONS.endpoint,
        )
        assert str(action["confirmation"]).endswith(("?", "."))


def test_a_button_asks_for_as_long_as_it_orders() -> None:
    asked = [
        (str(attributes["confirmation"]), json.loads(action)["detail"].get("minutes"))
        for html in (page(a_zone(), buttons=BUTTONS), page(a_zone(), buttons=BUTTONS, paused_until=NOW))
        for attributes, action in zip(
            (a for tag, a in html.tags if tag == "cwdb-action"), html.actions, strict=True
        )
    ]

    assert {minutes for question, minutes in asked if " an hour?" in question} == {60}
    assert {minutes for question, minutes in asked if " an hour?" not in question} == {None}


@pytest.mark.parametrize(
    ("state", "labels"),
    [
        (State.SERVED, {"Failover", "Replace", "Try failover", "Wake", "Sleep", "Pause"}),
        (State.BROKEN, {"Failover", "Replace", "Try failover", "Wake", "Sleep", "Pause"}),
        (State.ASLEEP, {"Wake", "Pause"}),
        (State.IDLE, {"Wake", "Sleep", "Pause"}),
        (State.UNREAD, {"Pause"}),
    ],
)
def test_only_what_makes_sense_of_a_zone_is_offered(state: State, labels: set[str]) -> None:
    assert set(orders(a_zone(state=state))) == labels


def test_without_buttons_it_is_only_to_be_looked_at() -> None:
    assert not {"a", "cwdb-action"} & {tag for tag, _ in page(a_zone()).tags}
