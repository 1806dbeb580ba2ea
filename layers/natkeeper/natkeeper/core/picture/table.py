"""An overview as text, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from natkeeper.core.picture import words
from natkeeper.core.picture.columns import aligned, one_line
from natkeeper.core.picture.overview import NodeView, Overview, Way, ZoneView

COLUMNS = ("zone", "node", "verdict", "state", "age", "type", "address", "carries")


def table(overview: Overview) -> str:
    """The lines: the stack, each zone with its ways, all nodes, and what else is to be said."""
    return "\n".join(one_line(text) for text in _lines(overview))


def _lines(overview: Overview) -> Iterator[str]:
    yield f"{overview.stack}: {words.headline(overview)}"
    yield f"as of {words.to_the_second(overview.at)}"
    yield from words.facts(overview)
    for zone in overview.zones:
        yield ""
        yield f"{zone.name}: {zone.state}"
        yield from (f"  {_way(way)}" for way in zone.ways)
        yield from (f"  {text}" for text in words.about(zone))
        yield from (f"  {node.id}: {node.reason}" for node in zone.nodes if node.reason)
    nodes = [_row(zone, node) for zone in overview.zones for node in zone.nodes]
    if nodes:
        yield ""
        yield from aligned([COLUMNS, *nodes])
    for title, lines in words.lists(overview):
        yield ""
        yield f"{title}:"
        yield from (f"  {text}" for text in lines)


def _way(way: Way) -> str:
    works = {True: "works", False: "leads nowhere", None: "not known to work"}[way.works]
    to = ", ".join(part for part in (way.leads_to, way.being, way.verdict, way.lifecycle, works) if part)
    return f"{', '.join(way.tables)} -> {to}"


def _row(zone: ZoneView, node: NodeView) -> Sequence[str]:
    carries = ", ".join(words.carried(node))
    cells = (zone.name, node.id, node.verdict, node.lifecycle, words.age(node.age), node.kind)
    return (*cells, node.address or "-", carries or "-")
