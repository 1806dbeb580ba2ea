"""Takes a person's command: checks it against what there is, writes it down, acts, and answers.

It is obeyed once: the id and the entry are written together, and whatever comes before that may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from natkeeper.core.decision.render import summary
from natkeeper.core.errors import AwsError
from natkeeper.core.intake.aim import RefusalError, entry_of
from natkeeper.core.intake.commands import (
    Answered,
    Command,
    Entry,
    Origin,
    Reply,
    Report,
    Written,
)
from natkeeper.core.model import Pause
from natkeeper.ports import Notices, Replies
from natkeeper.reconcile.reconciler import Reconciler
from natkeeper.reconcile.standing_orders import already, overtaken, pressed_again
from natkeeper.records import Records


@dataclass(frozen=True, slots=True)
class Clerk:
    """The way from a person's command to its answer."""

    reconciler: Reconciler
    replies: Replies
    notices: Notices

    def obey(self, command: Command) -> str:
        """What it led to, or why it is refused. Raises AwsError as long as nothing is written down, so that
        it is tried again."""
        origin = command.origin
        records = self.reconciler.store.load()
        if origin.id in records.obeyed:
            return self._answer(origin, Reply.KNOWN, self._carry_out(origin))
        try:
            if again := self._again(command, records):
                return self._answer(origin, Reply.SO, again)
            entry = self._entry(command, records)
            if command.dry_run:
                plan = self.reconciler.preview(records.noting(entry))
                return self._answer(origin, Reply.TRIED, summary(plan))
            so = already(command.asked, records, self.reconciler.clock())
            return self._write_down(entry, origin, so)
        except RefusalError as error:
            return self.refuse(origin, str(error))

    def refuse(self, origin: Origin, reason: str) -> str:
        """The refusal, which a person hears of as well: who used put-events sees no answer."""
        answer = Answered(origin, Reply.REFUSED, reason)
        self._tell(lambda: self.notices.publish(answer.subject(), reason))
        return self._answer(origin, Reply.REFUSED, reason)

    def _again(self, command: Command, records: Records) -> str:
        """What stands already, if it is the same button of the same picture, pressed again: nothing is to be
        done. Raises RefusalError when something else was ordered since that picture."""
        if isinstance(command.asked, Report):
            raise RefusalError("a report is the report function's work")
        if records.removed:
            raise RefusalError("the stack is being deleted")
        again = "" if command.dry_run else pressed_again(command, records)
        if not again and (late := overtaken(command, records)):
            raise RefusalError(late)
        return again

    def _entry(self, command: Command, records: Records) -> Entry:
        """What is to be written down. Raises RefusalError, and AwsError when the zones cannot be read."""
        asked, now = command.asked, self.reconciler.clock()
        assert not isinstance(asked, Report)  # `_again` has refused it
        if isinstance(asked, Pause):
            return Entry("", asked)
        until = records.paused_until
        if until and now < until and not command.dry_run:
            raise RefusalError(f"paused until {until:%Y-%m-%d %H:%M:%S}: send Resume first, then this again")
        observation = self.reconciler.observer.observe(records, now)
        if observation.error:
            raise observation.error
        return entry_of(asked, command.origin.at, observation.observed)

    def _write_down(self, entry: Entry, origin: Origin, so: str) -> str:
        """What stands already is written down anew: an older order that is on its way comes too late."""
        written = self.reconciler.store.write_down(entry, origin.id)
        if written is Written.OVERTAKEN:
            raise RefusalError(f"a later order stands for {entry.on or 'the stack'}")
        reply = (Reply.SO if so else Reply.OBEYED) if written is Written.NEW else Reply.KNOWN
        done = self._carry_out(origin)
        return self._answer(origin, reply, f"{so}\n{done}" if reply is Reply.SO else done)

    def _carry_out(self, origin: Origin) -> str:
        """What a run does now. It is written down by then: when AWS fails, the next sweep does it."""
        self.reconciler.journal.began(f"{origin.kind} of {origin.at:%H:%M:%S}")
        try:
            return summary(self.reconciler.reconcile())
        except AwsError as error:
            self.reconciler.journal.unreadable(error)
            return f"left to the next sweep: {error}"

    def _answer(self, origin: Origin, reply: Reply, reason: str) -> str:
        answer = Answered(origin, reply, reason)
        self.reconciler.journal.answered(answer)
        self._tell(lambda: self.replies.reply(answer))
        return answer.text()

    def _tell(self, tell: Callable[[], None]) -> None:
        """An answer that does not arrive holds nothing up."""
        try:
            tell()
        except AwsError as error:
            self.reconciler.journal.ignored(f"nobody was told: {error}")
