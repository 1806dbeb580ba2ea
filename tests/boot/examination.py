"""What must be true of a node whenever it runs, as sentences; an examination names those that are not."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator

from lab.boot.vpc import PUBLIC, BootVpc
from lab.packets.network import ADMIN, SERVER, STRANGER
from tests.node.template_script import commands

TARGETS = "https://checkip.amazonaws.com,https://1.1.1.1,https://www.example.com"
OUT = "a private host gets out with the node's address"
FORWARD = "the port forward leads the admin to the private host"
CLOSED = "the port forward is closed to strangers"
PROBE = "the probe document says that all is well"
UNTOUCHED = "the guard had nothing to mend"
UNITS = "no unit has failed"
USER_DATA = "user data has ended well"


def document(name: str) -> str:
    """Returns the command lines of one of the template's documents, filled in as CloudFormation does."""
    lines = []
    for line in commands(name):
        if isinstance(line, dict):
            text, values = line["Fn::Sub"]
            separator = values["Targets"]["Fn::Join"][0]
            lines.append(str(text.replace("${Targets}", separator.join(TARGETS.split(",")))))
        else:
            lines.append(str(line))
    return "\n".join(lines)


def greeting(vpc: BootVpc, source: str) -> str:
    """Returns the first line that the node's forwarded port says to one who comes from `source`."""
    talk = (
        "import socket\n"
        f"with socket.create_connection(('{PUBLIC}', 9999), 2, ('{source}', 0)) as peer:\n"
        " peer.settimeout(2); print(peer.makefile().readline().strip())"
    )
    return vpc.outside(f'{sys.executable} -c "{talk}"').stdout.strip()


def probe(vpc: BootVpc, name: str = "ProbeDocument") -> dict[str, object]:
    """Returns what a document's probe said; nothing if it said nothing that can be read."""
    said = vpc.node(document(name)).stdout.strip()
    try:
        return dict(json.loads(said))
    except ValueError:
        return {}


def all_well(said: dict[str, object]) -> bool:
    """Returns whether a probe found every check true and every target."""
    egress, checks = said.get("egress"), said.get("checks")
    found = isinstance(egress, dict) and egress == {"ok": 3, "tried": 3, "address": PUBLIC}
    return found and isinstance(checks, dict) and len(checks) == 5 and all(checks.values())


CHECKS: dict[str, Callable[[BootVpc], bool]] = {
    OUT: lambda vpc: vpc.host(f"curl -s -m 3 http://{SERVER}/").stdout.strip() == PUBLIC,
    FORWARD: lambda vpc: greeting(vpc, ADMIN) != "",
    CLOSED: lambda vpc: greeting(vpc, STRANGER) == "",
    PROBE: lambda vpc: all_well(probe(vpc)),
    UNTOUCHED: lambda vpc: probe(vpc).get("repairs") == 0,
    UNITS: lambda vpc: vpc.node("systemctl --failed --no-legend").stdout.strip() == "",
    USER_DATA: lambda vpc: "status: done" in vpc.node("cloud-init status").stdout,
}


def failings(vpc: BootVpc) -> Iterator[str]:
    """Yields what is not true of the node now."""
    for name, check in CHECKS.items():
        # Twice: on a busy machine an answer may be late. What strangers get must be right the first time.
        if not check(vpc) and (name == CLOSED or not check(vpc)):
            yield name


def wait_for_user_data(vpc: BootVpc, seconds: float = 280) -> None:
    """Returns once cloud-init has ended at this boot. AssertionError: it did not in time."""
    done = vpc.node(f"timeout {seconds} cloud-init status --wait")
    assert done.returncode != 124, vpc.machines.console(vpc.node_id)[-3000:]


def seconds_to_internet(vpc: BootVpc, since: float, limit: float = 280) -> float:
    """Returns how long after `since` a private host got out. AssertionError: it did not in time."""
    while not CHECKS[OUT](vpc):
        assert time.monotonic() - since < limit, "no internet in time"
    return time.monotonic() - since
