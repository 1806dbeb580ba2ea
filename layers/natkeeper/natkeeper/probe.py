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
from natkeeper.core.intake.figures import CONNECTIONS, figures
from natkeeper.core.intake.peers import BadReport
from natkeeper.core.intake.triggers import Hint, Ignored, Trigger
from natkeeper.core.model import InstanceId, Outcome, Probe
from natkeeper.core.ring import Word
from natkeeper.ports import Announcements, Answer, Clock, Journal, Probing, Store
from natkeeper.records import Records

RUN = timedelta(seconds=55)
"""A run has ended by then: the next one starts after a minute."""
ROUND = 15.0
"""Seconds that a round gets at least: a shorter one would call silent who is only slow."""
WRITING = 3.0
"""Seconds of a round for what comes after the answers."""
SPARE = 20.0
"""Seconds of the function's time-out for a call that hangs until its own (bootstrap.py)."""
PAUSE = 5.0  # seconds between two rounds
BRIEFLY, HURRY = 5.0, 8.0
"""Seconds for a round's answers where waiting for one that does not come costs most; those that come take 1
to 3 s, and longer where a target outside hangs. A node that is alone, and worked, is waited for briefly, for
nobody covers it; before it is twice silent, which launches a successor (Policy.mute_alone), it is asked once
more, and has its time. So has a silent node beside a young one, which is heard only when the round is over,
and is perhaps its successor."""
AT_ONCE = 1.0
"""Seconds between two rounds there."""
Heard = tuple[Answer, Probe]
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
        if isinstance(trigger, Ignored | Word | BadReport | Command | Refused):
            reason = trigger.reason if isinstance(trigger, Ignored) else "it is no work of the probe"
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

        nodes: Sequence[InstanceId] = records.memory.roster
        lines: dict[InstanceId, str] = {}
        rounds = 0
        while True:
            rounds += 1
            heard = self._ask(records, nodes, lambda: left() - WRITING)
            self._write(records, heard)
            lines |= {a.node: f"{a.node}: {' '.join((probe.outcome, *probe.failing))}" for a, probe in heard}
            nodes, pause = self._restless(records, heard)
            is_due = _ring_is_due(records, heard)
            if not (nodes or is_due) or left() < pause + ROUND:
                break
            before, records = records.memory.ring, self._rest(records, pause, ring_is_due=is_due)
            nodes = nodes if records.memory.ring == before else records.memory.roster
            if not nodes or records.removed or _another_asks(records, heard):
                break
        return "\n".join([*lines.values(), f"{rounds} round(s)"])

    def _ask(self, records: Records, nodes: Sequence[InstanceId], left: Callable[[], float]) -> list[Heard]:
        asked, ends = self.clock(), None

        def patience() -> float:
            # From the first look for answers on: what it takes to send is no silence of the node's.
            nonlocal ends
            ends = ends or self.clock() + self._patience(records, nodes)
            return min(left(), (ends - self.clock()).total_seconds())

        answers = self.probing.ask(nodes, patience, records.memory.ring)
        heard: list[Heard] = []
        for answer in answers:
            if answer.refusal and not isinstance(answer.refusal, NotReadyError):  # as one that boots is
                self.journal.refused(f"Probe {answer.node}", answer.refusal)
            if carried := figures(answer.output):
                self.journal.carried(answer.node, records.zone_of(answer.node), carried)
            probe = read(answer.output, answer.exit_code, asked, answer.reason)
            heard.append((answer, replace(probe, connections=carried.get(CONNECTIONS))))
        return heard

    def _patience(self, records: Records, nodes: Sequence[InstanceId]) -> timedelta:
        if self._is_alone(records):
            return timedelta(seconds=BRIEFLY if _has_answered(nodes[0], records) else HURRY)
        return timedelta(seconds=HURRY) if self._keeps_a_young_one_waiting(records, nodes) else RUN

    def _write(self, records: Records, heard: Sequence[Heard]) -> None:
        news: list[InstanceId] = []
        for answer, probe in heard:
            before = _since_start(records, answer.node)
            self.store.save_evidence(answer.node, append(before, probe))
            if is_news(before, probe) or (self._is_alone(records) and probe.outcome is Outcome.SILENT):
                news.append(answer.node)
        if news:
            self.announcements.announce(news)

    def _rest(self, records: Records, seconds: float, *, ring_is_due: bool) -> Records:
        """What is on record after a pause, which ends when all have to be told of another ring."""
        before, naps = records.memory.ring, int(seconds / AT_ONCE) if ring_is_due else 1
        for _ in range(naps):
            self.sleep(seconds / naps)
            records = self.store.load()
            if records.removed or records.memory.ring != before:
                break
        return records

    def _restless(self, records: Records, heard: Sequence[Heard]) -> tuple[list[InstanceId], float]:
        """For whom a minute is too long to wait, and for how long to wait instead: a young node does not pass
        yet, one has begun to fail, or one that is alone does not answer what it was asked."""
        now, bad = self.clock(), [(a, p) for a, p in heard if p.outcome is not Outcome.PASSED]
        mute = [a.node for a, p in bad if p.outcome is Outcome.SILENT and a.refusal is None]
        if mute and self._is_alone(records) and _has_answered(mute[0], records):
            return mute, AT_ONCE
        restless = [
            a.node for a, p in bad if p.outcome is Outcome.FAILED or _is_expected(a.node, records, now)
        ]
        # SSM refuses at once whom it does not know yet: that would be a call a second.
        waits = self._keeps_a_young_one_waiting(records, records.memory.roster)
        waits &= all(a.refusal is None for a, _ in bad)
        return restless, AT_ONCE if waits else PAUSE

    def _is_alone(self, records: Records) -> bool:
        """Whether there is one node, which has worked: nobody covers it, and nobody watches it."""
        roster = records.memory.roster
        return len(roster) == 1 and records.memory.node(roster[0]).verified_at is not None

    def _keeps_a_young_one_waiting(self, records: Records, nodes: Sequence[InstanceId]) -> bool:
        """Whether one of these is silent, and another was just launched."""
        now = self.clock()
        waiting = any(_is_expected(node, records, now) for node in nodes)
        return waiting and any(_is_silent(node, records) for node in nodes)


