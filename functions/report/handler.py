"""Writes down what each day used, and tells what was saved. Touches nothing else."""

from __future__ import annotations

import os
from typing import Any

from natkeeper import bootstrap
from natkeeper.core.intake.triggers import parse

bootstrap.prepare(bootstrap.accountant)


def handler(event: object, _context: Any) -> dict[str, str]:
    """What was written down, or the report, as text under `summary`."""
    accountant = bootstrap.accountant()
    trigger = parse(event, os.environ["STACK_NAME"], bootstrap.utc_now())
    return {"summary": accountant.handle(trigger)}
