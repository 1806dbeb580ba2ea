"""Stands in for sshd: greets with the caller's address, as a log of sshd would show it, then echoes."""

from __future__ import annotations

import socketserver


class Session(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Greets, then echoes until the caller leaves."""
        self.request.sendall(f"SSH-2.0-stand-in {self.client_address[0]}\r\n".encode())
        while data := self.request.recv(1024):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    """Listens on every address of its namespace."""

    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server(("", 22), Session).serve_forever()
