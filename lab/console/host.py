"""A web server on 127.0.0.1 whose page plays CloudWatch's dashboard. It answers to a browser on this machine
that has the page itself open, and to nobody else: no other site's page can give an order through it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

ASSETS = Path(__file__).parent / "assets"
FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/cwdb.js": ("cwdb.js", "text/javascript"),
}
# A widget brings its own <style>. Scripts are the page's alone, whatever a widget says.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class CallError(Exception):
    """A function gave no answer: the text says why."""


class BadCallError(Exception):
    """The page has called in no form that this knows: the text says how."""


LONGEST = 256 * 1024
"""Bytes of a call at most."""


@dataclass(frozen=True, slots=True)
class Widget:
    """A custom widget of a dashboard: the function that draws it, and what that is told."""

    dashboard: str
    title: str
    endpoint: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Cloud(Protocol):
    """Where the dashboards and the functions are."""

    def widgets(self) -> Sequence[Widget]:
        """Every custom widget that there is now. Raises CallError."""

    def call(self, endpoint: str, payload: Mapping[str, Any]) -> object:
        """What a function answers, as JSON's values. Raises CallError when it fails, or is not there."""


class Console:
    """Serves on `with`, and is gone outside. Port 0: one that is free."""

    def __init__(self, cloud: Cloud, port: int = 0) -> None:
        self._server = _Server(cloud, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """What a person opens in a browser."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        """Serves from here on."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends. An answer on its way is not waited for."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, cloud: Cloud, port: int) -> None:
        self.cloud = cloud
        super().__init__(("127.0.0.1", port), _Handler)

    def names(self) -> set[str]:
        """The only hosts that this is asked as: a page of elsewhere whose name leads here has another."""
        return {f"{host}:{self.server_port}" for host in ("127.0.0.1", "localhost")}

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is nobody's fault."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """The page and its parts, and the list of widgets."""
        if not self._is_ours():
            return
        if self.path == "/widgets":
            self._answer(lambda: [asdict(widget) for widget in self.server.cloud.widgets()])
        elif self.path in FILES:
            name, kind = FILES[self.path]
            self._send(HTTPStatus.OK, f"{kind}; charset=utf-8", (ASSETS / name).read_bytes())
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """A call of a function."""
        # What is not a form's kind of text a browser sends to another site only if that site allows it.
        if self._is_ours() and self.headers.get_content_type() == "application/json":
            self._answer(self._call)
        elif self._is_ours():
            self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)

    def _is_ours(self) -> bool:
        if self.headers.get("Host") in self.server.names():
            return True
        self.send_error(HTTPStatus.FORBIDDEN)
        return False

    def _call(self) -> object:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST:
            raise BadCallError(f"a call has its length, at most {LONGEST} bytes")
        try:
            asked = json.loads(self.rfile.read(int(length)))
            endpoint, payload = asked["endpoint"], asked["payload"]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise BadCallError(f"a call names endpoint and payload, as JSON: {error}") from error
        if not (isinstance(endpoint, str) and isinstance(payload, dict)):
            raise BadCallError("endpoint is text, and payload is an object")
        return self.server.cloud.call(endpoint, payload)

    def _answer(self, ask: Any) -> None:
        try:
            said, status = {"answer": ask()}, HTTPStatus.OK
        except BadCallError as error:
            said, status = {"error": str(error)}, HTTPStatus.BAD_REQUEST
        except CallError as error:
            said, status = {"error": str(error)}, HTTPStatus.BAD_GATEWAY
        self._send(status, "application/json", json.dumps(said).encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The terminal is the demo's."""
