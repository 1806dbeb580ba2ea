"""What a VPC's way out cost in the last 30 days, and what natkeeper would have cost instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from natkeeper.core.doctor.egress import GB, Traffic
from natkeeper.core.doctor.facts import Gateway
from natkeeper.core.savings.cost import Bill, Usage, bill, gateway_bill
from natkeeper.core.savings.overhead import overhead_of
from natkeeper.core.savings.prices import Prices

HOURS = 30 * 24.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Both bills of the same 30 days. Natkeeper's is an estimate, for its controller is one; the gateways' is
    one where a price is (`Line.is_sure`)."""

    gateways: Bill
    natkeeper: Bill

    @property
    def unknown(self) -> tuple[str, ...]:
        """What has no known price: it is missing from its bill."""
        return (*self.gateways.unknown(), *self.natkeeper.unknown())

    @property
    def saved(self) -> float | None:
        """The difference in dollars, below zero when natkeeper costs more; None while a price is unknown."""
        return None if self.unknown else self.gateways.dollars - self.natkeeper.dollars


def estimate(
    gateways: Sequence[Gateway], traffic: Traffic, zones: int, instance_type: str, prices: Prices
) -> Estimate:
    """As if all gateways had stood for 30 days with the addresses that they have now, and one node in each
    zone instead. A regional gateway is charged for each of its zones."""
    stood, held = sum(g.zones for g in gateways), sum(g.addresses for g in gateways)
    sent = round(traffic.gigabytes * GB)
    nodes = Usage(
        machines={instance_type: zones * HOURS},
        disks=zones * HOURS,
        addresses=zones * HOURS,
        controller=HOURS,
    )
    return Estimate(
        gateway_bill(Usage(zones=stood * HOURS, sent=sent), prices, held * HOURS),
        bill(nodes, prices, overhead_of(zones, dashboard=True)),
    )
