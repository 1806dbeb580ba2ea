"""One pass's actions, carried out in order and remembered. Each waits only for what it depends on; nothing is
begun for which there is no time, or without the lease.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from natkeeper.core.actions import Action, Cause, LaunchBaker, LaunchNode, Notify, PointRoute, StartNode, Wait
from natkeeper.core.decision.outcome import Done, Outcome, Refused
from natkeeper.core.decision.telling import tell
from natkeeper.core.errors import PASSING, AwsError, LostLeaseError
from natkeeper.core.judgement.context import Context
from natkeeper.core.judgement.dependence import depends, step_of
from natkeeper.core.last_resort_actions import CreateNatGateway, PointAtGateway
from natkeeper.core.memory import Memory
from natkeeper.core.model import RouteTableId, ZoneName
from natkeeper.core.policy import Policy
from natkeeper.core.remembering.aftermath import is_no_spot_yet, remember
from natkeeper.core.remembering.learning import record_bad_pools
from natkeeper.core.remembering.places import note_places
from natkeeper.ports import Clock, Journal, Lease, Store
from natkeeper.reconcile.applier import Applier
from natkeeper.reconcile.pace import seconds_of

_TABLE = ZoneName("the stack's table")


@dataclass(slots=True)
class Execution:
    """One pass's actions being carried out; memory is saved whenever it has changed."""

    applier: Applier
    store: Store
    lease: Lease
    journal: Journal
    policy: Policy
    time_left: Callable[[], float]
    decided: tuple[Action, ...]
    saved: Memory
    memory: Memory
    epoch: int
    now: datetime
    clock: Clock
    originals: Mapping[RouteTableId, str | None]
    done: list[Action] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left: list[Action] = field(default_factory=list)
    begun: bool = False  # a launch, or a start that a launch must replace: another look is due

    def outcome(self) -> Outcome:
        """What has come of it so far."""
        return Outcome(
            self.decided, tuple(self.done), tuple(self.refused), tuple(self.left), follow_up=self.begun
        )

    def carry_out(self) -> None:
        """The actions in order. What is refused takes along what depends on it, and nothing else."""
        undone: list[Action] = []
        for action in self.decided:
            self.journal.decided(action, dry_run=False)
            awaited = any(depends(action, on) for on in undone)
            if awaited or not self._has_time(action) or not self._apply(action):
                undone.append(action)
        self._save()

    def _has_time(self, action: Action) -> bool:
        if self.time_left() >= seconds_of(action):
            return True
        self.left.append(action)
        return False

    def _apply(self, action: Action) -> bool:
        """Whether all of it was done."""
        done = self._try(action)
        self.memory = remember(self.memory, done, self.policy, self.now)
        self.memory = note_places(self.memory, done, self.clock())
        for refused in done.refused:
            self._hear(refused)
        if isinstance(action, LaunchNode | LaunchBaker | CreateNatGateway):
            self._save()  # killed before the next call, we must still know that this token is spent
        if done.refused:
            self.begun = self.begun or self._was_the_last_chance(action)
            return False
        self.done.append(action)
        if not isinstance(action, Wait):
            self.journal.did(action)
        if isinstance(action, LaunchNode):
            self.begun = True
        return True

    def _was_the_last_chance(self, action: Action) -> bool:
        """Whether another look may find that no launch helps, and that there is something else."""
        return self.policy.has_last_resort and isinstance(action, LaunchNode) and action.urgent

    def _try(self, action: Action) -> Done:
        try:
            self._remember_routes(action)
        except AwsError as error:
            return Done(action, refused=(Refused(action, step_of(action), error),))
        return self.applier.apply(action, self._hold, partial(self._learn, action))

    def _learn(self, action: Action, pool: str) -> bool:
        """Notes a pool that is bad; whether there is time for another. Saved at once: if this run is killed
        at the next one, the run after it does not begin with the same again."""
        self.memory = record_bad_pools(self.memory, Done(action, bad_pools=(pool,)), self.policy, self.now)
        self._save()
        return self.time_left() >= seconds_of(action)

    def _hold(self) -> None:
        """Before each write. Raises LostLeaseError when another run is at work."""
        if not self.lease.renew():
            raise LostLeaseError

    def _remember_routes(self, action: Action) -> None:
        """Before our first write to a table, so that teardown can give back what was there."""
        for table in action.tables if isinstance(action, PointRoute | PointAtGateway) else ():
            if table in self.originals:
                self.store.save_original(table, self.originals[table])

    def _hear(self, refused: Refused) -> None:
        """A refusal is logged, and what will not pass is told; of a notice that is refused nobody can be."""
        action, error = refused.action, refused.error
        self.refused.append(refused)
        if is_no_spot_yet(refused):
            self.journal.ignored(f"no spot yet: {error}")  # nothing is worse than before
            return
        self.journal.refused(type(action).__name__, error)
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
        for notice in tell(news, Context(self.policy, self.memory, self.now)):
            self.journal.decided(notice, dry_run=False)
            self._apply(notice)

    def _save(self) -> None:
        if self.memory != self.saved:
            self.store.save(self.memory, self.epoch)
            self.saved = self.memory
