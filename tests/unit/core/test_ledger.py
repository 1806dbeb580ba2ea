"""The ledger of node hours: written only when a node changes its state, and never twice for one hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from natkeeper.core.ledger import KEPT, MOST, Span, keep
from natkeeper.core.model import Lifecycle, Node, Observed, Outcome, Probe, Unreadable
from tests.builders import NOW, A, B, ago, node, pending, served, world, zone
from tests.stack import settled

a1, b1 = node("a1"), node("b1")
LATER = NOW + timedelta(hours=3)
STATES = st.sampled_from([*Lifecycle, None])


def opened(*nodes: Node) -> tuple[Span, ...]:
    return keep((), world(zone(nodes)), NOW)


def test_a_node_seen_running_is_paid_from_its_launch() -> None:
    assert opened(a1) == (Span(a1.id, A, "t4g.nano", spot=False, running=True, started=a1.launched_at),)


def test_a_node_that_only_boots_is_not_paid_yet() -> None:
    assert opened(pending("a1")) == ()


def test_a_calm_look_changes_nothing_whatever_the_probes_say() -> None:
    spans = opened(a1)
    talking = replace(a1, probes=(Probe(LATER, Outcome.PASSED, (), 7_000),))

    assert keep(spans, world(zone([talking])), LATER) is spans


def test_a_node_first_seen_stopped_pays_its_disk_from_now_on() -> None:
    (span,) = opened(replace(a1, lifecycle=Lifecycle.STOPPED))

    assert (span.running, span.started) == (False, NOW)


def test_what_another_node_ended_shortens_no_ones_time() -> None:
    other = replace(opened(node("a2"))[0], ended=ago(hours=1))

    assert keep((other,), world(zone([a1])), NOW)[-1].started == a1.launched_at


def test_a_node_that_is_gone_closes_its_span() -> None:
    (span,) = keep(opened(a1), world(zone()), LATER)

    assert span.ended == LATER


def test_a_node_that_stops_goes_on_costing_its_disk_and_leaves_its_last_count() -> None:
    talked = (Probe(NOW, Outcome.PASSED, (), 9_000), Probe(LATER, Outcome.SILENT))
    stopped = replace(a1, lifecycle=Lifecycle.STOPPING, probes=talked)
    ran, lies = keep(opened(a1), world(zone([stopped])), LATER)

    assert (ran.running, ran.ended, ran.sent) == (True, LATER, 9_000)
    assert (lies.running, lies.started, lies.ended) == (False, LATER, None)
    assert keep((ran, lies), world(zone([replace(stopped, lifecycle=Lifecycle.STOPPED)])), LATER) == (
        ran,
        lies,
    )


def test_a_started_node_is_paid_from_its_new_launch() -> None:
    stopped = replace(a1, lifecycle=Lifecycle.STOPPED)
    spans = keep(opened(a1), world(zone([stopped])), NOW)
    again = replace(a1, launched_at=NOW + timedelta(hours=2))
    *_, lay, runs = keep(spans, world(zone([again])), LATER)

    assert (lay.running, lay.ended) == (False, LATER)
    assert (runs.running, runs.started) == (True, LATER)  # the hours until LATER are the stopped span's


def test_a_world_that_could_not_be_read_closes_nothing() -> None:
    spans = opened(a1)

    assert keep(spans, world(Unreadable(A, "throttled")), LATER) is spans
    assert keep(spans, world(Unreadable(A, "throttled"), zone(name=B)), LATER) is spans


def test_a_node_that_is_gone_from_a_zone_that_was_read_has_ended_whatever_could_not_be() -> None:
    (span,) = keep(opened(a1), world(zone(), Unreadable(B, "throttled")), LATER)

    assert span.ended == LATER


def test_a_node_of_a_zone_that_the_stack_has_given_up_has_ended() -> None:
    (span,) = keep(opened(a1), world(zone(name=B)), LATER)

    assert span.ended == LATER


def test_a_node_that_a_late_read_had_hidden_is_not_paid_twice() -> None:
    spans = keep(opened(a1), world(zone()), NOW + timedelta(minutes=1))
    back = keep(spans, world(zone([a1])), NOW + timedelta(minutes=2))

    assert [s.started for s in back] == [a1.launched_at, NOW + timedelta(minutes=1)]


def test_what_was_closed_long_ago_is_forgotten_at_the_next_change_only() -> None:
    old = replace(opened(a1)[0], ended=ago(days=KEPT.days + 1))

    assert keep((old,), world(zone()), NOW) == (old,)
    assert keep((old,), world(zone([b1], name=B)), NOW) == keep((), world(zone([b1], name=B)), NOW)


def test_a_closed_span_is_kept_for_its_whole_time_and_no_longer() -> None:
    def left(ended: datetime) -> int:
        old = replace(opened(a1)[0], ended=ended)
        return len(keep((old,), world(zone([b1], name=B)), NOW)) - 1

    assert left(NOW - KEPT) == 0
    assert left(NOW - KEPT + timedelta(seconds=1)) == 1


def test_a_storm_of_nodes_does_not_fill_the_memory() -> None:
    spans: tuple[Span, ...] = ()
    for number in range(MOST * 2):
        at = NOW + timedelta(minutes=number)
        spans = keep(spans, world(zone([node(f"a{number}", launched_at=at)])), at)

    assert len(spans) == MOST
    assert spans[-1].ended is None


def test_a_calm_minute_of_the_whole_controller_saves_nothing() -> None:
    stack = settled(2)
    before = stack.store.saves
    stack.settle(3)

    assert stack.store.saves == before
    assert len(stack.store.records.memory.spans) == 2


@given(st.lists(st.tuples(STATES, st.integers(1, 600)), max_size=20))
def test_a_node_is_never_paid_for_more_time_than_has_passed(
    steps: list[tuple[Lifecycle | None, int]],
) -> None:
    spans: tuple[Span, ...] = ()
    now, launched = NOW, NOW
    before: Lifecycle | None = None
    for state, minutes in steps:
        now += timedelta(minutes=minutes)
        launched = now if state is Lifecycle.RUNNING and before is not Lifecycle.RUNNING else launched
        seen = [replace(a1, lifecycle=state, launched_at=launched)] if state else []
        spans, before = keep(spans, Observed((served(*seen) if seen else zone(),)), now), state

    assert paid(spans, now) <= (now - NOW).total_seconds() / 3600 + 1e-9
    assert sum(s.ended is None for s in spans) <= 1


def paid(spans: tuple[Span, ...], now: datetime) -> float:
    return sum(span.hours(NOW, now) for span in spans)
