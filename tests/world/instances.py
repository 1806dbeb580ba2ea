"""EC2's instances: launches with tokens, states that take their time, status checks, reads that lag."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from natkeeper.core.actions import LaunchBaker, LaunchNode
from natkeeper.core.cpu_credits import CpuCredits, has_credits
from natkeeper.core.judgement.market import pool
from natkeeper.core.model import (
    GOING,
    UP,
    Doom,
    ImageId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Market,
    Node,
    SubnetId,
    ZoneName,
)
from natkeeper.ports import Launched
from tests.builders import listed
from tests.world.gate import Gate, Refusal
from tests.world.guest import INFINITE, Guest
from tests.world.past import KEPT, Past

NO_ROOM = "Server.InsufficientInstanceCapacity: no room after all"
BY_USER = "Client.UserInitiatedShutdown: User initiated shutdown"
STOCK = ImageId("ami-stock")
AUTOMATIC = "198.18."
"""With this begins every public address that AWS assigns by itself."""
VCPUS = 2
"""Of each instance type in our lists (t4g.nano, t4g.micro)."""


@dataclass(eq=False)
class Instance:
    """One instance, ours or a stranger's, with the node that it is to us and its inside."""

    past: Past[Node]
    guest: Guest
    stack: str
    tag: str = ""  # the stack that its tag names; whoever copies tags is not what they say
    interface_gone: bool = False
    cpu_credits: CpuCredits = CpuCredits.UNLIMITED  # as the launch template says
    stillborn: str = ""  # EC2 ends it instead of running it, for this reason
    automatic: bool = True  # AWS assigns a public address where no elastic one is

    @property
    def node(self) -> Node:
        """As it is now, before any read has caught up."""
        return self.past.now


