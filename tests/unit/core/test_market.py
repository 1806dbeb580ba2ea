"""What a refused launch says of its pool, and of those after it."""

from __future__ import annotations

import pytest

from natkeeper.core.actions import Cause, LaunchNode
from natkeeper.core.decision.market import Lesson, lesson_of, pools
from natkeeper.core.errors import (
    AnswerError,
    AwsError,
    CapacityError,
    DeniedError,
    NotReadyError,
    QuotaError,
    RefusedError,
    ThrottledError,
    UnofferedError,
    UnreachableError,
)
from natkeeper.core.model import Market, SubnetId
from tests.builders import A

NEXT, STOP = Lesson(try_next=True, is_bad=True), Lesson(try_next=False, is_bad=False)


def lesson(kind: type[AwsError], market: Market) -> Lesson:
    return lesson_of(kind("launching", "a pool", "Code", "no"), market)


@pytest.mark.parametrize("kind", [CapacityError, UnofferedError])
@pytest.mark.parametrize("market", Market)
def test_no_room_and_a_type_that_is_not_offered_are_the_pools_own(
    kind: type[AwsError], market: Market
) -> None:
    assert lesson(kind, market) == NEXT


@pytest.mark.parametrize("kind", [QuotaError, DeniedError, RefusedError, AnswerError])
def test_spot_is_as_good_as_full_whatever_it_is_refused_for_and_on_demand_is_not(
    kind: type[AwsError],
) -> None:
    assert lesson(kind, Market.SPOT) == NEXT
    assert lesson(kind, Market.ON_DEMAND) == STOP


@pytest.mark.parametrize("kind", [ThrottledError, UnreachableError, NotReadyError])
@pytest.mark.parametrize("market", Market)
def test_what_passes_says_nothing_of_the_pool(kind: type[AwsError], market: Market) -> None:
    assert lesson(kind, market) == STOP


def test_all_types_are_tried_in_one_market_before_the_next() -> None:
    both = (Market.SPOT, Market.ON_DEMAND)
    action = LaunchNode(A, SubnetId("subnet-a"), 0, ("nano", "micro"), Cause.NO_NODE, "", both)

    assert list(pools(action)) == [
        (Market.SPOT, "nano"),
        (Market.SPOT, "micro"),
        (Market.ON_DEMAND, "nano"),
        (Market.ON_DEMAND, "micro"),
    ]
