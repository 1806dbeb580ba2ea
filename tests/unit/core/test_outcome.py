"""What a run's result says of itself."""

from __future__ import annotations

from natkeeper.core.actions import Cause, LaunchNode, Notify, Wait
from natkeeper.core.decision.outcome import Outcome, Refused
from natkeeper.core.errors import DeniedError, ThrottledError
from natkeeper.core.model import SubnetId
from tests.builders import A, B

LAUNCH = LaunchNode(A, SubnetId("subnet-a"), 0, ("t4g.nano",), Cause.NO_NODE, "the zone has no node")
WAIT = Wait(B, None, Cause.OUTDATED, "first another zone is done")
NEWS = Notify(B, "b breaker", Cause.BREAKER, "too many launches")


def test_who_only_waits_or_tells_is_idle() -> None:
    assert Outcome().is_idle()
    assert Outcome(decided=(WAIT, NEWS)).is_idle()
    assert not Outcome(decided=(WAIT, LAUNCH)).is_idle()


def test_a_zone_is_idle_whatever_another_does() -> None:
    assert Outcome(decided=(LAUNCH,)).is_idle(B)
    assert not Outcome(decided=(LAUNCH,)).is_idle(A)


def test_who_left_the_work_to_another_run_cannot_tell_that_there_was_none() -> None:
    assert not Outcome(held_elsewhere=True).is_idle()


def test_two_passes_are_one_run_and_the_last_tells_how_it_ended() -> None:
    denied, throttled = (
        Refused(LAUNCH, "LaunchNode", kind("", "", "", "")) for kind in (DeniedError, ThrottledError)
    )
    first = Outcome((LAUNCH,), (LAUNCH,), (denied,), left=(NEWS,), follow_up=True)
    both = first.and_then(Outcome((WAIT,), (WAIT,), (throttled,), left=(LAUNCH,)))

    assert both == Outcome((LAUNCH, WAIT), (LAUNCH, WAIT), (denied, throttled), left=(LAUNCH,))
    assert first.and_then(Outcome(held_elsewhere=True)).held_elsewhere
