"""How long things take in the simulated AWS, and how far its reads lag behind. Seconds."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from lab.ec2.timings import PUBLISHED


@dataclass(frozen=True)
class Timings:
    """The published figures are the lab's (lab/ec2/timings.py, with their sources); each real delay is drawn
    around its figure, by `spread` either way."""

    api: float = PUBLISHED.api
    table: float = 0.01  # assumed: DynamoDB answers in milliseconds
    launch: float = PUBLISHED.launch
    pending: float = PUBLISHED.pending
    stopping: float = PUBLISHED.stopping
    shutting_down: float = PUBLISHED.shutting_down
    interface_release: float = PUBLISHED.interface_release
    registration: float = PUBLISHED.registration
    boot: float = PUBLISHED.boot + PUBLISHED.packages
    imaging: float = PUBLISHED.imaging
    gateway: float = PUBLISHED.gateway
    gateway_deletion: float = PUBLISHED.gateway_deletion
    delivery: float = PUBLISHED.delivery
    slow_answers: float = 0.01  # so many take up to `slow` longer: a target outside hangs; assumed
    slow: float = 6.0
    event: float = PUBLISHED.event
    report: float = PUBLISHED.put_events
    status_interval: float = PUBLISHED.status_interval
    time_out: float = 9.0  # of one try, of the adapters (bootstrap.py): to connect and to read
    cold_start: float = 0.5  # aws-facts A30: 0.4 to 0.7 s
    warm_start: float = 0.02  # assumed; which of both it is, is a matter of chance here
    repair: float = 2.0  # assumed: the repair document is delivered and done
    guard: float = 2.0  # the node's own guard puts rules back (design, ring 0)
    spread: float = 0.5
    lagging: float = 0.3  # so many reads are behind at all; assumed
    lag: float = 1.5  # then by so much in the mean; assumed
    tag_lag: float = 5.0  # reads by tag are further behind (nat-zero); assumed
    longest_lag: float = 60.0

    def draw(self, random: Random, seconds: float) -> float:
        """One real delay around a figure."""
        return seconds * random.uniform(1 - self.spread, 1 + self.spread) if self.spread else seconds

    def draw_start(self, random: Random) -> float:
        """How long one function takes to start: two that are called at once may be far apart."""
        return self.draw(random, random.choice((self.cold_start, self.warm_start)))

    def draw_answer(self, random: Random) -> float:
        """From SendCommand until a node has answered."""
        late = random.uniform(0, self.slow) if random.random() < self.slow_answers else 0.0
        return self.draw(random, self.delivery) + late

    def draw_report(self, random: Random) -> float:
        """How long one word of a node is on its way: 10, 50, 90 and 99 of 100 as they were measured (0.113,
        0.148, 0.241, 0.387 s: lab/ec2/timings.py), and beyond as this curve goes on: 0.65 s of 999 in 1,000."""
        return self.report * (0.6 + 0.4 * random.lognormvariate(0, 0.72))

    def draw_lag(self, random: Random, mean: float) -> float:
        """How far behind one read is."""
        if not self.lagging or random.random() >= self.lagging:
            return 0.0
        return min(random.expovariate(1 / mean), self.longest_lag)


AS_PUBLISHED = Timings()
BRIEF = Timings(api=0.03)
"""A look is as short as reads side by side make it; here they are made one after another."""
AT_ONCE = Timings(
    api=0, table=0, launch=0, pending=5, stopping=5, shutting_down=5, interface_release=0, registration=0,
    boot=0, imaging=60, gateway=60, gateway_deletion=60, delivery=0, slow_answers=0, event=0, report=0, time_out=0, cold_start=0, warm_start=0, repair=0, guard=0, spread=0, lagging=0,
)  # fmt: skip
"""No delay but those of an instance's own states."""
