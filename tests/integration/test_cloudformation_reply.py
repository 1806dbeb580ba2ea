"""CloudFormation's pre-signed URL gets an answer that it understands."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from natkeeper.adapters.cloudformation_reply import Request, answer, read

pauses: list[float] = []
"""How long was waited between two tries; `/busy` and `/odd` answer after the first wait."""


@pytest.fixture
def received() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A URL on this machine, and what was put there."""
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            if self.path == "/busy" and not pauses:
                self.send_error(503)
                return
            if self.path == "/odd" and not pauses:
                self.wfile.write(b"not HTTP at all\r\n\r\n")
                return
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


def request(url: str, **changes: object) -> Request:
    event = {
        "RequestType": "Delete",
        "ResponseURL": url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Teardown",
        "PhysicalResourceId": "it",
    }
    return read({**event, **changes})


def test_success_carries_the_requests_ids(received: tuple[str, list[dict[str, Any]]]) -> None:
    url, bodies = received
    answer(request(url))

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


@pytest.mark.parametrize("character", ["x", "\0", '"', "\U0001f600", "\n", "\ud800"])
def test_failure_carries_a_reason_that_fits_whatever_it_is_made_of(
    received: tuple[str, list[dict[str, Any]]], character: str
) -> None:
    url, bodies = received
    longest = dict.fromkeys(("StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId"), '"' * 256)
    answer(request(url, **longest), error=character * 9000)

    assert bodies[0]["Status"] == "FAILED"
    assert len(bodies[0]["Reason"]) > 100
    assert len(json.dumps(bodies[0])) < 4096


@pytest.mark.parametrize(
    "url",
    ["", "x", 7, "file:///etc/passwd", "ftp://127.0.0.1/", "http://", "http://a:b/", f"http://{'a' * 64}.b/",
     "http://127.0.0.1/ x", "http://127.0.0.1/\r\nX: y", "http://\u00e9.example/", "http://[::1/"],
)  # fmt: skip
def test_a_url_that_cannot_be_asked_is_none(url: Any) -> None:
    assert request(url).url == ""
    assert request(url).mistakes == ("ResponseURL is missing or malformed",)


@pytest.mark.parametrize("path", ["busy", "odd"])
def test_an_answer_that_does_not_get_through_is_tried_again(
    received: tuple[str, list[dict[str, Any]]], path: str
) -> None:
    url, bodies = received
    pauses.clear()
    answer(request(f"{url}{path}"), sleep=pauses.append)

    assert len(bodies) == len(pauses) == 1


def test_an_answer_that_never_gets_through_is_an_error(received: tuple[str, list[dict[str, Any]]]) -> None:
    waits: list[float] = []
    with pytest.raises(OSError, match="refused"):
        answer(request("http://127.0.0.1:9/"), sleep=waits.append)

    assert 0 < sum(waits) < 30
