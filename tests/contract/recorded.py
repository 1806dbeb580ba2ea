"""AWS's own answers, as it documents them or as people have published them, fed into real boto3 clients.

They enter where botocore would have sent the request, so its parsers, paginators and errors are the real
ones. Nothing leaves this machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

EC2_ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=1, read_timeout=0.3)
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: str


@dataclass(frozen=True)
class _Raw:
    body: bytes

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.body


@dataclass
class Wire:
    """Answers by API action, several in their order; and what was asked."""

    replies: dict[str, list[Reply]]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        action, parameters = _understood(request)
        self.asked.append((action, parameters))
        replies = self.replies[action]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return AWSResponse(request.url, reply.status, HTTPHeaders(), _Raw(reply.body.encode()))


def _understood(request: AWSPreparedRequest) -> tuple[str, dict[str, Any]]:
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    target = request.headers.get("X-Amz-Target")
    if target:
        name = target.decode() if isinstance(target, bytes) else str(target)
        return name.rpartition(".")[2], json.loads(body)
    parameters = {key: values[0] for key, values in parse_qs(body).items()}
    return parameters["Action"], parameters


def client(service: str, **replies: Reply | list[Reply]) -> tuple[Any, Wire]:
    """A boto3 client for which AWS has said these replies, by action."""
    wire = Wire({name: r if isinstance(r, list) else [r] for name, r in replies.items()})
    made: Any = boto3.client(service, config=ONCE, **CREDENTIALS)  # type: ignore[call-overload]
    made.meta.events.register("before-send.*", wire.answer)
    return made, wire


def ec2_error(code: str, message: str, status: int = 400) -> Reply:
    """An error of EC2's query protocol, as in https://github.com/StreisandEffect/streisand/issues/1618."""
    return Reply(
        status,
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        "<RequestID>a1c6396c-f067-4e6b-bc27-aeebaf780b68</RequestID></Response>",
    )


def ec2(action: str, inner: str) -> Reply:
    """A good answer of EC2's query protocol."""
    return Reply(
        200,
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
        f"<requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>{inner}</{action}Response>",
    )


def json_error(shape: str, message: str, status: int = 400) -> Reply:
    """An error of the JSON protocol of SSM and DynamoDB (DynamoDB Developer Guide, Error handling)."""
    return Reply(status, json.dumps({"__type": shape, "message": message}))


HTML_503 = Reply(503, "<html><body><b>Http/1.1 Service Unavailable</b></body> </html>")
"""What a load balancer says where the service should (botocore/parsers.py, _is_generic_error_response)."""
HTML_200 = Reply(200, "<!DOCTYPE html><html><body><p>Please log in<br></body></html>")
"""A captive proxy's page: no XML, no JSON, no error."""
XHTML_200 = Reply(200, "<html><body>Please log in</body></html>")
"""The same as well-formed XML, which no parser refuses."""
