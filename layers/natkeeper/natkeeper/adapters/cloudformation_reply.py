"""CloudFormation's request to a custom resource, and the answer that it waits for at a pre-signed URL, an
hour long if it never comes.
"""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

_REASON = 800  # characters; the whole answer must stay under 4,096 bytes, with what JSON escapes
_TIMEOUT = 10  # seconds
_IDS = ("StackId", "RequestId", "LogicalResourceId")
_KINDS = ("Create", "Update", "Delete")
_ID = re.compile(r"[!-~]{1,256}")
_URL = re.compile(r"https?://[!-~]+")
_UNPLAIN = re.compile(r"[^ -~\n]")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked (`kind`), by whom, and where the answer goes; with what is wrong in it, if anything."""

    kind: str
    url: str
    physical_id: str
    ids: Mapping[str, str]
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
        mistakes=tuple(mistakes),
    )


def answer(request: Request, error: str = "") -> None:
    """Puts SUCCESS, or FAILED with the error (custom resource response objects, CloudFormation User Guide).

    Raises OSError when the URL cannot be reached: Lambda then tries the whole event again.
    """
    body = {
        "Status": "FAILED" if error else "SUCCESS",
        "Reason": _UNPLAIN.sub("?", error)[:_REASON] or "done",
        "PhysicalResourceId": request.physical_id,
        **request.ids,
    }
    put = urllib.request.Request(  # noqa: S310  # CloudFormation's own https URL
        request.url,
        data=json.dumps(body).encode(),
        method="PUT",
        headers={"Content-Type": ""},  # the URL is signed for an empty one
    )
    with urllib.request.urlopen(put, timeout=_TIMEOUT):  # noqa: S310
        pass


def _text(fields: Mapping[object, object], name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _url(fields: Mapping[object, object]) -> str:
    url = _text(fields, "ResponseURL", _URL)
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.hostname and parts.hostname.encode("idna") and parts.port != 0
    except ValueError:  # a port that is no number, a name that no resolver takes
        return ""
    return url if usable else ""
