"""Answers CloudWatch's dashboard, or whoever calls it, with the stack's picture. Touches nothing."""

from __future__ import annotations

from typing import Any

from natkeeper import bootstrap

bootstrap.prepare(bootstrap.illustrator)


def handler(event: object, _context: Any) -> Any:
    """HTML for a custom widget, or its documentation in Markdown; text, or JSON's values, when asked so."""
    return bootstrap.illustrator().answer(event)
