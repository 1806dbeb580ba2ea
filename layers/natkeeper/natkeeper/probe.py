"""The probe: asks every node, writes down what it says. Never heals.

While a node is young or failing it asks again and again within the run, so that a boot is noticed in
seconds and N failures need not take N minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from natkeeper.core.intake.commands import Command, Refused
from natkeeper.core.intake.evidence import append, is_news, read
from natkeeper.core.intake.triggers import Hint, Ignored, Trigger
from natkeeper.core.model import InstanceId, Outcome, Probe
from natkeeper.ports import Announcements, Clock, Journal, Probing, Records, Store

PATIENCE = timedelta(seconds=45)
"""So long a run goes on asking; the next one starts after a minute."""
PAUSE = 5.0  # seconds between two questions
YOUNG = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Prober:
    """Everything the probe function needs, wired by `bootstrap`."""

    store: Store
    probing: Probing
    announcements: Announcements
    journal: Journal
    clock: Clock
    sleep: Callable[[float], None]

    def handle(self, trigger: Trigger) -> str:
        """Probes all nodes, unless the trigger is about somebody else's instance."""
        if isinstance(trigger, Ignored | Command | Refused):
            reason = trigger.reason if isinstance(trigger, Ignored) else "an order is no work of the probe"
            self.journal.ignored(reason)
            return f"ignored: {reason}"
        records = self.store.load()
        strangers = isinstance(trigger, Hint) and not records.known().intersection(trigger.instances)
        if strangers or records.removed:
            reason = "no node of this stack" if strangers else "the stack is being deleted"
            self.journal.ignored(reason)
            return f"ignored: {reason}"
        return self._probe(records)

    def _probe(self, records: Records) -> str:
        started = self.clock()
        rounds = 0
        while True:
            rounds += 1
            probes = self._ask(records)
            self._write(records, probes)
            if not self._is_restless(records, probes) or self.clock() - started > PATIENCE:
                break
            self.sleep(PAUSE)
            records = self.store.load()
        lines = [f"{node}: {' '.join((probe.outcome, *probe.failing))}" for node, probe in probes]
        return "\n".join([*lines, f"{rounds} round(s)"])

    def _ask(self, records: Records) -> list[tuple[InstanceId, Probe]]:
        answers = self.probing.ask(records.memory.roster)
        now = self.clock()
        return [(a.node, read(a.output, a.exit_code, now)) for a in answers]

    def _write(self, records: Records, probes: Sequence[tuple[InstanceId, Probe]]) -> None:
        news: list[InstanceId] = []
        for node, probe in probes:
            before = _since_start(records, node)
            self.store.save_evidence(node, append(before, probe))
            if is_news(before, probe):
                news.append(node)
        if news:
            self.announcements.announce(news)

    def _is_restless(self, records: Records, probes: Sequence[tuple[InstanceId, Probe]]) -> bool:
        """Whether a minute is too long to wait: a young node does not pass yet, or one has begun to fail."""
        now = self.clock()
        return any(
            probe.outcome is not Outcome.PASSED
            and (_is_young(node, records, now) or probe.outcome is Outcome.FAILED)
            for node, probe in probes
        )


def _since_start(records: Records, node: InstanceId) -> tuple[Probe, ...]:
    """What it answered before it slept is of no use: its first answer after that is news."""
    started = records.memory.node(node).started_at
    probes = records.evidence.get(node, ())
    return tuple(probe for probe in probes if started is None or probe.at >= started)


def _is_young(node: InstanceId, records: Records, now: datetime) -> bool:
    started = records.memory.node(node).started_at
    if started and now - started < YOUNG:
        return True
    launches = records.memory.launches()
    return any(launch.instance == node and now - launch.at < YOUNG for launch in launches)
