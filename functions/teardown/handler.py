"""CloudFormation's custom resource: on deletion, takes away what the controller has launched."""

from __future__ import annotations

from typing import Any

from natkeeper import bootstrap
from natkeeper.adapters.cloudformation_reply import answer, read


def handler(event: object, _context: Any) -> dict[str, str]:
    """What was done. CloudFormation is answered in every case, or the stack would hang for an hour."""
    request = read(event)
    if request.mistakes:
        refusal = f"ignored: {'; '.join(request.mistakes)}"
        if request.url:
            answer(request, error=refusal)
        return {"summary": refusal}
    summary = "nothing to take away"
    try:
        if request.kind == "Delete":
            summary = bootstrap.demolition().demolish()
    except Exception as error:  # whatever it is, CloudFormation must hear of it, and then Lambda too
        answer(request, error=f"{type(error).__name__}: {error}")
        raise
    answer(request)
    return {"summary": summary}
