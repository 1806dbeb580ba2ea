"""What persons have ordered, in truth: each order's own time, whether it was a good one, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.world.bus import Bus, Event


@dataclass
class Order:
    """One event that a person sent. `written`: for what it was carried into the table."""

    event: Event
    at: float
    good: bool
    written: list[str] = field(default_factory=list)


@dataclass
class Orders:
    """All that were given, oldest first."""

    bus: Bus
    given: list[Order] = field(default_factory=list)
    newest: dict[str, float] = field(default_factory=dict)  # by what they are about: the newest one obeyed

    def give(self, kind: str, detail: Mapping[str, object], *, good: bool = True) -> None:
        """A person orders something."""
        event = self.bus.put("natkeeper", kind, detail)
        # EventBridge's times are whole seconds: of two in the same one, neither is the newer.
        self.given.append(Order(event, float(int(self.bus.gate.agenda.at)), good))
        del self.given[:-50]

    def replay(self, back: int) -> None:
        """An order of before is delivered once more."""
        if len(self.given) >= back:
            self.bus.send(self.given[-back].event)

    def of(self, event: Event | None) -> Order | None:
        """The order that an event is."""
        return next((o for o in self.given if event is not None and o.event["id"] == event.get("id")), None)
