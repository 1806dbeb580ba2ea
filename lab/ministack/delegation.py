"""EC2 wholly, and SSM's Run Command and documents, are answered by the EC2 side."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import ministack.app as gateway

from lab.ministack import store

DELEGATED = frozenset(
    {
        "CancelCommand",
        "CreateDocument",
        "DeleteDocument",
        "DescribeDocument",
        "DescribeInstanceInformation",
        "GetCommandInvocation",
        "GetDocument",
        "ListCommandInvocations",
        "ListCommands",
        "ListDocuments",
        "SendCommand",
        "UpdateDocument",
        "UpdateDocumentDefaultVersion",
    }
)
PUBLIC = b"/aws/service/"
HEADERS = frozenset({"content-type", "x-amz-target", "authorization", "x-amz-date", "user-agent"})
Answer = tuple[int, dict[str, str], bytes]


def forward(method: str, path: str, headers: Any, body: Any, query: Any) -> Answer:
    """Sends a request on and returns the answer as it is, errors included."""
    where = store.endpoint() + path + (f"?{urlencode(query, doseq=True)}" if query else "")
    data = body if isinstance(body, bytes) else (body or "").encode()
    kept = {name: value for name, value in headers.items() if name.lower() in HEADERS}
    request = urllib.request.Request(where, data or None, kept, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, _type(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, _type(error.headers), error.read()


def _type(headers: Any) -> dict[str, str]:
    return {"Content-Type": headers.get("Content-Type", "text/xml")}


async def ec2(method: str, path: str, headers: Any, body: Any, query: Any) -> Answer:
    """Answers EC2."""
    return await asyncio.to_thread(forward, method, path, headers, body, query)


def install() -> None:
    """Puts the EC2 side in ministack's place."""
    own = gateway.SERVICE_HANDLERS["ssm"]

    async def ssm(method: str, path: str, headers: Any, body: Any, query: Any) -> Any:
        action = headers.get("x-amz-target", "").split(".")[-1]
        # ministack has no public parameters, and AWS does not let anyone create them.
        public = action in ("GetParameter", "GetParameters") and PUBLIC in (body or b"")
        if action in DELEGATED or public:
            return await asyncio.to_thread(forward, method, path, headers, body, query)
        return await own(method, path, headers, body, query)

    gateway.SERVICE_HANDLERS["ec2"] = ec2
    gateway.SERVICE_HANDLERS["ssm"] = ssm
