"""What was read of an account and a region, as one value. What was not read says why: it is not empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.memory import Memory
from natkeeper.core.model import AllocationId, ImageId, InstanceId, SubnetId, Unread, VpcId, ZoneName

NOT_ASKED = Unread("it was not looked at")


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC of the region, with its IPv4 ranges; `resolves`: its hosts can ask Amazon's name server. `owner`
    is the account that it belongs to, which may share its subnets with this one."""

    id: VpcId
    ranges: tuple[str, ...]
    name: str = ""
    resolves: bool | Unread = NOT_ASKED
    owner: str = ""


@dataclass(frozen=True, slots=True)
class PlacedSubnet:
    """A subnet, its VPC, and how many IPv4 addresses are free there."""

    vpc: VpcId
    subnet: Subnet
    free: int = 0


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A route table, and its VPC. `others` are its routes beside the default one, as destination (of IPv4,
    IPv6, or a list's id) and target."""

    vpc: VpcId
    table: Table
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AclRule:
    """A rule of a network ACL; `protocol` is IANA's number (-1: all), `ports` both ends included."""

    number: int
    egress: bool
    allows: bool
    protocol: str
    range: str
    ports: tuple[int, int] = (0, 65535)


@dataclass(frozen=True, slots=True)
class Acl:
    """A network ACL with the subnets that it guards and its IPv4 rules."""

    id: str
    subnets: tuple[SubnetId, ...]
    rules: tuple[AclRule, ...]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A NAT gateway that is there; a private one leads to no internet. A regional one stands in no subnet,
    and may be in several zones. `allocations` are its elastic addresses."""

    id: str
    vpc: VpcId
    subnet: SubnetId | None
    public: bool
    zones: int = 1
    addresses: int = 1
    allocations: tuple[AllocationId, ...] = ()


@dataclass(frozen=True, slots=True)
class Elastic:
    """An elastic address. It can go to the zones of its network border group alone: the region's, or a Local
    Zone's. `holder` is the interface that has it now, `stack` the natkeeper stack whose tag it bears: for a
    NAT gateway if it is `lent`, else a zone's own. `retained_by` is a stack that it shall outlive."""

    allocation: AllocationId
    group: str
    holder: str = ""
    stack: str = ""
    lent: bool = False
    retained_by: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """An instance that is there; `runs` if it does or is about to. `stack` is the natkeeper stack whose tag
    it bears."""

    id: InstanceId
    type: str
    zone: ZoneName
    vcpus: int
    interfaces: tuple[str, ...]
    launched_at: datetime
    name: str = ""
    stack: str = ""
    spot: bool = False
    runs: bool = True


@dataclass(frozen=True, slots=True)
class Parameter:
    """An SSM parameter that should hold an image's id."""

    value: str
    data_type: str


@dataclass(frozen=True, slots=True)
class ImageKind:
    """An image that can be launched."""

    id: ImageId
    architecture: str


@dataclass(frozen=True, slots=True)
class InstanceKind:
    """An instance type that the region has."""

    vcpus: int
    architectures: frozenset[str]
    free_plan: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Whether VPCs are cut off from the internet as a whole (`mode` other than off), but for some."""

    mode: str
    spared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that checks judge by. `carried` are the bytes that each NAT gateway processed, day by day; `offers`
    the types, of those asked for, that each zone has; `parameter` and `image` are None when there is none."""

    region: str
    now: datetime
    account: str | Unread = NOT_ASKED
    vpcs: tuple[Vpc, ...] | Unread = NOT_ASKED
    subnets: Mapping[SubnetId, PlacedSubnet] | Unread = NOT_ASKED
    tables: tuple[PlacedTable, ...] | Unread = NOT_ASKED
    acls: tuple[Acl, ...] | Unread = NOT_ASKED
    gateways: tuple[Gateway, ...] | Unread = NOT_ASKED
    machines: tuple[Machine, ...] | Unread = NOT_ASKED
    carried: Mapping[str, tuple[float, ...]] | Unread = NOT_ASKED
    addresses: tuple[Elastic, ...] | Unread = NOT_ASKED
    address_quota: int | Unread = NOT_ASKED
    gateway_quota: int | Unread = NOT_ASKED  # in each zone
    vcpu_quota: int | Unread = NOT_ASKED
    parameter: Parameter | Unread | None = NOT_ASKED
    image: ImageKind | Unread | None = NOT_ASKED
    kinds: Mapping[str, InstanceKind] | Unread = NOT_ASKED
    offers: Mapping[ZoneName, frozenset[str]] | Unread = NOT_ASKED
    disk_key: str | Unread = NOT_ASKED
    block: Block | Unread = NOT_ASKED
    plan: str | Unread = NOT_ASKED
    online: frozenset[InstanceId] | Unread = NOT_ASKED
    memory: Memory | Unread = NOT_ASKED
