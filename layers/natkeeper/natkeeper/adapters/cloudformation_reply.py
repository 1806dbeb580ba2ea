"""CloudFormation's request to a custom resource, and the answer that it waits for at a pre-signed URL, an
hour long if it never comes.
"""

from __future__ import annotations

import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException

_REASON = 800  # characters; the whole answer must stay under 4,096 bytes, with what JSON escapes
_TIMEOUT = 5  # seconds
_PAUSES = (1, 2, 4)  # seconds between the tries
_IDS = ("StackId", "RequestId", "LogicalResourceId")
_KINDS = ("Create", "Update", "Delete")
_ID = re.compile(r"[!-~]{1,256}")
_URL = re.compile(r"https?://[!-~]+")
_UNPLAIN = re.compile(r"[^ -~\n]")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked (`kind`), by whom, and where the answer goes; with what is wrong in it, if anything.
    `subnets` and `allocations` are what the stack has now; None when they are missing or malformed. `chosen`
    are a person's parameters."""

    kind: str
    url: str
    physical_id: str
    ids: Mapping[str, str]
    subnets: tuple[str, ...] | None
    allocations: tuple[str, ...] | None
    chosen: Mapping[str, str]
    mistakes: tuple[str, ...]


def read(event: object) -> Request:
    """The request in an event, whatever the event is. Without a usable ResponseURL, `url` is empty."""
    fields = event if isinstance(event, Mapping) else {}
    ids = {name: _text(fields, name, _ID) for name in _IDS}
    kind = fields.get("RequestType")
    url = _url(fields)
    mistakes = [f"{name} is missing or malformed" for name, value in ids.items() if not value]
    if kind not in _KINDS:
        mistakes.append("RequestType should be Create, Update or Delete")
    if not url:
        mistakes.append("ResponseURL is missing or malformed")
    return Request(
        kind=str(kind) if kind in _KINDS else "",
        url=url,
        physical_id=_text(fields, "PhysicalResourceId", _ID) or f"{ids['LogicalResourceId']}-natkeeper",
        ids=ids,
        subnets=_listed(fields, "PublicSubnetIds"),
        allocations=_listed(fields, "AllocationIds"),
        chosen=_chosen(fields),
        mistakes=tuple(mistakes),
    )


def answer(request: Request, error: str = "", sleep: Callable[[float], None] | None = None) -> None:
    """Puts SUCCESS, or FAILED with the error (custom resource response objects, CloudFormation User Guide).

    Raises OSError when the URL cannot be reached four times: nobody else would answer.
    """
    body = {
        "Status": "FAILED" if error else "SUCCESS",
        "Reason": _UNPLAIN.sub("?", error)[:_REASON] or "done",
        "PhysicalResourceId": request.physical_id,
        **request.ids,
    }
    data = json.dumps(body).encode()
    for pause in _PAUSES:
        try:
            return _put(request.url, data)
        except OSError:
            (sleep or time.sleep)(pause)
    return _put(request.url, data)


def _put(url: str, data: bytes) -> None:
    put = urllib.request.Request(  # noqa: S310  # CloudFormation's own https URL
        url,
        data=data,
        method="PUT",
        headers={"Content-Type": ""},  # the URL is signed for an empty one
    )
    try:
        with urllib.request.urlopen(put, timeout=_TIMEOUT):  # noqa: S310
            pass
    except HTTPException as error:  # no OSError: an answer that is none, which a proxy may give
        raise OSError(str(error)) from error


def _text(fields: Mapping[object, object], name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _listed(fields: Mapping[object, object], name: str) -> tuple[str, ...] | None:
    properties = fields.get("ResourceProperties")
    values = properties.get(name) if isinstance(properties, Mapping) else None
    if not isinstance(values, list):
        return None
    found = tuple(v for v in values if isinstance(v, str) and _ID.fullmatch(v))
    return found if len(found) == len(values) else None


def _chosen(fields: Mapping[object, object]) -> dict[str, str]:
    properties = fields.get("ResourceProperties")
    found = properties.get("Choices") if isinstance(properties, Mapping) else None
    pairs = found.items() if isinstance(found, Mapping) else ()
    return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}


def _url(fields: Mapping[object, object]) -> str:
    url = _text(fields, "ResponseURL", _URL)
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.hostname and parts.hostname.encode("idna") and parts.port != 0
    except ValueError:  # a port that is no number, a name that no resolver takes
        return ""
    return url if usable else ""
