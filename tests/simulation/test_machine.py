"""Any faults in any order, at any time, in several zones at once: no law is broken, and all comes to rest.
FUZZ=50 tries fifty times as many, other ones each time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.fuzz.hostile import FACTOR
from tests.simulation.faults.fault import strike
from tests.simulation.faults.sleep import SLEEP_BY_NAME
from tests.simulation.life.life import Life
from tests.simulation.life.ways import WAYS
from tests.simulation.lives.live import timings_of

LONG = ("launches fail for hours", "no room for the first type", "half of the user data fails")
"""Left to the soak: they keep a machine busy for hours."""
SHORT = sorted(name for name in SLEEP_BY_NAME if name not in LONG)


class Faults(RuleBasedStateMachine):
    """A stack that has come to rest, and faults that strike it."""

    life: Life | None = None

    @initialize(zones=st.integers(1, 3), seed=st.integers(0, 10_000), way=st.sampled_from(sorted(WAYS)))
    def build(self, zones: int, seed: int, way: str) -> None:
        self.life = Life(zones, seed, WAYS[way], timings_of(seed), again="see the steps of Hypothesis")
        self.life.settle()

    @rule(name=st.sampled_from(SHORT), zone=st.integers(0, 2))
    def befall(self, name: str, zone: int) -> None:
        assert self.life
        strike(self.life, SLEEP_BY_NAME[name], zone % self.life.zones)

    @rule(seconds=st.floats(0.0, 30.0))
    def live_for_seconds(self, seconds: float) -> None:
        assert self.life
        self.life.run(seconds)

    @rule(minutes=st.integers(1, 20))
    def live_for_minutes(self, minutes: int) -> None:
        assert self.life
        self.life.run(60.0 * minutes)

    def teardown(self) -> None:
        if self.life:
            self.life.settle()


Faults.TestCase.settings = settings(
    max_examples=8 * FACTOR,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestFaults = Faults.TestCase
