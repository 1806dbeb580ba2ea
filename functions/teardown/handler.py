"""CloudFormation's custom resource: on deletion, takes away what the controller has launched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from natkeeper import bootstrap
from natkeeper.adapters.cloudformation_reply import answer


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, str]:
    """What was done. CloudFormation is answered in every case, or the stack would hang for an hour."""
    physical_id = event.get("PhysicalResourceId") or f"{event['LogicalResourceId']}-natkeeper"
    summary = "nothing to take away"
    try:
        if event["RequestType"] == "Delete":
            summary = bootstrap.demolition().demolish()
    except Exception as error:  # whatever it is, CloudFormation must hear of it, and then Lambda too
        answer(event, physical_id=physical_id, error=f"{type(error).__name__}: {error}")
        raise
    answer(event, physical_id=physical_id)
    return {"summary": summary}
