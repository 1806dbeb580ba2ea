"""The loop: observe -> plan -> apply. The only place where they meet, and the single writer.

The lease holds it to one run at a time; a run that finds it taken asks the holder for one more pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from natkeeper.core.actions import Action, Cause, LaunchNode, Notify, PointRoute, StartNode, Wait
from natkeeper.core.decision.aftermath import is_no_spot_yet, remember
from natkeeper.core.decision.context import Context
from natkeeper.core.decision.dependence import depends, step_of
from natkeeper.core.decision.election import Standing
from natkeeper.core.decision.goals import overdue
from natkeeper.core.decision.learning import learn
from natkeeper.core.decision.look import look_at
from natkeeper.core.decision.plan import plan
from natkeeper.core.decision.telling import tell
from natkeeper.core.errors import PASSING, AnswerError, AwsError, LostLeaseError
from natkeeper.core.intake.adoption import originals
from natkeeper.core.memory import Memory
from natkeeper.core.model import InstanceId, RouteTableId, ZoneName
from natkeeper.core.outcome import Done, Outcome, Refused
from natkeeper.core.policy import Policy
from natkeeper.ports import Clock, Journal, Lease, Records, Store
from natkeeper.reconcile.applier import Applier
from natkeeper.reconcile.observer import Observer
from natkeeper.reconcile.pace import ANOTHER_LOOK, seconds_of

TRIES = 3
"""So often a lease is asked for whose holder lets go just when it is asked for one more pass."""
PASSES = 3
"""At most so many in one run; what is left then is the next sweep's."""
_TABLE = ZoneName("the stack's table")


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
    time_left: Callable[[], float] = lambda: math.inf  # seconds; a run begins nothing that might not end

    def preview(self, records: Records) -> Outcome:
        """What would be decided, and nothing is touched."""
        look = self._look(records)
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
        run = _Run(self, records.memory, look.memory, epoch, look.at, look.originals)
        run.carry_out(look.actions)
        run.tell_of(records.damaged)
        if look.whole:
            self.journal.swept((self.clock() - started).total_seconds())
        done, refused, left = tuple(run.done), tuple(run.refused), tuple(run.left)
        return Outcome(look.actions, done, refused, left, follow_up=run.begun)

    def _look(self, records: Records) -> _Look:
        """Observe, learn, plan."""
        observed, error = self.observer.observe(records, self.clock())
        if error:
            self.journal.unreadable(error)
        now = self.clock()
        remembered = replace(records.memory, paused_until=records.paused_until)
        judged = look_at(observed, Context(self.policy, remembered, now))
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
            originals=originals(observed, records.originals),
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


@dataclass(slots=True)
class _Run:
    """One pass's actions being carried out; memory is saved whenever it has changed."""

    reconciler: Reconciler
    saved: Memory
    memory: Memory
    epoch: int
    now: datetime
    originals: Mapping[RouteTableId, str | None]
    done: list[Action] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left: list[Action] = field(default_factory=list)
    begun: bool = False  # a launch, or a start that a launch must replace: another look is due

    def carry_out(self, actions: tuple[Action, ...]) -> None:
        """The actions in order. What is refused takes along what depends on it, and nothing else."""
        undone: list[Action] = []
        for action in actions:
            self.reconciler.journal.decided(action, dry_run=False)
            awaited = any(depends(action, on) for on in undone)
            if awaited or not self._has_time(action) or not self._apply(action):
                undone.append(action)
        self._save()

    def _has_time(self, action: Action) -> bool:
        if self.reconciler.time_left() >= seconds_of(action):
            return True
        self.left.append(action)
        return False

    def _apply(self, action: Action) -> bool:
        """Whether all of it was done."""
        done = self._try(action)
        self.memory = remember(self.memory, done, self.reconciler.policy, self.now)
        for refused in done.refused:
            self._hear(refused)
        if done.refused:
            return False
        self.done.append(action)
        if not isinstance(action, Wait):
            self.reconciler.journal.did(action)
        if isinstance(action, LaunchNode):
            self.begun = True
            self._save()  # killed before the next call, we must still know that this token is spent
        return True

    def _try(self, action: Action) -> Done:
        try:
            self._remember_routes(action)
        except AwsError as error:
            return Done(action, refused=(Refused(action, step_of(action), error),))
        return self.reconciler.applier.apply(action, self._hold)

    def _hold(self) -> None:
        """Before each write. Raises LostLeaseError when another run is at work."""
        if not self.reconciler.lease.renew():
            raise LostLeaseError

    def _remember_routes(self, action: Action) -> None:
        """Before our first write to a table, so that teardown can give back what was there."""
        for table in action.tables if isinstance(action, PointRoute) else ():
            if table in self.originals:
                self.reconciler.store.save_original(table, self.originals[table])

    def _hear(self, refused: Refused) -> None:
        """A refusal is logged, and what will not pass is told; of a notice that is refused nobody can be."""
        action, error = refused.action, refused.error
        self.refused.append(refused)
        if is_no_spot_yet(refused):
            self.reconciler.journal.ignored(f"no spot yet: {error}")  # nothing is worse than before
            return
        self.reconciler.journal.refused(type(action).__name__, error)
        if isinstance(action, StartNode) and not isinstance(error, PASSING):
            self.begun = True  # the next pass launches a node instead
        elif error.needs_person and not isinstance(action, Notify):
            self._tell(refused)

    def _tell(self, refused: Refused) -> None:
        zone, error = refused.action.zone, refused.error
        key = f"{zone} refused {type(refused.action).__name__} {error.name}"
        news = Notify(zone, key, Cause.REFUSED, str(error))
        self._tell_once(news)

    def tell_of(self, damaged: tuple[str, ...]) -> None:
        """A person hears of items of the table that could not be read, once."""
        for what in damaged:
            reason = (
                f"{what} cannot be read, and is taken for lost: a newer natkeeper wrote it, or somebody else"
            )
            self._tell_once(Notify(_TABLE, f"damaged {what.split()[0]}", Cause.LOST, reason))
        self._save()

    def _tell_once(self, news: Notify) -> None:
        for notice in tell(news, Context(self.reconciler.policy, self.memory, self.now)):
            self.reconciler.journal.decided(notice, dry_run=False)
            self._apply(notice)

    def _save(self) -> None:
        if self.memory != self.saved:
            self.reconciler.store.save(self.memory, self.epoch)
            self.saved = self.memory
