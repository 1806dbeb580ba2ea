"""What the doctor says that a VPC's way out costs: as AWS charges it, and nothing where no price is known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from natkeeper.core.doctor.egress import Traffic
from natkeeper.core.doctor.estimate import HOURS, Estimate, estimate
from natkeeper.core.doctor.facts import Gateway
from natkeeper.core.model import SubnetId, VpcId
from natkeeper.core.savings.prices import prices_in

ZONAL = Gateway("nat-1", VpcId("vpc-1"), SubnetId("subnet-1"), public=True)
REGIONAL = Gateway("nat-2", VpcId("vpc-1"), None, public=True, zones=3, addresses=4)


def of(
    gateways: Sequence[Gateway], gigabytes: float = 0.0, kind: str = "t4g.nano", region: str = "us-east-1"
) -> Estimate:
    return estimate(gateways, Traffic(gigabytes, {}, 30), 1, kind, prices_in(region))


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
