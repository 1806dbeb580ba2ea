# ruff: noqa: T201 - what it prints is what the test hears
"""Talks inside a namespace: the first argument names a function below, the others are its own.

An empty line printed is a second of silence. Standard library only.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable

SECONDS = 1.0
SOON = 3.0
NAMES = 4999


def tcp(address: str, port: str, source: str) -> None:
    """Prints "up" once the connection stands, and the greeting with it where there is one."""
    try:
        peer = socket.create_connection((address, int(port)), SECONDS, (source, 0))
    except OSError as error:
        print("down", type(error).__name__, flush=True)
        return
    print("up", flush=True)
    for line in sys.stdin:
        peer.sendall(line.encode())
        try:
            print(peer.recv(1024).decode().strip(), flush=True)
        except OSError:
            print(flush=True)


def many(address: str, count: str) -> None:
    """Opens so many connections to an echo and so many to one that only speaks, and prints "up". For each
    line that it hears: how many of the first answer, and of the second go on speaking, within SOON."""
    echoes, pushes = (
        [socket.create_connection((address, port), SECONDS) for _ in range(int(count))] for port in (7, 19)
    )
    print("up", flush=True)
    for line in sys.stdin:
        for each in pushes:
            _empty(each)
        for each in echoes:
            _empty(each)
            each.sendall(line.encode())
        print(sum(map(_speaks, echoes)), sum(map(_speaks, pushes)), flush=True)


def _empty(peer: socket.socket) -> None:
    peer.setblocking(False)
    try:
        while peer.recv(1 << 16):
            pass
    except OSError:
        peer.settimeout(SOON)


def _speaks(peer: socket.socket) -> bool:
    try:
        return bool(peer.recv(1024))
    except OSError:
        return False


def call(address: str, port: str) -> None:
    """Sends a datagram, and another one when the first is old; prints "up", then what it hears."""
    caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    caller.connect((address, int(port)))
    for _ in range(2):
        caller.send(b"call")
        time.sleep(2.5)
    print("up", flush=True)
    while True:
        print(caller.recv(1024).decode(), flush=True)


def later(port: str) -> None:
    """Answers each caller at once, and says each line that it hears to all who have called."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("198.51.100.10", int(port)))
    callers: set[tuple[str, int]] = set()
    print("ready", flush=True)
    while True:
        if select.select([receiver, sys.stdin], [], [])[0] == [receiver]:
            _, caller = receiver.recvfrom(1024)
            callers.add(caller)
            receiver.sendto(b"yes", caller)
        else:
            line = sys.stdin.readline().strip()
            for each in callers:
                receiver.sendto(line.encode(), each)
            print(sorted(callers), flush=True)


def udp(port: str) -> None:
    """Prints "ready", then sender and text of each datagram."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("", int(port)))
    print("ready", flush=True)
    receiver.settimeout(SECONDS)
    while True:
        try:
            text, sender = receiver.recvfrom(1024)
            print(sender[0], text.decode(), flush=True)
        except TimeoutError:
            print(flush=True)


def send(address: str, port: str, source: str, text: str) -> None:
    """Sends one datagram, from an address that need not be ours."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, 19, 1)  # IP_TRANSPARENT
    sender.bind((source, 0))
    sender.sendto(text.encode(), (address, int(port)))


def flood(address: str, port: str, source: str) -> None:
    """Prints "ready", and sends a thousand datagrams a second, of eight random bytes, for ever."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, 19, 1)  # IP_TRANSPARENT
    sender.bind((source, 0))
    print("ready", flush=True)
    while True:
        sender.sendto(os.urandom(8), (address, int(port)))
        time.sleep(0.001)


def ping(address: str) -> None:
    """Prints what answers: "pong", "unreachable" for an ICMP error, or "silence"."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    raw.settimeout(SECONDS / 2)
    raw.sendto(_echo(1), (address, 0))
    try:
        while (kind := raw.recv(1024)[20]) == 8:
            pass
        print("pong" if kind == 0 else "unreachable")
    except TimeoutError:
        print("silence")
    except OSError:
        print("unreachable")


def pings(address: str, seconds: str) -> None:
    """Prints how many of a thousand echoes a second nobody answered."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    left, number, end = set[int](), 0, time.monotonic() + float(seconds)
    while (now := time.monotonic()) < end or (left and now < end + SECONDS):
        if now < end:
            number += 1
            left.add(number)
            raw.sendto(_echo(number), (address, 0))
        while select.select([raw], [], [], 0.001)[0]:
            answer = raw.recv(1024)
            if answer[20] == 0:
                left.discard(int.from_bytes(answer[26:28]))
    print(len(left))


def _echo(number: int) -> bytes:
    body = struct.pack("!BBHHH", 8, 0, 0, 1, number)
    total = sum(struct.unpack("!4H", body))
    return struct.pack("!BBHHH", 8, 0, ~(total + (total >> 16)) & 0xFFFF, 1, number)


def name(own: str) -> None:
    """Says who it is to everyone who asks."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO, to answer from the address asked
    receiver.bind(("", NAMES))
    while True:
        _, about, _, asker = receiver.recvmsg(64, socket.CMSG_SPACE(12))
        asked = about[0][2][8:12]
        packed = struct.pack("=i4s4s", 0, asked, bytes(4))
        receiver.sendmsg([own.encode()], [(socket.IPPROTO_IP, 8, packed)], 0, asker)


def ask(address: str) -> None:
    """Prints a name, or nothing."""
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.settimeout(SECONDS / 2)
    asker.sendto(b"?", (address, NAMES))
    try:
        print(asker.recv(64).decode())
    except OSError:
        return


CALLS: dict[str, Callable[..., None]] = {
    "tcp": tcp,
    "many": many,
    "call": call,
    "later": later,
    "udp": udp,
    "send": send,
    "flood": flood,
    "ping": ping,
    "pings": pings,
    "name": name,
    "ask": ask,
}

if __name__ == "__main__":
    CALLS[sys.argv[1]](*sys.argv[2:])
