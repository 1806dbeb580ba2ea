"""An overview as the HTML of a CloudWatch custom widget: cards that wrap, no scripts, and nothing from
elsewhere. The widget's own style colours text and ground, in light and dark (CloudWatch User Guide, details
about custom widgets); the picture takes both as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from natkeeper.core.picture import words
from natkeeper.core.picture.buttons import Buttons
from natkeeper.core.picture.diagram import COLOURS, draw
from natkeeper.core.picture.markup import Content, Markup, element, line, name, shorten
from natkeeper.core.picture.overview import NodeView, Overview, ZoneView

LONGEST = 240
"""So many characters of what others wrote are shown."""
STYLE = (
    ".nk{font-size:13px;line-height:1.4;overflow-wrap:anywhere}"
    ".nk-cards{display:flex;flex-wrap:wrap;gap:8px}"
    ".nk-card{flex:1 1 220px;min-width:0;max-width:420px;box-sizing:border-box;"
    "border:1px solid currentColor;border-left-width:6px;border-radius:4px;padding:6px 8px}"
    ".nk-name{font-weight:bold}"
    ".nk-ways{display:block;width:100%;max-width:340px;height:auto;font-family:monospace;margin:4px 0}"
    ".nk-line{margin:2px 0}"
    ".nk-buttons{display:flex;flex-wrap:wrap;gap:4px;margin-top:6px}"
)


def render(overview: Overview, buttons: Buttons | None = None) -> str:
    """The HTML. Without `buttons` it is only to be looked at."""
    page = element(
        "div",
        element("style", STYLE),
        line(name(overview.stack), f" · {words.headline(overview)}"),
        *(line(shorten(fact, LONGEST)) for fact in words.facts(overview)),
        element("div", *(_card(zone, overview, buttons) for zone in overview.zones), class_="nk-cards"),
        *(piece for title, lines in words.lists(overview) for piece in _listed(title, lines)),
        buttons.for_stack(overview) if buttons else None,
        line(f"As of {words.to_the_second(overview.at)}."),
        class_="nk",
    )
    return str(page)


def _listed(title: str, lines: Sequence[str]) -> Iterator[Markup]:
    yield line(name(title))
    yield from (line(shorten(text, LONGEST)) for text in lines)


def _card(zone: ZoneView, overview: Overview, buttons: Buttons | None) -> Markup:
    shown, left = zone.nodes[: words.MOST], len(zone.nodes[words.MOST :])
    return element(
        "div",
        line(name(zone.name), f" · {zone.state}"),
        draw(zone),
        *(line(shorten(text, LONGEST)) for text in words.about(zone)),
        *(line(*_told_of(node)) for node in shown),
        line(f"and {words.number(left, 'more node')}") if left else None,
        buttons.for_zone(zone, overview.at) if buttons else None,
        class_="nk-card",
        style=f"border-left-color:{COLOURS[zone.state]}",
    )


def _told_of(node: NodeView) -> Iterator[Content]:
    yield element("code", node.id)
    yield f": {words.standing(node)}"
    if node.reason:
        yield f": {shorten(node.reason, LONGEST)}"
