"""What the cost code says of a calm minute is what the real handlers use."""

from __future__ import annotations

import pytest

from natkeeper.core.savings.overhead import CALM
from tests.bench.controller import calm_minute


@pytest.mark.parametrize("zones", CALM)
def test_a_calm_minute_uses_what_is_written_down(zones: int) -> None:
    told, counted = CALM[zones], calm_minute(zones)

    assert (counted.invocations, counted.writes) == (told.invocations, told.writes)
    assert abs(counted.reads - told.reads) <= 1  # the probes' times differ by some characters
    assert counted.log_bytes == pytest.approx(told.log_bytes, rel=0.1)
    assert counted.seconds == pytest.approx(told.seconds, abs=2.0)  # the waits are fixed, the machine is not
