"""The answer that CloudFormation waits for at a pre-signed URL, an hour long if it never comes."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping

_REASON = 1000  # characters; the whole answer must stay under 4,096 bytes
_TIMEOUT = 10  # seconds


def answer(event: Mapping[str, str], *, physical_id: str, error: str = "") -> None:
    """Puts SUCCESS, or FAILED with the error (custom resource response objects, CloudFormation User Guide).

    Raises OSError when the URL cannot be reached: Lambda then tries the whole event again.
    """
    body = {
        "Status": "FAILED" if error else "SUCCESS",
        "Reason": error[:_REASON] or "done",
        "PhysicalResourceId": physical_id,
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(  # noqa: S310  # CloudFormation's own https URL
        event["ResponseURL"],
        data=json.dumps(body).encode(),
        method="PUT",
        headers={"Content-Type": ""},  # the URL is signed for an empty one
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT):  # noqa: S310
        pass
