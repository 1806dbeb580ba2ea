"""The internet's server: HTTP, echo, sink and push, each telling callers what their address looks like.

Runs alone in a network namespace. Prints "ready" when all ports listen.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import signal
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any

import uvloop

HTTP, TLS, ECHO, SINK, PUSH = 80, 443, 7, 9, 19
BACKLOG = 4096
PUSH_SECONDS = 0.01
IP_PKTINFO = 8  # Linux; Python has no name for it


class Caller(asyncio.Protocol):
    """A connection; what comes is thrown away, which makes it the sink too."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keeps the connection; asyncio has set TCP_NODELAY."""
        self.transport = transport


class Web(Caller):
    """Answers any request with the caller's address."""

    _head = b""

    def data_received(self, data: bytes) -> None:
        """Answers once the head is whole, and closes."""
        self._head += data
        if b"\r\n\r\n" in self._head or b"\n\n" in self._head:
            body = self.transport.get_extra_info("peername")[0].encode() + b"\n"
            length = b"Content-Length: %d\r\nContent-Type: text/plain\r\n" % len(body)
            self.transport.write(b"HTTP/1.1 200 OK\r\n" + length + b"Connection: close\r\n\r\n" + body)
            self.transport.close()


class Echo(Caller):
    """Says what it hears."""

    def data_received(self, data: bytes) -> None:
        """Answers at once."""
        self.transport.write(data)


class Push(Caller):
    """Speaks without being asked: one timer for all callers."""

    def __init__(self, callers: set[Push]) -> None:
        self._callers = callers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Joins those who are spoken to."""
        super().connection_made(transport)
        self._callers.add(self)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """Leaves them."""
        self._callers.discard(self)

    def speak(self) -> None:
        """Sends 8 bytes, unless earlier ones fill the kernel's buffer: the caller is gone."""
        if not self.transport.get_write_buffer_size():
            self.transport.write(b"8 bytes\n")


async def push(callers: set[Push]) -> None:
    """Speaks to all callers on a grid that does not drift."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        for caller in list(callers):
            caller.speak()
        due = max(due + PUSH_SECONDS, loop.time())
        await asyncio.sleep(due - loop.time())


def echo_datagrams(receiver: socket.socket) -> None:
    """Answers all that wait, each from the address that it was sent to: this host has several."""
    try:
        while True:
            data, ancillary, _, caller = receiver.recvmsg(65535, socket.CMSG_SPACE(12))
            _, addressed, _ = struct.unpack("=i4s4s", ancillary[0][2])
            source = (socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=i4s4s", 0, addressed, bytes(4)))
            receiver.sendmsg([data, b" ", caller[0].encode()], [source], 0, caller)
    except OSError:  # all is read, or the caller cannot be reached
        return


def listen_datagrams(address: str, port: int) -> None:
    """Answers datagrams from now on. Raises OSError when the port is taken."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    receiver.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    receiver.bind((address, port))
    asyncio.get_running_loop().add_reader(receiver, echo_datagrams, receiver)


async def serve(address: str, shift: int, certificate: ssl.SSLContext | None) -> None:
    """Serves until SIGTERM. Raises OSError when a port is taken."""
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ending.set)
    callers: set[Push] = set()
    services: list[tuple[int, Callable[[], asyncio.Protocol], Any]] = [
        (HTTP, Web, None),
        (ECHO, Echo, None),
        (SINK, Caller, None),
        (PUSH, functools.partial(Push, callers), None),
    ]
    if certificate:
        services.append((TLS, Web, certificate))
    servers = [
        await loop.create_server(service, address, port + shift, backlog=BACKLOG, ssl=context)
        for port, service, context in services
    ]
    listen_datagrams(address, ECHO + shift)
    pushing = asyncio.create_task(push(callers))
    print("ready", flush=True)
    await ending.wait()
    pushing.cancel()
    for server in servers:
        server.close()


def main() -> None:
    """Reads the command line and serves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bind", default="0.0.0.0")
    parser.add_argument("--shift", type=int, default=0)
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    args = parser.parse_args()
    certificate = None
    if args.tls:
        certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.load_cert_chain(*args.tls)
    uvloop.run(serve(args.bind, args.shift, certificate))


if __name__ == "__main__":
    main()
