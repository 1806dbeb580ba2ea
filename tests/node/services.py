"""What answers in the test's network: `web` tells the caller's address, `port` its port, `ssh` echoes, `dns`
knows one name, `udp` tells who sent how much.
"""

from __future__ import annotations

import socket
import socketserver
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEB = "198.51.100.10"


class Web(BaseHTTPRequestHandler):
    """Answers every request with 404 and the caller's address: any answer is an answer."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write(self.client_address[0].encode() + b"\n")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Ssh(socketserver.BaseRequestHandler):
    """Greets with the caller's address, then echoes; what begins with `later` after half a second."""

    def handle(self) -> None:
        self.request.sendall(f"SSH-2.0-private {self.client_address[0]}\r\n".encode())
        while data := self.request.recv(1024):
            time.sleep(0.5 if data.startswith(b"later") else 0)
            self.request.sendall(data)


class Port(socketserver.BaseRequestHandler):
    """Tells the caller's port."""

    def handle(self) -> None:
        self.request.sendall(f"{self.client_address[1]}\n".encode())


class Dns(socketserver.BaseRequestHandler):
    """Answers every question for an A record with the web server's address."""

    def handle(self) -> None:
        query, reply = self.request
        answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(WEB)
        question = query[12 : query.index(b"\0", 12) + 5]
        reply.sendto(
            query[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + question + answer, self.client_address
        )


class Udp(socketserver.BaseRequestHandler):
    """Answers each datagram with its sender, at its own length; `later 2` after two seconds, with `late`."""

    def handle(self) -> None:
        said, reply = self.request
        if said.startswith(b"later"):
            time.sleep(float(said.split()[1]))
            reply.sendto(b"late", self.client_address)
            return
        address, port = self.client_address
        told = f"{address} {port} {len(said)} ".encode()
        reply.sendto(told + b"." * (len(said) - len(told)), self.client_address)


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main(kind: str) -> None:
    """Serves for ever. The addresses exist only in the test's own namespaces."""
    server: socketserver.BaseServer
    if kind == "web":
        server = ThreadingHTTPServer(("", 80), Web)
    elif kind == "ssh":
        server = _Tcp(("", 22), Ssh)
    elif kind == "port":
        server = _Tcp(("", 24), Port)
    elif kind == "udp":
        socketserver.UDPServer.max_packet_size = 65507
        server = socketserver.UDPServer(("", 9000), Udp)
    else:
        server = socketserver.UDPServer(("", 53), Dns)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
