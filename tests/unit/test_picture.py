"""The picture function: what it reads of a stack that lives, and what it says when it may not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from natkeeper.core.intake.workloads import INSTANCE, Presence
from natkeeper.core.model import InstanceId, SubnetId
from natkeeper.core.picture.composition import Reading, compose
from natkeeper.core.picture.overview import Overview, Part, State, ZoneView
from natkeeper.core.policy import Awake
from natkeeper.core.savings.cost import Usage
from natkeeper.core.savings.overhead import overhead_of
from natkeeper.core.savings.prices import prices_in
from natkeeper.core.savings.usage import Day
from natkeeper.picture.illustrator import MANUAL, Illustrator
from natkeeper.picture.subject import Subject
from natkeeper.ports import Store
from natkeeper.records import Records
from tests.builders import NOW
from tests.stack import Stack, own, settled
from tests.unit.test_covering import able, lose
from tests.unit.test_words import parsed, word
from tests.world.books import Books
from tests.world.findings import Findings
from tests.world.gate import Trouble
from tests.world.network import VPC
from tests.world.sequence import Sequence

ARN = "arn:aws:lambda:us-east-1:123456789012:function:natkeeper-reconcile"
DOCTOR = "arn:aws:lambda:us-east-1:123456789012:function:natkeeper-doctor"
DENIED = "UnauthorizedOperation"
JOB = Presence(InstanceId("i-0ffffffffffffffff"), SubnetId("private-a"), INSTANCE)


@dataclass
class Viewer:
    """A stack at rest, and somebody who looks at its dashboard."""

    stack: Stack = field(default_factory=lambda: settled(2))

    def __post_init__(self) -> None:
        self.books = Books(self.stack.world.gate)
        self.findings = Findings(self.stack.world.gate)
        subject = Subject(
            stack="natkeeper",
            vpc=VPC,
            layout=replace(self.stack.layout, allocations=()),
            policy=self.stack.policy,
            prices=prices_in("us-east-1"),
            overhead=overhead_of(2, dashboard=True),
            orders=ARN,
            doctor=DOCTOR,
        )
        self.illustrator = Illustrator(
            subject=subject,
            nodes=self.stack.aws,
            network=self.stack.aws,
            store=self.stack.store,
            books=self.books,
            findings=self.findings,
            journal=self.stack.journal,
            clock=self.stack.clock,
            pool=Sequence,
        )

    def refuse(self, *apis: str, on: str = "") -> None:
        """AWS says no to these from now on."""
        self.stack.world.gate.troubles.append(Trouble(DENIED, apis, on=on))

    def reading(self) -> Reading:
        return self.illustrator.read()

    def overview(self) -> Overview:
        return compose("natkeeper", self.reading())

    def zone(self, number: int = 0) -> ZoneView:
        return self.overview().zones[number]

    def html(self) -> str:
        return str(self.illustrator.answer({"widgetContext": {"theme": "dark"}}))


def test_a_stack_at_rest_is_shown_as_it_is() -> None:
    viewer = Viewer()
    shown = viewer.overview()

    assert [zone.state for zone in shown.zones] == [State.SERVED, State.SERVED]
    for number, zone in enumerate(shown.zones):
        assert [node.id for node in zone.nodes] == [viewer.stack.serving(number)]
        assert len(zone.addresses) == 1
    assert (shown.unread, shown.planned, shown.notes) == ({}, (), ())


def test_a_node_that_its_neighbours_call_silent_is_shown_so_and_its_zone_as_not_served() -> None:
    viewer = Viewer(settled(3))
    stack = viewer.stack
    stack.aws.advance(30)
    accused, *watchers = (own(stack, number) for number in range(3))
    for watcher in watchers:
        stack.store.note_word(parsed(stack, word(stack, watcher, accused)))
    zone = viewer.zone()

    assert [(node.id, node.verdict) for node in zone.nodes] == [(accused, "silent")]
    assert "had no echo through it" in zone.nodes[0].reason
    assert zone.state is State.BROKEN


def test_who_looks_changes_nothing_and_makes_three_calls_to_ec2() -> None:
    viewer = Viewer()
    viewer.html()
    gate, before = viewer.stack.world.gate, viewer.stack.store.records
    gate.counts.clear()
    viewer.stack.aws.calls.clear()
    viewer.html()

    assert {api: n for api, n in gate.counts.items() if not api.startswith("Table")} == {
        "DescribeInstances": 1,
        "DescribeInstanceStatus": 1,
        "DescribeRouteTables": 1,
    }
    assert set(viewer.stack.aws.calls) == {"find", "tables", "subnets"}
    assert viewer.stack.store.records is before
    assert viewer.stack.notices.sent == []


def test_a_new_process_reads_the_subnets_once() -> None:
    viewer = Viewer()
    viewer.stack.world.network.forget_subnets()
    viewer.stack.world.gate.counts.clear()
    viewer.html()
    viewer.html()

    assert viewer.stack.world.gate.counts["DescribeSubnets"] == 1


@pytest.mark.parametrize("asked", [{"describe": True}, {"describe": True, "widgetContext": {}}])
def test_it_says_what_it_is(asked: object) -> None:
    viewer = Viewer()

    assert viewer.illustrator.answer(asked) == MANUAL
    assert viewer.stack.aws.calls == []


@pytest.mark.parametrize("asked", [{}, None, [], "x", {"describe": False}, {"widgetContext": "x"}])
def test_whatever_else_is_asked_gets_the_picture(asked: object) -> None:
    assert str(Viewer().illustrator.answer(asked)).startswith('<div class="nk">')


def test_a_dead_node_is_shown_with_what_would_be_done_before_any_sweep() -> None:
    viewer = Viewer()
    dead = viewer.stack.serving(0)
    assert dead
    viewer.stack.aws.terminate(dead)
    viewer.stack.aws.advance(30)
    shown = viewer.overview()

    assert shown.zones[0].state is State.BROKEN
    assert shown.zones[1].state is State.SERVED
    assert any(line.startswith(f"{shown.zones[0].name}: ") for line in shown.planned)
    assert "no way out" in viewer.html()


def test_a_zone_that_a_neighbour_serves_says_so() -> None:
    viewer = Viewer()
    dead = viewer.stack.serving(0)
    assert dead
    viewer.stack.aws.terminate(dead)
    viewer.stack.aws.advance(30)
    viewer.stack.sweep()

    assert viewer.zone(0).state is State.COVERED
    assert viewer.zone(0).ways[0].node == viewer.stack.serving(1)


def test_a_zone_that_a_neighbour_covers_is_seen_by_the_address_that_it_had() -> None:
    viewer = Viewer(able())
    viewer.stack.minute()
    (before,) = viewer.zone(0).addresses
    lose(viewer.stack)

    assert viewer.zone(0).state is State.COVERED
    assert viewer.zone(0).addresses == (before,)
    assert f"The internet sees its hosts as {before}" in viewer.html()


def test_a_stack_that_sleeps_and_one_that_is_paused_say_so() -> None:
    viewer = Viewer()
    viewer.stack.order("Sleep")
    viewer.stack.settle(30)
    viewer.stack.order("Pause", minutes=30)
    shown = viewer.overview()

    assert [zone.state for zone in shown.zones] == [State.ASLEEP, State.ASLEEP]
    assert shown.zones[0].rest.startswith("a person wants it off, since 2026-03-14 12:")
    assert shown.paused_until == viewer.stack.clock() + timedelta(minutes=30)


def on_demand(*presences: Presence) -> Viewer:
    """A stack that was left to itself for long enough to sleep, if nothing lies there."""
    stack = Stack(1)
    stack.change(awake=Awake.ON_DEMAND)
    stack.aws.presences = list(presences)
    stack.sweep()
    stack.settle(40)
    return Viewer(stack)


def test_a_zone_that_sleeps_for_want_of_workloads_is_not_woken_by_a_look() -> None:
    viewer = on_demand()

    assert viewer.zone().state is State.ASLEEP
    assert viewer.zone().rest.startswith("workloads, since ")
    assert viewer.overview().planned == ()


def test_a_zone_that_is_awake_for_a_workload_is_not_put_to_sleep_by_a_look() -> None:
    viewer = on_demand(JOB)

    assert viewer.zone().state is State.SERVED
    assert viewer.overview().planned == ()


# --- What may not be read


def test_without_the_route_tables_nodes_and_their_verdicts_are_shown() -> None:
    viewer = Viewer()
    viewer.refuse("DescribeRouteTables")
    shown = viewer.overview()

    assert [(z.state, z.ways, [n.verdict for n in z.nodes]) for z in shown.zones] == [
        (State.UNREAD, (), ["healthy"])
    ] * 2
    assert DENIED in shown.unread[Part.NETWORK]
    assert "Could not read the route tables: reading route tables on" in viewer.html()


def test_without_the_subnets_too() -> None:
    viewer = Viewer()
    viewer.stack.world.network.forget_subnets()
    viewer.refuse("DescribeSubnets")

    assert viewer.overview().unread.keys() == {Part.NETWORK}
    assert [len(zone.nodes) for zone in viewer.overview().zones] == [1, 1]


@pytest.mark.parametrize("api", ["DescribeInstances", "DescribeInstanceStatus"])
def test_without_the_nodes_it_is_shown_where_the_tables_lead(api: str) -> None:
    viewer = Viewer()
    viewer.refuse(api)
    shown = viewer.overview()

    assert [(z.state, z.nodes, z.ways[0].works) for z in shown.zones] == [(State.UNREAD, (), None)] * 2
    assert shown.unread.keys() == {Part.NODES}


def test_without_both_each_zone_is_not_known() -> None:
    viewer = Viewer()
    viewer.refuse("Describe")
    shown = viewer.overview()

    assert [zone.state for zone in shown.zones] == [State.UNREAD, State.UNREAD]
    assert shown.unread.keys() == {Part.NODES, Part.NETWORK}
    assert DENIED in shown.zones[0].error


def test_without_the_table_no_verdict_is_made_up() -> None:
    viewer = Viewer()
    viewer.refuse("Table")
    shown = viewer.overview()

    assert shown.unread.keys() == {Part.RECORDS, Part.BOOKS, Part.DOCTOR}
    assert [zone.nodes[0].verdict for zone in shown.zones] == ["not known", "not known"]


def test_of_half_a_look_nothing_is_planned() -> None:
    viewer = Viewer()
    viewer.refuse("DescribeInstances")

    assert viewer.overview().planned == ()


def test_what_does_not_come_in_time_is_told_of_every_part_that_waits_for_it() -> None:
    viewer, over = Viewer(), threading.Event()
    stuck = Stuck(viewer.stack.store, over)
    crowded = replace(viewer.illustrator, store=stuck, pool=partial(ThreadPoolExecutor, 1), patience=0.1)
    shown = compose("natkeeper", crowded.read())
    over.set()

    assert shown.unread.keys() == set(Part)
    assert all("no answer within 0.1 s" in why for why in shown.unread.values())
    assert [zone.state for zone in shown.zones] == [State.UNREAD, State.UNREAD]


@dataclass
class Stuck:
    """A table that answers nothing until it is over."""

    store: Store
    over: threading.Event

    def load(self) -> Records:
        self.over.wait()
        return self.store.load()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_what_was_refused_is_in_the_log() -> None:
    viewer = Viewer()
    viewer.refuse("DescribeRouteTables")
    viewer.html()

    assert any(line.startswith("unreadable") for line in viewer.stack.journal.lines)


def test_a_stack_that_is_being_deleted_says_so_and_plans_nothing() -> None:
    viewer = Viewer()
    viewer.stack.store.save_removed()
    for node in viewer.stack.living():
        viewer.stack.aws.terminate(node.id)
    viewer.stack.aws.advance(30)
    shown = viewer.overview()

    assert shown.planned == ()
    assert shown.notes == ("The stack is being deleted: natkeeper does nothing any more.",)


# --- What was saved


def day(on: int, sent: int = 0) -> Day:
    at = NOW.replace(day=on, hour=0)
    return Day(at.date(), Usage(zones=48, addresses=48, sent=sent), at)


def test_what_was_saved_is_of_this_month() -> None:
    viewer = Viewer()
    for entered in (day(1), day(2, sent=10**12)):
        viewer.books.enter(entered)
    last_month = replace(day(1), on=day(1).on - timedelta(days=1))
    viewer.books.enter(last_month)
    saved = viewer.overview().saved

    assert saved
    assert (saved.days, saved.since) == (2, day(1).on)
    assert saved.dollars > 40  # a gateway takes 0.045 dollars for each of a thousand GB


def test_before_a_day_is_written_down_nothing_was_saved() -> None:
    assert Viewer().overview().saved is None


def test_a_damaged_day_is_told_and_the_others_are_counted() -> None:
    viewer = Viewer()
    viewer.books.enter(day(1))
    viewer.books.spoilt[day(2).on] = "no JSON"
    shown = viewer.overview()

    assert shown.saved
    assert shown.saved.days == 1
    assert shown.notes == ("Damaged in the stack's table, and left out: usage#2026-03-02 (no JSON)",)
    assert shown.unread == {}
