"""What natkeeper can do, as values: where, why, and under which `cause` it counts. All are idempotent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from natkeeper.core.cause import Cause as Cause  # noqa: PLC0414  # an action is made of it
from natkeeper.core.cpu_credits import CpuCredits
from natkeeper.core.image import BAKER, TASTER
from natkeeper.core.last_resort_actions import LastResortAction, PointAtGateway
from natkeeper.core.model import (
    Address,
    AllocationId,
    ImageId,
    InstanceId,
    InterfaceId,
    Market,
    RouteTableId,
    SubnetId,
    ZoneName,
)


@dataclass(frozen=True, slots=True)
class LaunchNode:
    """Launch a node of the first of `instance_types` with room, of all of them in the next of `markets`."""

    zone: ZoneName
    subnet: SubnetId
    generation: int
    instance_types: tuple[str, ...]
    cause: Cause
    reason: str
    markets: tuple[Market, ...] = (Market.ON_DEMAND,)
    urgent: bool = True  # the zone has no node of its own that works and will stay
    image: ImageId | None = None  # of the stack's own; should EC2 refuse it, the launch template's own
    covers: bool = False  # with a second private address; should EC2 refuse that, without


@dataclass(frozen=True, slots=True)
class DisableSourceDestCheck:
    """Let a node forward packets that are not its own."""

    zone: ZoneName
    node: InstanceId
    interface: InterfaceId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class AssociateAddress:
    """Give the zone's elastic address to the node that has its routes, at `private`, or its primary one."""

    zone: ZoneName
    node: InstanceId
    interface: InterfaceId
    address: AllocationId
    cause: Cause
    reason: str
    private: str = ""


@dataclass(frozen=True, slots=True)
class PointRoute:
    """Point the zone's default routes at a node. With `address`, that moves before, to its `private` address
    or the primary one. With `fence`, the interface that gives it away stops forwarding before, for AWS gives
    it another in exchange. `at_once`: AWS is asked to give none, and to leave the new node none; if it does
    so, address and routes go at the same time, without a fence. `giver`: who covered by it has it back if no
    table moves. If it is refused, the routes go over `even_without_address` where nobody serves: nothing can
    get worse."""

    zone: ZoneName
    node: InstanceId
    interface: InterfaceId
    tables: tuple[RouteTableId, ...]
    address: AllocationId | None
    fence: InterfaceId | None
    cause: Cause
    reason: str
    even_without_address: bool = False
    private: str = ""
    giver: Address | None = None
    at_once: bool = False

    @property
    def origin(self) -> tuple[InterfaceId, str] | None:
        """Where its address was, and is again if no table moves: at the neighbour that covers, or at the node
        behind the fence."""
        if self.giver and self.giver.holder:
            return self.giver.holder, self.giver.private
        return (self.fence, "") if self.fence else None


@dataclass(frozen=True, slots=True)
class AssignPublicAddress:
    """Have AWS give a node a public address of its own: without one nobody reaches it."""

    zone: ZoneName
    node: InstanceId
    interface: InterfaceId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class RepairNode:
    """Have the node put its own rules and settings right, over SSM."""

    zone: ZoneName
    node: InstanceId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class TerminateNode:
    """End a node that serves nothing."""

    zone: ZoneName
    node: InstanceId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class StopNode:
    """Stop a node that nobody wants now, or that is to stand by."""

    zone: ZoneName
    node: InstanceId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class StartNode:
    """Start a node that we stopped."""

    zone: ZoneName
    node: InstanceId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class SetCpuCredits:
    """Limit what a node may spend, or do not."""

    zone: ZoneName
    node: InstanceId
    mode: CpuCredits
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class LaunchBaker:
    """Launch an instance to make an image of, or to try `image` with; at most one a day, `generation`."""

    zone: ZoneName
    subnet: SubnetId
    generation: int
    instance_types: tuple[str, ...]
    cause: Cause
    reason: str
    image: ImageId | None = None
    markets: tuple[Market, ...] = (Market.ON_DEMAND,)

    @property
    def role(self) -> str:
        """What it is launched as."""
        return TASTER if self.image else BAKER


@dataclass(frozen=True, slots=True)
class CreateImage:
    """Make an image of a baker that has proved itself. `base` and `version` are what it came of."""

    zone: ZoneName
    node: InstanceId
    base: ImageId | None
    version: int
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class EndBaker:
    """End a baker or a taster, which never served anything."""

    zone: ZoneName
    node: InstanceId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class DropImage:
    """Take away an image of the stack, and what is stored for it."""

    zone: ZoneName
    image: ImageId
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell a person. `key` keeps the same news from being told twice."""

    zone: ZoneName
    key: str
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do yet; `until` is when patience ends, if it does. What may come `soon`, and of which no
    event tells, is worth another look before the next sweep."""

    zone: ZoneName
    until: datetime | None
    cause: Cause
    reason: str
    soon: bool = False


Action = (
    LaunchNode
    | DisableSourceDestCheck
    | AssociateAddress
    | PointRoute
    | AssignPublicAddress
    | RepairNode
    | TerminateNode
    | StopNode
    | StartNode
    | SetCpuCredits
    | LaunchBaker
    | CreateImage
    | EndBaker
    | DropImage
    | LastResortAction
    | Notify
    | Wait
)

Disruptive = AssociateAddress | PointRoute | PointAtGateway | TerminateNode | StopNode
"""Actions of which a zone gets at most one a run."""
