"""CloudFormation's custom resource: takes away what the controller has launched and nobody will miss."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from natkeeper import bootstrap
from natkeeper.adapters.cloudformation_reply import Request, answer, read

TO_ANSWER = timedelta(seconds=60)
"""Kept of Lambda's time for the last call and the answer."""


def handler(event: object, context: Any) -> dict[str, str]:
    """What was done. CloudFormation is answered in every case, or the stack would hang for an hour."""
    request = read(event)
    if request.mistakes:
        refusal = f"refused: {'; '.join(request.mistakes)}"
        if request.url:
            answer(request, error=refusal)
        return {"summary": refusal}
    try:
        summary = _obey(request, timedelta(milliseconds=context.get_remaining_time_in_millis()) - TO_ANSWER)
    except Exception as error:  # whatever it is, CloudFormation must hear of it, and then Lambda too
        answer(request, error=f"{type(error).__name__}: {error}")
        raise
    answer(request)
    return {"summary": summary}


def _obey(request: Request, time_left: timedelta) -> str:
    if request.kind == "Delete":
        return bootstrap.demolition().demolish(time_left)
    if request.kind == "Update" and request.subnets is not None and request.allocations is not None:
        return bootstrap.demolition().trim(request.subnets, request.allocations, time_left)
    return "nothing to take away"
