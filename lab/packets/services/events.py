"""EventBridge's PutEvents as an instance meets it: over TLS, with its role's credentials, in its own name.

Runs in the internet's namespace: events.py PORT CERTIFICATE. Prints each entry that it takes as a line of
JSON. Whether a signature is right it does not ask.
"""

from __future__ import annotations

import json
import re
import ssl
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TARGET = "AWSEvents.PutEvents"
SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=ASIA([0-9A-F]+)/\d{8}/[a-z0-9-]+/events/aws4_request, "
    r"SignedHeaders=[a-z0-9;-]*x-amz-security-token[a-z0-9;-]*, Signature=[0-9a-f]{64}"
)
SOURCE = re.compile(r"natkeeper\.node/arn:aws:ec2:[a-z0-9-]+:\d{12}:instance/i-([0-9a-f]+)")


class Events(BaseHTTPRequestHandler):
    """Answers as EventBridge does; 400 with a type, as its protocol has it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a head and a body are two writes, and the second would wait 40 ms

    def do_POST(self) -> None:
        """Takes entries whose source is the instance that the credentials are of."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signed = SIGNED.fullmatch(self.headers.get("Authorization", ""))
        if signed is None or self.headers.get("X-Amz-Target") != TARGET:
            self._answer(400, {"__type": "IncompleteSignatureException", "message": "not a signed PutEvents"})
            return
        entries = json.loads(body)["Entries"]
        sources = [SOURCE.fullmatch(entry["Source"]) for entry in entries]
        if any(source is None or source[1] != signed[1].lower() for source in sources):
            self._answer(
                400, {"__type": "AccessDeniedException", "message": "events:PutEvents: another's source"}
            )
            return
        for entry in entries:
            print(json.dumps(entry), flush=True)
        taken = [{"EventId": str(uuid.uuid4())} for _ in entries]
        self._answer(200, {"FailedEntryCount": 0, "Entries": taken})

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing: a line here is an event."""


def main(port: str, certificate: str) -> None:
    """Serves for ever."""
    server = ThreadingHTTPServer(("", int(port)), Events)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
