"""Hears of many stacks, or shows them: its environment says which. It touches nothing else."""

from __future__ import annotations

from typing import Any

from natkeeper import bootstrap, fleet_bootstrap

bootstrap.prepare(fleet_bootstrap.hub)


def handler(event: object, _context: Any) -> str | dict[str, Any]:
    """HTML for a custom widget, or its documentation in Markdown, or what became of an event."""
    return fleet_bootstrap.hub().answer(event)
