"""docs/cost.md is current, and its example can be recomputed by anybody with a pencil."""

from __future__ import annotations

import re

import pytest

from natkeeper.core.intake.figures import GatewayMetrics
from natkeeper.core.savings.cost import bill, gateway_bill
from natkeeper.core.savings.prices import prices_in
from tests.template.cfn import template
from tests.template.cost_page import (
    EXAMPLE,
    MODES,
    OVERHEAD,
    PAGE,
    by_hand,
    credits_of_a_boot,
    example,
    gateway_metrics,
    image_dollars,
    page,
)


def recomputed(step: str) -> tuple[float, float]:
    """What stands left and right of the equals sign, with the four operations done from left to right."""
    left, right = step.split(" = ")
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", left)]
    result = numbers[0]
    for operation, number in zip(re.findall(r" ([*/+-]) ", left), numbers[1:], strict=True):
        result = {"*": result * number, "/": result / number, "+": result + number, "-": result - number}[
            operation
        ]
    return result, float(right)


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


@pytest.mark.parametrize(("what", "step"), by_hand())
def test_each_step_by_hand_is_right(what: str, step: str) -> None:
    left, right = recomputed(step)

    assert left == pytest.approx(right, abs=1e-6), what


def test_the_report_says_what_the_hand_says() -> None:
    results = {what: recomputed(step)[1] for what, step in by_hand()}
    prices = prices_in("us-east-1")
    told = example().figures()

    assert gateway_bill(EXAMPLE.usage, prices).dollars == pytest.approx(results["NAT gateways together"])
    assert bill(EXAMPLE.usage, prices, OVERHEAD).dollars == pytest.approx(results["this together"], abs=1e-4)
    assert told["DollarsSaved"] == pytest.approx(results["saved"], abs=1e-4)
    assert f"${results['saved']:.2f}" in example().text("natkeeper")


def test_a_boots_credits_cost_less_than_a_tenth_of_a_cent_and_at_most_two_cents() -> None:
    for family in ("t4g", "t3"):
        usual, longest = credits_of_a_boot(prices_in("us-east-1").of(f"{family}_vcpu_hour").dollars)

        assert usual < 0.001
        assert longest < 0.02


def test_the_gateways_metrics_cost_what_the_parameter_says() -> None:
    parameter = template()["Parameters"]["GatewayMetrics"]
    assert parameter["AllowedValues"] == [str(choice) for choice in GatewayMetrics]
    assert [round(gateway_metrics(choice), 2) for choice in GatewayMetrics] == [0.0, 1.2, 4.2]
    assert "$0.30 each" in parameter["Description"]
    assert "alarms is 4, all 14" in parameter["Description"]


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-1"])
def test_an_image_of_its_own_costs_less_than_its_target(region: str) -> None:
    assert 0.1 < image_dollars(prices_in(region)) <= 0.15


def test_every_mode_and_peer_stands_on_the_page_with_both_regions() -> None:
    text = page()

    assert all(text.count(f"| {mode} |") == 2 for mode in MODES)
    assert "36.50 | 41.00 | 81.50 | 486.50" in text
    assert "48.91 | 55.11 | 110.91 | 668.91" in text
