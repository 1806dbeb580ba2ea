"""What runs inside an instance.

`PaperGuest` is paper, not packets: it remembers what it was told about a node and answers the node's
own commands from that. It proves that the controller asks and obeys, not that a NAT forwards.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import asdict, dataclass, replace
from typing import Protocol

Result = tuple[int, str, str]


class Guest(Protocol):
    """An instance's inside, as Run Command and the life cycle meet it."""

    def started(self, instance_id: str, image: str = "") -> None:
        """The instance has begun to boot; a new one has the disk of this image."""
        ...

    def imaged(self, instance_id: str, image: str) -> None:
        """Its disk, as it is now, is the image's."""
        ...

    def stopped(self, instance_id: str) -> None:
        """The instance is off."""
        ...

    def run(self, instance_id: str, document: str, commands: list[str]) -> Result:
        """Runs a document's commands as root. Returns exit code, standard output, standard error."""
        ...

    def served(self, instance_id: str) -> None:
        """The services that are enabled on its disk have started."""
        ...

    def booted(self, instance_id: str) -> None:
        """User data has run to its end."""
        ...

    def fault(self, instance_id: str, name: str) -> None:
        """Breaks (or mends) something inside. Raises ValueError for a fault it does not know."""
        ...

    def enter(self, place: str) -> list[str]:
        """Returns the beginning of a command line that runs inside. Raises ValueError for no such place."""
        ...

    def cut(self, ways: list[tuple[str, str]], milliseconds: int) -> None:
        """Breaks links between these places, for so long; 0: until it is called again. Raises ValueError for
        a place that is not there, and where there are no packets."""
        ...

    def reachable(self, instance_id: str) -> bool:
        """Whether EC2's status check gets an answer. May take a second: never asked under the lock."""
        ...

    def connected(self, instance_id: str) -> bool:
        """Whether the SSM agent can talk to SSM now. May take a second: never asked under the lock."""
        ...


@dataclass(frozen=True)
class Node:
    """What `natkeeper-probe` reports on, by name of its checks."""

    booted: bool = False
    interface: bool = True
    forwarding: bool = True
    rules: bool = True
    guard: bool = True
    egress: bool = True
    repairs: int = 0
    answers: bool = True


FAULTS: dict[str, dict[str, bool]] = {
    "flush-rules": {"rules": False},
    "forwarding-off": {"forwarding": False},
    "guard-dead": {"guard": False},
    "egress-down": {"egress": False},
    "egress-up": {"egress": True},
    "hang": {"answers": False},
    "mend": asdict(Node(booted=True)),
}


class PaperGuest:
    """Answers `natkeeper-probe` from memory; `natkeeper-apply` restores rules and forwarding."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._images: dict[str, Node] = {}
        self._lock = threading.Lock()

    def started(self, instance_id: str, image: str = "") -> None:
        """A hang ends; all else stays as it was on a node that has booted before, for user data runs once."""
        with self._lock:
            new = self._images.get(image, Node())
            self._nodes[instance_id] = replace(self._nodes.get(instance_id, new), answers=True)

    def imaged(self, instance_id: str, image: str) -> None:
        """Who comes from it has the node's commands from the beginning, if this one has them."""
        with self._lock:
            self._images[image] = replace(Node(), booted=self._nodes.get(instance_id, Node()).booted)

    def stopped(self, instance_id: str) -> None:
        """Does nothing: rules are written to disk and come back at boot."""

    def served(self, instance_id: str) -> None:
        """Does nothing: on paper, rules are there as soon as the commands are."""

    def booted(self, instance_id: str) -> None:
        """From now on the node's commands exist."""
        with self._lock:
            self._nodes[instance_id] = replace(self._nodes.get(instance_id, Node()), booted=True)

    def fault(self, instance_id: str, name: str) -> None:
        """Applies one of FAULTS. Raises ValueError for another name."""
        if name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}: one of {', '.join(sorted(FAULTS))}")
        with self._lock:
            node = self._nodes.get(instance_id, Node())
            self._nodes[instance_id] = replace(node, **FAULTS[name])

    def enter(self, place: str) -> list[str]:
        """Raises ValueError: paper has no inside."""
        raise ValueError(f"{place} is paper: this AWS has no packets")

    def cut(self, ways: list[tuple[str, str]], milliseconds: int) -> None:  # noqa: ARG002
        """Raises ValueError: paper has no links."""
        raise ValueError("this AWS has no packets, so no link of it can break")

    def reachable(self, instance_id: str) -> bool:
        """Unless it hangs."""
        with self._lock:
            return self._nodes.get(instance_id, Node()).answers

    def connected(self, instance_id: str) -> bool:
        """Unless it hangs."""
        return self.reachable(instance_id)

    def run(self, instance_id: str, document: str, commands: list[str]) -> Result:  # noqa: ARG002
        """Understands the node's two commands by name; anything else succeeds silently."""
        text = "\n".join(commands)
        with self._lock:
            node = self._nodes.get(instance_id, Node())
            wanted = [name for name in ("natkeeper-apply", "natkeeper-probe") if name in text]
            if wanted and not node.booted:
                return 127, "", f"{wanted[0]}: command not found"
            if "natkeeper-apply" in wanted:
                node = replace(node, rules=True, forwarding=True)
                self._nodes[instance_id] = node
        peers = re.search(r"\bi-\w+=", text) is not None
        return (0, probe_line(node, peers=peers) if "natkeeper-probe" in wanted else "", "")


def probe_line(node: Node, *, peers: bool = False) -> str:
    """Returns the one line of JSON that `natkeeper-probe` prints. Nothing passes without rules. `peers`: it
    was told of some, who have no connections on paper."""
    egress = node.egress and node.rules and node.forwarding
    return json.dumps(
        {
            "natkeeper": 1,
            "checks": {
                "interface": node.interface,
                "forwarding": node.forwarding,
                "rules": node.rules,
                "guard": node.guard,
                "egress": egress,
            },
            "interface": "ens5",
            "egress": {
                "ok": 3 if egress else 0,
                "tried": 3,
                "address": "198.51.100.7" if egress else "",
            },
            "repairs": node.repairs,
            "sent": 0,
            "conntrack": {"count": 12, "max": 65536},
            "ena": {},
            "flows": 0 if peers else None,
        }
    )
