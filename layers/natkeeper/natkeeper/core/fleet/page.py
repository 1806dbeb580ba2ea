"""The fleet as the HTML of a CloudWatch custom widget, of the same kind as a stack's picture."""

from __future__ import annotations

from collections.abc import Iterator

from natkeeper.core.fleet import words
from natkeeper.core.fleet.standing import GRAVE, Fleet, Row, Standing
from natkeeper.core.picture.diagram import BAD, CALM, GOOD, WARNING
from natkeeper.core.picture.markup import Markup, element, line, name, shorten
from natkeeper.core.picture.words import number, to_the_second

ROWS = 500
"""So many stacks are shown; what is left, the calmest, is counted."""
HEALS, LONGEST = 6, 240
"""So many of the last heals, and so many characters of what others wrote."""
COLOURS = {
    Standing.BROKEN: BAD,
    Standing.SILENT: BAD,
    Standing.SERVED: GOOD,
    Standing.ASLEEP: CALM,
    Standing.IDLE: CALM,
    Standing.REMOVED: CALM,
}
"""All others are warnings."""
CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
STYLE = (
    ".nk{font-size:13px;line-height:1.4;overflow-wrap:anywhere}"
    ".nk-row{display:flex;flex-wrap:wrap;gap:0 12px;border-left:6px solid;padding:2px 8px;margin:2px 0}"
    ".nk-name{font-weight:bold}"
    ".nk-line{margin:2px 0}"
    ".nk-more{flex-basis:100%}"
)


def render(fleet: Fleet) -> str:
    """The HTML."""
    shown = fleet.rows[:ROWS]
    left = len(fleet.rows) - len(shown)
    page = element(
        "div",
        element("style", STYLE),
        line(name("natkeeper"), f" · {words.headline(fleet)}"),
        *(line(text) for text in words.totals(fleet)),
        *(line(f"Could not be read: {shorten(what, LONGEST)}") for what in fleet.damaged),
        *(_row(row, fleet) for row in shown),
        line(f"and {number(left, 'more stack')}") if left else None,
        *_heals(fleet),
        line(f"As of {to_the_second(fleet.at)}."),
        class_="nk",
    )
    return str(page)


def _row(row: Row, fleet: Fleet) -> Markup:
    key, now = row.known.key, fleet.at
    mark = "✕ " if row.standing in GRAVE else ""
    plain = (words.saved(row.known, now), row.known.state.identity.version, words.heard(row.known, now))
    return element(
        "div",
        name(f"{mark}{row.standing}"),
        _link(row),
        element("span", f"{key.account} {key.region}"),
        *(element("span", text) for text in plain if text),
        *(element("span", shorten(text, LONGEST), class_="nk-more") for text in words.about(row, now)),
        class_="nk-row",
        style=f"border-color:{COLOURS.get(row.standing, WARNING)}",
    )


def _link(row: Row) -> Markup:
    """The stack's name, which leads to its own picture for who may look at that account."""
    key = row.known.key
    console = CONSOLES.get(row.known.state.identity.id.split(":")[1])
    if console is None:
        return element("span", key.stack)
    there = (
        f"https://{key.region}.{console}/cloudwatch/home?region={key.region}#dashboards/dashboard/{key.stack}"
    )
    return element("a", key.stack, href=there, target="_blank")


def _heals(fleet: Fleet) -> Iterator[Markup]:
    heals = fleet.heals()[:HEALS]
    if heals:
        yield line(name("The last heals"))
        yield from (line(words.healed(key, heal)) for key, heal in heals)
