"""What an SVG shows, as boxes, lines and words with their places: what a person looks at, not its text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

ADVANCE, ASCENT, DESCENT = 0.62, 0.8, 0.25
"""Of a letter's size: its width in a wide monospaced font, and how far it reaches over and below its line."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: Area) -> bool:
        """Whether the other lies in it, to the last point."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def overlaps(self, other: Area) -> bool:
        """Whether they have a point in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def grown(self, by: float) -> Area:
        """The area with a rim of this width, or without one."""
        return Area(self.left - by, self.top - by, self.right + by, self.bottom + by)


@dataclass(frozen=True, slots=True)
class Shape:
    """A box, or a line: where it is, without the width of its stroke."""

    area: Area
    stroke: float
    colour: str
    dashed: bool

    @property
    def painted(self) -> Area:
        """What it covers, with its stroke."""
        return self.area.grown(self.stroke / 2)

    @property
    def within(self) -> Area:
        """What is free inside of a box."""
        return self.area.grown(-self.stroke / 2)


@dataclass(frozen=True, slots=True)
class Words:
    """Words that stand in the picture, and how much narrower than usual their letters are (1: not at all)."""

    text: str
    area: Area
    squeezed: float


@dataclass(frozen=True, slots=True)
class Row:
    """A way out as it is drawn: two boxes, a line from each, and the words."""

    boxes: tuple[Shape, ...]
    lines: tuple[Shape, ...]
    words: tuple[Words, ...]

    def inside(self, box: Shape) -> list[str]:
        """What is written in a box, from above."""
        there = [words for words in self.words if box.within.holds(words.area)]
        return [words.text for words in sorted(there, key=lambda w: w.area.top)]

    @property
    def outside(self) -> list[str]:
        """What is written beside the boxes, from the left."""
        free = [w for w in self.words if not any(box.painted.overlaps(w.area) for box in self.boxes)]
        return [words.text for words in sorted(free, key=lambda w: w.area.left)]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A zone as it is drawn. `beside` are the words that belong to no row."""

    frame: Area
    title: str
    rows: tuple[Row, ...]
    beside: tuple[Words, ...]

    @classmethod
    def of(cls, svg: str) -> Self:
        """Reads an SVG; whatever is not known here is a mistake."""
        root = ET.fromstring(svg)
        left, top, width, height = map(float, root.attrib["viewBox"].split())
        title, *rest = root
        assert (root.tag, title.tag, root.get("role")) == ("svg", "title", "img")
        rows = tuple(_row(part) for part in rest if part.tag == "g")
        beside = tuple(_words(part) for part in rest if part.tag != "g")
        return cls(Area(left, top, left + width, top + height), title.text or "", rows, beside)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All boxes and lines."""
        return tuple(shape for row in self.rows for shape in (*row.boxes, *row.lines))

    @property
    def words(self) -> tuple[Words, ...]:
        """All words."""
        return (*(words for row in self.rows for words in row.words), *self.beside)

    def steps(self) -> list[float]:
        """From the top of each row to the top of the next."""
        return [b.boxes[0].area.top - a.boxes[0].area.top for a, b in pairwise(self.rows)]


def _row(group: ET.Element) -> Row:
    kinds = {part.tag for part in group}
    assert kinds == {"rect", "line", "text"}
    return Row(
        tuple(_box(part) for part in group.iter("rect")),
        tuple(_line(part) for part in group.iter("line")),
        tuple(_words(part) for part in group.iter("text")),
    )


def _number(part: ET.Element, name: str) -> float:
    return float(part.attrib[name])


def _box(part: ET.Element) -> Shape:
    x, y = _number(part, "x"), _number(part, "y")
    assert part.get("fill") == "none", "what lies under it would be hidden"
    return _shape(part, Area(x, y, x + _number(part, "width"), y + _number(part, "height")))


def _line(part: ET.Element) -> Shape:
    return _shape(part, Area(*(_number(part, name) for name in ("x1", "y1", "x2", "y2"))))


def _shape(part: ET.Element, area: Area) -> Shape:
    dashed = "stroke-dasharray" in part.attrib
    return Shape(area, _number(part, "stroke-width"), part.attrib["stroke"], dashed)


def _words(part: ET.Element) -> Words:
    assert (part.tag, part.get("fill")) == ("text", "currentColor")
    text, size = part.text or "", _number(part, "font-size")
    usual = len(text) * size * ADVANCE
    width = float(part.get("textLength", usual))
    assert part.get("lengthAdjust") == ("spacingAndGlyphs" if "textLength" in part.attrib else None)
    x, y = _number(part, "x"), _number(part, "y")
    left = {"start": x, "middle": x - width / 2}[part.attrib["text-anchor"]]
    return Words(text, Area(left, y - size * ASCENT, left + width, y + size * DESCENT), width / usual)
