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


def test_what_a_node_tells_is_taken_name_by_name() -> None:
    said = {"ActiveConnectionCount": 7, "ErrorPortAllocation": 0, "Rumours": 9, "PacketsDropCount": "many"}

    assert figures(told(said)) == {"ActiveConnectionCount": 7, "ErrorPortAllocation": 0}


@pytest.mark.parametrize(
    "output", [None, "", "no JSON", "[]", told(None), told([1]), told("x"), '{"natkeeper": 1}']
)
def test_who_tells_none_has_none(output: str | None) -> None:
    assert figures(output) == {}


@given(
    st.dictionaries(
        st.sampled_from(NAMES), st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    )
)
def test_hostile_figures_are_numbers_or_nothing(said: dict[str, object]) -> None:
    assert all(type(value) is int and 0 <= value <= 10**18 for value in figures(told(said)).values())


def test_some_all_or_none_become_metrics() -> None:
    assert GatewayMetrics.NONE.names() == frozenset()
    assert GatewayMetrics.ALL.names() == frozenset(NAMES)
    assert GatewayMetrics.ALARMS.names() == {
        "ActiveConnectionCount", "ErrorPortAllocation", "PacketsDropCount", "PeakBytesPerSecond",
    }  # fmt: skip
