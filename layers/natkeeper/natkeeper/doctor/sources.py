"""What the doctor reads, by role: reading calls only. Each verb may raise AwsError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from natkeeper.core.doctor.facts import (
    Acl,
    Block,
    Elastic,
    Gateway,
    ImageKind,
    InstanceKind,
    Machine,
    Parameter,
    PlacedSubnet,
    PlacedTable,
    Vpc,
)
from natkeeper.core.model import InstanceId, SubnetId, VpcId, ZoneName


class Region(Protocol):
    """The network of a region, and what runs there."""

    def vpcs(self) -> tuple[Vpc, ...]: ...
    def resolves(self, vpc: VpcId) -> bool: ...
    def subnets(self) -> Mapping[SubnetId, PlacedSubnet]: ...
    def tables(self) -> tuple[PlacedTable, ...]: ...
    def acls(self) -> tuple[Acl, ...]: ...
    def gateways(self) -> tuple[Gateway, ...]: ...
    def machines(self) -> tuple[Machine, ...]: ...
    def addresses(self) -> tuple[Elastic, ...]: ...
    def disk_key(self) -> str: ...
    def block(self) -> Block: ...


class Offers(Protocol):
    """What can be launched."""

    def kinds(self, names: Sequence[str]) -> Mapping[str, InstanceKind]: ...
    def zones(self, names: Sequence[str]) -> Mapping[ZoneName, frozenset[str]]: ...
    def image(self, name: str) -> ImageKind | None: ...


class Systems(Protocol):
    """What Systems Manager knows."""

    def parameter(self, name: str) -> Parameter | None: ...
    def online(self, nodes: Sequence[InstanceId]) -> frozenset[InstanceId]: ...


class Quotas(Protocol):
    """What the account may have."""

    def vcpus(self) -> int: ...
    def addresses(self) -> int: ...
    def gateways(self) -> int: ...


class Identity(Protocol):
    """In which account one is."""

    def account(self) -> str: ...


class Plans(Protocol):
    """Which plan the account is on."""

    def plan(self) -> str: ...


class Traffic(Protocol):
    """What NAT gateways processed."""

    def carried(
        self, gateways: Sequence[str], since: datetime, until: datetime
    ) -> Mapping[str, tuple[float, ...]]: ...
