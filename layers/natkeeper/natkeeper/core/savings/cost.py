"""What was used, and what it costs: by natkeeper, and by a NAT gateway in each zone instead. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from natkeeper.core.ledger import GATEWAY
from natkeeper.core.savings.overhead import Overhead, per_hour
from natkeeper.core.savings.prices import Basis, Price, Prices

MONTH = 730.0
"""Hours of AWS's month."""
GB = 2**30
"""Bytes of AWS's gigabyte, which makes a NAT gateway 7 percent cheaper than the decimal one would."""
DISK = 8
"""GiB of a node's disk: what Amazon Linux 2023's image brings."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a time used, as hours and bytes. `machines` has the hours by price name (`t4g.nano`, `t4g.nano
    spot`); `zones` are the hours in which a NAT gateway would have stood there, one for each zone, `asleep`
    those of them in which no node of the zone ran."""

    machines: Mapping[str, float] = field(default_factory=dict)
    disks: float = 0.0
    addresses: float = 0.0
    zones: float = 0.0
    asleep: float = 0.0
    controller: float = 0.0
    sent: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        machines = Counter(self.machines)
        machines.update(other.machines)
        return Usage(
            dict(machines),
            self.disks + other.disks,
            self.addresses + other.addresses,
            self.zones + other.zones,
            self.asleep + other.asleep,
            self.controller + other.controller,
            self.sent + other.sent,
        )

    @property
    def hours(self) -> float:
        """Hours on, of all nodes."""
        return sum(self.machines.values())


def machine(instance_type: str, *, spot: bool) -> str:
    """The name under which a node's hour has its price."""
    return f"{instance_type} spot" if spot else instance_type


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: so much of something at a price."""

    what: str
    amount: float
    unit: str
    price: Price

    @property
    def dollars(self) -> float:
        """What it comes to."""
        return self.amount * self.price.dollars

    @property
    def is_sure(self) -> bool:
        """Whether its price was read somewhere, or given by the user."""
        return self.price.basis in (Basis.PUBLISHED, Basis.USER)


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines and their sum."""

    lines: tuple[Line, ...]

    @property
    def dollars(self) -> float:
        """The sum."""
        return sum(line.dollars for line in self.lines)

    def unknown(self) -> tuple[str, ...]:
        """What was used, but has no known price: it is missing from the sum."""
        return tuple(line.what for line in self.lines if line.price.basis is Basis.UNKNOWN and line.amount)


def bill(usage: Usage, prices: Prices, overhead: Overhead) -> Bill:
    """What natkeeper costs; nothing is taken off for free tiers, which an account may have used up."""
    machines = (
        Line(_named(name), hours, "h", prices.of(name)) for name, hours in sorted(usage.machines.items())
    )
    # a month's price by the hour, so that a day is its share of a month
    disks = Line("disks", usage.disks * DISK / MONTH, "GB-month", prices.of("disk_gb_month"))
    addresses = Line("public addresses", usage.addresses, "h", prices.of("public_ipv4_hour"))
    return _without_nothing((*machines, disks, addresses, _controller(usage, prices, overhead)))


def gateway_bill(usage: Usage, prices: Prices, addresses: float | None = None) -> Bill:
    """What a NAT gateway in each zone would have cost for the same time and the same bytes. `addresses` are
    the hours of theirs; None: each has one."""
    held = usage.zones if addresses is None else addresses
    return _without_nothing(
        (
            Line("NAT gateways", usage.zones, "h", prices.of("nat_gateway_hour")),
            Line("bytes processed", usage.sent / GB, "GB", prices.of("nat_gateway_gb")),
            Line("public addresses", held, "h", prices.of("public_ipv4_hour")),
        )
    )


def _named(machine: str) -> str:
    return "NAT gateways as last resort" if machine == GATEWAY else f"{machine} instances"


def _controller(usage: Usage, prices: Prices, overhead: Overhead) -> Line:
    """Counts are measured, the time that each run takes on AWS is not."""
    source = "counted from recorded runs; see docs/cost.md"
    return Line(
        "controller", usage.controller, "h", Price(per_hour(overhead, prices), source, Basis.ESTIMATE)
    )


def _without_nothing(lines: Iterable[Line]) -> Bill:
    return Bill(tuple(line for line in lines if line.amount))