def _is_silent(node: InstanceId, records: Records) -> bool:
    """Whether it worked, and its neighbours found it silent and it has not passed since, or it did not answer
    twice in a row."""
    past, probes = records.memory.node(node), records.evidence.get(node, ())
    if past.silent_since and all(p.at <= past.silent_since for p in probes if p.outcome is Outcome.PASSED):
        return True
    last = [probe.outcome for probe in probes[-2:]]
    return past.verified_at is not None and last == [Outcome.SILENT] * 2


def _ring_is_due(records: Records, heard: Sequence[Heard]) -> bool:
    """Whether the controller is about to change the ring, for one passes that did not: nobody watches it
    before all are told, and the next run may be a minute away."""
    new = any(p.outcome is Outcome.PASSED and is_news(_since_start(records, a.node), p) for a, p in heard)
    return new and len(records.memory.roster) > 1


def _another_asks(records: Records, own: Sequence[Heard]) -> bool:
    """Whether a later run, which an event has started, has asked since: then it goes on, not this one."""
    last = max(probe.at for _, probe in own)
    return any(probes[-1].at > last for probes in records.evidence.values() if probes)


def _since_start(records: Records, node: InstanceId) -> tuple[Probe, ...]:
    """What it answered before it slept is of no use: its first answer after that is news."""
    started = records.memory.node(node).started_at
    probes = records.evidence.get(node, ())
    return tuple(probe for probe in probes if started is None or probe.at >= started)


def _has_answered(node: InstanceId, records: Records) -> bool:
    """Whether its last probe before this one was no silence."""
    probes = records.evidence.get(node, ())
    return bool(probes) and probes[-1].outcome is not Outcome.SILENT


def _is_expected(node: InstanceId, records: Records, now: datetime) -> bool:
    """Whether it was just launched or started, and is not one that worked and went silent since."""
    return _is_young(node, records, now) and not _is_silent(node, records)


def _is_young(node: InstanceId, records: Records, now: datetime) -> bool:
    started = records.memory.node(node).started_at
    if started and now - started < YOUNG:
        return True
    launches = records.memory.launches()
    return any(launch.instance == node and now - launch.at < YOUNG for launch in launches)
