"""HTML and SVG, built so that text is always text: a string that somebody else wrote cannot become an
element, an attribute, or an answer that Lambda could not encode.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

EMPTY = frozenset({"line", "path", "rect", "circle"})
"""Elements that are drawn here and hold nothing."""
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode's categories of what has no shape of its own: controls, marks that turn the direction of a line,
halves of characters that UTF-8 cannot hold."""


@dataclass(frozen=True, slots=True)
class Markup:
    """Finished HTML. Only this module makes it, of text that it has escaped."""

    html: str

    def __str__(self) -> str:
        """The HTML."""
        return self.html


Content = str | Markup | None


def element(name: str, *content: Content, **attributes: object) -> Markup:
    """An element. Text is escaped; an attribute of None is left out, `class_` is `class`, and `_` is `-`."""
    written = "".join(_attributes(attributes))
    if name in EMPTY:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{join(*content)}</{name}>")


def join(*content: Content) -> Markup:
    """Pieces one after the other."""
    return Markup("".join(str(p) if isinstance(p, Markup) else _text(p) for p in content if p is not None))


def line(*content: Content) -> Markup:
    """A line of a page."""
    return element("div", join(*content), class_="nk-line")


def name(text: str) -> Markup:
    """What a line, a card or a row is about."""
    return element("span", text, class_="nk-name")


def shown(text: str) -> str:
    """The text as it can be shown and sent: whatever has no shape is a question mark."""
    return "".join("�" if unicodedata.category(c) in _UNSHOWN and c != "\n" else c for c in text)


def shorten(text: str, most: int) -> str:
    """The text, or as much of its beginning as `most` characters hold, with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(text: str) -> str:
    return escape(shown(text), quote=False)


def _attributes(attributes: dict[str, object]) -> Iterator[str]:
    for name, value in attributes.items():
        if value is not None:
            yield f' {name.removesuffix("_").replace("_", "-")}="{escape(shown(str(value)))}"'
