"""How often and how long the clients try, held against a server that is no use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.exceptions import ClientError

from natkeeper.adapters.dynamodb_lease import MARGIN
from natkeeper.bootstrap import PATIENCE

LONGEST_PAUSE = 1.0  # seconds before the second try, at most (botocore, standard mode: a random part of 2^0)
FULL = (
    b"<Response><Errors><Error><Code>InsufficientInstanceCapacity</Code><Message>no room</Message></Error>"
    b"</Errors><RequestID>1</RequestID></Response>"
)


class Server(ThreadingHTTPServer):
    """Counts what it is asked."""

    asked = 0


class Full(BaseHTTPRequestHandler):
    """EC2 without room: HTTP 500, as AWS answers."""

    server: Server

    def do_POST(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500)
        self.send_header("Content-Length", str(len(FULL)))
        self.end_headers()
        self.wfile.write(FULL)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Full) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


def test_what_fails_inside_aws_is_tried_twice_and_no_more(server: Server) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}"
    ec2 = boto3.client(
        "ec2",
        "us-east-1",
        endpoint_url=url,
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=PATIENCE,
    )

    with pytest.raises(ClientError, match="InsufficientInstanceCapacity"):
        ec2.run_instances(MinCount=1, MaxCount=1)

    assert server.asked == 2


def test_a_call_that_is_never_answered_ends_within_what_is_left_of_the_lease() -> None:
    told = vars(PATIENCE)
    once, tries = told["connect_timeout"] + told["read_timeout"], told["retries"]["total_max_attempts"]

    assert tries * once + (tries - 1) * LONGEST_PAUSE <= MARGIN.total_seconds()
