"""Lambda's Runtime API (2018-06-01) for one process and one event, on 127.0.0.1."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

BASE = "/2018-06-01/runtime"
REQUEST = "5b1e7a90-0000-4000-8000-00000000c01d"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:fresh"
LIFE = 900.0  # seconds that the event gives the function: the longest Timeout that there is
CALLS = {
    f"GET {BASE}/invocation/next": "next",
    f"POST {BASE}/invocation/{REQUEST}/response": "response",
    f"POST {BASE}/invocation/{REQUEST}/error": "error",
    f"POST {BASE}/init/error": "init error",
}


@dataclass(frozen=True)
class Call:
    """What the process asked for or told, when by `time.perf_counter`, and what the meter showed then."""

    what: str
    at: float
    metered: float
    body: Any = None


class RuntimeApi(HTTPServer):
    """Hands out the event as often as it is asked for. Calls are taken in `hear`, on the caller's thread."""

    def __init__(self, event: object) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.timeout = 0.05
        self.event = json.dumps(event).encode()
        self.heard: list[Call] = []
        self.meter: Callable[[], float] = float

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API should be."""
        return f"127.0.0.1:{self.server_port}"

    def hear(self, meter: Callable[[], float]) -> Call | None:
        """Waits a moment for a call, reads the meter, and answers. None when no call has come."""
        self.meter = meter
        before = len(self.heard)
        self.handle_request()
        return self.heard[-1] if len(self.heard) > before else None


class _Conversation(BaseHTTPRequestHandler):
    server: RuntimeApi
    timeout = 5

    def do_GET(self) -> None:
        """Gives the event to a process that is ready for it."""
        deadline = str(round((time.time() + LIFE) * 1000))
        self._take(
            200,
            self.server.event,
            {
                "Lambda-Runtime-Aws-Request-Id": REQUEST,
                "Lambda-Runtime-Deadline-Ms": deadline,
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
                "Content-Type": "application/json",
            },
        )

    def do_POST(self) -> None:
        """Takes an answer or an error."""
        self._take(202, b"", {})

    def _take(self, status: int, answer: bytes, headers: dict[str, str]) -> None:
        at, metered = time.perf_counter(), self.server.meter()
        what = CALLS.get(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if what:
            self.server.heard.append(Call(what, at, metered, json.loads(body) if body else None))
        self.send_response(status if what else 404)
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the calls are kept."""
