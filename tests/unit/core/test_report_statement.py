"""The report word for word, and the figures that are metrics."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from natkeeper.core.savings.cost import Usage
from natkeeper.core.savings.overhead import CALM, FREE, amounts, dollars, overhead_of, per_hour
from natkeeper.core.savings.prices import prices_in
from natkeeper.core.savings.statement import Statement
from natkeeper.core.savings.usage import Day

US = prices_in("us-east-1")
BUSY = Usage(
    machines={"t4g.nano": 36.0124, "t4g.nano spot": 10.0, "z1d.metal": 2.0},
    disks=50.0,
    addresses=48.0,
    zones=48.0,
    asleep=7.25049,
    controller=24.0,
    sent=3 * 2**30 + 2**20,
)
LONE = Usage(zones=24.0)


def day(of_month: int, usage: Usage) -> Day:
    return Day(date(2026, 11, of_month), usage, datetime(2026, 11, of_month + 1, tzinfo=UTC))


TWO_DAYS = Statement((day(24, BUSY), day(25, LONE)), US, overhead_of(2, dashboard=True))

REPORT = """\
Stack natkeeper in us-east-1, 2026-11-24 to 2026-11-25 (UTC)

Nodes were on for 48.0 h.
Zones were without a running node for 7.3 of 72.0 h.
Nodes sent at least 3.00 GB: what they forwarded, both ways, and a little of
their own. So much a NAT gateway would have processed.

NAT gateways would have cost
  NAT gateways                     72.00 h at $0.045     $3.24
  bytes processed                  3.00 GB at $0.045     $0.14
  public addresses                 72.00 h at $0.005     $0.36
  together                                               $3.74

This has cost
  t4g.nano instances              36.01 h at $0.0042     $0.15
  t4g.nano spot instances          10.00 h at $0.0017     $0.02 *
  z1d.metal instances                   2.00 h at $0     $0.00 *
  disks                       0.55 GB-month at $0.08     $0.04
  public addresses                 48.00 h at $0.005     $0.24
  controller                   24.00 h at $0.0067661     $0.16 *
  together                                               $0.61

Saved                                              $3.12

* An estimate, or a price that was not checked. Prices of 2026-11-25, free tiers not taken off.
  Transfer out to the internet costs the same either way and is left out.
  In no sum, for it has no known price: z1d.metal instances. The parameter Prices
  can name one."""


def test_the_report_says_what_was_used_what_it_cost_and_what_gateways_would_have() -> None:
    assert TWO_DAYS.text("natkeeper") == REPORT


def test_where_every_price_is_known_nothing_is_said_of_unknown_ones() -> None:
    told = Statement((day(25, LONE),), US, overhead_of(1, dashboard=False)).text("natkeeper")

    assert (
        told.splitlines()[-1] == "  Transfer out to the internet costs the same either way and is left out."
    )


def test_the_first_line_counts_the_days_and_a_loss_is_negative() -> None:
    lost = Statement((day(25, Usage({"t4g.nano": 36.0})),), US, overhead_of(1, dashboard=False))

    assert TWO_DAYS.subject("natkeeper") == "natkeeper: $3.12 saved in 2 days"
    assert lost.subject("dev") == "dev: -$0.15 saved in 1 day"
    assert (
        Statement((day(25, Usage()),), US, overhead_of(1, dashboard=False))
        .subject("dev")
        .endswith(": $0.00 saved in 1 day")
    )


def test_the_figures_are_rounded_to_what_a_metric_can_bear() -> None:
    assert TWO_DAYS.figures() == {
        "HoursOn": 48.012,
        "HoursAsleep": 7.25,
        "GigabytesCarried": 3.000977,
        "DollarsSpent": 0.614473,
        "DollarsSaved": 3.120571,
    }


def test_what_a_month_of_the_controller_uses() -> None:
    assert dict(amounts(overhead_of(2, dashboard=True))) == pytest.approx(
        rel=1e-9,
        expected={
            "lambda_million_requests": 0.0876,
            "lambda_gb_second": 52_560.0,
            "metric_month": 1 + 5 / 24,
            "alarm_month": 7.0,
            "dashboard_month": 1.0,
            "log_gb": 1249 * 43_800 / 2**30,
            "log_gb_month": 1249 * 43_800 / 2**30,
            "table_million_writes": 0.1752,
            "table_million_reads": 0.1752,
        },
    )


def test_a_month_keeps_no_more_than_a_month_of_logs() -> None:
    def kept(days: int) -> float:
        used = amounts(replace(overhead_of(2, dashboard=True), log_days=days))
        return used["log_gb_month"] / used["log_gb"]

    assert [kept(days) for days in (15, 30, 60)] == pytest.approx([0.5, 1, 1])


def test_every_name_without_a_price_is_told() -> None:
    used = Usage({"z1d.metal": 1.0, "x9.huge": 1.0})
    told = Statement((day(25, used),), US, overhead_of(1, dashboard=False)).text("natkeeper")

    assert "known price: x9.huge instances, z1d.metal instances. The parameter Prices\n" in told


def test_no_dashboard_is_paid_where_there_is_none_and_zones_past_the_table_count_as_its_last() -> None:
    assert amounts(overhead_of(1, dashboard=False))["dashboard_month"] == 0
    assert overhead_of(0, dashboard=False).minute == CALM[1]
    assert overhead_of(2, dashboard=False).minute == CALM[2]
    assert overhead_of(9, dashboard=False).minute == CALM[3]


def test_only_what_goes_beyond_the_free_tier_is_paid_and_a_table_has_none() -> None:
    overhead = overhead_of(2, dashboard=True)
    free, full = dollars(overhead, US, free=True), dollars(overhead, US, free=False)

    assert {name for name, paid in free.items() if paid} == {"table_million_writes", "table_million_reads"}
    assert full["alarm_month"] == pytest.approx(0.70)
    assert full["table_million_writes"] == free["table_million_writes"] == pytest.approx(0.1095)
    assert set(FREE) - {"sqs_million_requests", "mail_thousand"} < set(full)


def test_an_hour_of_the_controller_is_its_share_of_a_month_without_a_free_tier() -> None:
    overhead = overhead_of(2, dashboard=True)

    assert per_hour(overhead, US) == pytest.approx(sum(dollars(overhead, US, free=False).values()) / 730)
