"""The table, the lease, and everything that only listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from natkeeper.core.actions import Action
from natkeeper.core.errors import AwsError, RefusedError
from natkeeper.core.memory import Memory
from natkeeper.core.model import Doom, InstanceId, Order, Probe, RouteTableId, Wish, ZoneName
from natkeeper.core.savings.usage import Day
from natkeeper.ports import Records
from tests.fakes.clock import FakeClock

TERM = timedelta(seconds=90)


@dataclass
class FakeStore:
    """Keeps the records as they are."""

    records: Records = field(default_factory=Records)
    epoch: int = 0
    saves: int = 0

    def load(self) -> Records:
        return self.records

    def save(self, memory: Memory, epoch: int) -> None:
        if epoch < self.epoch:
            raise RefusedError("saving memory", "the table", "ConditionalCheckFailedException", "")
        self.epoch, self.saves = epoch, self.saves + 1
        self.records = replace(self.records, memory=memory)

    def save_evidence(self, node: InstanceId, probes: Sequence[Probe]) -> None:
        evidence = {**self.records.evidence, node: tuple(probes)}
        self.records = replace(self.records, evidence=evidence)

    def save_order(self, node: InstanceId, order: Order) -> None:
        self.records = replace(self.records, orders={**self.records.orders, node: order})

    def save_doom(self, node: InstanceId, doom: Doom) -> None:
        self.records = replace(self.records, dooms={**self.records.dooms, node: doom})

    def save_wish(self, zone: ZoneName, wish: Wish) -> None:
        self.records = replace(self.records, wishes={**self.records.wishes, zone: wish})

    def save_pause(self, until: datetime | None) -> None:
        self.records = replace(self.records, paused_until=until)

    def save_original(self, table: RouteTableId, target: str | None) -> None:
        originals = {table: target, **self.records.originals}
        self.records = replace(self.records, originals=originals)

    def save_removed(self) -> None:
        self.records = replace(self.records, removed=True)


@dataclass
class FakeLease:
    """A lease that one process at a time can hold."""

    clock: FakeClock
    epoch: int = 0
    expires: datetime | None = None
    wanted: int = 0
    _seen: int = 0

    def acquire(self) -> int | None:
        if self.expires and self.clock() <= self.expires:
            return None
        self.expires, self.epoch, self._seen = self.clock() + TERM, self.epoch + 1, self.wanted
        return self.epoch

    def request(self) -> None:
        self.wanted += 1

    def release(self) -> bool:
        self.expires = None
        return self.wanted != self._seen


@dataclass
class FakeNotices:
    """Remembers what a person would have been told."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def publish(self, subject: str, text: str) -> None:
        self.sent.append((subject, text))


@dataclass
class FakeAnnouncements:
    """Remembers which nodes there was news of, and passes it on like a bus that loses nothing."""

    announced: list[tuple[InstanceId, ...]] = field(default_factory=list)
    listener: Callable[[], object] = tuple

    def announce(self, nodes: Sequence[InstanceId]) -> None:
        self.announced.append(tuple(nodes))
        self.listener()


@dataclass
class FakeJournal:
    """Remembers a line for everything."""

    lines: list[str] = field(default_factory=list)
    refusals: list[AwsError] = field(default_factory=list)

    def began(self, why: str) -> None:
        self.lines.append(f"began {why}")

    def ignored(self, reason: str) -> None:
        self.lines.append(f"ignored {reason}")

    def decided(self, action: Action, *, dry_run: bool) -> None:
        self.lines.append(f"{'would' if dry_run else 'will'} {type(action).__name__}")

    def did(self, action: Action) -> None:
        self.lines.append(f"did {type(action).__name__}")

    def refused(self, what: str, error: AwsError) -> None:
        self.lines.append(f"refused {what} {error.name}")
        self.refusals.append(error)

    def judged(self, node: InstanceId, zone: ZoneName, verdict: str, reason: str) -> None:
        self.lines.append(f"judged {node} {zone} {verdict} {reason}")

    def served(self, zone: ZoneName, node: InstanceId | None) -> None:
        self.lines.append(f"served {zone} {node}")

    def healed(self, zone: ZoneName, seconds: float) -> None:
        self.lines.append(f"healed {zone} {seconds:.0f}")

    def unreadable(self, error: AwsError) -> None:
        self.lines.append(f"unreadable {error.name}")

    def rests(self, zone: ZoneName, reason: str) -> None:
        self.lines.append(f"rests {zone} {reason}")

    def woke(self, zone: ZoneName, seconds: float) -> None:
        self.lines.append(f"woke {zone} {seconds:.0f}")

    def swept(self, seconds: float) -> None:
        self.lines.append(f"swept {seconds:.0f}")

    def accounted(self, figures: Mapping[str, float]) -> None:
        self.lines.append(f"accounted {' '.join(figures)}")

    def demolished(self, what: str) -> None:
        self.lines.append(f"demolished {what}")


@dataclass
class FakeBooks:
    """Keeps the days as they are."""

    entered: dict[date, Day] = field(default_factory=dict)

    def days(self, since: date) -> tuple[Day, ...]:
        return tuple(self.entered[on] for on in sorted(self.entered) if on >= since)

    def enter(self, day: Day) -> bool:
        return self.entered.setdefault(day.on, day) is day
