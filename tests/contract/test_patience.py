"""How often and how long the clients try, held against a server that is no use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from natkeeper.adapters.dynamodb_lease import MARGIN
from natkeeper.adapters.ec2_nodes import Ec2Nodes
from natkeeper.bootstrap import PATIENCE, desk
from tests.unit.test_settings import GOOD
from tests.world import gate
from tests.world.timings import Timings

LONGEST_PAUSE = 1.0  # seconds before the second try, at most (botocore, standard mode: a random part of 2^0)


class Server(ThreadingHTTPServer):
    """Says the same to all, and counts what it is asked."""

    asked = 0
    code = ""

    def answer(self) -> bytes:
        error = f"<Error><Code>{self.code}</Code><Message>no</Message></Error>"
        return f"<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>".encode()


class Broken(BaseHTTPRequestHandler):
    """HTTP 500, as EC2 answers when something fails in it, and when it has no room."""

    server: Server

    def do_POST(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500)
        answer = self.server.answer()
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Broken) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


@pytest.fixture
def ec2(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client of the reconciler, as it is wired, on that server."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    nodes = desk.__wrapped__().reconciler.applier.nodes
    assert isinstance(nodes, Ec2Nodes)
    return nodes.client


CALLS: list[Callable[[Any], object]] = [
    lambda ec2: ec2.run_instances(MinCount=1, MaxCount=1),
    lambda ec2: ec2.start_instances(InstanceIds=["i-0123456789abcdef0"]),
]


@pytest.mark.parametrize("call", CALLS)
def test_what_fails_inside_aws_is_tried_twice_and_no_more(
    server: Server, ec2: Any, call: Callable[[Any], object]
) -> None:
    server.code = "InternalError"
    with pytest.raises(ClientError, match="InternalError"):
        call(ec2)

    assert server.asked == 2


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", ["InsufficientInstanceCapacity", "InsufficientCapacity"])
def test_that_there_is_no_room_is_taken_for_an_answer(
    server: Server, ec2: Any, call: Callable[[Any], object], code: str
) -> None:
    server.code = code
    with pytest.raises(ClientError, match=code):
        call(ec2)

    assert server.asked == 1


def test_what_is_lost_on_the_way_is_still_tried_again(server: Server, ec2: Any) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(EndpointConnectionError):
        CALLS[0](ec2)


def test_a_call_that_is_never_answered_ends_within_what_is_left_of_the_lease() -> None:
    """In the simulated AWS too."""
    told = vars(PATIENCE)
    once, tries = told["connect_timeout"] + told["read_timeout"], told["retries"]["total_max_attempts"]

    assert tries * once + (tries - 1) * LONGEST_PAUSE <= MARGIN.total_seconds()
    assert (Timings().time_out, gate.TRIES, gate.READ_TIMEOUT) == (once, tries, told["read_timeout"])
