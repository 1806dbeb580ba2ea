"""Every trigger -> observe -> plan -> apply. The single writer."""

from __future__ import annotations

import os
from typing import Any

from natkeeper import bootstrap
from natkeeper.core.intake.triggers import parse
from natkeeper.picture.answers import reply

bootstrap.prepare(bootstrap.desk)


def handler(event: object, context: Any) -> Any:
    """What was done, or would be, as text under `summary`; as HTML to a button."""
    desk = bootstrap.desk().within(bootstrap.time_left(context))
    trigger = parse(event, os.environ["STACK_NAME"], bootstrap.utc_now())
    return reply(event, lambda: desk.handle(trigger))
