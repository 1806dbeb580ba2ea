"""What a refused launch says of its pool, and of those after it."""

from __future__ import annotations

import pytest

from natkeeper.core.actions import Cause, LaunchNode
from natkeeper.core.errors import (
    AnswerError,
    AwsError,
    CapacityError,
    DeniedError,
    NotFoundError,
    NotReadyError,
    QuotaError,
    RefusedError,
    ThrottledError,
    UnofferedError,
    UnreachableError,
)
from natkeeper.core.judgement.market import is_of_the_pool, pools
from natkeeper.core.model import Market, SubnetId
from tests.builders import A

LASTING = [CapacityError, UnofferedError, QuotaError, DeniedError, RefusedError, AnswerError]


@pytest.mark.parametrize("kind", LASTING)
def test_what_one_pool_refuses_for_good_another_may_do(kind: type[AwsError]) -> None:
    assert is_of_the_pool(kind("launching", "a pool", "Code", "no"))


@pytest.mark.parametrize("kind", [ThrottledError, UnreachableError, NotReadyError, NotFoundError])
def test_what_passes_or_is_not_there_says_nothing_of_the_pool(kind: type[AwsError]) -> None:
    assert not is_of_the_pool(kind("launching", "a pool", "Code", "no"))


def test_all_types_are_tried_in_one_market_before_the_next() -> None:
    both = (Market.SPOT, Market.ON_DEMAND)
    action = LaunchNode(A, SubnetId("subnet-a"), 0, ("nano", "micro"), Cause.NO_NODE, "", both)

    assert list(pools(action)) == [
        (Market.SPOT, "nano"),
        (Market.SPOT, "micro"),
        (Market.ON_DEMAND, "nano"),
        (Market.ON_DEMAND, "micro"),
    ]
