"""Buttons of the picture: each calls the reconcile function with an order, in the form in which every order
comes (core/intake/grammar), or the doctor, with the rights of who looks at it (CloudWatch User Guide,
interactivity in the custom widget). An order names what it was drawn for and when, so that one that comes
late is refused, and never hits what came since. The answer is asked for as HTML, and the console shows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from natkeeper.core.picture.answer import AS_HTML
from natkeeper.core.picture.markup import Markup, element, join
from natkeeper.core.picture.overview import Overview, State, ZoneView

_SAFE = {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"}
"""JSON that is the same whether it is read as HTML or as text."""
_AT_REST = (State.ASLEEP, State.IDLE, State.UNREAD)


@dataclass(frozen=True, slots=True)
class Buttons:
    """For one stack: its name, and the ARNs of the functions that take orders, and that examine it."""

    stack: str
    orders: str
    doctor: str

    def for_zone(self, zone: ZoneView, at: datetime) -> Markup:
        """What can be ordered of a zone as it stood then."""
        return element("div", *self._of_zone(zone, at), class_="nk-buttons")

    def for_stack(self, overview: Overview) -> Markup:
        """What can be ordered of the whole stack, as it stood."""
        return element("div", *self._of_stack(overview), class_="nk-buttons")

    def _of_zone(self, zone: ZoneView, at: datetime) -> Iterator[Markup]:
        if zone.state is State.UNREAD:
            return
        here = {"zone": zone.name, "as_of": at.isoformat()}
        if zone.server and zone.state not in _AT_REST:
            yield from self._of_node(zone, {**here, "served_by": zone.server})
        yield self._order("Wake", f"Keep {zone.name} awake for an hour?", {**here, "minutes": 60})
        if zone.state is not State.ASLEEP:
            question = f"Put {zone.name} to sleep until another wish? Its hosts lose their way out."
            yield self._order("Sleep", question, here)
        if zone.rest:
            question = f"Let {zone.name} sleep and wake as the parameters say?"
            yield self._order("Automatic", question, here)

    def _of_node(self, zone: ZoneView, keys: Mapping[str, object]) -> Iterator[Markup]:
        node = f"{zone.server}, which serves {zone.name}"
        yield self._order(
            "Failover", f"Move {zone.name} off {zone.server} now? Open connections may break.", keys
        )
        yield self._order("Replace", f"Launch a successor of {node}, then move to it?", keys)
        yield self._order(
            "Failover", f"Show what a failover of {node} would do? Nothing is touched.",
            {**keys, "dry_run": True}, "Try failover",
        )  # fmt: skip

    def _of_stack(self, overview: Overview) -> Iterator[Markup]:
        keys = {"as_of": overview.at.isoformat()}
        if overview.paused_until:
            yield self._order("Resume", "Let natkeeper act again?", keys)
        else:
            question = "Only watch for an hour? What breaks meanwhile is not healed."
            yield self._order("Pause", question, {**keys, "minutes": 60})
        question = "Have the doctor look at the account and the stack? It only reads, for up to two minutes."
        yield _button("Doctor", question, self.doctor, {})

    def _order(self, kind: str, question: str, keys: Mapping[str, object], label: str = "") -> Markup:
        order = {"source": "natkeeper", "detail-type": kind, "detail": {"stack": self.stack, **keys}}
        return _button(label or kind, question, self.orders, order)


def _button(label: str, question: str, endpoint: str, payload: Mapping[str, object]) -> Markup:
    """The action belongs to the element right before it."""
    action = element(
        "cwdb-action",
        _written({**payload, **AS_HTML}),
        action="call",
        confirmation=question,
        display="popup",
        endpoint=endpoint,
    )
    return join(element("a", label, class_="btn"), action)


def _written(payload: Mapping[str, object]) -> str:
    text = json.dumps(payload)
    for character, written in _SAFE.items():
        text = text.replace(character, written)
    return text
