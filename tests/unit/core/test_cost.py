"""What things cost: sums that add up, grow with use, and meet the bounds that the README promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natkeeper.core.savings.cost import GB, MONTH, Usage, bill, gateway_bill
from natkeeper.core.savings.overhead import ALARMS, dollars, overhead_of
from natkeeper.core.savings.prices import TABLES, Basis, prices_in
from tests.template.modes import ASLEEP, Sleep, always_on, asleep, gateway, on_for

US = prices_in("us-east-1")
OVERHEAD = overhead_of(1, dashboard=True)
HOURS = st.floats(0, 10_000)
USAGES = st.builds(
    Usage,
    machines=st.dictionaries(st.sampled_from(["t4g.nano", "t4g.nano spot", "c7gn.medium"]), HOURS),
    disks=HOURS,
    addresses=HOURS,
    zones=HOURS,
    asleep=HOURS,
    controller=HOURS,
    sent=st.integers(0, 10**15),
)


def spent(usage: Usage) -> float:
    return bill(usage, US, OVERHEAD).dollars


def avoided(usage: Usage) -> float:
    return gateway_bill(usage, US).dollars


@given(USAGES, USAGES)
def test_two_times_together_cost_what_each_costs_alone(one: Usage, two: Usage) -> None:
    assert spent(one + two) == pytest.approx(spent(one) + spent(two))
    assert avoided(one + two) == pytest.approx(avoided(one) + avoided(two))


@given(USAGES, USAGES)
def test_more_use_never_costs_less(one: Usage, more: Usage) -> None:
    assert spent(one + more) >= spent(one)
    assert avoided(one + more) >= avoided(one)


def test_nothing_used_costs_nothing() -> None:
    assert bill(Usage(), US, OVERHEAD).lines == gateway_bill(Usage(), US).lines == ()


def test_a_zone_of_one_nano_is_what_the_readme_says() -> None:
    assert bill(always_on(), US, OVERHEAD).dollars == pytest.approx(7.36, abs=0.005)
    assert bill(always_on(gigabytes=10_000), US, OVERHEAD).dollars == spent(always_on())


@pytest.mark.parametrize(("gigabytes", "price"), [(0, 36.50), (100, 41.00), (1_000, 81.50), (10_000, 486.50)])
def test_a_gateway_costs_by_the_hour_and_by_the_gigabyte(gigabytes: int, price: float) -> None:
    assert gateway_bill(gateway(gigabytes), US).dollars == pytest.approx(price)


@pytest.mark.parametrize("region", TABLES)
@pytest.mark.parametrize(
    ("sleep", "most"),
    [
        (Sleep(stops=True, keeps_address=False), 0.80),
        (Sleep(stops=False, keeps_address=False), 0.0),
        (Sleep(stops=True, keeps_address=True), 0.80 + 3.65),
        (Sleep(stops=False, keeps_address=True), 3.65),
    ],
)
def test_a_zone_that_sleeps_all_month_costs_no_more_than_promised(
    region: str, sleep: Sleep, most: float
) -> None:
    assert bill(asleep(sleep), prices_in(region), OVERHEAD).dollars <= most + 1e-9


def test_a_month_in_each_mode_is_its_hours_and_what_is_left_in_the_others() -> None:
    carried = 2 * 2**30

    assert gateway() == Usage(zones=730)
    assert gateway(2) == Usage(zones=730, sent=carried)
    assert always_on() == Usage({"t4g.nano": 730}, disks=730, addresses=730, zones=730)
    assert always_on(2, "t3.nano", spot=True) == Usage(
        {"t3.nano spot": 730}, disks=730, addresses=730, zones=730, sent=carried
    )
    assert on_for(200, Sleep(stops=True, keeps_address=False)) == Usage(
        {"t4g.nano": 200}, disks=730, addresses=200, zones=730, asleep=530
    )
    assert on_for(200, Sleep(stops=False, keeps_address=True), 2, spot=True) == Usage(
        {"t4g.nano spot": 200}, disks=200, addresses=730, zones=730, asleep=530, sent=carried
    )


def test_these_are_all_ways_to_sleep() -> None:
    assert [str(sleep) for sleep in ASLEEP] == [
        "stop, address kept",
        "stop, address released",
        "terminate, address kept",
        "terminate, address released",
    ]


def test_the_controller_costs_less_than_thirty_cents_beyond_the_free_tier() -> None:
    for region in TABLES:
        for zones in (1, 2, 3):
            overhead = overhead_of(zones, dashboard=True)
            assert sum(dollars(overhead, prices_in(region), free=True).values()) < 0.30


def test_what_the_controller_costs_without_a_free_tier_is_an_estimate_and_no_less() -> None:
    (line,) = bill(Usage(controller=MONTH), US, OVERHEAD).lines

    assert line.price.basis is Basis.ESTIMATE
    assert line.price.source == "counted from recorded runs; see docs/cost.md"
    assert line.dollars == pytest.approx(sum(dollars(OVERHEAD, US, free=False).values()))
    assert line.dollars > ALARMS * 0.10


def test_an_unknown_price_is_named_and_in_no_sum() -> None:
    told = bill(Usage({"z1d.metal": 5.0, "t4g.nano": 10.0}), US, OVERHEAD)

    assert told.unknown() == ("z1d.metal instances",)
    assert told.dollars == pytest.approx(0.042)


def test_a_gigabyte_has_two_to_the_thirtieth_bytes() -> None:
    assert gateway_bill(Usage(sent=2**30), US).dollars == pytest.approx(0.045)
    assert GB == 2**30
