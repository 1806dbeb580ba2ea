"""A zone as SVG: hosts, who forwards for them, the internet. It scales with its card, in the card's own text
colour, so that it is readable in either theme of the console; nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from natkeeper.core.picture.markup import Markup, element, join, shorten
from natkeeper.core.picture.overview import State, Way, ZoneView

WIDTH, ROW = 300, 62
MOST = 3
"""So many rows at most; what is left is counted."""
GOOD, WARNING, BAD, CALM = "#2f8a3d", "#a86f00", "#d13b3b", "#6b7f94"
"""Each stands out 3:1 from the console's white and from its dark (WCAG 2.2, non-text contrast)."""
COLOURS = {
    State.SERVED: GOOD,
    State.CHANGING: WARNING,
    State.DOUBTED: WARNING,
    State.COVERED: WARNING,
    State.LAST_RESORT: WARNING,
    State.FOREIGN: WARNING,
    State.BROKEN: BAD,
    State.ASLEEP: CALM,
    State.IDLE: CALM,
    State.UNREAD: WARNING,
}
_SIZE = 11
_ADVANCE = 0.62
"""A monospaced letter's width, of its size, in the widest of the usual fonts."""
_READABLE = 26
"""So many letters of a label at most: more would be squeezed until nobody could read them."""


def draw(zone: ZoneView) -> Markup:
    """The zone's ways out, a row each. Without one nothing is drawn."""
    if not zone.ways:
        return join()
    shown, left = zone.ways[:MOST], len(zone.ways[MOST:])
    height = len(shown) * ROW
    rows = [_row(way, zone, number * ROW) for number, way in enumerate(shown)]
    if left:
        rows.append(_label(4, height + 10, f"and {left} more"))
        height += 16
    told = "; ".join(_told(way) for way in shown)
    return element(
        "svg",
        element("title", f"{zone.name}: {zone.state}. {told}"),
        *rows,
        viewBox=f"0 0 {WIDTH} {height}",
        role="img",
        class_="nk-ways",
    )


def _told(way: Way) -> str:
    return f"{_counted(way)}: {', '.join((*_named(way), *_judged(way), _end(way)))}"


def _row(way: Way, zone: ZoneView, top: int) -> Markup:
    colour = _colour(way, zone)
    dashes = None if way.works else "4 3"
    middle = top + 30
    return element(
        "g",
        _box(1, top + 12, 56, 36),
        _label(29, middle - 1, "hosts", anchor="middle"),
        _label(29, middle + 12, _counted(way), anchor="middle", size=9, room=52),
        _line(57, middle, 80, colour, dashes),
        _box(80, top + 4, 144, 52, colour),
        *_words(way, zone, top),
        _line(224, middle, 244, colour, dashes),
        _label(248, middle + 4, _end(way), size=10, room=50),
        _label(234, middle - 5, "✕", anchor="middle") if way.works is False else None,
    )


def _end(way: Way) -> str:
    if way.works:
        return "internet"
    return "not out" if way.works is False else "not known"


def _words(way: Way, zone: ZoneView, top: int) -> Iterator[Markup]:
    """Up to three lines in the box: where it leads, how that is, and what the internet sees."""
    node = next((node for node in zone.nodes if node.id == way.node), None)
    address = (node.address,) if node and node.address else ()
    lines = (*_named(way), *_judged(way), *address)
    for number, line in enumerate(lines):
        yield _label(152, top + 20 + number * 14, line, anchor="middle", room=138)


def _named(way: Way) -> tuple[str, ...]:
    return (way.leads_to, way.being) if way.being else (way.leads_to,)


def _judged(way: Way) -> tuple[str, ...]:
    told = ", ".join(part for part in (way.verdict, way.lifecycle) if part)
    return (told,) if told else ()


def _colour(way: Way, zone: ZoneView) -> str:
    """The zone's, but that one way out may work where another does not: only what is broken is red, and what
    nobody knows to work is never green."""
    if way.works is False:
        return CALM if zone.state is State.ASLEEP else BAD
    if way.works is None:
        return CALM if zone.state in (State.IDLE, State.ASLEEP) else WARNING
    return GOOD if zone.state in (State.BROKEN, State.DOUBTED) else COLOURS[zone.state]


def _counted(way: Way) -> str:
    return f"{len(way.tables)} table{'s' * (len(way.tables) != 1)}"


def _box(x: int, y: int, width: int, height: int, colour: str = "currentColor") -> Markup:
    return element(
        "rect", x=x, y=y, width=width, height=height, rx=4, fill="none", stroke=colour, stroke_width=2
    )


def _line(x: int, y: int, to: int, colour: str, dashes: str | None) -> Markup:
    return element("line", x1=x, y1=y, x2=to, y2=y, stroke=colour, stroke_width=2, stroke_dasharray=dashes)


def _label(
    x: int, y: int, text: str, *, anchor: str = "start", size: int = _SIZE, room: int | None = None
) -> Markup:
    """Text that is squeezed into its room where the viewer's font would have it wider."""
    text = shorten(text, _READABLE)
    tight = room is not None and len(text) > int(room / (size * _ADVANCE))
    return element(
        "text",
        text,
        x=x,
        y=y,
        font_size=size,
        fill="currentColor",
        text_anchor=anchor,
        textLength=room if tight else None,
        lengthAdjust="spacingAndGlyphs" if tight else None,
    )
