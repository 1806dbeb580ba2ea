"""A DNS server for the names that it is given: A records over UDP, nothing else.

Runs alone in a network namespace, so standard library only. Prints "ready" when it listens.
"""

from __future__ import annotations

import argparse
import selectors
import signal
import socket
import struct
import sys

A, ANY, IN = 1, 255, 1
TTL_SECONDS = 60
NO_ERROR, NXDOMAIN, NOT_IMPLEMENTED = 0, 3, 4
RESPONSE, OPCODE, AUTHORITATIVE, RECURSION_DESIRED, RECURSION_AVAILABLE = (
    0x8000,
    0x7800,
    0x0400,
    0x0100,
    0x0080,
)
Names = dict[str, list[str]]


def question(query: bytes) -> tuple[str, int, int, int]:
    """Returns name, type, class and end of a query's only question. Raises ValueError when there is none."""
    if len(query) < 12 or struct.unpack_from("!H", query, 4)[0] != 1:
        raise ValueError("not one question")
    labels, at = [], 12
    while at < len(query) and query[at]:
        if query[at] > 63:
            raise ValueError("a compressed question")
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii").lower())
        at += 1 + query[at]
    if at + 5 > len(query):
        raise ValueError("a question without end")
    return ".".join(labels), *struct.unpack_from("!HH", query, at + 1), at + 5


def addresses(names: Names, name: str) -> list[str] | None:
    """Returns the addresses of a name, else of the longest wildcard over it, else None."""
    labels = name.split(".")
    wildcards = [".".join(["*", *labels[cut:]]) for cut in range(1, len(labels))]
    return next((names[each] for each in (name, *wildcards) if each in names), None)


def answer(names: Names, query: bytes) -> bytes:
    """Returns the response to a query. Raises ValueError for what deserves none."""
    identity, flags = struct.unpack_from("!HH", query) if len(query) >= 4 else (0, RESPONSE)
    if flags & RESPONSE:
        raise ValueError("not a query")
    name, kind, family, end = question(query)
    found = addresses(names, name)
    code = NOT_IMPLEMENTED if flags & OPCODE else NXDOMAIN if found is None else NO_ERROR
    wanted = found if found and code == NO_ERROR and kind in (A, ANY) and family == IN else []
    flags = RESPONSE | flags & (OPCODE | RECURSION_DESIRED) | AUTHORITATIVE | RECURSION_AVAILABLE | code
    records = [
        # 0xC00C points to the name in the question.
        struct.pack("!HHHIH4s", 0xC00C, A, IN, TTL_SECONDS, 4, socket.inet_aton(address))
        for address in wanted
    ]
    head = struct.pack("!HHHHHH", identity, flags, 1, len(records), 0, 0)
    return head + query[12:end] + b"".join(records)


def respond(receiver: socket.socket, names: Names) -> None:
    """Answers one query; what is not a query, or cannot be answered, is dropped."""
    try:
        query, client = receiver.recvfrom(65535)
        receiver.sendto(answer(names, query), client)
    except (OSError, ValueError):
        return


def serve(binds: list[str], port: int, names: Names) -> None:
    """Answers for ever. Raises OSError when the port is taken."""
    selector = selectors.DefaultSelector()
    for address in binds:
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        receiver.bind((address, port))
        selector.register(receiver, selectors.EVENT_READ, receiver)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            respond(key.data, names)


def main() -> None:
    """Reads the command line and serves until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    # An answer leaves from the address bound; of a host with several, name each.
    parser.add_argument("--bind", action="append", metavar="ADDRESS", help="default: 0.0.0.0")
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument("names", nargs="+", metavar="name=address")
    args = parser.parse_args()
    names: Names = {}
    for each in args.names:
        name, _, address = each.partition("=")
        socket.inet_aton(address)
        names.setdefault(name.lower().rstrip("."), []).append(address)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(args.bind or ["0.0.0.0"], args.port, names)


if __name__ == "__main__":
    main()
