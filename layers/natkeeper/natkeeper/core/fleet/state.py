"""A stack's state in a few hundred bytes: what leaves its account, and nothing else of it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from natkeeper.core.memory import Heal
from natkeeper.core.model import ZoneName
from natkeeper.core.picture.overview import Overview, Saved, State

HEALS = 3
"""So many of the last heals are told."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which stack says it: its name, its CloudFormation id (an ARN), its version of natkeeper, and whether
    it takes orders from the hub."""

    stack: str
    id: str
    version: str
    takes_orders: bool = False


@dataclass(frozen=True, slots=True)
class ZoneState:
    """How a zone stands."""

    name: ZoneName
    state: State


@dataclass(frozen=True, slots=True)
class ZoneHeal:
    """A zone got its way out back: when, and after how many seconds."""

    zone: ZoneName
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class StackState:
    """A stack at one moment. `overdue` counts goals that are missed for too long, `refused` steps that AWS
    refuses; `removed`: it is being deleted; `heals` newest first."""

    identity: Identity
    at: datetime
    zones: tuple[ZoneState, ...]
    overdue: int = 0
    refused: int = 0
    paused_until: datetime | None = None
    saved: Saved | None = None
    heals: tuple[ZoneHeal, ...] = ()
    removed: bool = False

    @property
    def unread(self) -> bool:
        """Whether some zone could not be read."""
        return any(zone.state is State.UNREAD for zone in self.zones)


def state_of(overview: Overview, identity: Identity, *, removed: bool = False) -> StackState:
    """What a person would see of the stack, in short."""
    return StackState(
        identity=identity,
        at=overview.at,
        zones=tuple(ZoneState(zone.name, zone.state) for zone in overview.zones),
        overdue=sum(goal.overdue for zone in overview.zones for goal in zone.goals),
        refused=len(overview.refused),
        paused_until=overview.paused_until,
        saved=overview.saved,
        heals=tuple(map(_heal, overview.heals[:HEALS])),
        removed=removed,
    )


def _heal(heal: Heal) -> ZoneHeal:
    return ZoneHeal(heal.zone, heal.over, (heal.over - heal.noticed).total_seconds())
