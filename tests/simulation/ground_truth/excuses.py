"""Until when the controller could not do its work, and where: only then is a law that it has to act suspended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from natkeeper.core.model import ZoneName
from tests.world.agenda import Agenda


class Hampers(Enum):
    """What a fault that lasts excuses."""

    NOTHING = auto()  # whatever it refuses, zones are served
    LAUNCHES = auto()  # no new node; there may be others, and routes can move
    ZONE = auto()  # a zone's route, or all that could serve it
    ALL = auto()


@dataclass(frozen=True)
class Lasts:
    """A fault lasts for so many seconds."""

    seconds: float
    hampers: Hampers = Hampers.ALL
    in_zone: bool = True  # only there


@dataclass
class Excuses:
    """`acting` and `launching`: until then, in each zone, the controller could not."""

    agenda: Agenda
    zones: Sequence[ZoneName]
    active: list[tuple[Hampers, ZoneName | None]] = field(default_factory=list)
    acting: dict[ZoneName, float] = field(default_factory=dict)
    launching: dict[ZoneName, float] = field(default_factory=dict)

    def look(self) -> None:
        """Takes note of the time for whatever is under way."""
        for hampers, zone in self.active:
            self.hamper(hampers, zone)

    def hamper(self, hampers: Hampers = Hampers.ALL, zone: ZoneName | None = None) -> None:
        """It could not until now; without a zone: anywhere."""
        if hampers is Hampers.NOTHING:
            return
        for name in (zone,) if zone else self.zones:
            self.launching[name] = self.agenda.at
            if hampers is not Hampers.LAUNCHES:
                self.acting[name] = self.agenda.at

    def since(self, zone: ZoneName) -> float:
        """Until when it could not act in a zone."""
        return self.acting.get(zone, 0.0)

    def since_launching(self, zone: ZoneName) -> float:
        """Until when it could not launch in a zone."""
        return self.launching.get(zone, 0.0)

    @property
    def nothing_lately(self) -> bool:
        """Whether nothing at all hampers it, or has for some minutes."""
        latest = max((*self.acting.values(), *self.launching.values()), default=-1e9)
        return not self.active and self.agenda.at - latest > 180.0
