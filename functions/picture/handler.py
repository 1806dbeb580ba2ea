"""Answers CloudWatch's dashboard with the stack's picture. Reads, and touches nothing."""

from __future__ import annotations

from typing import Any

from natkeeper import bootstrap

bootstrap.prepare(bootstrap.illustrator)


def handler(event: object, _context: Any) -> str:
    """HTML for a custom widget, or its documentation in Markdown."""
    return bootstrap.illustrator().answer(event)
