"""One life of some years under the catalogue's faults, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.simulation.faults.baking import ALL_AND_BAKING
from tests.simulation.faults.catalogue import ALL_FAULTS
from tests.simulation.faults.fault import Fault, strike
from tests.simulation.faults.last_resort import ALL_AND_RESORTS
from tests.simulation.faults.plain.catalogue import FAULTS
from tests.simulation.faults.sleep import SLEEP_FAULTS
from tests.simulation.faults.standby import ALL_AND_STANDBY
from tests.simulation.life.life import BrokenLawError, Life
from tests.simulation.life.ways import ALWAYS, OWN_IMAGE, PLAIN, RESORTING, STANDBYS, WAYS
from tests.world.timings import AS_PUBLISHED, BRIEF, Timings

YEAR = 365 * 24 * 3600.0
FOCUS = 20.0
CATALOGUES: Mapping[str, Sequence[Fault]] = {
    ALWAYS: ALL_FAULTS,
    PLAIN: FAULTS,
    OWN_IMAGE: ALL_AND_BAKING,
    **dict.fromkeys(STANDBYS, ALL_AND_STANDBY),
    RESORTING: ALL_AND_RESORTS,
}
"""What may befall a stack; the other ways have what befalls sleep, too."""


@dataclass
class Result:
    """Of one life, or of several together. Times are seconds; calls are to EC2, SSM, the table and the bus."""

    zones: int
    lives: int = 0
    years: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    heals: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    down: float = 0.0
    rival_down: float = 0.0
    launched: int = 0
    killed: int = 0
    longest_neglect: float = 0.0
    violations: list[str] = field(default_factory=list)
    broken: list[tuple[str, float]] = field(default_factory=list)  # laws, and after how many hours

    def add(self, other: Result) -> None:
        """Counts another one in."""
        self.lives, self.years = self.lives + other.lives, self.years + other.years
        self.faults.update(other.faults)
        self.heals.update(other.heals)
        self.calls, self.down = self.calls + other.calls, self.down + other.down
        self.rival_down += other.rival_down
        self.launched, self.killed = self.launched + other.launched, self.killed + other.killed
        self.longest_neglect = max(self.longest_neglect, other.longest_neglect)
        self.violations += other.violations
        self.broken += other.broken


def timings_of(seed: int) -> Timings:
    """Every third life's looks are brief."""
    return AS_PUBLISHED if seed % 3 else BRIEF


def live(
    zones: int,
    seed: int,
    years: float = 1.0,
    storm: float = 1.0,
    way: str = ALWAYS,
    *,
    focus: Collection[str] = (),
) -> Result:
    """One life of so many years; faults come `storm` times as often as in the catalogue, and those in `focus`
    FOCUS times as often as the others."""
    again = (
        f"python -m tests.simulation.soak --zones {zones} --seed {seed} --years {years:g} --storm {storm:g}"
        f' --way "{way}"'
    )
    life = Life(zones, seed, WAYS[way], timings_of(seed), again=again)
    catalogue = CATALOGUES.get(way, SLEEP_FAULTS)
    result = Result(zones, 1, years)
    try:
        life.settle()
        before = life.availability.total()
        for seconds, fault, zone in plan(zones, Random(seed), years * YEAR, storm, catalogue, focus=focus):
            life.run(seconds)
            if fault:
                strike(life, fault, zone)
        life.settle()
        result.down = life.availability.total() - before
    except BrokenLawError as error:
        result.violations.append(str(error))
        result.broken.append((error.law, error.hours))
    result.faults, result.heals = life.injected, life.controller.heals
    result.calls = sum((life.world.gate.counts + life.calm.skipped_calls).values())
    result.launched, result.killed = life.launched, life.controller.killed
    result.longest_neglect = life.availability.longest_neglect
    result.rival_down = life.rival.seconds
    return result


def plan(
    zones: int,
    random: Random,
    seconds: float,
    storm: float,
    catalogue: Sequence[Fault],
    *,
    focus: Collection[str] = (),
) -> Iterator[tuple[float, Fault | None, int]]:
    """Faults in order, each with the time to live before it; the last pause has none."""
    weights = [FOCUS if fault.name in focus else 1.0 for fault in catalogue]
    rates = [
        fault.year * (zones if fault.of_zone else 1) * storm * weight / YEAR
        for fault, weight in zip(catalogue, weights, strict=True)
    ]
    left = seconds
    while (pause := random.expovariate(sum(rates))) < left:
        left -= pause
        yield pause, random.choices(catalogue, rates)[0], random.randrange(zones)
    yield left, None, 0
