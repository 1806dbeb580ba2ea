"""A move of which AWS has just refused a part, and where the routes lead meanwhile."""

from __future__ import annotations

from dataclasses import replace

from natkeeper.core.actions import Action, PointRoute, Wait
from natkeeper.core.memory import Memory, NodeMemory, Refusal
from natkeeper.core.model import Observed, Order, Verb
from tests.builders import (
    NOW,
    POLICY,
    A,
    ago,
    booting,
    decided,
    looked,
    node,
    remembering,
    route,
    served,
    world,
    zone,
)

a1, a2, b1 = node("a1"), node("a2"), node("b1")
old = node("a1", template_version=2)
known = remembering(a1, a2, b1)
TWO = (route("eni-a1"), route("eni-a1", "rtb-a2"))


def moved(observed: Observed, *refused: str) -> Action:
    refusal = Refusal(ago(seconds=10), ago(seconds=10), 1, "no")
    actions = decided(observed, replace(known, refusals=dict.fromkeys(refused, refusal)))
    return next(action for action in actions if isinstance(action, PointRoute | Wait))


def test_what_is_waited_for_is_named() -> None:
    each = "each of these tables"
    worn = "i-a1: launch template version 2, now 3"
    handed = moved(world(served(old, a2)), "PointRoute rtb-a")
    routed = moved(world(zone((a2,), to=a1, holder=a2), served(b1)), "PointRoute rtb-a")
    addressed = moved(world(served(old, a2)), "AssociateAddress eipalloc-a")

    assert handed.reason == f"{worn}; AWS refused {each} a moment ago"
    assert routed.reason.endswith(f"; AWS refused {each} a moment ago")
    assert addressed.reason == f"{worn}; AWS refused the address a moment ago"


def test_what_rests_is_waited_for_until_its_pause_is_over() -> None:
    refusal = Refusal(ago(minutes=5), ago(seconds=10), 1, "no")
    launch = decided(world(zone()), Memory(refusals={f"LaunchNode {A}": refusal}))[0]

    assert isinstance(launch, Wait)
    assert launch.until == ago(seconds=10) + POLICY.refusal_pause
    assert launch.reason == "the zone has no node; refused 1 times, again from 12:00:40"


def test_a_node_that_may_only_not_be_listed_is_waited_for_as_long_as_reads_may_lag() -> None:
    past = NodeMemory(ago(hours=4), zone=A, missing_since=ago(seconds=5))
    (wait, *_) = decided(world(zone((a2,), to=a1, holder=a2)), known.with_node(a1.id, past))

    assert isinstance(wait, Wait)
    assert wait.until == ago(seconds=5) + POLICY.visibility


def test_who_still_has_a_table_keeps_forwarding() -> None:
    part = moved(world(zone((old, a2), routes=TWO, holder=old)), "PointRoute rtb-a2")
    whole = moved(world(zone((old, a2), routes=TWO, holder=old)))

    assert isinstance(part, PointRoute)
    assert isinstance(whole, PointRoute)
    assert (part.fence, whole.fence) == (None, "eni-a1")


def test_routes_at_a_node_that_is_waking_lead_somewhere() -> None:
    waking = zone((booting("a1"),), to=a1)
    memory = Memory(nodes={a1.id: NodeMemory(started_at=ago(seconds=9))})

    assert not looked(world(waking), memory).views[A].leads_nowhere(waking.routes)
    assert looked(world(waking), Memory()).views[A].leads_nowhere(waking.routes)


def test_what_was_there_before_gives_way_even_to_a_node_that_is_to_be_left() -> None:
    left = replace(a1, order=Order(Verb.FAILOVER, NOW))
    move = moved(world(served(left, routes=(route(a1), route("nat-1", "rtb-a2")))))

    assert isinstance(move, PointRoute)
    assert (move.node, move.tables) == (a1.id, ("rtb-a2",))
