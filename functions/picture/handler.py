"""Answers CloudWatch's dashboard, or whoever calls it, with the stack's picture, and tells the fleet's hub in
short what it shows. Touches nothing."""

from __future__ import annotations

import os
from typing import Any

from natkeeper import bootstrap, fleet_bootstrap
from natkeeper.core.intake.triggers import Sweep, parse

bootstrap.prepare(bootstrap.illustrator)


def handler(event: object, _context: Any) -> Any:
    """HTML for a custom widget, or its documentation in Markdown; text, or JSON's values, when asked so;
    of a schedule, what was told."""
    if isinstance(parse(event, os.environ.get("STACK_NAME", ""), bootstrap.utc_now()), Sweep):
        return fleet_bootstrap.announcer().announce()
    return bootstrap.illustrator().answer(event)
