"""The programs of the lab's internet, on 127.0.0.1 with ports moved up."""

from __future__ import annotations

import datetime
import random
import select
import socket
import ssl
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAMS = Path(__file__).parents[2] / "lab"
HERE = "127.0.0.1"
PORTS = (7, 9, 19, 80, 443)
Program = subprocess.Popen[str]


def free(shift: int) -> bool:
    with ExitStack() as stack:
        try:
            for port in PORTS:
                stack.enter_context(socket.socket()).bind((HERE, port + shift))
            stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind((HERE, 7 + shift))
        except OSError:
            return False
    return True


def free_shift() -> int:
    """Below the ports that the kernel gives to clients."""
    return next(shift for shift in iter(lambda: random.randint(10_000, 30_000), 0) if free(shift))


@contextmanager
def running(program: str, *arguments: str) -> Iterator[Program]:
    """Starts a program of the lab that says "ready", and ends it."""
    command = [sys.executable, str(PROGRAMS / program), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.terminate()
            assert process.wait(30) == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that is its own authority, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - day, now + day
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "cert").write_bytes(made.public_bytes(pem))
    (folder / "key").write_bytes(key.private_bytes(pem, kind, serialization.NoEncryption()))
    return folder / "cert", folder / "key"


@pytest.fixture(scope="module")
def internet(certificate: tuple[Path, Path]) -> Iterator[int]:
    """A running server; the value is what is added to its ports."""
    shift = free_shift()
    tls = ("--tls", *map(str, certificate))
    with running("packets/services/internet.py", "--bind", HERE, "--shift", str(shift), *tls):
        yield shift


def connected(port: int) -> socket.socket:
    return socket.create_connection((HERE, port), timeout=2)


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(4096), b""))


def test_the_web_tells_the_callers_address_and_closes(internet: int) -> None:
    with connected(80 + internet) as web:
        web.sendall(b"GET /any/path HTTP/1.1\r\nHost: x\r\n")
        web.sendall(b"\r\n")
        head, _, body = read_all(web).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close" in head
    assert body == b"127.0.0.1\n"


def test_the_web_speaks_tls_with_its_certificate(internet: int, certificate: tuple[Path, Path]) -> None:
    context = ssl.create_default_context(cafile=str(certificate[0]))
    with urllib.request.urlopen(f"https://localhost:{443 + internet}/", timeout=2, context=context) as answer:
        assert (answer.status, answer.read()) == (200, b"127.0.0.1\n")


def test_what_is_said_to_the_echo_comes_back(internet: int) -> None:
    with connected(7 + internet) as echo:
        echo.sendall(b"hello")
        assert echo.recv(100) == b"hello"


