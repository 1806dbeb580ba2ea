"""Text for a terminal: a line of a stranger's stays one line, and columns stand below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from natkeeper.core.picture.markup import shorten, shown

LONGEST = 400
"""So many characters of a line."""


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A line for each row, all of which have as many cells."""
    rows = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def one_line(text: str) -> str:
    """What a terminal shows as it stands: no line, colour or bell of a stranger's."""
    return shorten(shown(text.replace("\n", " ")), LONGEST)
