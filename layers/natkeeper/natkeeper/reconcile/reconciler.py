"""The loop: observe -> plan -> apply. The only place where they meet, and the single writer.

The lease holds it to one run at a time; a run that finds it taken asks the holder for one more pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from natkeeper.core.actions import Action
from natkeeper.core.decision.goals import overdue
from natkeeper.core.decision.look import look_at
from natkeeper.core.decision.outcome import Outcome
from natkeeper.core.decision.plan import plan
from natkeeper.core.errors import AnswerError, LostLeaseError
from natkeeper.core.intake.adoption import originals
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.election import Standing
from natkeeper.core.judgement.reading import Reading, due_reading
from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, RouteTableId, ZoneName
from natkeeper.core.policy import Policy
from natkeeper.core.remembering.learning import learn
from natkeeper.ports import Clock, Journal, Lease, Store
from natkeeper.reconcile.applier import Applier
from natkeeper.reconcile.execution import Execution
from natkeeper.reconcile.hearing import Hearing
from natkeeper.reconcile.observer import Observer
from natkeeper.reconcile.pace import ANOTHER_LOOK
from natkeeper.records import Records

TRIES = 3
"""So often a lease is asked for whose holder lets go just when it is asked for one more pass."""
PASSES = 3
"""At most so many in one run; what is left then is the next sweep's."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Everything the reconciler needs, wired by `bootstrap`."""

    observer: Observer
    applier: Applier
    store: Store
    lease: Lease
    journal: Journal
    clock: Clock
    policy: Policy
    hearing: Hearing
    time_left: Callable[[], float] = lambda: math.inf  # seconds; a run begins nothing that might not end

    def preview(self, records: Records) -> Outcome:
        """What would be decided, and nothing is touched."""
        look = self._look(records, listen=False)
        for action in look.actions:
            self.journal.decided(action, dry_run=True)
        return Outcome(decided=look.actions)

    def reconcile(self) -> Outcome:
        """Makes the world as it should be, as far as one run can. Returns what came of it."""
        outcome = Outcome()
        for _ in range(PASSES):
            epoch = self._acquire()
            if epoch is None:
                return outcome.and_then(Outcome(held_elsewhere=True))
            try:
                outcome = outcome.and_then(self._pass(epoch))
            except LostLeaseError:
                return outcome.and_then(Outcome(held_elsewhere=True))
            finally:
                requested = self.lease.release()
            if not (requested or outcome.follow_up) or self.time_left() < ANOTHER_LOOK:
                break
        return outcome

    def _acquire(self) -> int | None:
        """The fencing number; None when another run holds the lease and will look once more for us."""
        for _ in range(TRIES):
            epoch = self.lease.acquire()
            if epoch is not None or self.lease.request():
                return epoch  # who let go between the two was asked in vain
        return None

    def _pass(self, epoch: int) -> Outcome:
        started = self.clock()
        records = self.store.load()
        if records.removed:
            self.journal.ignored("the stack is being deleted")
            return Outcome()
        epoch = epoch if epoch > records.epoch else self.lease.lift(records.epoch)
        look = self._look(records)
        self._report(records.memory, look)
        for what in records.damaged:
            self.journal.unreadable(AnswerError("reading the stack's table", what, "Damaged", "left out"))
        execution = self._execution(records, look, epoch)
        execution.carry_out()
        execution.tell_of(records.damaged)
        if look.whole:
            self.journal.swept((self.clock() - started).total_seconds())
        return execution.outcome()

    def _execution(self, records: Records, look: _Look, epoch: int) -> Execution:
        return Execution(
            applier=self.applier,
            store=self.store,
            lease=self.lease,
            journal=self.journal,
            policy=self.policy,
            time_left=self.time_left,
            decided=look.actions,
            saved=records.memory,
            memory=look.memory,
            epoch=epoch,
            now=look.at,
            clock=self.clock,
            originals=look.originals,
        )

    def _look(self, records: Records, *, listen: bool = True) -> _Look:
        """Observe, listen, learn, plan. To `listen` writes words down."""
        baking, began = records.memory.baking, self.clock()
        reading = due_reading(baking, self.policy, began)
        room = baking.busy or reading is Reading.NOTHING
        with self.hearing.listening(records, began) if listen else nullcontext(()) as heard:
            observation = self.observer.observe(records, began, workloads=room)
            observed, error, resorts = observation.observed, observation.error, observation.resorts
            if error:
                self.journal.unreadable(error)
            shelf = self.observer.read_shelf(Reading.NOTHING if error else reading)
            hearsay = self.hearing.hearsay(records, began, observed, heard)
        now = self.clock()
        remembered = replace(records.memory, paused_until=records.paused_until)
        judged = look_at(observed, Context(self.policy, remembered, now), shelf, hearsay, resorts)
        memory = learn(judged)
        actions = plan(judged.remembering(memory))
        resting = tuple(
            (name, view.demand.reason)
            for name, view in judged.views.items()
            if memory.zone(name).asleep_since
        )
        return _Look(
            at=now,
            standings=tuple(judged.standings.values()),
            serving=observed.serving(),
            memory=memory,
            actions=actions,
            resting=resting,
            originals=originals(observed, records.originals, resorts.ids()),
            whole=error is None,
        )

    def _report(self, before: Memory, look: _Look) -> None:
        for s in look.standings:
            judgement = s.judgement
            self.journal.judged(s.node.id, s.node.zone, judgement.verdict, judgement.reason)
        for name, node in look.serving.items():
            self.journal.served(name, node)
            self._report_goals(name, look.memory.zone(name).goals, look.at)
        for name, zone in before.zones.items():
            after = look.memory.zone(name)
            if after.unwanted:
                continue  # it sleeps, and is neither healed nor awake
            if zone.broken_since and after.broken_since is None:
                self.journal.healed(name, (look.at - zone.broken_since).total_seconds())
            if zone.waking_since and after.waking_since is None:
                self.journal.woke(name, (look.at - zone.waking_since).total_seconds())
        for name, reason in look.resting:
            self.journal.rests(name, reason)

    def _report_goals(self, zone: ZoneName, missed: Mapping[str, datetime], now: datetime) -> None:
        for goal in overdue(missed, self.policy, now):
            self.journal.missed(zone, goal.name, missed[goal.name])


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the world, and what to do about it; the zones that sleep, and why; `whole` unless AWS
    could not be read."""

    at: datetime
    standings: tuple[Standing, ...]
    serving: Mapping[ZoneName, InstanceId | None]
    memory: Memory
    actions: tuple[Action, ...]
    resting: tuple[tuple[ZoneName, str], ...]
    originals: Mapping[RouteTableId, str | None]
    whole: bool
