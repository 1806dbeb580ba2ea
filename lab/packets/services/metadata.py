"""The instance metadata service of one VPC, version 2 only: who asks is told by the address it asks from.

Versions are `latest` and dates, which all tell the same. Runs in the router's namespace:
metadata.py ADDRESS FILE, with a JSON object of what each address is told.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "X-aws-ec2-metadata-token"
LIFETIME = f"{TOKEN}-ttl-seconds"
VERSION = re.compile(r"^/(latest|[0-9]{4}-[0-9]{2}-[0-9]{2})(?=/|$)")


class Metadata(BaseHTTPRequestHandler):
    """Answers under a version: `api/token`, `user-data` and `meta-data/...`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a head and a body are two writes, and the second would wait 40 ms
    file: Path
    tokens: dict[str, float]

    def do_PUT(self) -> None:
        """Gives a token for as many seconds as asked; 400 without a life time."""
        lifetime = self.headers.get(LIFETIME, "")
        if self.path != "/latest/api/token" or not lifetime.isdigit() or not 1 <= int(lifetime) <= 21600:
            self._answer(400, "")
            return
        token = secrets.token_urlsafe(40)
        self.tokens[token] = time.monotonic() + int(lifetime)
        self._answer(200, token)

    def do_GET(self) -> None:
        """Answers 401 without a valid token, 404 for what is not there; a directory is listed."""
        if self.tokens.get(self.headers.get(TOKEN, ""), 0) < time.monotonic():
            self._answer(401, "")
            return
        told: dict[str, str] = json.loads(self.file.read_text()).get(self.client_address[0], {})
        path = VERSION.sub("", self.path).strip("/")
        if path in told:
            self._answer(200, told[path])
            return
        below = f"{path}/" if path else ""
        beneath = [name.removeprefix(below) for name in told if name.startswith(below)]
        # What lies deeper is listed with a slash, except at the top.
        names = sorted({re.sub("/.+", "/" if path else "", name) for name in beneath})
        self._answer(200 if names else 404, "\n".join(names))

    def _answer(self, status: int, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing."""


def main(address: str, file: str) -> None:
    """Serves for ever."""
    handler = type("OfOneVpc", (Metadata,), {"file": Path(file), "tokens": {}})
    ThreadingHTTPServer((address, 80), handler).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
