"""Tables in Markdown that no text can break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns the lines of a table."""
    lines = [headings, ["---"] * len(headings), *([safe(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def safe(text: str) -> str:
    """Returns a text that can break neither a table nor the page."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
