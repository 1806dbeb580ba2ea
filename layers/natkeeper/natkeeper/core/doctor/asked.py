"""What a deployment asks for, the stack's parameters, or a proposal that nobody has deployed."""

from __future__ import annotations

from dataclasses import dataclass

from natkeeper.core.model import AllocationId, RouteTableId, SubnetId, VpcId

DEFAULT_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
"""The template's own ImageParameter."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters as far as they can be wrong. `vpc` None: that of the public subnets; without subnets a
    new one is made. `types` are those to be tried, `chosen` by natkeeper or listed by the user; `mistakes`
    are what the parameters themselves get wrong, each with its cure. `account`: in which, if known.
    `allocations` are addresses that are brought along, in the order of the public subnets; zones without one
    get theirs from the stack, if it `keeps_address`; those outlive it if it `retains_addresses`."""

    vpc: VpcId | None = None
    public_subnets: tuple[SubnetId, ...] = ()
    tables: tuple[RouteTableId, ...] = ()
    ranges: tuple[str, ...] = ()
    zones: int = 1
    nodes_per_zone: int = 1
    types: tuple[str, ...] = ()
    chosen: bool = True
    image_parameter: str = ""
    disk_key: str = ""
    stack: str = ""
    mistakes: tuple[str, ...] = ()
    account: str = ""
    allocations: tuple[AllocationId, ...] = ()
    keeps_address: bool = True
    retains_addresses: bool = False
    last_resort: bool = False  # a NAT gateway may be made
