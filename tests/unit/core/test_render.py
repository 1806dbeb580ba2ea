"""Actions as people and logs read them."""

from __future__ import annotations

from datetime import UTC, datetime

from natkeeper.core.actions import Cause, LaunchNode, Notify, PointRoute, Wait
from natkeeper.core.decision import render
from natkeeper.core.decision.outcome import Outcome, Refused
from natkeeper.core.errors import ThrottledError
from natkeeper.core.model import InterfaceId, RouteTableId, SubnetId
from tests.builders import A, node

a1 = node("a1")
MOVE = PointRoute(
    A, a1.id, InterfaceId("eni-a1"), (RouteTableId("rtb-a"),), None, None, Cause.UNHEALTHY, "i-a0 is gone"
)
LAUNCH = LaunchNode(A, SubnetId("subnet-a"), 3, ("t4g.nano",), Cause.NO_NODE, "the zone has no node")


def test_a_sentence_names_zone_action_node_cause_and_reason() -> None:
    assert render.sentence(MOVE) == "eu-west-1a: point route i-a1 (unhealthy: i-a0 is gone)"


def test_a_sentence_about_no_node_in_particular_names_none() -> None:
    assert render.sentence(LAUNCH) == "eu-west-1a: launch node (no-node: the zone has no node)"
    notify = Notify(A, "eu-west-1a breaker", Cause.BREAKER, "too many launches")
    assert render.sentence(notify) == "eu-west-1a: notify (breaker: too many launches)"


def test_a_plan_is_a_line_an_action() -> None:
    assert render.text([MOVE, LAUNCH]).splitlines() == [render.sentence(MOVE), render.sentence(LAUNCH)]
    assert render.text([]) == "nothing to do"


def test_a_run_is_told_with_what_was_refused_and_who_else_is_at_work() -> None:
    error = ThrottledError("replacing the default route", "rtb-a", "RequestLimitExceeded", "slow down")
    outcome = Outcome(
        decided=(MOVE, LAUNCH), refused=(Refused(MOVE, "PointRoute rtb-a", error),), held_elsewhere=True
    )

    assert render.summary(outcome).splitlines() == [
        render.sentence(MOVE),
        render.sentence(LAUNCH),
        f"eu-west-1a: refused: {error}",
        "another run holds the lease; it was asked for one more pass",
    ]
    assert render.summary(Outcome()) == "nothing to do"


def test_an_actions_fields_are_flat_and_leave_out_what_is_not_there() -> None:
    assert render.as_fields(MOVE) == {
        "action": "PointRoute",
        "zone": A,
        "node": "i-a1",
        "interface": "eni-a1",
        "tables": ["rtb-a"],
        "cause": "unhealthy",
        "reason": "i-a0 is gone",
    }


def test_its_fields_tell_times_to_the_second() -> None:
    until = datetime(2026, 3, 14, 12, 0, 1, 999, tzinfo=UTC)

    assert render.as_fields(Wait(A, until, Cause.PAUSED, "paused"))["until"] == "2026-03-14T12:00:01+00:00"
    assert render.as_fields(LAUNCH)["generation"] == 3
