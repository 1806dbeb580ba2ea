"""What the hub's function is told by its template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from natkeeper.environment import Reader


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """The name of its table."""

    table: str


def fleet_settings(environment: Mapping[str, str]) -> FleetSettings:
    """The settings. Raises SettingsError with every mistake."""
    read = Reader(environment)
    table = read.table()
    read.finish()
    return FleetSettings(table)
