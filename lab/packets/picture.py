"""What EC2 says the network is, at one moment: plain values, which the kernel is made to agree with."""

from __future__ import annotations

from dataclasses import dataclass

ANYWHERE = "0.0.0.0/0"
ALL_PORTS = (0, 65535)


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission of a security group; ports are a range, both ends included."""

    protocol: str  # tcp, udp, icmp, or -1 for all
    ports: tuple[int, int]
    ranges: tuple[str, ...]

    def opens_all(self, protocol: str) -> bool:
        """Returns whether every port of a protocol is open to everyone."""
        ports = self.protocol == "-1" or (self.protocol == protocol and self.ports == ALL_PORTS)
        return ports and ANYWHERE in self.ranges


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface whose instance is switched on, or whose NAT gateway serves (`managed`)."""

    id: str
    subnet: str
    instance: str
    mac: str
    addresses: tuple[str, ...]  # private, primary first
    public: str  # of the primary private address, elastic or automatic, or none: ""
    check: bool  # source/dest check
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]
    others: tuple[tuple[str, str], ...] = ()  # secondary private addresses that have an elastic one, with it
    index: int = 0  # of its instance's interfaces; 0 is the primary one
    managed: bool = False  # a NAT gateway's: there is no machine of ours behind it

    @property
    def mapped(self) -> tuple[tuple[str, str], ...]:
        """Returns each private address that the internet knows, with the public one by which it does."""
        return (((self.addresses[0], self.public),) if self.public else ()) + self.others

    @property
    def inside(self) -> str:
        """Returns the name that it has in its instance."""
        return f"ens{5 + self.index}"

    @property
    def device(self) -> str:
        """Returns the name of its far end, in the router."""
        return f"e{self.id[-12:]}"


@dataclass(frozen=True, slots=True)
class Route:
    """A route of a route table: to the gateway, to an interface, or to nowhere."""

    destination: str
    gateway: bool = False
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet, its range and its route table."""

    id: str
    cidr: str
    table: str


@dataclass(frozen=True, slots=True)
class Vpc:
    """One VPC: its range, whether an internet gateway is attached, and all that is in it."""

    id: str
    cidr: str
    gateway: bool
    subnets: tuple[Subnet, ...]
    tables: tuple[tuple[str, tuple[Route, ...]], ...]
    interfaces: tuple[Interface, ...]
    midstream: bool = True  # security groups begin to track a TCP flow that they see first in its middle

    @property
    def router(self) -> str:
        """Returns the name of its router's namespace."""
        return self.id

    @property
    def edge(self) -> str:
        """Returns the name of its internet gateway's namespace."""
        return f"igw-{self.id}"

    def subnet(self, identifier: str) -> Subnet:
        """Returns one of its subnets. Raises KeyError."""
        return {subnet.id: subnet for subnet in self.subnets}[identifier]
