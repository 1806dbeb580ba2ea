"""An order that was given by a look: it means what was seen then, or it is refused."""

from __future__ import annotations

import pytest

from natkeeper.core.intake.commands import Reply
from natkeeper.core.model import EVERYWHERE, InstanceId, WishKind
from tests.builders import A, B
from tests.stack import Stack, own, settled

LOOK = "since you looked, at 2026-03-14 12:"


def seen(stack: Stack, **keys: object) -> dict[str, object]:
    """What a button is drawn with now; some time passes until it is pressed."""
    drawn = {"as_of": stack.clock().isoformat(), **keys}
    stack.aws.advance(90)
    return drawn


def reply(stack: Stack) -> Reply:
    return stack.world.bus.answers[-1].reply


@pytest.mark.parametrize("order", ["Failover", "Replace"])
def test_what_was_meant_for_a_node_that_serves_no_longer_hits_nobody(order: str) -> None:
    stack = settled(2)
    left = own(stack)
    button = seen(stack, zone=A, served_by=left)
    stack.aws.terminate(left)
    stack.settle(10)
    server = own(stack)
    assert server != left
    before = stack.store.records

    told = stack.order(order, **button)
    assert told == f"ignored: refused: {left} does not serve {A} any more, {server} does: look again"
    assert stack.store.records.orders == before.orders
    assert own(stack) == server


@pytest.mark.parametrize("order", ["Failover", "Replace"])
def test_a_button_pressed_twice_is_one_order(order: str) -> None:
    stack = settled(2)
    left = own(stack)
    button = seen(stack, zone=A, served_by=left)
    assert stack.order(order, **button).startswith("obeyed: ")
    before = stack.store.records.orders

    assert stack.order(order, **button).startswith(f"already so: {order.lower()}, at 2026-03-14 12:")
    assert reply(stack) is Reply.SO
    assert stack.store.records.orders == before


def test_another_order_for_the_same_node_since_is_told() -> None:
    stack = settled(2)
    button = seen(stack, zone=A, served_by=own(stack))
    stack.order("Replace", zone=A)

    assert f"{LOOK}" in stack.order("Failover", **button)
    assert reply(stack) is Reply.REFUSED
    assert "another order came: replace, at 2026-03-14 12:" in stack.order("Failover", **button, dry_run=True)


def test_resume_ends_the_pause_that_was_seen_and_no_later_one() -> None:
    stack = settled(1)
    stack.order("Pause", minutes=5)
    button = seen(stack)
    stack.order("Pause", minutes=30)

    assert "another order came: a pause until 2026-03-14 12:" in stack.order("Resume", **button)
    assert stack.store.records.paused_until is not None
    assert stack.order("Resume", **seen(stack)).startswith("obeyed: ")


def test_a_pause_pressed_twice_or_when_somebody_else_has_paused_shortens_nothing() -> None:
    stack = settled(1)
    button = seen(stack, minutes=60)
    stack.order("Pause", minutes=300)
    until = stack.store.records.paused_until

    assert stack.order("Pause", **button).startswith("already so: a pause until 2026-03-14 17:")
    assert stack.store.records.paused_until == until


def test_who_resumes_a_stack_that_acts_is_told_so() -> None:
    stack = settled(1)

    assert stack.order("Resume").startswith("already so: it is not paused\n")
    stack.order("Pause", minutes=1)
    stack.aws.advance(120)
    assert stack.order("Resume").startswith("already so: it is not paused\n")


def test_a_wish_of_somebody_else_since_is_told() -> None:
    stack = settled(2)
    button = seen(stack, zone=A)
    stack.order("Wake", zone=A, minutes=30)

    told = stack.order("Sleep", **button)
    assert "another order came: to be on until 2026-03-14 12:" in told
    assert stack.store.records.wishes[A].kind is WishKind.ON


def test_a_wish_for_every_zone_since_concerns_one_too_and_one_for_another_does_not() -> None:
    stack = settled(2)
    button = seen(stack, zone=A)
    stack.order("Wake", zone=B, minutes=30)
    assert stack.order("Automatic", **button, dry_run=True).startswith("dry run: ")
    stack.order("Wake", minutes=30)
    assert LOOK in stack.order("Automatic", **button)
    assert LOOK in stack.order("Automatic", as_of=button["as_of"])


def test_a_wish_that_holds_is_said_to_and_stands_anew() -> None:
    stack = settled(2)
    stack.order("Sleep")
    first = stack.store.records.wishes[EVERYWHERE]
    stack.aws.advance(60)

    assert stack.order("Sleep").startswith("already so: to be off, at 2026-03-14 12:")
    assert stack.store.records.wishes[EVERYWHERE].at > first.at
    assert stack.order("Sleep", zone=A).startswith("already so: ")
    stack.order("Wake", zone=B, minutes=30)
    assert stack.order("Sleep", zone=B).startswith("obeyed: ")


def test_a_wake_is_longer_than_the_last_and_pressed_twice_is_one() -> None:
    stack = settled(1)
    button = seen(stack, zone=A, minutes=60)
    assert stack.order("Wake", **button).startswith("obeyed: ")
    until = stack.store.records.wishes[A].until
    assert stack.order("Wake", **button).startswith("already so: to be on until ")
    assert stack.store.records.wishes[A].until == until
    stack.aws.advance(60)

    assert stack.order("Wake", zone=A, minutes=60).startswith("obeyed: ")


def test_nobody_wants_anything_else() -> None:
    stack = settled(2)

    assert stack.order("Automatic").startswith("already so: nobody wants anything else\n")
    stack.order("Sleep", zone=B)
    assert stack.order("Automatic", zone=A).startswith("already so: ")
    assert stack.order("Automatic").startswith("obeyed: ")


@pytest.mark.parametrize("order", ["Failover", "Replace"])
def test_the_same_for_a_node_again_says_so_and_something_else_is_obeyed(order: str) -> None:
    stack = settled(1)
    node = own(stack)
    stack.order(order, instance=node)
    other = {"Failover": "Replace", "Replace": "Failover"}[order]

    assert stack.order(order, instance=node).startswith(f"already so: {order.lower()}, at 2026-03-14 12:")
    assert stack.order(other, instance=node).startswith("obeyed: ")


def test_a_stack_that_is_being_deleted_says_so_before_anything_else() -> None:
    stack = settled(1)
    stack.store.save_removed()

    assert stack.order("Resume") == "ignored: refused: the stack is being deleted"


def test_a_node_of_nobody_is_refused_though_the_zone_is_right() -> None:
    stack = settled(1)
    nobody = InstanceId("i-0123456789abcdef0")

    assert f"{nobody} does not serve {A} any more" in stack.order("Failover", zone=A, served_by=nobody)