def test_a_datagram_comes_back_with_the_callers_address(internet: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as echo:
        echo.settimeout(2)
        echo.sendto(b"17", (HERE, 7 + internet))
        assert echo.recvfrom(100) == (b"17 127.0.0.1", (HERE, 7 + internet))


def test_a_datagram_is_answered_from_the_address_that_it_was_sent_to() -> None:
    shift = free_shift()
    with (
        running("packets/services/internet.py", "--bind", "0.0.0.0", "--shift", str(shift)),
        socket.socket(type=socket.SOCK_DGRAM) as echo,
    ):
        echo.settimeout(2)
        echo.sendto(b"17", ("127.9.9.9", 7 + shift))
        assert echo.recvfrom(100)[1] == ("127.9.9.9", 7 + shift)


def test_the_sink_says_nothing_and_stays(internet: int) -> None:
    with connected(9 + internet) as sink:
        sink.sendall(b"x" * 100_000)
        assert select.select([sink], [], [], 0.1) == ([], [], [])


def test_push_speaks_a_hundred_times_a_second_without_being_asked(internet: int) -> None:
    with connected(19 + internet) as push:
        began, heard = time.monotonic(), 0
        while heard < 40 * 8:
            heard += len(push.recv(4096))
    assert 0.3 < time.monotonic() - began < 1.5


def test_two_hundred_connections_at_once_are_all_answered(internet: int) -> None:
    with ExitStack() as stack:
        callers = [stack.enter_context(connected(80 + internet)) for _ in range(200)]
        for caller in callers:
            caller.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert all(read_all(caller).endswith(b"127.0.0.1\n") for caller in callers)


NAMES = (
    "www.example.com=198.51.100.12",
    "two.test=10.0.0.1",
    "two.test=10.0.0.2",
    "*.Amazonaws.com=198.51.100.13",
)
A, TXT, AAAA = 1, 16, 28
OPT = b"\x00" + struct.pack("!HHIH", 41, 1232, 0, 0)


@pytest.fixture(scope="module")
def resolver() -> Iterator[socket.socket]:
    """A socket to a running resolver."""
    port = free_shift() + 7
    with (
        running(
            "packets/services/resolver.py", "--bind", HERE, "--bind", "127.0.0.2", "--port", str(port), *NAMES
        ),
        socket.socket(type=socket.SOCK_DGRAM) as client,
    ):
        client.connect((HERE, port))
        client.settimeout(2)
        yield client


def query(name: str, kind: int = A, additional: bytes = b"") -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    head = struct.pack("!HHHHHH", 77, 0x0100, 1, 0, 0, 1 if additional else 0)
    return head + labels + b"\x00" + struct.pack("!HH", kind, 1) + additional


def ask(client: socket.socket, sent: bytes) -> tuple[int, list[str]]:
    """Returns the response's code and its addresses, and checks that it repeats the question."""
    client.send(sent)
    answer = client.recv(4096)
    identity, flags, questions, count, *_ = struct.unpack_from("!HHHHHH", answer)
    end = sent.index(b"\x00", 12) + 5
    assert (identity, flags >> 15, questions, answer[12:end]) == (77, 1, 1, sent[12:end])
    records = [answer[end + 16 * number : end + 16 * (number + 1)] for number in range(count)]
    assert len(answer) == end + 16 * count
    return flags & 15, [socket.inet_ntoa(record[12:]) for record in records]


def test_a_name_has_its_address(resolver: socket.socket) -> None:
    assert ask(resolver, query("www.example.com")) == (0, ["198.51.100.12"])


def test_a_name_may_have_several(resolver: socket.socket) -> None:
    assert ask(resolver, query("two.test")) == (0, ["10.0.0.1", "10.0.0.2"])


def test_case_does_not_matter_and_comes_back_as_asked(resolver: socket.socket) -> None:
    assert ask(resolver, query("WWW.eXample.com")) == (0, ["198.51.100.12"])


def test_a_wildcard_stands_for_all_names_below_it_but_not_for_itself(resolver: socket.socket) -> None:
    assert ask(resolver, query("ssm.us-east-1.amazonaws.com")) == (0, ["198.51.100.13"])
    assert ask(resolver, query("amazonaws.com")) == (3, [])


@pytest.mark.parametrize("kind", [AAAA, TXT])
def test_a_known_name_has_no_other_records(resolver: socket.socket, kind: int) -> None:
    assert ask(resolver, query("www.example.com", kind)) == (0, [])


@pytest.mark.parametrize("kind", [A, AAAA])
def test_an_unknown_name_does_not_exist(resolver: socket.socket, kind: int) -> None:
    assert ask(resolver, query("nowhere.example.com", kind)) == (3, [])


def test_a_client_with_edns_is_answered_too(resolver: socket.socket) -> None:
    assert ask(resolver, query("www.example.com", additional=OPT)) == (0, ["198.51.100.12"])


@pytest.mark.parametrize(
    "noise", [b"", b"x", query("two.test")[:20], b"\x00" * 12, query("two.test")[:-4] + b"\xff"]
)
def test_noise_is_dropped_and_ends_nothing(resolver: socket.socket, noise: bytes) -> None:
    resolver.send(noise)
    assert ask(resolver, query("two.test"))[0] == 0


def test_a_response_is_never_answered(resolver: socket.socket) -> None:
    sent = bytearray(query("two.test"))
    sent[2] |= 0x80
    resolver.send(sent)
    assert ask(resolver, query("www.example.com")) == (0, ["198.51.100.12"])


def test_another_operation_is_not_implemented(resolver: socket.socket) -> None:
    sent = bytearray(query("two.test"))
    sent[2] |= 0x28
    assert ask(resolver, bytes(sent)) == (4, [])


def test_every_address_bound_answers(resolver: socket.socket) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.2", resolver.getpeername()[1]))
        client.settimeout(2)
        assert ask(client, query("two.test"))[0] == 0
