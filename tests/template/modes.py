"""A month of one zone in each mode, as what it uses. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from natkeeper.core.savings.cost import GB, MONTH, Usage, machine

OFFICE_HOURS = 12 * 5 * 52 / 12
"""Hours on in an average month of Monday to Friday, 12 hours a day."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """What is left while a zone sleeps: the stopped node's disk, or the address, or both, or nothing."""

    stops: bool  # the node is stopped; else it is terminated
    keeps_address: bool

    def __str__(self) -> str:
        """In words."""
        return (
            f"{'stop' if self.stops else 'terminate'}, address {'kept' if self.keeps_address else 'released'}"
        )


ASLEEP = tuple(Sleep(stops, keeps) for stops in (True, False) for keeps in (True, False))


def gateway(gigabytes: float = 0) -> Usage:
    """A NAT gateway all month."""
    return Usage(zones=MONTH, sent=round(gigabytes * GB))


def always_on(gigabytes: float = 0, instance_type: str = "t4g.nano", *, spot: bool = False) -> Usage:
    """A node all month."""
    return on_for(MONTH, ASLEEP[0], gigabytes, instance_type, spot=spot)


def with_a_spare(gigabytes: float = 0) -> Usage:
    """A node all month, and one that is stopped beside it."""
    usage = always_on(gigabytes)
    return replace(usage, disks=usage.disks + MONTH)


def with_a_standby(gigabytes: float = 0) -> Usage:
    """Two nodes all month, each with a disk and a public address."""
    usage = always_on(gigabytes)
    machines = {name: 2 * hours for name, hours in usage.machines.items()}
    return replace(usage, machines=machines, disks=2 * usage.disks, addresses=2 * usage.addresses)


def on_for(
    hours: float, sleep: Sleep, gigabytes: float = 0, instance_type: str = "t4g.nano", *, spot: bool = False
) -> Usage:
    """A node for so many hours of the month, and what is left in the others."""
    return Usage(
        machines={machine(instance_type, spot=spot): hours},
        disks=MONTH if sleep.stops else hours,
        addresses=MONTH if sleep.keeps_address else hours,
        zones=MONTH,
        asleep=MONTH - hours,
        sent=round(gigabytes * GB),
    )


def asleep(sleep: Sleep) -> Usage:
    """No node all month, for nobody wanted one."""
    return on_for(0.0, sleep)
