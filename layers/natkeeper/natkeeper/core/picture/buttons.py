"""Buttons of the picture: each calls the reconcile function with an order, in the form in which every order
comes (core/intake/grammar), with the rights of who looks at it (CloudWatch User Guide, interactivity in the
custom widget). A direct call is answered to who called, and the console shows the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from natkeeper.core.picture.markup import Markup, element, join
from natkeeper.core.picture.overview import State, ZoneView

_SAFE = {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"}
"""JSON that is the same whether it is read as HTML or as text."""


@dataclass(frozen=True, slots=True)
class Buttons:
    """For one stack: its name, and the ARN of the function that takes orders."""

    stack: str
    endpoint: str

    def for_zone(self, zone: ZoneView) -> Markup:
        """What can be ordered of a zone as it stands now."""
        return element("div", *self._of_zone(zone), class_="nk-buttons")

    def for_stack(self, *, paused: bool) -> Markup:
        """What can be ordered of the whole stack."""
        return element("div", *self._of_stack(paused=paused), class_="nk-buttons")

    def _of_zone(self, zone: ZoneView) -> Iterator[Markup]:
        if zone.state is State.UNREAD:
            return
        here: dict[str, object] = {"zone": zone.name}
        if zone.nodes and zone.state not in (State.ASLEEP, State.IDLE):
            yield self._button(
                "Failover", f"Move {zone.name} off its node now? Open connections may break.", here
            )
            yield self._button("Replace", f"Launch a new node for {zone.name}, then move to it?", here)
            yield self._button(
                "Failover", f"Show what a failover of {zone.name} would do? Nothing is touched.",
                {**here, "dry_run": True}, "Try failover",
            )  # fmt: skip
        yield self._button("Wake", f"Keep {zone.name} awake for an hour?", {**here, "minutes": 60})
        if zone.state is not State.ASLEEP:
            yield self._button(
                "Sleep", f"Put {zone.name} to sleep until another wish? Its hosts lose their way out.", here
            )
        if zone.rest:
            yield self._button("Automatic", f"Let {zone.name} sleep and wake as the parameters say?", here)

    def _of_stack(self, *, paused: bool) -> Iterator[Markup]:
        if paused:
            yield self._button("Resume", "Let natkeeper act again?", {})
        else:
            yield self._button(
                "Pause", "Only watch for an hour? What breaks meanwhile is not healed.", {"minutes": 60}
            )

    def _button(self, kind: str, question: str, keys: dict[str, object], label: str = "") -> Markup:
        """The action belongs to the element right before it."""
        return join(
            element("a", label or kind, class_="btn"),
            element(
                "cwdb-action",
                self._order(kind, keys),
                action="call",
                confirmation=question,
                display="popup",
                endpoint=self.endpoint,
            ),
        )

    def _order(self, kind: str, keys: dict[str, object]) -> str:
        order = {"source": "natkeeper", "detail-type": kind, "detail": {"stack": self.stack, **keys}}
        text = json.dumps(order)
        for character, written in _SAFE.items():
            text = text.replace(character, written)
        return text
