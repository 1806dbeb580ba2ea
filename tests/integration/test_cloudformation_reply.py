"""CloudFormation's pre-signed URL gets an answer that it understands."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from natkeeper.adapters.cloudformation_reply import answer


@pytest.fixture
def received() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A URL on this machine, and what was put there."""
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            assert self.headers["Content-Type"] == ""
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """The test sees the body."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def request(url: str) -> dict[str, str]:
    return {"ResponseURL": url, "StackId": "stack", "RequestId": "request", "LogicalResourceId": "Teardown"}


def test_success_carries_the_requests_ids(received: tuple[str, list[dict[str, Any]]]) -> None:
    url, bodies = received
    answer(request(url), physical_id="it")

    assert bodies == [
        {
            "Status": "SUCCESS",
            "Reason": "done",
            "PhysicalResourceId": "it",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Teardown",
        }
    ]


def test_failure_carries_a_reason_that_fits(received: tuple[str, list[dict[str, Any]]]) -> None:
    url, bodies = received
    answer(request(url), physical_id="it", error="x" * 9000)

    assert bodies[0]["Status"] == "FAILED"
    assert len(json.dumps(bodies[0])) < 4096
