"""What the report is told, read once and checked whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from natkeeper.core.savings.overhead import Overhead, overhead_of
from natkeeper.core.savings.prices import OVERRIDES, Prices, prices_in, read_overrides
from natkeeper.core.savings.usage import Shape
from natkeeper.environment import Reader


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """What `report` is told by the template."""

    stack: str
    table: str
    topic: str
    shape: Shape
    prices: Prices
    overhead: Overhead


def report_settings(environment: Mapping[str, str]) -> ReportSettings:
    """The settings of `report`. Raises SettingsError with every mistake."""
    read = Reader(environment)
    zones = read.number("ZONES", 1, 6)
    settings = ReportSettings(
        stack=read.stack(),
        table=read.table(),
        topic=read.topic(),
        shape=Shape(zones, read.flag("KEEP_ADDRESS")),
        prices=_prices(read),
        overhead=overhead_of(zones, dashboard=read.flag("DASHBOARD"), own_image=read.flag("OWN_IMAGE")),
    )
    read.finish()
    return settings


def _prices(read: Reader) -> Prices:
    region = read.text("PRICE_REGION", r"[a-z]{2,4}(-[a-z]+)+-\d", "a region like us-east-1")
    given, mistakes = read_overrides(read.text("PRICES", r"[\s\S]{0,4000}", f"an object like {OVERRIDES}"))
    read.mistakes.extend(f"PRICES {mistake}" for mistake in mistakes)
    return prices_in(region).with_overrides(given)
