"""The price table: each figure with its source, and no guess that looks like a fact."""

from __future__ import annotations

from datetime import date

import pytest

from natkeeper.core.savings.prices import DATE, TABLES, Basis, Price, prices_in, read_overrides


def test_the_table_is_dated() -> None:
    assert date.fromisoformat(DATE) >= date(2026, 11, 25)


@pytest.mark.parametrize("region", TABLES)
def test_every_figure_names_its_source(region: str) -> None:
    for name, price in TABLES[region].items():
        assert price.source, name
        assert price.dollars > 0
        assert price.basis in (Basis.PUBLISHED, Basis.MEMORY, Basis.ESTIMATE)


@pytest.mark.parametrize("region", TABLES)
def test_a_spot_price_is_an_estimate_and_below_the_other(region: str) -> None:
    prices = prices_in(region)
    for name in (n for n in TABLES[region] if n.endswith(" spot")):
        assert prices.of(name).basis is Basis.ESTIMATE
        assert prices.of(name).dollars < prices.of(name.removesuffix(" spot")).dollars


def test_a_region_that_is_not_in_the_table_is_told_as_an_estimate() -> None:
    prices = prices_in("eu-west-1")

    assert {price.basis for price in prices.table.values()} == {Basis.ESTIMATE}
    assert "no price of eu-west-1 is known here" in prices.of("nat_gateway_hour").source
    known = prices_in("us-east-1")
    assert (prices.region, known.region) == ("eu-west-1", "us-east-1")
    assert {n: p.dollars for n, p in prices.table.items()} == {n: p.dollars for n, p in known.table.items()}


def test_an_instance_type_without_a_price_costs_nothing_and_says_that_it_is_unknown() -> None:
    unknown = prices_in("us-east-1").of("z1d.metal")
    assert (unknown.basis, unknown.source) == (Basis.UNKNOWN, "no price of z1d.metal is known here")
    assert prices_in("us-east-1").of("z1d.metal").dollars == 0


def test_the_users_own_price_wins() -> None:
    prices = prices_in("us-east-1").with_overrides({"nat_gateway_hour": 0.04, "z1d.metal": 4})

    assert prices.of("nat_gateway_hour") == Price(0.04, "parameter Prices", Basis.USER)
    assert prices.of("z1d.metal").dollars == 4
    assert prices.of("nat_gateway_gb") == prices_in("us-east-1").of("nat_gateway_gb")


def test_good_overrides_are_read() -> None:
    assert read_overrides("") == read_overrides("{}") == ({}, [])
    assert read_overrides('{"t4g.nano spot": 0.0016}') == ({"t4g.nano spot": 0.0016}, [])


def test_every_mistake_in_the_overrides_is_told_at_once() -> None:
    given, mistakes = read_overrides(
        '{"gateway": 1, "t4g.nano": "cheap", "nat_gateway_gb": -1, "t3.nano": NaN}'
    )

    assert given == {}
    assert [m.split(":")[0] for m in mistakes] == [
        "names 'gateway'",
        "has 't4g.nano' as 'cheap'",
        "has 'nat_gateway_gb' as -1",
        "has 't3.nano' as nan",
    ]


def test_a_price_is_from_nothing_to_a_thousand_dollars() -> None:
    assert read_overrides('{"t4g.nano": 0, "t3.nano": 1000}') == ({"t4g.nano": 0, "t3.nano": 1000}, [])
    assert read_overrides('{"t4g.nano": 1000.5}')[1] == [
        "has 't4g.nano' as 1000.5: it should be dollars, from 0 to 1000"
    ]


def test_a_name_that_has_no_price_is_told_with_those_that_have_one() -> None:
    known = (
        "alarm_month, dashboard_month, disk_gb_month, lambda_gb_second, lambda_million_requests, log_gb, "
        "log_gb_month, mail_thousand, metric_month, nat_gateway_gb, nat_gateway_hour, public_ipv4_hour, "
        "snapshot_gb_month, sqs_million_requests, t3_vcpu_hour, t4g_vcpu_hour, "
        "table_million_reads, table_million_writes"
    )

    assert read_overrides('{"gateway": 1}')[1] == [
        f"names 'gateway': it should be an instance type, or one of {known}"
    ]


@pytest.mark.parametrize("text", ["{", "[]", "7", "null", "[" * 5000])
def test_overrides_that_are_no_json_object_are_refused(text: str) -> None:
    given, mistakes = read_overrides(text)

    assert given == {}
    assert len(mistakes) == 1
