"""Asks the nodes over Run Command and writes down what they say. Never heals."""

from __future__ import annotations

import os
from typing import Any

from natkeeper import bootstrap
from natkeeper.core.intake.triggers import parse

bootstrap.prepare(bootstrap.prober)


def handler(event: object, context: Any) -> dict[str, str]:
    """What each node said, as text under `summary`."""
    prober = bootstrap.prober().within(bootstrap.time_left(context))
    trigger = parse(event, os.environ["STACK_NAME"], bootstrap.utc_now())
    return {"summary": prober.handle(trigger)}
