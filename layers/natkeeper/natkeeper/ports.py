"""What the shell needs of the outside, by role, with only the verbs used. The simulated AWS of the tests
and the adapters pass the same contract tests. Every verb may raise `AwsError`; none answers a failed read
with an empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from natkeeper.core.actions import Action, CreateImage, LaunchBaker, LaunchNode
from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.errors import AwsError
from natkeeper.core.image import Image
from natkeeper.core.intake.commands import Answered, Entry, Written
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.intake.workloads import Presence
from natkeeper.core.last_resort import LastResorts, NatGateway, NatGatewayId
from natkeeper.core.last_resort_actions import CreateNatGateway
from natkeeper.core.memory import Memory
from natkeeper.core.model import (
    Address,
    AllocationId,
    Doom,
    ImageId,
    InstanceId,
    InterfaceId,
    Lifecycle,
    Market,
    Node,
    Probe,
    RouteTableId,
    SubnetId,
    VpcId,
    ZoneName,
)
from natkeeper.core.ring import Misheard, Peer, Word
from natkeeper.records import Records

if TYPE_CHECKING:
    from natkeeper.core.doctor.findings import Finding
    from natkeeper.core.examined import Examined
    from natkeeper.core.fleet.state import StackState
    from natkeeper.core.savings.usage import Account, Day


class Clock(Protocol):
    """The time, in UTC."""

    def __call__(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Launched:
    """A launch's answer. A dead `lifecycle` means that AWS replayed an old ClientToken."""

    instance: InstanceId
    lifecycle: Lifecycle


class Nodes(Protocol):
    """The stack's instances. `find` is faster about those that are `known`, and finds the others too."""

    def find(self, known: Collection[InstanceId] = ()) -> tuple[Node, ...]: ...
    def launch(self, action: LaunchNode | LaunchBaker, market: Market, instance_type: str) -> Launched: ...
    def terminate(self, node: InstanceId) -> None: ...
    def stop(self, node: InstanceId) -> None: ...
    def start(self, node: InstanceId) -> None: ...
    def set_source_dest_check(self, interface: InterfaceId, *, on: bool) -> None: ...
    def set_public_address(self, interface: InterfaceId, *, on: bool) -> None: ...
    def public_address(self, interface: InterfaceId) -> str: ...
    def set_cpu_credits(self, node: InstanceId, mode: CpuCredits) -> None: ...


class Images(Protocol):
    """The stack's own images. `base` is the one that the launch template's parameter names now."""

    def find(self) -> tuple[Image, ...]: ...
    def base(self) -> ImageId: ...
    def create(self, action: CreateImage) -> None: ...
    def drop(self, image: ImageId) -> None: ...


class Network(Protocol):
    """The VPC's subnets and route tables, and the stack's elastic addresses."""

    def vpc_of(self, subnets: Sequence[SubnetId]) -> VpcId | None: ...
    def tables(self, vpc: VpcId) -> tuple[Table, ...]: ...
    def subnets(self, vpc: VpcId, needed: Collection[SubnetId] | None) -> Mapping[SubnetId, Subnet]: ...
    def addresses(self, ids: Sequence[AllocationId]) -> tuple[Address, ...]: ...
    def point(self, table: RouteTableId, interface: InterfaceId) -> None: ...
    def associate(self, address: AllocationId, interface: InterfaceId, private: str = "") -> None: ...


class Gateways(Protocol):
    """The NAT gateways that are last resorts, and the addresses that were allocated for them."""

    def find(self) -> LastResorts: ...
    def create(self, action: CreateNatGateway) -> NatGateway: ...
    def point(self, table: RouteTableId, gateway: NatGatewayId) -> None: ...
    def delete(self, gateway: NatGatewayId) -> None: ...
    def release(self, address: AllocationId) -> None: ...


class Workloads(Protocol):
    """Whatever else lies in the private subnets."""

    def find(self, subnets: Sequence[SubnetId]) -> tuple[Presence, ...]: ...


@dataclass(slots=True)
class Ears:
    """Of one who listens: why it hears no more, if so."""

    error: AwsError | None = None


class Reports(Protocol):
    """What nodes say of each other, beside the functions that it starts: none of it waits for a start."""

    def listening(self, note: Callable[[Sequence[Word]], None]) -> AbstractContextManager[Ears]: ...


class Repairs(Protocol):
    """Has a node put itself right."""

    def repair(self, node: InstanceId) -> None: ...


