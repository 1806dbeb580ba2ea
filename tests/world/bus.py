"""EventBridge: events on their way, which may be lost, come twice, late, or in another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from natkeeper.core.intake.commands import Answered
from natkeeper.core.model import InstanceId, Lifecycle
from tests.world.gate import Gate

Event = Mapping[str, object]
REPORT = "Peer Report"
"""Its rule has two targets: the function, and a queue."""


@dataclass
class Bus:
    """`deliver` gets what arrives; `queue` too what nodes say of each other, at its own time. Faults are shares
    of all events."""

    gate: Gate
    stack: str
    deliver: Callable[[Event], None] = lambda event: None
    queue: Callable[[Event], None] = lambda event: None
    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    latest: float = 120.0  # older ones are dropped (template.yaml, MaximumEventAgeInSeconds)
    trail: Random | None = None  # of an account that has one: how late it is
    told: int = 0
    answers: list[Answered] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def put(self, source: str, kind: str, detail: Mapping[str, object]) -> Event:
        """Sends an event off. Returns it as it was when it left."""
        self.told += 1
        event = self.made(source, kind, detail)
        self.send(event)
        return event

    def send(self, event: Event) -> None:
        """An event goes on its way, perhaps again."""
        random = self.gate.random
        if random.random() < self.lost:
            return
        for _ in range(2 if random.random() < self.doubled else 1):
            self.gate.agenda.after(self._delay(event), lambda: self.deliver(event))
            if event["detail-type"] == REPORT:
                self.gate.agenda.after(self._delay(event), lambda: self.queue(event))

    def _delay(self, event: Event) -> float:
        random, timings = self.gate.random, self.gate.timings
        late = random.uniform(0, self.latest) if random.random() < self.late else 0.0
        if event["detail-type"] == REPORT:
            return timings.draw_report(random) + late
        return timings.draw(random, timings.event) + late

    def made(self, source: str, kind: str, detail: Mapping[str, object]) -> Event:
        """The event as EventBridge delivers it: with an id of its own, and its time in whole seconds."""
        return {
            "version": "0",
            "id": f"00000000-0000-4000-8000-{next(self._numbers):012d}",
            "source": source,
            "detail-type": kind,
            "time": f"{self.gate.agenda():%Y-%m-%dT%H:%M:%SZ}",
            "detail": dict(detail),
        }

    def tell_of(self, call: str, **asked: object) -> None:
        """What somebody changed, as CloudTrail's trail tells of it, if the account has one: at its best in a
        second, at its worst in five minutes, when the bus no longer delivers it."""
        if self.trail:
            who = {"arn": "arn:aws:sts::123456789012:assumed-role/Admin/somebody"}
            detail = {"eventName": call, "userIdentity": who, "requestParameters": asked}
            event = self.made("aws.ec2", "AWS API Call via CloudTrail", detail)
            late = 1 + min(self.trail.expovariate(1 / 20), 300)
            if late < self.latest:
                self.gate.agenda.after(late, lambda: self.deliver(event))

    def order(self, kind: str, **detail: object) -> Event:
        """What a person's put-events becomes."""
        return self.made("natkeeper", kind, {"stack": self.stack, **detail})

    def put_state(self, instance: str, state: Lifecycle) -> None:
        """EC2's notice that an instance changed its state."""
        detail = {"instance-id": instance, "state": state.value}
        self.put("aws.ec2", "EC2 Instance State-change Notification", detail)

    def announce(self, nodes: Sequence[InstanceId]) -> None:
        """The port `Announcements`: a call, then an event of our own."""
        with self.gate.read("PutEvents", "announcing news", f"{len(nodes)} nodes"):
            self.put("natkeeper", "Evidence Changed", {"stack": self.stack, "nodes": list(nodes)})

    def reply(self, answer: Answered) -> None:
        """The port `Replies`: a call, then an event that no rule of the template matches."""
        with self.gate.read("PutEvents", "answering", answer.origin.kind):
            self.answers.append(answer)
