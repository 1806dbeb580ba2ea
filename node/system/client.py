"""A client behind this node: a network namespace that the kernel removes with its last process. What passes
is forwarded and translated like a private host's; a request of the node's own would prove nothing about NAT.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from node.core.report import Egress
from node.system import machine
from node.system.machine import RUN, run

NETWORK = "169.254.253"
ANSWERS, NAMES = RUN / "answers", RUN / "names"
RESOLVER = "nameserver 169.254.169.253"
"""The VPC's own, for where the node only knows a stub."""


def ask(urls: list[str]) -> Egress:
    """Returns what a client behind the node got from these. Any answer is an answer."""
    lines: list[str] = []
    with suppress(OSError), machine.alone("probe.lock"):
        _write_resolver()
        ANSWERS.write_text("")
        me = str(os.getpid())
        into = ("timeout", "-k", "1", "4", "unshare", "--net", "--mount", "--")
        with suppress(OSError):
            run(*into, *machine.PROGRAM, "client", me, *urls)
        lines = machine.text(ANSWERS).splitlines()
        run("ip", "link", "del", f"nkp{me}")
    addresses = [each for each in lines if re.fullmatch(r"([0-9]{1,3}\.){3}[0-9]{1,3}", each)]
    return Egress(len(lines), len(urls), (*addresses, "")[0])


def _write_resolver() -> None:
    known = machine.text("/run/systemd/resolve/resolv.conf") or machine.text("/etc/resolv.conf")
    lines = re.findall(r"^nameserver\s+(?!127\.)[0-9.]+", known, re.MULTILINE) or [RESOLVER]
    for name in ("resolv.conf", "stub-resolv.conf"):
        machine.note(NAMES / name, "\n".join(lines))


def main(arguments: list[str]) -> int:
    """Runs inside the namespace, for the process that made it and for URLs. Returns the exit code."""
    parent, *urls = arguments
    _join(int(parent))
    for url in urls:
        Thread(target=_ask_one, args=(url,)).start()
    return 0


def _join(parent: int) -> None:
    """Connects this namespace with the node's, and has names resolved from in here too, not over a socket."""
    link, base = f"nkp{parent}", parent % 64 * 4
    inner, outer = f"{NETWORK}.{base + 2}", f"{NETWORK}.{base + 1}"
    # With MAC addresses, for udev would change the outer one after the inner end has learnt it.
    inside = f"""link set lo up
link add eth0 address 02:6e:6b:00:00:02 type veth peer {link} address 02:6e:6b:00:00:01 netns {parent}
addr add {inner}/30 dev eth0
link set eth0 up
route add default via {outer}
"""
    outside = f"addr add {outer}/30 dev {link}\nlink set {link} up\n"
    run("ip", "-batch", "-", said=inside)
    run("nsenter", f"--net=/proc/{parent}/ns/net", "ip", "-batch", "-", said=outside)
    for source, target in ((NAMES, "/run/systemd/resolve"), (NAMES / "resolv.conf", "/etc/resolv.conf")):
        if Path(target).exists():
            run("mount", "--bind", str(source), target)


def _ask_one(url: str) -> None:
    """Notes the first line of the answer."""
    where = urlsplit(url)
    connect = HTTPSConnection if where.scheme == "https" else HTTPConnection
    with suppress(OSError, HTTPException, ValueError):
        talk = connect(where.netloc, timeout=3)
        talk.request("GET", where.path)
        said = talk.getresponse().read(64).decode(errors="replace")
        with ANSWERS.open("a") as file:
            file.write(ascii(said.split("\n")[0])[1:-1] + "\n")
