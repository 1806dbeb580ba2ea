"""The report: each day writes down what the day before used, and each week tells a person what was saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from natkeeper.core.errors import AnswerError
from natkeeper.core.intake.commands import Answered, Command, Refused, Reply, Report
from natkeeper.core.intake.triggers import Ignored, Sweep, Trigger
from natkeeper.core.savings.overhead import Overhead
from natkeeper.core.savings.prices import Prices
from natkeeper.core.savings.statement import Statement
from natkeeper.core.savings.usage import Account, Day, Past, Shape, missing_days, today
from natkeeper.ports import Books, Clock, Journal, Notices, Store
from natkeeper.records import Records

WEEK = timedelta(days=7)
SUNDAY = 6  # date.weekday(): the last day of a told week


@dataclass(frozen=True, slots=True)
class Accountant:
    """Everything the report function needs, wired by `bootstrap`."""

    stack: str
    shape: Shape
    prices: Prices
    overhead: Overhead
    store: Store
    books: Books
    notices: Notices
    journal: Journal
    clock: Clock

    def handle(self, trigger: Trigger) -> str:
        """What was written down or told, as text. Raises AwsError; what was not written down yet is then
        written down by the next run."""
        if isinstance(trigger, Ignored):
            return self._ignore(trigger.reason)
        if isinstance(trigger, Refused):
            return self._refuse(trigger)
        records = self.store.load()
        if records.removed:
            return self._ignore("the stack is being deleted")
        match trigger:
            case Sweep():
                return self._write_down(records)
            case Command(_, Report(), dry_run):
                return self._report(records, dry_run=dry_run)
            case _:
                return self._ignore("nothing to report on")

    def _ignore(self, reason: str) -> str:
        self.journal.ignored(reason)
        return f"ignored: {reason}"

    def _refuse(self, refused: Refused) -> str:
        answer = Answered(refused.origin, Reply.REFUSED, refused.reason)
        self.journal.answered(answer)
        self.notices.publish(answer.subject(), answer.reason)
        return answer.text()

    def _write_down(self, records: Records) -> str:
        """A week is told before its last day is written down: told twice is better than never."""
        account = self._account()
        days = account.days
        missing = missing_days(self._past(records, days), self.clock())
        for day in missing:
            days = (*days, day)
            if day.on.weekday() == SUNDAY:
                week = [d for d in days if d.on > day.on - WEEK]
                self._tell(self._statement(week, account.damaged))
            if self.books.enter(day):
                self.journal.accounted(self._statement([day]).figures())
        lines = [f"{d.on}: {self._statement([d]).figures()}" for d in missing] or ["nothing to write down"]
        return "\n".join((*lines, *(f"damaged, and left out: {what}" for what in account.damaged)))

    def _report(self, records: Records, *, dry_run: bool) -> str:
        """The last days and the one under way; nothing is written down."""
        account, now = self._account(), self.clock()
        past = self._past(records, account.days)
        recent = [d for d in (*account.days, *missing_days(past, now)) if d.on > now.date() - WEEK]
        latest = Past(past.shape, past.spans, past.evidence, recent[-1] if recent else past.last)
        statement = self._statement([*recent, today(latest, now)], account.damaged)
        if not dry_run:
            self._tell(statement)
        return statement.text(self.stack)

    def _tell(self, statement: Statement) -> None:
        self.notices.publish(statement.subject(self.stack), statement.text(self.stack))

    def _account(self) -> Account:
        """The days that are written down; what is damaged of them is logged, too."""
        account = self.books.days(self.clock().date() - 2 * WEEK)
        for what in account.damaged:
            self.journal.unreadable(AnswerError("reading the days", what, "Damaged", "left out"))
        return account

    def _past(self, records: Records, days: Sequence[Day]) -> Past:
        return Past(self.shape, records.memory.spans, records.evidence, days[-1] if days else None)

    def _statement(self, days: Sequence[Day], damaged: Sequence[str] = ()) -> Statement:
        return Statement(days, self.prices, self.overhead, damaged)
