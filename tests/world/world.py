"""The whole of it: one stack in an account where others live, and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from natkeeper.core.intake.routing import Subnet
from natkeeper.core.intake.topology import Layout
from natkeeper.core.model import AllocationId, Lifecycle, Route, RouteTableId, SubnetId, ZoneName
from tests.world.agenda import Agenda
from tests.world.bus import Bus
from tests.world.gate import Gate
from tests.world.gateways import Gateways
from tests.world.images import Images
from tests.world.instances import Instance, Instances
from tests.world.network import INTERNET_GATEWAY, MAIN, Network
from tests.world.past import Past
from tests.world.processes import Processes
from tests.world.reports import Reports
from tests.world.ring import Ring
from tests.world.run_command import RunCommand
from tests.world.table import Store
from tests.world.timings import AS_PUBLISHED, Timings
from tests.world.topic import Topic
from tests.world.workloads import Workloads

STACK, STRANGER = "natkeeper", "somebody-else"
FOREIGN_TABLE, FOREIGN_ADDRESS = RouteTableId("rtb-foreign"), AllocationId("eipalloc-foreign")
NAT_GATEWAY = "nat-foreign"
SOMEBODYS = "eni-somebodys"
"""An interface of somebody's own, which answers nobody."""


@dataclass
class World:
    """An account with a stack of some zones: no node yet, no default route, free addresses."""

    zone_count: int = 2
    seed: int = 0
    timings: Timings = AS_PUBLISHED
    region: str = "eu-west-1"
    targets_down: bool = False
    agenda: Agenda = field(default_factory=Agenda)

    def __post_init__(self) -> None:
        letters = "abc"[: self.zone_count]
        self.random = Random(self.seed)
        self.processes = Processes(self.agenda)
        self.gate = Gate(self.agenda, self.processes, self.random, self.timings)
        subnets = tuple(SubnetId(f"subnet-{letter}") for letter in letters)
        zones = {s: ZoneName(f"{self.region}{letter}") for s, letter in zip(subnets, letters, strict=True)}
        self.zones = tuple(zones.values())
        self.instances = Instances(self.gate, STACK, zones)
        self.images = Images(self.gate, self.instances)
        self.private_subnets = tuple(SubnetId(f"private-{letter}") for letter in letters)
        listed = {s: Subnet(z, (f"10.0.{n}.0/24",)) for n, (s, z) in enumerate(zones.items())}
        for number, (subnet, zone) in enumerate(zip(self.private_subnets, self.zones, strict=True)):
            listed[subnet] = Subnet(zone, (f"10.0.{100 + number}.0/24",))
        self.network = Network(self.gate, self.instances, listed)
        self.network.routes[MAIN] = Past(-1e9, Route(MAIN, INTERNET_GATEWAY))
        self.layout = Layout(
            subnets,
            tuple(RouteTableId(f"rtb-{letter}") for letter in letters),
            tuple(AllocationId(f"eipalloc-{letter}") for letter in letters),
        )
        for table, subnet in zip(self.layout.tables, self.private_subnets, strict=True):
            self.network.routes[table] = Past(-1e9, Route(table, None))
            self.network.associations[table] = (subnet,)
        for address in self.layout.allocations:
            self.network.holders[address] = Past(-1e9, None)
        self.gateways = Gateways(self.gate, self.network)
        self.workloads = Workloads(self.gate)
        self.commands = RunCommand(self.gate, self.instances, internet=lambda: not self.targets_down)
        self.store = Store(self.gate)
        self.topic = Topic(self.gate)
        self.reports = Reports(self.gate, STACK)
        self.bus = Bus(self.gate, STACK, queue=self.reports.send)
        self.ring = Ring(self.gate, self.instances, self.bus, Random(self.seed))
        self.commands.learned = self.ring.look
        self.instances.changed = self._changed
        self.commands.repaired = self._repaired

    def add_strangers(self) -> Instance:
        """Another stack's node, table and address in the same account. Returns the node's instance."""
        stranger = self.instances.create(self.zones[0], "m7g.large", stack=STRANGER)
        self.network.routes[FOREIGN_TABLE] = Past(-1e9, Route(FOREIGN_TABLE, str(stranger.node.interface)))
        self.network.holders[FOREIGN_ADDRESS] = Past(-1e9, stranger.node.interface)
        return stranger

    def advance(self, seconds: float) -> None:
        """Time goes on, and with it whatever is under way."""
        self.agenda.advance(seconds)

    def _changed(self, instance: Instance) -> None:
        self.network.follow(instance)
        node = instance.node
        self.ring.look()
        if node.lifecycle is not Lifecycle.PENDING:
            self.bus.put_state(node.id, node.lifecycle)

    def _repaired(self, node: object, well: bool) -> None:
        detail = {"instance-id": node, "document-name": "repair", "status": "Success" if well else "TimedOut"}
        self.bus.put("aws.ssm", "EC2 Command Invocation Status-change Notification", detail)
