"""What the hub's functions are told by their template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from natkeeper.environment import Reader


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """The name of their table, and whether this function hears: who may call the one that shows could else
    say, in any account's name, how a stack stands."""

    table: str
    hears: bool


def fleet_settings(environment: Mapping[str, str]) -> FleetSettings:
    """The settings. Raises SettingsError with every mistake."""
    read = Reader(environment)
    settings = FleetSettings(read.table(), read.flag("HEARS"))
    read.finish()
    return settings
