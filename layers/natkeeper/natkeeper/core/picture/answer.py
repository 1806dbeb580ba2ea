"""The answer to a button, as HTML that the console shows over the picture."""

from __future__ import annotations

from collections.abc import Mapping

from natkeeper.core.intake.commands import Reply
from natkeeper.core.picture.markup import element, shorten

AS_HTML = {"answer": "html"}
"""What a call says whose answer is to be HTML."""
LONGEST = 20_000
"""So many characters of an answer are shown."""
MEANS = {
    Reply.OBEYED: "It is written down, and this is what came of it so far.",
    Reply.KNOWN: "It was obeyed before; this is what came of it now.",
    Reply.SO: "Nothing had to be done for it.",
    Reply.TRIED: "Nothing was touched. This is what it would lead to.",
    Reply.REFUSED: "Nothing was done, because:",
}
_STYLE = "white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px;line-height:1.4"


def wants_html(event: object) -> bool:
    """Whether a call's answer is to be HTML."""
    return isinstance(event, Mapping) and AS_HTML.items() <= event.items()


def answered(summary: str) -> str:
    """What came of an order: the word for it, what that means, and the rest of the summary."""
    said, _, rest = summary.removeprefix("ignored: ").partition(": ")
    reply = next((reply for reply in Reply if reply == said), None)
    if reply is None:
        return told(summary)
    return str(
        element(
            "div",
            element("div", element("strong", reply), f". {MEANS[reply]}"),
            element("div", shorten(rest, LONGEST)),
            style=_STYLE,
        )
    )


def told(text: str) -> str:
    """Any other text, as it is."""
    return str(element("div", shorten(text, LONGEST), style=_STYLE))


def failed(error: str) -> str:
    """Nothing came of it, and nobody will try again."""
    return told(f"Not done, and nothing is written down: {error}. Look at the picture, and press again.")
