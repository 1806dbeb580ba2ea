"""The rival on real packets, with a private host that talks: natkeeper's experiments can be played on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.ec2.clock import wait_until
from lab.ec2.timings import pace as pace_of
from lab.local_aws.aws import LocalAws
from lab.rival.group import Group
from lab.rival.network import ANYWHERE, RivalNetwork, build
from lab.stage.narrator import Say
from lab.stage.stack_view import ZoneView
from lab.stage.stage import Stage
from lab.traffic import recording

RESTS = 180.0  # seconds
CALM, QUIET = 8.0, 5.0
"""Seconds after a fault before it may count as over, and of answers until it does."""


@dataclass
class RivalView:
    """One zone, by the AWS API alone."""

    ec2: Any
    network: RivalNetwork
    group: Group

    def test_host(self) -> str:
        """The private host."""
        return self.network.host

    def zones(self) -> list[ZoneView]:
        """Its way out, as it is now."""
        table = self.ec2.describe_route_tables(RouteTableIds=[self.network.table])["RouteTables"][0]
        routes = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == ANYWHERE]
        route = routes[0] if routes else {}
        well = self.group.ready and route.get("State") == "active"
        return [
            ZoneView(
                self.network.zone,
                self.network.table,
                route.get("NetworkInterfaceId", ""),
                route.get("State", ""),
                self.group.node,
                self.network.zone,
                well,
            )
        ]

    def nodes(self) -> dict[str, Any]:
        """Nobody's decisions are told by its interfaces."""
        return {}

    def nodes_by_id(self) -> list[str]:
        """Its one node."""
        return [self.group.node]

    def forget_hour(self) -> bool:
        """It counts nothing an hour."""
        return True

    def decisions(self) -> Iterator[dict[str, Any]]:
        """An auto-scaling group has no log."""
        return iter(())


@dataclass
class RivalStage(Stage):
    """What a fault is played on."""

    first: dict[str, float] = field(default_factory=dict)
    """When it was first asked whether what is played is over."""

    def at_rest(self) -> bool:
        """Returns whether the node serves, and packets are answered."""
        return all(zone.well for zone in self.zones()) and self.quiet_since(2.0)

    def is_over(self) -> bool:
        """Returns whether packets have been answered for a while, some time after the fault."""
        since = self.first.setdefault(self.playing, time.time())
        return recording.settled(self.log) - since > CALM and self.quiet_since(QUIET)


@contextmanager
def staged_rival(logs: Path, say: Say, *, pace: str = "published") -> Iterator[RivalStage]:
    """A fresh local AWS with the rival in it, at rest. All is built at the quick pace; then the delays are
    those of `pace`. Raises RuntimeError when it does not come to rest."""
    logs = logs.resolve()
    logs.mkdir(parents=True, exist_ok=True)
    with LocalAws(logs, packets=True) as aws:
        ec2 = aws.client("ec2")
        network = build(ec2)
        waits = {"services": pace_of("quick").services}
        stage: RivalStage | None = None

        def inside(node: str, script: str) -> str:
            return stage.run_on(node, script) if stage else ""

        group = Group(ec2, network, inside, lambda: waits["services"])
        view: Any = RivalView(ec2, network, group)
        stage = RivalStage(aws, view, {}, pace, 60.0, logs)
        try:
            group.begin()
            if not wait_until(lambda: stage.is_on(network.host), RESTS, 0.2):
                raise RuntimeError("the rival's private host does not run")
            stage.start_traffic("rest")
            if not wait_until(stage.at_rest, RESTS, 0.5):
                raise RuntimeError(f"the rival did not come to rest: {view.zones()}")
            say("rival", f"an auto-scaling group of one serves: {view.zones()[0]}")
            aws.control.pace(pace)
            waits["services"] = pace_of(pace).services
            yield stage
        finally:
            group.close()
            stage.stop_traffic()
