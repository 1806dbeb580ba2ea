"""A value with its past, for reads that lag behind writes."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")
KEPT = 150.0
"""Seconds for which old values can still be read; longer than any lag."""


class Past(Generic[T]):
    """What a thing was, and when it became so."""

    __slots__ = ("_values",)

    def __init__(self, at: float, value: T) -> None:
        self._values = [(at, value)]

    @property
    def now(self) -> T:
        """What it is."""
        return self._values[-1][1]

    @property
    def since(self) -> float:
        """When it became what it is."""
        return self._values[-1][0]

    def set(self, at: float, value: T) -> None:
        """Makes it something else from then on."""
        values = self._values
        values.append((at, value))
        while len(values) > 1 and values[1][0] < at - KEPT:
            del values[0]

    def seen(self, at: float) -> T | None:
        """What somebody saw who looked at that time; None before it was there."""
        for since, value in reversed(self._values):
            if since <= at:
                return value
        return None
