"""A NAT gateway's figures, as nodes tell them: read with suspicion, and each under AWS's own name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natkeeper.core.intake.figures import NAMES, GatewayMetrics, figures


def told(gateway: object) -> str:
    return json.dumps({"natkeeper": 1, "checks": {}, "gateway": gateway})


def test_the_names_are_those_of_a_nat_gateway() -> None:
    """VPC User Guide, NAT gateway metrics: all but IdleTimeoutCount, which needs every event."""
    assert sorted(NAMES) == [
        "ActiveConnectionCount",
        "BytesInFromDestination",
        "BytesInFromSource",
        "BytesOutToDestination",
        "BytesOutToSource",
        "ConnectionAttemptCount",
        "ConnectionEstablishedCount",
        "ErrorPortAllocation",
        "PacketsDropCount",
        "PacketsInFromDestination",
        "PacketsInFromSource",
        "PacketsOutToDestination",
        "PacketsOutToSource",
        "PeakBytesPerSecond",
    ]


def test_what_a_node_tells_is_taken_number_by_number() -> None:
    said = figures(told([7, 5, 0, "many", 4, 3, 20, 2000, 30, 30000]))

    assert said == {
        "ActiveConnectionCount": 7,
        "PeakBytesPerSecond": 5,
        "ErrorPortAllocation": 0,
        "ConnectionAttemptCount": 4,
        "ConnectionEstablishedCount": 3,
        "PacketsInFromSource": 20,
        "PacketsOutToDestination": 20,
        "BytesInFromSource": 2000,
        "BytesOutToDestination": 2000,
        "PacketsInFromDestination": 30,
        "PacketsOutToSource": 30,
        "BytesInFromDestination": 30000,
        "BytesOutToSource": 30000,
    }


@pytest.mark.parametrize(
    "output", [None, "", "no JSON", "[]", told(None), told([1] * 9), told([1] * 11), told({}), told("x" * 10)]
)
def test_who_tells_none_or_counts_otherwise_has_none(output: str | None) -> None:
    assert figures(output) == {}


@given(
    st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), min_size=10, max_size=10)
)
def test_hostile_figures_are_numbers_or_nothing(said: list[object]) -> None:
    assert all(type(value) is int and 0 <= value <= 10**18 for value in figures(told(said)).values())


def test_some_all_or_none_become_metrics() -> None:
    assert GatewayMetrics.NONE.names() == frozenset()
    assert GatewayMetrics.ALL.names() == frozenset(NAMES)
    assert GatewayMetrics.ALARMS.names() == {
        "ActiveConnectionCount", "ErrorPortAllocation", "PacketsDropCount", "PeakBytesPerSecond",
    }  # fmt: skip
