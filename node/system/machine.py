"""This machine: its files, its kernel's network, its programs. In RUN natkeeper's programs tell one another
what they did; that goes with the power.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node.core import peers, sight

RUN = Path("/run/natkeeper")
RULES, INTERFACE, REPAIRS, BEAT, PEAK, COUNTED, PEERS, RING, FLOWS = (
    RUN / name
    for name in "rules interface repairs guard peak counted peers ring flows".split()  # noqa: SIM905
)
"""As applied, the first two; how often the guard mended, when it last looked, and the most bytes a second it
saw; what the probe counted last; of which peers it was told when, and the bytes of their ring; how many flows
of theirs are known, by the list of when."""
PARAMETERS, ENTRY = Path("/etc/natkeeper/parameters"), Path("/etc/natkeeper/entry")
"""The second: what the last list said of this node. What rules are made of it stays after a reboot."""
PROGRAM = (sys.executable, "-I", "-S", str(Path(__file__).parents[2]))
"""This one, by itself: what to do follows."""
SIOCGIFADDR = 0x8915


class MachineError(OSError):
    """A program failed, or something is missing; told with what to do."""


def text(path: object) -> str:
    """Returns what a file holds; nothing if it cannot be read."""
    try:
        return Path(str(path)).read_text(errors="replace")
    except OSError:
        return ""


def number(path: object) -> int:
    """Returns the number in a file; 0 where there is none, or none that is sane."""
    said = text(path).strip()
    return int(said) if re.fullmatch("[0-9]{1,18}", said) else 0


def note(path: Path, said: object) -> None:
    """Writes a line, or lines, so that a reader finds all of it or what was there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.write_text(f"{said}\n")
    half.replace(path)


def uptime() -> int:
    """Returns seconds since boot: the wall clock may jump."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME))


@contextmanager
def alone(name: str, seconds: float = 20) -> Iterator[None]:
    """Holds a lock: one at a time. Raises MachineError if another one keeps it for so many seconds."""
    RUN.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    with (RUN / name).open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise MachineError(f"another one keeps {name}") from None
                time.sleep(0.05)
        yield


def run(*command: str, said: str = "", seconds: float = 20) -> str:
    """Returns what a program prints. Raises MachineError unless it is there and succeeds in time."""
    try:
        # Rules may carry a stranger's comment in any encoding.
        done = subprocess.run(
            command, input=said, capture_output=True, encoding="utf-8", errors="replace",
            timeout=seconds, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(str(error)) from error
    if done.returncode:
        raise MachineError(f"{command[0]}: {done.stderr.strip()[-500:]}")
    return done.stdout


def interface() -> str:
    """Returns the interface that leads out; empty if none does."""
    return sight.default_interface(text("/proc/net/route"))


def way_out(seconds: float) -> tuple[str, str]:
    """Returns interface and address as soon as both are there. Raises MachineError, after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        name = interface()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                found = fcntl.ioctl(asking, SIOCGIFADDR, struct.pack("40s", name.encode()))
                return name, socket.inet_ntoa(found[20:24])
            except OSError:
                if time.monotonic() > end:
                    raise MachineError("no interface with a default route and an address") from None
        time.sleep(0.2)


def is_set(wanted: dict[str, object]) -> bool:
    """Returns whether all is as wanted."""
    return all(text(f"/proc/sys/{key}").split() == str(value).split() for key, value in wanted.items())


def set_all(wanted: dict[str, object]) -> None:
    """Raises OSError, which names the file, for what the kernel does not take."""
    for key, value in wanted.items():
        Path("/proc/sys", key).write_text(str(value))


def entry(own: str) -> str:
    """Returns what the newest list that names this node says of it."""
    return peers.entry(text(PEERS), own) or text(ENTRY).strip()


def rules() -> str:
    """Returns our tables as they are in force. Raises MachineError."""
    return sight.in_force(run("iptables-save"))
