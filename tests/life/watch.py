"""Looks at a stack's ways out all the time, as a packet would."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lab.local_aws.aws import LocalAws

DEFAULT = "0.0.0.0/0"
PAUSE = 0.1  # seconds between two looks


@dataclass
class Watch:
    """How often was looked, through which interfaces the ways led, and every way that led nowhere."""

    looks: int = 0
    seen: dict[str, list[str]] = field(default_factory=dict)
    """By route table, the interfaces that its default route led to, in order."""
    moved: list[tuple[float, str]] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)

    def look(self, ec2: Any, tables: list[str]) -> None:
        """One look: a way is whole when its route is active and its instance runs, unchecked."""
        answer = ec2.describe_route_tables(RouteTableIds=tables)["RouteTables"]
        self.looks += 1
        for table in answer:
            name = table["RouteTableId"]
            defaults = [r for r in table["Routes"] if r.get("DestinationCidrBlock") == DEFAULT]
            route: dict[str, Any] = defaults[0] if defaults else {}
            interface = route.get("NetworkInterfaceId", "")
            if route.get("State") != "active" or not interface:
                self.cut.append(f"{name}: {route}")
            elif self.seen.setdefault(name, [])[-1:] != [interface]:
                self.seen[name].append(interface)
                self.moved.append((time.monotonic(), name))
                self._examine(ec2, name, interface)

    def _examine(self, ec2: Any, table: str, interface: str) -> None:
        found = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
        node = found["Attachment"]["InstanceId"]
        instance = ec2.describe_instances(InstanceIds=[node])["Reservations"][0]["Instances"][0]
        state, checked = instance["State"]["Name"], found["SourceDestCheck"]
        if state != "running" or checked:
            self.cut.append(f"{table}: {node} is {state}, its source/dest check {checked}")


@contextmanager
def watched(aws: LocalAws, tables: list[str]) -> Iterator[Watch]:
    """Watches while inside."""
    watch, done, ec2 = Watch(), threading.Event(), aws.client("ec2")

    def run() -> None:
        while not done.wait(PAUSE):
            watch.look(ec2, tables)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()
