"""Reads a stack for its picture: three calls to EC2, and one more in a new process, for the subnets. Each
part is read by itself, so that one that is refused hides nothing else. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from natkeeper.core.actions import Action, Cause, Wait
from natkeeper.core.decision.look import Look, look_at
from natkeeper.core.decision.plan import plan
from natkeeper.core.errors import AwsError
from natkeeper.core.intake.routing import Subnet, Table
from natkeeper.core.intake.topology import Layout, Listing, assemble, needed_subnets, unreadable
from natkeeper.core.judgement.context import Context
from natkeeper.core.last_resort import LastResorts, remembered
from natkeeper.core.model import (
    Lifecycle,
    Node,
    Observed,
    SubnetId,
    Unread,
    VpcId,
    Zone,
    ZoneName,
)
from natkeeper.core.picture.buttons import Buttons
from natkeeper.core.picture.composition import DOUBTED, Reading, compose
from natkeeper.core.picture.overview import Part, Saved
from natkeeper.core.picture.page import render
from natkeeper.core.policy import Policy
from natkeeper.core.remembering.learning import learn
from natkeeper.core.savings.overhead import Overhead
from natkeeper.core.savings.prices import Prices
from natkeeper.core.savings.statement import Statement
from natkeeper.core.savings.usage import Day
from natkeeper.ports import Books, Clock, Journal, Network, Nodes, Store
from natkeeper.records import Records

THREADS = partial(ThreadPoolExecutor, len(Part))
NOT_LOOKED_AT = Unread("the picture does not list workloads, so a zone is shown awake or asleep as it is")
NOT_ASKED = "the picture does not ask for NAT gateways, and shows what is remembered of them"
MANUAL = """\
## natkeeper
The NAT of one VPC as it is now: each zone with its nodes, who serves whom, what the internet sees, what
sleeps, what natkeeper would do, what AWS refuses, and what was saved this month. It changes nothing.

Its buttons call the stack's reconcile function with an order, in your name: what you need for them is
`lambda:InvokeFunction` on that function.

### Widget parameters
None: the function knows its stack.
"""
Read = tuple[Mapping[SubnetId, Subnet], tuple[Table, ...]]
NO_NETWORK: Read = ({}, ())
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Illustrator:
    """Everything the picture needs, wired by `bootstrap`. `orders` is the ARN of who takes them."""

    stack: str
    vpc: VpcId
    layout: Layout
    policy: Policy
    prices: Prices
    overhead: Overhead
    orders: str
    nodes: Nodes
    network: Network
    store: Store
    books: Books
    journal: Journal
    clock: Clock
    pool: Callable[[], Executor] = THREADS

    def answer(self, event: object) -> str:
        """What CloudWatch asks for: the documentation (as Markdown), or the picture (as HTML)."""
        if isinstance(event, Mapping) and event.get("describe"):
            return MANUAL
        overview = compose(self.stack, self.read())
        return render(overview, Buttons(self.stack, self.orders))

    def read(self) -> Reading:
        """The stack as it is now, judged by the controller's own rules."""
        asked = _Asked(self.journal)
        with self.pool() as pool:
            records = pool.submit(self.store.load)
            nodes = pool.submit(self.nodes.find)
            days = pool.submit(self._days)
            network = pool.submit(self._network)
        known = asked.answer(Part.RECORDS, records, Records())
        listed = tuple(known.told_of(node) for node in asked.answer(Part.NODES, nodes, ()))
        vpc = asked.answer(Part.NETWORK, network, NO_NETWORK)
        observed = self._observed(vpc, listed, asked.unread)
        observed = replace(observed, zones=tuple(known.wished(zone, self.clock()) for zone in observed.zones))
        look = self._look(observed, known)
        whole = not (DOUBTED & asked.unread.keys() or known.removed)
        return Reading(
            look=look,
            planned=tuple(_planned(look)) if whole else (),
            saved=self._saved(asked.answer(Part.BOOKS, days, ())),
            unread=asked.unread,
            notes=tuple(_notes(known)),
        )

    def _network(self) -> Read:
        tables = self.network.tables(self.vpc)
        return self.network.subnets(self.vpc, needed_subnets(self.layout, tables)), tables

    def _days(self) -> tuple[Day, ...]:
        return self.books.days(self.clock().date().replace(day=1))

    def _observed(self, read: Read, nodes: tuple[Node, ...], unread: Mapping[Part, str]) -> Observed:
        """Without the network a zone is where its nodes are; without those, too, nothing is known of any."""
        if Part.NETWORK not in unread:
            subnets, tables = read
            presences = NOT_LOOKED_AT if self.policy.on_demand else ()
            return assemble(self.layout, Listing(subnets, tables, nodes, (), presences))
        ours = [n for n in nodes if not (n.copied or n.role or n.lifecycle is Lifecycle.TERMINATED)]
        names = sorted({node.zone for node in ours})
        if not names:
            return unreadable(self.layout, unread[Part.NETWORK], lasting=False)
        return Observed(tuple(_without_tables(name, ours) for name in names))

    def _look(self, observed: Observed, records: Records) -> Look:
        memory = replace(records.memory, paused_until=records.paused_until)
        there = remembered(zone.resort for zone in memory.zones.values())
        resorts = LastResorts(there, unread=NOT_ASKED if there else "")
        context = Context(self.policy, memory, self.clock())
        return look_at(observed, context, hearsay=records.hearsay, resorts=resorts)

    def _saved(self, days: tuple[Day, ...]) -> Saved | None:
        if not days:
            return None
        return Saved(Statement(days, self.prices, self.overhead).saved, len(days), days[0].on)


@dataclass(slots=True)
class _Asked:
    """What was asked, and what of that was refused."""

    journal: Journal
    unread: dict[Part, str] = field(default_factory=dict)

    def answer(self, part: Part, future: Future[T], otherwise: T) -> T:
        """The answer, or what stands in its place when AWS gave none."""
        try:
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


def _notes(records: Records) -> list[str]:
    removed = ["The stack is being deleted: natkeeper does nothing any more."] if records.removed else []
    return [*removed, *(f"Damaged in the stack's table, and left out: {what}" for what in records.damaged)]
