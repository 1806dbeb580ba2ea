"""Which launches are urgent, at the edges that the table of situations does not show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from natkeeper.core.actions import LaunchNode
from natkeeper.core.memory import Memory
from natkeeper.core.model import Doom, DoomKind, Node, Order, Verb
from natkeeper.core.policy import Policy
from tests.builders import (
    NOW,
    POLICY,
    ago,
    booting,
    decided,
    failed,
    node,
    remembering,
    served,
    silent,
    world,
)

a1 = node("a1")
old = node("a1", template_version=2)
LATER = NOW + timedelta(days=3)


def is_urgent(subject: Node, memory: Memory | None = None, *others: Node) -> bool:
    """Whether the launch that this world asks for is an emergency."""
    known = remembering(subject, *others) if memory is None else memory
    (launch,) = (a for a in decided(world(served(subject, *others)), known) if isinstance(a, LaunchNode))
    return launch.urgent


@pytest.mark.parametrize(
    ("subject", "urgent"),
    [
        (old, False),
        (replace(a1, order=Order(Verb.REPLACE, NOW)), False),
        (replace(a1, order=Order(Verb.FAILOVER, NOW)), False),
        (replace(a1, doom=Doom(DoomKind.REBALANCE, NOW)), False),
        (replace(a1, doom=Doom(DoomKind.RETIREMENT, LATER)), True),
        (replace(a1, doom=Doom(DoomKind.INTERRUPTION, LATER)), True),
        (node("a1", probes=(failed("egress"),) * 3), False),
        (node("a1", probes=(silent(),) * 10), False),
        (node("a1", impaired_since=ago(minutes=3), probes=(silent(),) * 3), True),
    ],
    ids=lambda value: str(value) if isinstance(value, bool) else value.id,
)
def test_a_launch_is_urgent_when_no_node_of_the_zone_works_and_stays(subject: Node, urgent: bool) -> None:
    assert is_urgent(subject) is urgent


def test_one_node_that_works_and_stays_is_enough() -> None:
    taken = replace(a1, doom=Doom(DoomKind.INTERRUPTION, LATER))
    stays = node("a2", template_version=2)

    assert not is_urgent(taken, None, stays)


def test_a_node_that_never_proved_itself_is_not_known_to_work() -> None:
    mute = node("a1", launched_at=ago(minutes=11), probes=(silent(),) * 3)

    assert is_urgent(mute, Memory())
    assert is_urgent(booting("a1", doom=Doom(DoomKind.REBALANCE, NOW)), Memory())
    assert not is_urgent(old, Memory()), "it passes its probe right now"


@pytest.mark.parametrize(
    ("urgent", "trial", "planned", "most"), [(4, 15, 2, 9), (1, 15, 2, 6), (4, 60, 2, 6), (4, 15, 0, 7)]
)
def test_the_most_launches_of_an_hour_are_both_budgets_and_the_trials_between(
    urgent: int, trial: int, planned: int, most: int
) -> None:
    policy: Policy = replace(
        POLICY,
        launches_per_hour=urgent,
        breaker_trial=timedelta(minutes=trial),
        planned_per_hour=planned,
    )

    assert policy.most_launches_per_hour == most
