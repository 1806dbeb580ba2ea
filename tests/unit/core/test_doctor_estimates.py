"""What the doctor says that a VPC's way out costs: as AWS charges it, and nothing where no price is known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from natkeeper.core.doctor.egress import Traffic
from natkeeper.core.doctor.estimate import HOURS, Estimate, estimate
from natkeeper.core.doctor.facts import Gateway
from natkeeper.core.model import SubnetId, VpcId
from natkeeper.core.savings.cost import Bill
from natkeeper.core.savings.overhead import overhead_of, per_hour
from natkeeper.core.savings.prices import prices_in

ZONAL = Gateway("nat-1", VpcId("vpc-1"), SubnetId("subnet-1"), public=True)
REGIONAL = Gateway("nat-2", VpcId("vpc-1"), None, public=True, zones=3, addresses=4)


def of(
    gateways: Sequence[Gateway],
    gigabytes: float = 0.0,
    kind: str = "t4g.nano",
    region: str = "us-east-1",
    zones: int = 1,
) -> Estimate:
    return estimate(gateways, Traffic(gigabytes, {}, 30), zones, kind, prices_in(region))


def amounts(bill: Bill) -> dict[str, float]:
    return {line.what: line.amount for line in bill.lines}


@pytest.mark.parametrize("zones", [1, 2, 3])
def test_natkeeper_is_a_node_with_disk_and_address_in_each_zone_and_one_controller(zones: int) -> None:
    costs = of([ZONAL], 10, "t4g.micro", zones=zones).natkeeper
    (controller,) = (line for line in costs.lines if line.what == "controller")

    assert amounts(costs) == pytest.approx(
        {
            "t4g.micro instances": zones * 720,
            "disks": zones * 720 * 8 / 730,
            "public addresses": zones * 720,
            "controller": 720,
        }
    )
    overhead = overhead_of(zones, dashboard=True)
    assert controller.price.dollars == pytest.approx(per_hour(overhead, prices_in("us-east-1")))


def test_gateways_are_charged_by_zone_by_address_and_by_what_they_processed() -> None:
    costs = of([ZONAL, REGIONAL], 12.5)

    assert amounts(costs.gateways) == {
        "NAT gateways": 4 * 720,
        "bytes processed": 12.5,
        "public addresses": 5 * 720,
    }
    assert costs.saved == pytest.approx(costs.gateways.dollars - costs.natkeeper.dollars)


def test_a_regional_gateway_is_charged_for_each_of_its_zones() -> None:
    assert of([REGIONAL]).gateways.dollars == pytest.approx(HOURS * (3 * 0.045 + 4 * 0.005))


def test_every_address_of_a_gateway_is_charged() -> None:
    several = Gateway("nat-1", VpcId("vpc-1"), SubnetId("subnet-1"), public=True, addresses=8)

    assert of([several]).gateways.dollars == pytest.approx(HOURS * (0.045 + 8 * 0.005))
    assert of([ZONAL, ZONAL], 10).gateways.dollars == pytest.approx(HOURS * 2 * 0.05 + 0.45)


def test_where_no_price_of_the_type_is_known_no_saving_is() -> None:
    costs = of([ZONAL], 1000, "c6gn.medium", "ap-northeast-1")

    assert costs.saved is None
    assert costs.unknown == ("c6gn.medium instances",)


def test_of_a_region_without_prices_all_is_an_estimate_and_still_a_sum() -> None:
    costs = of([ZONAL], 1000, region="eu-central-2")

    assert costs.saved
    assert not any(line.is_sure for line in (*costs.gateways.lines, *costs.natkeeper.lines))