class Store(Protocol):
    """The stack's table. Only the holder of the lease saves memory; a command needs no lease: `write_down`
    keeps it together with its id, unless the id is known or something later stands there. Nor does a node's
    word: `note_word` keeps the first of several that say the same."""

    def load(self) -> Records: ...
    def save(self, memory: Memory, epoch: int) -> None: ...
    def save_evidence(self, node: InstanceId, probes: Sequence[Probe]) -> None: ...
    def save_doom(self, node: InstanceId, doom: Doom) -> None: ...
    def forget_doom(self, node: InstanceId) -> None: ...
    def write_down(self, entry: Entry, command: str) -> Written: ...
    def note_word(self, word: Word) -> None: ...
    def save_misheard(self, misheard: Misheard) -> None: ...
    def save_original(self, table: RouteTableId, target: str | None) -> None: ...
    def save_removed(self) -> None: ...


class Books(Protocol):
    """What was used, a day an entry, kept for months. One that cannot be understood hides no other. A day is
    written down once: `enter` says whether it was now."""

    def days(self, since: date) -> Account: ...
    def enter(self, day: Day) -> bool: ...


class Findings(Protocol):
    """What the doctor's last examination came to; None: there was none yet."""

    def last(self) -> Examined | None: ...
    def keep(self, examined: Examined) -> None: ...


class Lease(Protocol):
    """One writer at a time. `acquire` gives a fencing number, or None while another run holds it; then
    `request` asks that run for one more pass (False: nobody holds it any more), and `release` tells whether
    somebody did. `renew` tells whether it is still ours, and costs nothing while much of its term is left;
    `lift` gives a number higher than one that memory bears already, which outlives the lease's own item."""

    def acquire(self) -> int | None: ...
    def renew(self) -> bool: ...
    def lift(self, above: int) -> int: ...
    def request(self) -> bool: ...
    def release(self) -> bool: ...


class Notices(Protocol):
    """Reaches a person."""

    def publish(self, subject: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What one node made of a command. `output` None: no answer before the deadline, and `reason` is AWS's
    word for it; `refusal`: it could not even be asked."""

    node: InstanceId
    exit_code: int
    output: str | None
    reason: str = ""
    refusal: AwsError | None = None


class Probing(Protocol):
    """Asks nodes for their own account of themselves, all at once, and waits no longer than the seconds that
    are left. Each is told of the ring, in a form that it knows (core/ring.py)."""

    def ask(
        self, nodes: Sequence[InstanceId], time_left: Callable[[], float], ring: Sequence[Peer] = ()
    ) -> tuple[Answer, ...]: ...


class Announcements(Protocol):
    """Tells the reconciler that there is news."""

    def announce(self, nodes: Sequence[InstanceId]) -> None: ...


class States(Protocol):
    """Says how the stack stands, to whom it may concern."""

    def tell(self, state: StackState) -> None: ...


class Replies(Protocol):
    """Tells whoever gave a command what became of it."""

    def reply(self, answer: Answered) -> None: ...


class Journal(Protocol):
    """Where runs are logged and measured."""

    def began(self, why: str) -> None: ...
    def ignored(self, reason: str) -> None: ...
    def misheard(self, reason: str) -> None: ...
    def answered(self, answer: Answered) -> None: ...
    def decided(self, action: Action, *, dry_run: bool) -> None: ...
    def did(self, action: Action) -> None: ...
    def refused(self, what: str, error: AwsError) -> None: ...
    def carried(self, node: InstanceId, zone: ZoneName | None, figures: Mapping[str, int]) -> None: ...
    def judged(self, node: InstanceId, zone: ZoneName, verdict: str, reason: str) -> None: ...
    def served(self, zone: ZoneName, node: InstanceId | None) -> None: ...
    def healed(self, zone: ZoneName, seconds: float) -> None: ...
    def missed(self, zone: ZoneName, goal: str, since: datetime) -> None: ...
    def unreadable(self, error: AwsError) -> None: ...
    def rests(self, zone: ZoneName, reason: str) -> None: ...
    def woke(self, zone: ZoneName, seconds: float) -> None: ...
    def accounted(self, figures: Mapping[str, float]) -> None: ...
    def swept(self, seconds: float) -> None: ...
    def demolished(self, what: str) -> None: ...
    def examined(self, findings: Sequence[Finding]) -> None: ...
