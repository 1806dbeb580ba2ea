"""Teardown answers whatever has an address to answer to, and takes nothing away but for a sound Delete."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.teardown.handler import handler as teardown
from natkeeper import bootstrap
from natkeeper.teardown import LeftoversError
from tests.fuzz.hostile import fuzzed, json_values, spoilt
from tests.fuzz.surroundings import EVENTS

REQUESTS = sorted(EVENTS.glob("teardown-*.json"))
NEEDED = [("RequestType",), ("StackId",), ("RequestId",), ("LogicalResourceId",), ("ResponseURL",)]


class Lambda:
    """Its context, of a function with 900 seconds."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 900_000


@dataclass
class Mailbox:
    """What CloudFormation's URL received, and how often something was taken away."""

    url: str = ""
    received: list[bytes] = field(default_factory=list)
    demolitions: int = 0
    error: Exception | None = None

    def trim(self, *_: object) -> str:
        return "nothing was left out"

    def demolish(self, _: object) -> str:
        self.demolitions += 1
        if self.error:
            raise self.error
        return "all is gone"

    def forget(self) -> None:
        self.received.clear()
        self.demolitions, self.error = 0, None

    def request(self, file: Path) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(file.read_text())
        return {**content, "ResponseURL": self.url}


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    made = Mailbox()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            made.received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """The test sees the body."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/answer?signature=abc"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "demolition", lambda: made)
        yield made
    server.shutdown()
    thread.join()
    server.server_close()


def only_answer(mailbox: Mailbox) -> dict[str, str]:
    (body,) = mailbox.received
    assert len(body) < 4096
    told: dict[str, str] = json.loads(body)
    assert told.keys() == {
        "Status", "Reason", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId",
    }  # fmt: skip
    assert all(isinstance(value, str) for value in told.values())
    return told


@fuzzed(80)
@given(value=json_values())
def test_any_json_takes_nothing_away_and_asks_no_address(mailbox: Mailbox, value: Any) -> None:
    mailbox.forget()

    assert teardown(value, Lambda)["summary"].startswith("refused: ")
    assert (mailbox.received, mailbox.demolitions) == ([], 0)


@fuzzed(80)
@given(fields=st.dictionaries(st.sampled_from(["RequestType", "StackId", "RequestId", "x"]), json_values()))
def test_garbage_with_an_address_is_answered_and_takes_nothing_away(
    mailbox: Mailbox, fields: dict[str, Any]
) -> None:
    mailbox.forget()
    teardown({**fields, "ResponseURL": mailbox.url}, Lambda)
    told = only_answer(mailbox)

    assert told["Status"] == "FAILED"
    assert "LogicalResourceId is missing or malformed" in told["Reason"]
    assert mailbox.demolitions == 0


@fuzzed(150)
@given(file=st.sampled_from(REQUESTS), data=st.data())
def test_a_real_request_with_one_part_spoilt_is_answered_and_only_a_sound_delete_acts(
    mailbox: Mailbox, file: Path, data: st.DataObject
) -> None:
    mailbox.forget()
    way, bad = data.draw(spoilt(mailbox.request(file)))
    summary = teardown(bad, Lambda)["summary"]
    refused = summary.startswith("refused: ")

    assert summary.isprintable()
    assert mailbox.demolitions == (1 if bad.get("RequestType") == "Delete" and not refused else 0)
    if way == ("ResponseURL",):
        assert refused
        assert mailbox.received == []
    else:
        assert only_answer(mailbox)["Status"] == ("FAILED" if refused else "SUCCESS")
    if refused:
        assert way in NEEDED


@fuzzed(40)
@given(text=st.text(max_size=3000))
def test_a_failure_of_any_wording_is_answered_and_raised(mailbox: Mailbox, text: str) -> None:
    mailbox.forget()
    mailbox.error = LeftoversError(text)
    (delete,) = (file for file in REQUESTS if file.stem == "teardown-delete")

    with pytest.raises(LeftoversError):
        teardown(mailbox.request(delete), Lambda)
    assert only_answer(mailbox)["Status"] == "FAILED"


def test_an_address_where_nobody_listens_is_tried_again_and_then_an_error(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    mailbox.forget()
    with pytest.raises(OSError, match="refused"):
        teardown({**mailbox.request(REQUESTS[0]), "ResponseURL": "http://127.0.0.1:1/"}, Lambda)
