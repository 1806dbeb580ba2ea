"""The probe: asks every node, writes down what it says. Never heals.

While a node is young or failing it asks again and again within the run, so that a boot is noticed in
seconds and N failures need not take N minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from natkeeper.core.errors import NotReadyError
from natkeeper.core.intake.commands import Command, Refused
from natkeeper.core.intake.evidence import append, is_news, read
from natkeeper.core.intake.figures import figures
from natkeeper.core.intake.triggers import Hint, Ignored, Trigger
from natkeeper.core.model import InstanceId, Outcome, Probe
from natkeeper.ports import Announcements, Clock, Journal, Probing, Records, Store

RUN = timedelta(seconds=55)
"""A run has ended by then: the next one starts after a minute."""
ROUND = 15.0
"""Seconds that a round gets at least: a shorter one would call silent who is only slow."""
WRITING = 3.0
"""Seconds of a round for what comes after the answers."""
SPARE = 20.0
"""Seconds of the function's time-out for a call that hangs until its own (bootstrap.py)."""
PAUSE = 5.0  # seconds between two rounds
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
    time_left: Callable[[], float] = lambda: math.inf  # seconds; a run begins no round that might not end

    def within(self, time_left: Callable[[], float]) -> Prober:
        """The same, for one run that has so many seconds left."""
        return replace(self, time_left=time_left)

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
        ends = self.clock() + RUN

        def left() -> float:
            return min((ends - self.clock()).total_seconds(), self.time_left() - SPARE)

        rounds = 0
        while True:
            rounds += 1
            probes = self._ask(records, lambda: left() - WRITING)
            self._write(records, probes)
            if not self._is_restless(records, probes) or left() < PAUSE + ROUND:
                break
            self.sleep(PAUSE)
            records = self.store.load()
            if records.removed or _another_asks(records, probes):
                break
        lines = [f"{node}: {' '.join((probe.outcome, *probe.failing))}" for node, probe in probes]
        return "\n".join([*lines, f"{rounds} round(s)"])

    def _ask(self, records: Records, left: Callable[[], float]) -> list[tuple[InstanceId, Probe]]:
        answers = self.probing.ask(records.memory.roster, left)
        for answer in answers:
            if answer.refusal and not isinstance(answer.refusal, NotReadyError):  # as one that boots is
                self.journal.refused(f"Probe {answer.node}", answer.refusal)
            if told := figures(answer.output):
                self.journal.carried(answer.node, records.zone_of(answer.node), told)
        now = self.clock()
        return [(a.node, read(a.output, a.exit_code, now, a.reason)) for a in answers]

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


def _another_asks(records: Records, own: Sequence[tuple[InstanceId, Probe]]) -> bool:
    """Whether a later run, which an event has started, has asked since: then it goes on, not this one."""
    last = max(probe.at for _, probe in own)
    return any(probes[-1].at > last for probes in records.evidence.values() if probes)


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
