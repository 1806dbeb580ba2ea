"""The whole controller in memory: the real desk, reconciler, planner and prober in an AWS without delays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from natkeeper.core.intake.triggers import Sweep, parse
from natkeeper.core.model import (
    GOING,
    InstanceId,
    Node,
)
from natkeeper.core.policy import Policy
from natkeeper.probe import Prober
from natkeeper.reconcile.applier import Applier
from natkeeper.reconcile.clerk import Clerk
from natkeeper.reconcile.desk import Desk
from natkeeper.reconcile.hearing import Hearing
from natkeeper.reconcile.observer import Observer
from natkeeper.reconcile.reconciler import Reconciler
from tests.builders import NOW, POLICY
from tests.journal import Announcements, Journal
from tests.world.agenda import Agenda
from tests.world.console import Console, Private
from tests.world.network import VPC
from tests.world.sequence import Sequence
from tests.world.table import Lease
from tests.world.timings import AT_ONCE
from tests.world.world import STACK, World


@dataclass
class Stack:
    """A stack of some zones, and verbs to live through time with it."""

    zones: int = 2
    policy: Policy = field(default_factory=lambda: replace(POLICY, template_version=1))
    start: datetime = NOW

    def __post_init__(self) -> None:
        self.world = World(self.zones, timings=AT_ONCE, agenda=Agenda(self.start))
        self.clock, self.aws = self.world.agenda, Console(self.world)
        self.sent = 0  # bytes that a test's nodes have forwarded
        self.store, self.lease = self.world.store, Lease(self.world.store)
        self.notices, self.journal = self.world.topic, Journal()
        self.announcements = Announcements(listener=self.sweep)
        self.layout = self.world.layout
        self.desk = self._desk()
        self.prober = self._prober()

    def _desk(self) -> Desk:
        reconciler = self._shell()
        return Desk(reconciler, Clerk(reconciler, self.world.bus, self.notices), self.aws.advance)

    def _shell(self) -> Reconciler:
        return Reconciler(
            observer=Observer(
                self.aws,
                self.aws,
                self.layout,
                self.world.images,
                self.world.gateways,
                self._workloads(),
                last_resort=self.policy.has_last_resort,
                pool=Sequence,
            ),
            applier=Applier(
                self.aws, self.aws, self.aws, self.notices, self.world.images, self.world.gateways, Sequence
            ),
            store=self.store,
            lease=self.lease,
            journal=self.journal,
            clock=self.clock,
            policy=self.policy,
            hearing=Hearing(
                self.world.reports, self.store, self.journal, self.clock, self.policy, self.aws.advance
            ),
        )

    def _workloads(self) -> Private | None:
        return Private(self.aws) if self.policy.on_demand else None

    def _prober(self) -> Prober:
        return Prober(
            store=self.store,
            probing=self.aws,
            announcements=self.announcements,
            journal=self.journal,
            clock=self.clock,
            sleep=self.aws.advance,
        )

    def sweep(self) -> str:
        """One run of the reconciler."""
        return self.desk.handle(Sweep())

    def order(self, kind: str, **detail: object) -> str:
        """What a person's order is answered."""
        return self.take(self.world.bus.order(kind, **detail))

    def take(self, event: object) -> str:
        """An event arrives, for the first time or once more."""
        return self.desk.handle(parse(event, STACK, self.clock()))

    def minute(self) -> str:
        """A minute of the schedule: the probe's run, then the sweep's."""
        self.aws.advance(60)
        self.prober.handle(Sweep())
        return self.sweep()

    def settle(self, minutes: int = 6) -> None:
        """So many minutes."""
        for _ in range(minutes):
            self.minute()

    def living(self) -> list[Node]:
        """The nodes that exist, by id."""
        return sorted((n for n in self.aws.find() if n.lifecycle not in GOING), key=lambda n: n.id)

    def serving(self, zone: int = 0) -> InstanceId | None:
        """The node that the zone's table points at, if it is there."""
        table = self.layout.tables[zone]
        (seen,) = (t for t in self.aws.tables(VPC) if t.route.table == table)
        nodes = [n.id for n in self.aws.find() if n.interface and n.interface == seen.route.target]
        return nodes[0] if nodes and not seen.route.blackhole else None

    def change(self, **policy: Any) -> None:
        """A stack update brings other parameters."""
        self.policy = replace(self.policy, **policy)
        self.desk = self._desk()

    def update(self, version: int) -> None:
        """A stack update brings a new version of the launch template."""
        self.policy = replace(self.policy, template_version=version)
        self.world.instances.template_version = version
        self.desk = self._desk()


def settled(zones: int = 2) -> Stack:
    """A stack that has come to rest: each zone served by its own verified node."""
    stack = Stack(zones)
    stack.sweep()
    stack.settle()
    stack.aws.calls.clear()
    stack.journal.lines.clear()
    return stack


def assert_at_rest(stack: Stack) -> None:
    """Each zone has its own node, with its address; another sweep does nothing."""
    nodes = stack.living()
    zones = list(stack.aws.zones.values())
    assert sorted(node.zone for node in nodes) == zones
    for number, zone in enumerate(zones):
        (own,) = (node for node in nodes if node.zone == zone)
        assert stack.serving(number) == own.id
        assert stack.aws.holders[stack.layout.allocations[number]] == own.interface
        assert not own.source_dest_check
    assert stack.sweep() == "nothing to do"


def own(stack: Stack, zone: int = 0) -> InstanceId:
    name = stack.serving(zone)
    assert name
    return name
