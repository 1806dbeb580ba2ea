"""The way in for events from EC2, SSM and Health, and the length of the lab's minute."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import eventbridge

from lab.ministack.cloudformation import formation

MINUTE = 60.0


def put(event: dict[str, Any]) -> None:
    """Puts an AWS service's own event on the default bus, which PutEvents would refuse."""
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": event["resources"],
    }
    with request_scope(event["account"], event["region"]):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def set_minute(seconds: float) -> None:
    """Makes `rate(1 minute)` fire every `seconds`. Other periods shrink alike."""
    real = eventbridge._parse_rate_seconds
    original = getattr(real, "original", real)

    def parse(expression: str) -> float | None:
        found = original(expression)
        return None if found is None else found * seconds / MINUTE

    parse.original = original  # type: ignore[attr-defined]
    eventbridge._parse_rate_seconds = parse
    # ministack looks every 10 s by default, which would make a short minute meaningless.
    eventbridge._SCHEDULER_TICK_INTERVAL = min(1.0, seconds / 10)


COMMANDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "/events": put,
    "/minute": lambda body: set_minute(float(body["seconds"])),
    "/refuse": lambda body: formation.refuse(body["logical_ids"]),
}


class Handler(BaseHTTPRequestHandler):
    """POST one of COMMANDS."""

    def do_POST(self) -> None:
        """Takes one event or setting."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        COMMANDS[self.path](body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the EC2 side logs every event."""


def serve(port: int) -> None:
    """Listens on 127.0.0.1 from a thread of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True, name="bus").start()