@dataclass
class Instances:
    """The port `Nodes` for one stack, in an account where others live too."""

    gate: Gate
    stack: str
    zones: dict[SubnetId, ZoneName]
    template_version: int = 1
    full: set[tuple[ZoneName, str]] = field(default_factory=set)  # zones and types without capacity
    deceptive: set[tuple[ZoneName, str]] = field(
        default_factory=set
    )  # no room, which EC2 finds out afterwards
    taken_back: dict[ZoneName, str] = field(default_factory=dict)  # what EC2 launches there, it ends: why
    quotas: dict[Market, int] = field(default_factory=dict)  # vCPUs of running instances (EC2 quotas)
    bad_user_data: float = 0.0  # so many launches never come to serve
    stock: ImageId = STOCK  # what the launch template's parameter names
    tight: bool = False  # subnets have no second address for a node
    mirror_down: bool = False  # no packages: only an image that has them comes to serve
    images: dict[ImageId, bool] = field(default_factory=dict)  # the stack's own, and whether they work
    all: dict[InstanceId, Instance] = field(default_factory=dict)  # terminated ones vanish after a while
    owners: dict[InterfaceId, Instance] = field(default_factory=dict)
    changed: Callable[[Instance], None] = lambda instance: None  # its state is another
    _tokens: dict[object, tuple[object, Instance]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    # --- the port

    def find(self, known: Collection[InstanceId] = ()) -> tuple[Node, ...]:
        """As the adapter: the status of who is known, by id, instances by tag, then the status of the others.
        The first two come one after the other here, as everything that a process does."""
        early = self._statuses(sorted(known))
        with self.gate.read("DescribeInstances", "listing the nodes", f"stack {self.stack}"):
            at = self._looking(self.gate.timings.tag_lag)
            ours = [i for i in self.all.values() if i.tag == self.stack]
            seen = [i.past.seen(at) for i in ours if not self.gate.omits(i.node.id)]
            found = [listed(node) for node in seen if node]
        ended = (_with_status(n, None) for n in found if n.lifecycle is Lifecycle.TERMINATED)
        nodes = [n for n in found if n.lifecycle is not Lifecycle.TERMINATED]
        statuses = {**early, **self._statuses([n.id for n in nodes if n.id not in early])}
        return (*(_with_status(node, statuses.get(node.id)) for node in nodes), *ended)

    def _statuses(self, ids: Collection[InstanceId]) -> Mapping[InstanceId, Node]:
        if not ids:
            return {}
        with self.gate.read("DescribeInstanceStatus", "reading status checks", f"{len(ids)} nodes"):
            at = self._looking(self.gate.timings.lag)
            seen = {name: self.all[name].past.seen(at) for name in ids if name in self.all}
        statuses = {name: node for name, node in seen.items() if node}
        return statuses if len(statuses) == len(ids) else {}  # InvalidInstanceID.NotFound, for all of them

    def launch(self, action: LaunchNode | LaunchBaker, market: Market, instance_type: str) -> Launched:
        """In one pool."""
        instance = self._run(action, market, instance_type)
        return Launched(instance.node.id, instance.node.lifecycle)

    def _run(self, action: LaunchNode | LaunchBaker, market: Market, instance_type: str) -> Instance:
        name = pool(market, instance_type)
        on = f"{action.zone} as {name}{f' from {action.image}' if action.image else ''}"
        role = action.role if isinstance(action, LaunchBaker) else ""
        detail = f"{role or 'node'} from {action.image}" if role or action.image else ""
        with self.gate.write("RunInstances", "launching a node", on, detail):
            covers = isinstance(action, LaunchNode) and action.covers
            token = (self.stack, action.zone, action.generation, name, self.template_version, detail, covers)
            wish = (action.subnet,)
            known = self._tokens.get(token)
            if known and known[0] != wish:
                raise Refusal("IdempotentParameterMismatch", "the token came with other parameters")
            if known:
                return known[1]
            self._refuse_beyond_quota(market)
            if (action.zone, name) in self.full:
                raise Refusal("InsufficientInstanceCapacity", "no room for this type")
            if action.image and action.image not in self.images:
                raise Refusal("InvalidAMIID.NotFound", f"{action.image} does not exist")
            if action.subnet not in self.zones:
                raise Refusal("InvalidSubnetID.NotFound", "no such subnet")
            if covers and self.tight:
                raise Refusal("InsufficientFreeAddressesInSubnet", "not enough free addresses")
            zone, spot, image = self.zones[action.subnet], market is Market.SPOT, action.image or self.stock
            instance = self.create(
                zone, instance_type, action.generation, spot=spot, role=role, image=image, covers=covers
            )
            instance.stillborn = NO_ROOM if (action.zone, name) in self.deceptive else ""
            instance.stillborn = self.taken_back.get(zone, instance.stillborn)
            self._tokens[token] = (wish, instance)
            return instance

    def _refuse_beyond_quota(self, market: Market) -> None:
        if market in self.quotas:
            there = [i for i in self.all.values() if i.node.lifecycle in UP]
            used = sum(VCPUS for i in there if i.node.spot is (market is Market.SPOT))
            if used + VCPUS > self.quotas[market]:
                spot = market is Market.SPOT
                raise Refusal("MaxSpotInstanceCountExceeded" if spot else "VcpuLimitExceeded", "the quota")

    def terminate(self, node: InstanceId) -> None:
        """Ends an instance; one that is gone already is as good."""
        with self.gate.write("TerminateInstances", "terminating the node", node):
            if node in self.all:
                self.end(self.all[node])

    def stop(self, node: InstanceId) -> None:
        """We stop it. EC2 stops no one-time spot instance."""
        with self.gate.write("StopInstances", "stopping the node", node):
            instance = self._existing(node)
            if instance.node.spot:
                raise Refusal("UnsupportedOperation", "a one-time spot instance")
            if instance.node.lifecycle in (*GOING, Lifecycle.PENDING):
                raise Refusal("IncorrectInstanceState", f"it is {instance.node.lifecycle}")
            self.halt(instance)

    def start(self, node: InstanceId) -> None:
        """We start what is stopped; its launch time is a new one."""
        with self.gate.write("StartInstances", "starting the node", node):
            instance = self._existing(node)
            if instance.node.lifecycle in UP:
                return
            if instance.node.lifecycle is not Lifecycle.STOPPED:
                raise Refusal("IncorrectInstanceState", f"it is {instance.node.lifecycle}")
            self._refuse_beyond_quota(Market.ON_DEMAND)
            if (instance.node.zone, instance.node.instance_type) in self.full:
                raise Refusal("InsufficientInstanceCapacity", "no room for this type")
            self.begin(instance)

    def _existing(self, node: InstanceId) -> Instance:
        if node not in self.all:
            raise Refusal("InvalidInstanceID.NotFound", f"{node} does not exist")
        return self.all[node]

    def set_source_dest_check(self, interface: InterfaceId, *, on: bool) -> None:
        """The check, at the interface."""
        attempted = f"turning the source/dest check {'on' if on else 'off'}"
        with self.gate.write("ModifyNetworkInterfaceAttribute", attempted, interface, str(on)):
            self.write(self.reachable(interface), source_dest_check=on)

    def set_public_address(self, interface: InterfaceId, *, on: bool) -> None:
        """The automatic public address, at the interface."""
        attempted = f"{'assigning' if on else 'taking away'} the automatic public address"
        detail = f"public address {'on' if on else 'off'}"
        with self.gate.write("ModifyNetworkInterfaceAttribute", attempted, interface, detail):
            owner = self.reachable(interface)
            owner.automatic = on
            self.renew(owner)

    def public_address(self, interface: InterfaceId) -> str:
        """The public address of the primary private one."""
        with self.gate.read("DescribeNetworkInterfaces", "reading the public address", interface):
            seen = self.reachable(interface).past.seen(self._looking(self.gate.timings.lag))
            return seen.public_address if seen else ""

    def set_cpu_credits(self, node: InstanceId, mode: CpuCredits) -> None:
        """EC2 takes it for a burstable instance that runs or is stopped."""
        attempted = f"making the CPU credits {mode}"
        with self.gate.write("ModifyInstanceCreditSpecification", attempted, node, mode):
            instance = self._existing(node)
            if not has_credits(instance.node.instance_type):
                raise Refusal("InstanceCreditSpecification.NotSupported", instance.node.instance_type)
            if instance.node.lifecycle not in (Lifecycle.RUNNING, Lifecycle.STOPPED):
                raise Refusal("IncorrectInstanceState", f"it is {instance.node.lifecycle}")
            instance.cpu_credits = mode

    # --- what others need

    def reachable(self, interface: InterfaceId) -> Instance:
        """The owner of an interface. Raises Refusal when it is gone, or cannot be seen yet."""
        owner = self.owners.get(interface)
        if owner is None or owner.interface_gone or owner.past.seen(self._looking(1.0)) is None:
            raise Refusal("InvalidNetworkInterfaceID.NotFound", f"{interface} does not exist")
        return owner

    def create(
        self,
        zone: ZoneName,
        instance_type: str,
        generation: int = 0,
        stack: str | None = None,
        *,
        spot: bool = False,
        tag: str = "",
        role: str = "",
        image: ImageId = STOCK,
        covers: bool = False,
    ) -> Instance:
        """A new instance, pending. `tag`: what its tags say, when that is not so."""
        gate, number = self.gate, next(self._numbers)
        node = Node(
            id=InstanceId(f"i-{number:017x}"),
            zone=zone,
            lifecycle=Lifecycle.PENDING,
            launched_at=gate.agenda(),
            interface=InterfaceId(f"eni-{number:017x}"),
            source_dest_check=True,
            template_version=self.template_version,
            generation=generation,
            instance_type=instance_type,
            spot=spot,
            subnet=next((subnet for subnet, name in self.zones.items() if name == zone), None),
            copied=bool(tag) and tag != (stack or self.stack),
            role=role,
            image=image,
            private_address=f"10.0.{number // 250}.{number % 250 + 4}",
            cover_address=f"10.1.{number // 250}.{number % 250 + 4}" if covers else "",
        )
        instance = Instance(
            Past(gate.agenda.at, node), Guest(), stack or self.stack, tag or stack or self.stack
        )
        self.all[node.id] = instance
        assert node.interface
        self.owners[node.interface] = instance
        self.renew(instance)
        self._later(gate.timings.pending, instance, Lifecycle.PENDING, self._run_up)
        return instance

    def write(self, instance: Instance, **changes: object) -> None:
        """Changes what EC2 knows of an instance."""
        node = replace(instance.node, **changes)  # type: ignore[arg-type]
        if node != instance.node:
            moved = node.lifecycle is not instance.node.lifecycle
            instance.past.set(self.gate.agenda.at, node)
            if moved:
                self.changed(instance)
            self.gate.written()

    def renew(self, instance: Instance) -> None:
        """An automatic public address comes where it may and no elastic one is, and goes where it may not be. None
        comes beside an elastic one on a second private address (EC2 user guide, instance IP addressing)."""
        node = instance.node
        if node.public_address and not node.public_address.startswith(AUTOMATIC):
            return
        number = int(node.id[2:], 16)
        own = f"{AUTOMATIC}{number // 250}.{number % 250}"
        stays = bool(node.public_address) or not node.covers_as
        may = instance.automatic and node.lifecycle in UP and stays
        self.write(instance, public_address=own if may else "")

    def end(self, instance: Instance, ended: str = BY_USER) -> None:
        """Somebody terminates it."""
        if instance.node.lifecycle not in GOING:
            self.write(instance, lifecycle=Lifecycle.SHUTTING_DOWN, ended=ended)
            self._later(self.gate.timings.shutting_down, instance, Lifecycle.SHUTTING_DOWN, self._terminated)

    def halt(self, instance: Instance) -> None:
        """Somebody stops it."""
        if instance.node.lifecycle is Lifecycle.RUNNING:
            self.write(instance, lifecycle=Lifecycle.STOPPING, ended=BY_USER)
            self._later(self.gate.timings.stopping, instance, Lifecycle.STOPPING, self._stopped)

    def begin(self, instance: Instance) -> None:
        """Somebody starts it."""
        if instance.node.lifecycle is Lifecycle.STOPPED:
            self.write(instance, lifecycle=Lifecycle.PENDING, launched_at=self.gate.agenda(), ended="")
            self.renew(instance)
            self._later(self.gate.timings.pending, instance, Lifecycle.PENDING, self._run_up)

    def check_status(self, instance: Instance) -> None:
        """EC2 looks at a machine that hangs: impaired after two failed checks, well at once if it lives."""
        timings = self.gate.timings
        seconds = timings.status_interval * (1 + self.gate.random.random() * bool(timings.spread))
        self.gate.agenda.after(seconds, lambda: self._checked(instance))

    def announce_doom(self, instance: Instance, doom: Doom) -> None:
        """A scheduled event that DescribeInstanceStatus lists."""
        self.write(instance, doom=doom)

    # --- how states go on

    def _later(
        self, seconds: float, instance: Instance, only_if: Lifecycle, act: Callable[[Instance], None]
    ) -> None:
        def go_on() -> None:
            if instance.node.lifecycle is only_if:
                act(instance)

        self.gate.agenda.after(self.gate.timings.draw(self.gate.random, seconds), go_on)

    def _run_up(self, instance: Instance) -> None:
        if instance.stillborn:
            self.write(instance, ended=instance.stillborn)
            self._terminated(instance)
            return
        gate, guest = self.gate, instance.guest
        bad = self.bad_user_data and gate.random.random() < self.bad_user_data
        again = guest.installed < INFINITE  # started, not launched: user data has run before
        bad = bad or not (again or self.images.get(instance.node.image or STOCK, not self.mirror_down))
        boot = gate.timings.draw(gate.random, gate.timings.pending if again else gate.timings.boot)
        guest.installed = INFINITE if bad else gate.agenda.at + boot
        guest.registered = gate.agenda.at + gate.timings.draw(gate.random, gate.timings.registration)
        if not bad:
            gate.agenda.after(boot, gate.written)
        self.write(instance, lifecycle=Lifecycle.RUNNING)

    def _terminated(self, instance: Instance) -> None:
        self.write(instance, lifecycle=Lifecycle.TERMINATED)
        self.renew(instance)
        agenda, timings = self.gate.agenda, self.gate.timings
        agenda.after(timings.interface_release, lambda: self._release(instance))
        agenda.after(KEPT, lambda: self._vanish(instance))

    def _stopped(self, instance: Instance) -> None:
        self.write(instance, lifecycle=Lifecycle.STOPPED)
        self.renew(instance)

    def _release(self, instance: Instance) -> None:
        instance.interface_gone = True

    def _vanish(self, instance: Instance) -> None:
        self.all.pop(instance.node.id, None)

    def _checked(self, instance: Instance) -> None:
        hangs = instance.guest.hung and instance.node.lifecycle is Lifecycle.RUNNING
        since = instance.node.impaired_since
        if hangs != bool(since):
            self.write(instance, impaired_since=self.gate.agenda() if hangs else None)

    def _looking(self, mean: float) -> float:
        return self.gate.agenda.at - self.gate.timings.draw_lag(self.gate.random, mean)


def _with_status(node: Node, status: Node | None) -> Node:
    if node is status:
        return node
    impaired_since, doom = (status.impaired_since, status.doom) if status else (None, None)
    return replace(node, impaired_since=impaired_since, doom=doom)
