"""What is remembered of a refusal, and for how long a refused step is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import (
    Action,
    Cause,
    DisableSourceDestCheck,
    LaunchNode,
    Notify,
    PointRoute,
    StartNode,
)
from natkeeper.core.decision.outcome import Done, Refused
from natkeeper.core.errors import (
    AwsError,
    CapacityError,
    DeniedError,
    NotFoundError,
    NotReadyError,
    ThrottledError,
    UnreachableError,
)
from natkeeper.core.judgement.dependence import step_of
from natkeeper.core.judgement.resting import forget_refusals, refuse, rests_until
from natkeeper.core.memory import Memory, NodeMemory, Refusal
from natkeeper.core.model import AllocationId, InterfaceId, RouteTableId, SubnetId
from natkeeper.core.remembering.aftermath import remember
from tests.builders import NOW, POLICY, A, ago, node

STEP = "LaunchNode eu-west-1a"
LAUNCH = LaunchNode(A, SubnetId("subnet-a"), 0, ("t4g.nano",), Cause.NO_NODE, "the zone has no node")
TABLES = (RouteTableId("rtb-a"), RouteTableId("rtb-a2"))
MOVE = PointRoute(
    A, node("a1").id, InterfaceId("eni-a1"), TABLES, AllocationId("eipalloc-a"), None, Cause.ROUTE, ""
)
DENIED = DeniedError("launching", "a zone", "UnauthorizedOperation", "no")


def refused(action: Action, error: AwsError, step: str = STEP) -> Done:
    return Done(action, refused=(Refused(action, step, error),))


def after(times: int, **urgency: bool) -> float | None:
    """Seconds that a step rests after so many refusals in a row."""
    memory = Memory()
    for _ in range(times):
        memory = refuse(memory, STEP, "no", NOW)
    until = rests_until(memory, STEP, POLICY, **urgency)
    return (until - NOW).total_seconds() if until else None


def test_a_step_that_was_never_refused_does_not_rest() -> None:
    assert after(0) is None


def test_the_pause_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [after(times) for times in (1, 2, 3, 4, 5, 6, 99)] == [50, 100, 200, 400, 800, 900, 900]


def test_while_somebody_has_no_way_out_it_is_two_minutes_at_most() -> None:
    assert [after(times, urgent=True) for times in (1, 2, 3, 99)] == [50, 100, 110, 110]


def test_a_refusal_is_remembered_with_its_first_and_last_time_and_its_words() -> None:
    memory = refuse(refuse(Memory(), STEP, "once", ago(minutes=5)), STEP, "again" * 99, NOW)

    assert memory.refusals == {STEP: Refusal(ago(minutes=5), NOW, 2, ("again" * 99)[:300])}


@pytest.mark.parametrize("kind", [ThrottledError, NotReadyError])
def test_what_passes_by_itself_is_not_held_back(kind: type[AwsError]) -> None:
    assert remember(Memory(), refused(LAUNCH, kind("", "", "", "")), POLICY, NOW) == Memory()


def test_a_launch_that_is_only_wished_for_is_held_back_by_whatever_refuses_it() -> None:
    wish = replace(LAUNCH, urgent=False)
    broken = UnreachableError("launch", "subnet-a", "InternalError", "")
    refusals = remember(Memory(), refused(wish, broken, step_of(wish)), POLICY, NOW).refusals

    assert list(refusals) == ["LaunchNode eu-west-1a (planned)"]
    assert refusals[step_of(wish)].count == 1


def test_what_a_launch_names_ought_to_be_there() -> None:
    gone = NotFoundError("launch", "subnet-a", "InvalidSubnetID.NotFound", "")

    assert remember(Memory(), refused(LAUNCH, gone), POLICY, NOW).refusals == {
        STEP: Refusal(NOW, NOW, 1, str(gone))
    }


def test_of_the_check_of_a_node_that_has_worked_every_refusal_is_remembered() -> None:
    check = DisableSourceDestCheck(A, node("a1").id, InterfaceId("eni-a1"), Cause.CHECK, "")
    lag = refused(check, NotFoundError("", "", "InvalidNetworkInterfaceID.NotFound", ""), step_of(check))

    assert remember(Memory(), lag, POLICY, NOW).refusals == {}  # new: EC2 may not know it everywhere yet
    verified = Memory(nodes={check.node: NodeMemory(NOW)})
    assert list(remember(verified, lag, POLICY, NOW).refusals) == ["DisableSourceDestCheck eni-a1"]


def test_what_does_not_pass_is_and_a_success_forgives_it() -> None:
    memory = remember(Memory(), refused(LAUNCH, DENIED), POLICY, NOW)
    assert memory.refusals[STEP] == Refusal(NOW, NOW, 1, str(DENIED))

    assert remember(memory, Done(LAUNCH, node("a1").id), POLICY, NOW).refusals == {}


def test_each_step_of_a_move_is_remembered_and_forgiven_by_itself() -> None:
    steps = ("AssociateAddress eipalloc-a", "PointRoute rtb-a", "PointRoute rtb-a2", "PointRoute i-a1")
    memory = Memory(refusals=dict.fromkeys(steps, Refusal(ago(minutes=5), ago(minutes=5), 1, "no")))
    memory = remember(memory, refused(MOVE, DENIED, "PointRoute rtb-a2"), POLICY, NOW)

    assert memory.refusals == {"PointRoute rtb-a2": Refusal(ago(minutes=5), NOW, 2, str(DENIED))}


@pytest.mark.parametrize(
    "steps", [("AssociateAddress eipalloc-a",), ("PointRoute rtb-a", "PointRoute rtb-a2")]
)
def test_a_planned_move_that_went_there_and_back_rests_whatever_the_reason(steps: tuple[str, ...]) -> None:
    planned, throttled = replace(MOVE, at_once=True), ThrottledError("", "", "Throttling", "")
    memory = Memory()
    for _ in range(2):
        done = Done(planned, refused=tuple(Refused(planned, step, throttled) for step in steps))
        memory = remember(memory, done, POLICY, NOW)

    assert memory.refusals == {"PointRoute i-a1 (planned)": Refusal(NOW, NOW, 2, str(throttled))}
    assert remember(memory, Done(planned), POLICY, NOW).refusals == {}


def test_a_table_that_did_not_follow_is_tried_again_at_once() -> None:
    """Its clients leave by a node that has the address no more."""
    planned, throttled = replace(MOVE, at_once=True), ThrottledError("", "", "Throttling", "")

    assert remember(Memory(), refused(planned, throttled, "PointRoute rtb-a"), POLICY, NOW).refusals == {}


def test_a_notice_rests_whatever_the_reason() -> None:
    news = Notify(A, "a breaker", Cause.BREAKER, "")
    throttled = ThrottledError("", "", "Throttling", "")

    assert (
        "Notify a breaker"
        in remember(Memory(), refused(news, throttled, "Notify a breaker"), POLICY, NOW).refusals
    )


def test_a_full_zone_is_remembered_by_pool_too_but_no_spot_yet_holds_no_launch_back() -> None:
    full = CapacityError("", "", "InsufficientInstanceCapacity", "")
    market = LaunchNode(A, SubnetId("subnet-a"), 0, ("t4g.nano",), Cause.MARKET, "")
    pools = {"t4g.nano": NOW + POLICY.bad_pool}
    urgent = remember(Memory(), replace(refused(LAUNCH, full), bad_pools=("t4g.nano",)), POLICY, NOW)
    patient = remember(Memory(), replace(refused(market, full), bad_pools=("t4g.nano",)), POLICY, NOW)

    assert urgent.zone(A).bad_pools == patient.zone(A).bad_pools == pools
    assert (STEP in urgent.refusals, STEP in patient.refusals) == (True, False)


def test_a_node_that_could_not_be_started_is_good_for_nothing_unless_that_passes() -> None:
    start = StartNode(A, node("a1").id, Cause.WAKING, "")
    after_denial = remember(Memory(), refused(start, DENIED, "StartNode i-a1"), POLICY, NOW)

    assert after_denial.node(start.node) == NodeMemory(unstartable=True)


def test_a_node_that_is_not_ready_to_start_is_tried_three_times() -> None:
    start = StartNode(A, node("a1").id, Cause.WAKING, "")
    memory, unstartable = Memory(), []
    for _ in range(3):
        not_ready = refused(start, NotReadyError("", "", "", ""), step_of(start))
        memory = remember(memory, not_ready, POLICY, NOW)
        unstartable.append(memory.node(start.node).unstartable)

    assert unstartable == [False, False, True]


def test_what_nobody_has_tried_for_two_hours_is_forgotten() -> None:
    def refusal(at: timedelta) -> Refusal:
        return Refusal(NOW - at, NOW - at, 1, "no")

    memory = Memory(refusals={"old": refusal(timedelta(hours=2)), "new": refusal(timedelta(minutes=119))})

    assert forget_refusals(memory, NOW).refusals.keys() == {"new"}
