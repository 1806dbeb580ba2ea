"""The report: days written down once, weeks told, and figures that a person can check."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from natkeeper.core.errors import RefusedError
from natkeeper.core.intake.triggers import Ignored, Sweep, parse
from natkeeper.core.model import InstanceId
from natkeeper.core.savings.overhead import overhead_of
from natkeeper.core.savings.prices import prices_in
from natkeeper.core.savings.usage import Shape
from natkeeper.report.accountant import Accountant
from tests.stack import Stack, settled
from tests.world.books import Books
from tests.world.gate import Trouble
from tests.world.guest import GOOD


@dataclass
class Office:
    """A stack at rest since midnight of a Saturday, and its accountant."""

    stack: Stack = field(default_factory=lambda: settled(2))

    def __post_init__(self) -> None:
        self.books = Books(self.stack.world.gate)
        self.notices = self.stack.notices
        self.accountant = Accountant(
            stack="natkeeper",
            shape=Shape(zones=2, keeps_addresses=True),
            prices=prices_in("us-east-1"),
            overhead=overhead_of(2, dashboard=True),
            store=self.stack.store,
            books=self.books,
            notices=self.notices,
            journal=self.stack.journal,
            clock=self.stack.clock,
        )

    def next_day(self, hour: int = 0, minute: int = 10) -> str:
        """The daily run of the day after."""
        now = self.stack.clock()
        then = datetime(now.year, now.month, now.day, hour, minute, tzinfo=now.tzinfo) + timedelta(days=1)
        self.stack.clock.go_to(then)
        return self.accountant.handle(Sweep())

    def report(self, **detail: object) -> str:
        """What a person who asks is answered."""
        event = self.stack.world.bus.order("Report", **detail)
        return self.accountant.handle(parse(event, "natkeeper", self.stack.clock()))

    def sends(self, node: InstanceId, sent: int) -> None:
        """The node tells how much it has sent, and the probe writes it down."""
        self.stack.aws.reports[node] = json.dumps({**json.loads(GOOD), "sent": sent})
        self.stack.prober.handle(Sweep())


def test_each_day_is_written_down_once_with_its_figures() -> None:
    office = Office()
    office.next_day()
    (saturday,) = office.books.entered.values()

    assert office.accountant.handle(Sweep()) == "nothing to write down"
    assert office.stack.journal.lines[-1].startswith("accounted HoursOn HoursAsleep GigabytesCarried")
    assert saturday.usage.zones == pytest.approx(saturday.usage.hours, abs=0.1)
    office.next_day()
    assert list(office.books.entered.values())[-1].usage.hours == 48


def test_a_week_is_told_when_its_sunday_is_over() -> None:
    office = Office()
    office.next_day()
    assert office.notices.sent == []

    office.next_day()
    ((subject, text),) = office.notices.sent
    assert subject.startswith("natkeeper: $")
    assert "saved in 2 days" in subject
    assert "2026-03-14 to 2026-03-15 (UTC)" in text
    for _ in range(7):
        office.next_day()
    assert "saved in 7 days" in office.notices.sent[-1][0]
    assert len(office.notices.sent) == 2


def test_a_week_that_could_not_be_told_is_told_by_the_next_run() -> None:
    office = Office()
    office.next_day()
    troubles = office.stack.world.gate.troubles
    troubles.append(Trouble("InvalidParameter", ("Publish",)))
    with pytest.raises(RefusedError):
        office.next_day()
    assert len(office.books.entered) == 1

    troubles.clear()
    office.next_day()
    assert len(office.notices.sent) == 1
    assert len(office.books.entered) == 3


def test_bytes_that_nodes_tell_of_are_carried_once() -> None:
    office = Office()
    node = office.stack.living()[0].id
    office.sends(node, 2**30)
    office.next_day()
    office.sends(node, 3 * 2**30)
    office.next_day()

    assert [day.usage.sent for day in office.books.entered.values()] == [2**30, 2 * 2**30]


def test_a_damaged_day_is_told_left_out_and_not_written_over() -> None:
    office = Office()
    office.next_day()
    (saturday,) = office.books.entered
    del office.books.entered[saturday]
    office.books.spoilt[saturday] = "no JSON"
    damaged = "usage#2026-03-14 (no JSON)"

    assert f"damaged, and left out: {damaged}" in office.next_day()
    assert list(office.books.entered) == [saturday + timedelta(days=1)]
    assert f"Damaged in the stack's table, and in no sum: {damaged}" in office.notices.sent[-1][1]
    assert f"in no sum: {damaged}" in office.report()
    assert any(line.startswith("unreadable") for line in office.stack.journal.lines)
    assert office.accountant.handle(Sweep()).startswith("nothing to write down\n")


def test_a_person_may_ask_at_any_time_and_nothing_is_written_down() -> None:
    office = Office()
    office.next_day()
    told = office.report()

    assert office.notices.sent[-1][1] == told
    assert "NAT gateways would have cost" in told
    assert len(office.books.entered) == 1


def test_a_dry_run_is_an_answer_and_sends_nothing() -> None:
    office = Office()

    assert "This has cost" in office.report(dry_run=True)
    assert office.notices.sent == []


def test_what_is_estimated_has_a_star_and_what_is_published_has_none() -> None:
    office = Office()
    office.next_day()
    lines = office.report(dry_run=True).splitlines()

    (controller,) = [line for line in lines if line.startswith("  controller")]
    (gateways,) = [line for line in lines if line.startswith("  NAT gateways")]
    assert controller.endswith(" *")
    assert not gateways.endswith("*")
    assert any("at least" in line for line in lines)


def test_a_foreign_event_and_a_stack_being_deleted_lead_to_nothing() -> None:
    office = Office()

    assert office.accountant.handle(Ignored("of somebody else")) == "ignored: of somebody else"
    office.stack.store.save_removed()
    assert office.accountant.handle(Sweep()) == "ignored: the stack is being deleted"
    assert office.books.entered == {}


def test_a_report_that_is_mistyped_is_refused_to_who_asked_and_to_the_topic() -> None:
    office = Office()
    told = office.report(dryrun=True)

    assert told.startswith("ignored: refused: 'dryrun' is no key of Report: did you mean dry_run?")
    assert office.notices.sent == [("natkeeper: Report refused", told.removeprefix("ignored: refused: "))]


def test_an_order_to_the_wrong_function_leads_to_nothing() -> None:
    office = Office()
    sleep = parse(office.stack.world.bus.order("Sleep"), "natkeeper", office.stack.clock())

    assert office.accountant.handle(sleep).startswith("ignored: ")
    assert office.stack.prober.handle(sleep).startswith("ignored: ")
    assert office.stack.order("Report") == "ignored: refused: a report is the report function's work"
