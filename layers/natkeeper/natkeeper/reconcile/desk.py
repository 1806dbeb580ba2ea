"""Where triggers arrive: a hint about a stranger ends here, a person's command goes to the clerk, then the
reconciler looks at everything anew.

What a sweep finds again does not raise when AWS fails, for the next sweep is due anyway. What none can find
again (AWS's warning, a command) raises until it is written down: Lambda then tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from natkeeper.core.decision.outcome import Outcome
from natkeeper.core.decision.render import summary
from natkeeper.core.errors import AwsError
from natkeeper.core.intake.commands import Command, Refused
from natkeeper.core.intake.peers import BadReport
from natkeeper.core.intake.triggers import Hint, Ignored, Sweep, Trigger
from natkeeper.core.model import DoomKind, InstanceId
from natkeeper.core.ring import Misheard, Said, Word
from natkeeper.reconcile.clerk import Clerk
from natkeeper.reconcile.pace import ANOTHER_LOOK
from natkeeper.reconcile.reconciler import Reconciler
from natkeeper.records import Records

_TEXT = 300  # characters of why a report means nothing that are kept
NAP = 5.0  # seconds between two looks of a sweep
LOOKS = 8
"""At most so many more in one sweep: the next one is due by then."""
LAG = 1.0  # seconds by which EC2's reads may lag its events (EC2 API, eventual consistency)


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes one trigger and answers with a summary for people."""

    reconciler: Reconciler
    clerk: Clerk
    sleep: Callable[[float], None]

    def within(self, time_left: Callable[[], float]) -> Desk:
        """The same, for one run that has so many seconds left."""
        reconciler = replace(self.reconciler, time_left=time_left)
        return replace(self, reconciler=reconciler, clerk=replace(self.clerk, reconciler=reconciler))

    def handle(self, trigger: Trigger) -> str:
        """What was done, or would be (dry run), or why nothing was. Raises AwsError when it should be tried
        again."""
        match trigger:
            case Ignored(reason):
                return self._ignore(reason)
            case Sweep():
                return self._unless_broken(lambda: self._sweep(trigger))
            case Hint():
                return self._hint(trigger)
            case Word() | BadReport():
                return self._unless_broken(lambda: self._hear(trigger))
            case Command():
                return self.clerk.obey(trigger)
            case Refused(origin, reason):
                return self.clerk.refuse(origin, reason)
            case _:
                assert_never(trigger)

    def _ignore(self, reason: str) -> str:
        self.reconciler.journal.ignored(reason)
        return f"ignored: {reason}"

    def _unless_broken(self, run: Callable[[], str]) -> str:
        try:
            return run()
        except AwsError as error:
            self.reconciler.journal.unreadable(error)
            return f"left to the next sweep: {error}"

    def _hear(self, said: Word | BadReport) -> str:
        """A node's word is written down before the lease is asked for: whoever holds that reads it, too. Who
        is unsure only tells so, and has made a function start by when more is said."""
        records = self.reconciler.store.load()
        if not self.reconciler.policy.peer_watch or records.removed:
            return self._ignore("nodes do not watch each other any more")
        if isinstance(said, BadReport):
            return self._mishear(said.reason, records)
        if strangers := records.strangers_of(said):
            return self._mishear(f"{' and '.join(sorted(strangers))}: no node of this stack", records)
        if not {said.reporter, said.about} <= {peer.id for peer in records.memory.ring}:
            return self._ignore(f"{said.about} is {said.said}, and they are not both of the ring any more")
        self.reconciler.store.note_word(said)
        if said.said is Said.UNSURE:
            return f"noted: {said.reporter} is unsure of {said.about}"
        self.reconciler.journal.began(f"{said.reporter} says that {said.about} is {said.said}")
        return summary(self.reconciler.reconcile())

    def _mishear(self, reason: str, records: Records) -> str:
        """What means nothing is counted, and a person hears of many."""
        count = records.hearsay.misheard.count + 1
        self.reconciler.store.save_misheard(Misheard(count, self.reconciler.clock(), reason[:_TEXT]))
        self.reconciler.journal.misheard(reason)
        return f"ignored: {reason}"

    def _sweep(self, sweep: Sweep) -> str:
        """What may come at any moment is looked for again and again while the run lasts."""
        self.reconciler.journal.began(sweep.why)
        outcome = latest = self.reconciler.reconcile()
        for _ in range(LOOKS):
            if not latest.comes_soon() or self.reconciler.time_left() < NAP + ANOTHER_LOOK:
                break
            self.sleep(NAP)
            latest = self.reconciler.reconcile()
            outcome = outcome.and_then(latest)
        return summary(outcome)

    def _hint(self, hint: Hint) -> str:
        if hint.doom or hint.over:
            records = self.reconciler.store.load()
            for instance in _ours(hint, records):
                self._remember(instance, hint, records)
        return self._unless_broken(lambda: self._look(hint))

    def _remember(self, instance: InstanceId, hint: Hint, records: Records) -> None:
        """A spot node that is being taken is not merely at risk, whichever is told last. AWS Health takes
        back what it announced, and nothing else."""
        known = records.dooms.get(instance)
        taken = known is not None and known.kind is DoomKind.INTERRUPTION
        if hint.doom and not (taken and hint.doom.kind is DoomKind.REBALANCE):
            self.reconciler.store.save_doom(instance, hint.doom)
        if hint.over and known and known.kind is DoomKind.RETIREMENT:
            self.reconciler.store.forget_doom(instance)

    def _look(self, hint: Hint) -> str:
        records = self.reconciler.store.load()
        ours = _ours(hint, records)
        stirs = hint.beginning and not ours and self._sleeps(records)
        if not ours and not stirs:
            named = (
                f"{', '.join(hint.instances)} is no node of this stack" if hint.instances else "not of a node"
            )
            return self._ignore(f"{hint.why}: {named}{', and no zone sleeps' if hint.beginning else ''}")
        self.reconciler.journal.began(f"{hint.why}: {', '.join(hint.instances)}")
        outcome = self.reconciler.reconcile()
        if (hint.dying or stirs) and _is_idle(outcome, records, ours):
            self.sleep(LAG)
            outcome = self.reconciler.reconcile()
        return summary(outcome)

    def _sleeps(self, records: Records) -> bool:
        """Whether a zone sleeps that a workload may wake."""
        zones = records.memory.zones.values()
        return self.reconciler.policy.on_demand and any(zone.unwanted for zone in zones)


def _ours(hint: Hint, records: Records) -> list[InstanceId]:
    return [instance for instance in hint.instances if instance in records.known()]


def _is_idle(outcome: Outcome, records: Records, hinted: Sequence[InstanceId]) -> bool:
    """Whether nothing was done where the hint points: EC2's reads may not show yet what it announced."""
    return any(outcome.is_idle(zone) for zone in {records.zone_of(node) for node in hinted} or {None})
