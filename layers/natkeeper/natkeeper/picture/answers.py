"""What a function answers to who called it: a summary, as JSON; and to a button of the picture HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from natkeeper.core.errors import AwsError


def reply(event: object, carry_out: Callable[[], str]) -> Any:
    """What came of it. A button's call that AWS would not let be carried out says so: nobody tries it again.
    Any other raises its AwsError."""
    if not (isinstance(event, Mapping) and event.get("answer") == "html"):
        return {"summary": carry_out()}
    # Whoever presses a button waits some milliseconds for it; a heal never does.
    from natkeeper.core.picture.answer import answered, failed

    try:
        return answered(carry_out())
    except AwsError as error:
        return failed(str(error))
