"""Reads a stack for its picture: three calls to EC2, and one more in a new process, for the subnets. Each
part is read by itself and in its time, so that one that is refused or slow hides nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from natkeeper.core.actions import Action, Cause, Wait
from natkeeper.core.decision.look import Look, look_at
from natkeeper.core.decision.plan import plan
from natkeeper.core.errors import AwsError, UnreachableError
from natkeeper.core.intake.envelope import shown
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.intake.topology import Listing, assemble, needed_subnets, unreadable
from natkeeper.core.judgement.context import Context
from natkeeper.core.last_resort import LastResorts, remembered
from natkeeper.core.model import (
    Lifecycle,
    Node,
    Observed,
    SubnetId,
    Unread,
    Zone,
    ZoneName,
)
from natkeeper.core.picture.answer import told
from natkeeper.core.picture.buttons import Buttons
from natkeeper.core.picture.composition import DOUBTED, Reading, compose
from natkeeper.core.picture.overview import Part, Saved
from natkeeper.core.picture.page import render
from natkeeper.core.picture.table import table
from natkeeper.core.picture.values import values
from natkeeper.core.remembering.learning import learn
from natkeeper.core.savings.statement import Statement
from natkeeper.core.savings.usage import Account
from natkeeper.picture.subject import Subject
from natkeeper.ports import Books, Clock, Findings, Journal, Network, Nodes, Store
from natkeeper.records import Records

THREADS = partial(ThreadPoolExecutor, len(Part))
PATIENCE = 8.0
"""Seconds that all reads have together: then what has come is shown, and what has not is told."""
NOT_LOOKED_AT = Unread("the picture does not list workloads, so a zone is shown awake or asleep as it is")
FORMATS = ("html", "text", "json")
NOT_ASKED = "the picture does not ask for NAT gateways, and shows what is remembered of them"
MANUAL = """\
## natkeeper
The NAT of one VPC as it is now: each zone with its nodes, who serves whom, what the internet sees, what they
carry, what sleeps, what natkeeper would do, what AWS refuses, the last outages, what the doctor found, and
what was saved this month. It changes nothing.

Its buttons call the stack's reconcile function with an order, or its doctor, in your name: what you need for
them is `lambda:InvokeFunction` on those functions.

