"""Examines the stack and its account, reading only; and checks a deployment before it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from natkeeper import bootstrap
from natkeeper.adapters.cloudformation_reply import Request, answer, read
from natkeeper.picture.answers import reply


def handler(event: object, _context: Any) -> Any:
    """What was found, as text under `summary`, as HTML to a button; CloudFormation is answered, whatever
    comes of it."""
    if isinstance(event, Mapping) and "RequestType" in event:
        return {"summary": _check(read(event))}
    return reply(event, lambda: bootstrap.examination().carry_out(event))


def _check(request: Request) -> str:
    """What CloudFormation was told. A check that breaks fails no deployment: its error goes to the queue of
    failures, whose alarm tells a person. Nor does a deletion fail: there is nothing to take away."""
    if request.mistakes or request.kind == "Delete":
        if request.url:
            answer(request)
        return "; ".join(request.mistakes) or "nothing to take away"
    try:
        error = bootstrap.gate().refuse(request.ids["StackId"], request.chosen)
    except Exception:
        answer(request)
        raise
    answer(request, error=error)
    return error or "the parameters fit"