### Widget parameters
None: the function knows its stack. Called with `{"format": "text"}` it answers with a table for people, and
with `{"format": "json"}` with JSON for machines.
"""
Read = tuple[Mapping[SubnetId, Subnet], tuple[Table, ...]]
NO_NETWORK: Read = ({}, ())
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Illustrator:
    """Everything the picture needs, wired by `bootstrap`."""

    subject: Subject
    nodes: Nodes
    network: Network
    store: Store
    books: Books
    findings: Findings
    journal: Journal
    clock: Clock
    pool: Callable[[], Executor] = THREADS
    patience: float = PATIENCE

    def answer(self, event: object) -> str | dict[str, Any]:
        """What is asked for: CloudWatch's documentation (as Markdown), or the picture, as HTML unless another
        format is named."""
        asked = event if isinstance(event, Mapping) else {}
        if asked.get("describe"):
            return MANUAL
        form = asked.get("format", "html")
        if form not in FORMATS:
            return told(f"format {shown(form)} should be html, text or json")
        overview = compose(self.subject.stack, self.read())
        if form == "json":
            return values(overview)
        buttons = Buttons(self.subject.stack, self.subject.orders, self.subject.doctor)
        return table(overview) if form == "text" else render(overview, buttons)

    def read(self) -> Reading:
        """The stack as it is now, judged by the controller's own rules."""
        asked = _Asked(self.journal, self.patience)
        pool = self.pool()
        try:
            records = pool.submit(self.store.load)
            nodes = pool.submit(self.nodes.find)
            days = pool.submit(self._days)
            network = pool.submit(self._network)
            examined = pool.submit(self.findings.last)
            every: list[Future[Any]] = [records, nodes, days, network, examined]
            wait(every, self.patience)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever is late is not waited for
        known = asked.answer(Part.RECORDS, records, Records())
        listed = tuple(known.told_of(node) for node in asked.answer(Part.NODES, nodes, ()))
        vpc = asked.answer(Part.NETWORK, network, NO_NETWORK)
        account = asked.answer(Part.BOOKS, days, Account())
        observed = self._observed(vpc, listed, asked.unread)
        observed = replace(observed, zones=tuple(known.wished(zone, self.clock()) for zone in observed.zones))
        look = self._look(observed, known)
        whole = not (DOUBTED & asked.unread.keys() or known.removed)
        return Reading(
            look=look,
            planned=tuple(_planned(look)) if whole else (),
            saved=self._saved(account),
            examined=asked.answer(Part.DOCTOR, examined, None),
            unread=asked.unread,
            notes=tuple(_notes(known, account)),
            removed=known.removed,
        )

    def _network(self) -> Read:
        of = self.subject
        tables = self.network.tables(of.vpc)
        return self.network.subnets(of.vpc, needed_subnets(of.layout, tables)), tables

    def _days(self) -> Account:
        return self.books.days(self.clock().date().replace(day=1))

    def _observed(self, read: Read, nodes: tuple[Node, ...], unread: Mapping[Part, str]) -> Observed:
        """Without the network a zone is where its nodes are; without those, too, nothing is known of any."""
        if Part.NETWORK not in unread:
            subnets, tables = read
            presences = NOT_LOOKED_AT if self.subject.policy.on_demand else ()
            return assemble(self.subject.layout, Listing(subnets, tables, nodes, (), presences))
        ours = [n for n in nodes if not (n.copied or n.role or n.lifecycle is Lifecycle.TERMINATED)]
        names = sorted({node.zone for node in ours})
        if not names:
            return unreadable(self.subject.layout, unread[Part.NETWORK], lasting=False)
        return Observed(tuple(_without_tables(name, ours) for name in names))

    def _look(self, observed: Observed, records: Records) -> Look:
        memory = replace(records.memory, paused_until=records.paused_until)
        there = remembered(zone.resort for zone in memory.zones.values())
        resorts = LastResorts(there, unread=NOT_ASKED if there else "")
        context = Context(self.subject.policy, memory, self.clock())
        return look_at(observed, context, hearsay=records.hearsay, resorts=resorts)

    def _saved(self, account: Account) -> Saved | None:
        days = account.days
        if not days:
            return None
        statement = Statement(days, self.subject.prices, self.subject.overhead)
        return Saved(statement.saved, len(days), days[0].on)


@dataclass(slots=True)
class _Asked:
    """What was asked, and what of that was refused or has not come in time."""

    journal: Journal
    patience: float
    unread: dict[Part, str] = field(default_factory=dict)

    def answer(self, part: Part, future: Future[T], otherwise: T) -> T:
        """The answer, or what stands in its place when AWS gave none."""
        try:
            if future.cancelled() or not future.done():
                late = f"no answer within {self.patience:g} s"
                raise UnreachableError(f"reading {part}", "AWS", "TimedOut", late)
            return future.result()
        except AwsError as error:
            self.journal.unreadable(error)
            self.unread[part] = str(error)
            return otherwise


def _planned(look: Look) -> Iterator[Action]:
    """What a sweep would do now. For workloads only the picture would have to wait: it does not list them."""
    for action in plan(look.remembering(learn(look))):
        if not (isinstance(action, Wait) and action.cause is Cause.UNREADABLE):
            yield action


def _without_tables(name: ZoneName, nodes: list[Node]) -> Zone:
    return Zone(name, subnet=None, routes=(), nodes=tuple(node for node in nodes if node.zone == name))


def _notes(records: Records, account: Account) -> list[str]:
    removed = ["The stack is being deleted: natkeeper does nothing any more."] if records.removed else []
    damaged = (*records.damaged, *account.damaged)
    return [*removed, *(f"Damaged in the stack's table, and left out: {what}" for what in damaged)]
