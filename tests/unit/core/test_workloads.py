"""What counts as a workload: all that is not known to be harmless."""

from __future__ import annotations

from typing import Any

import pytest

from natkeeper.core.intake.workloads import INSTANCE, Presence, counts, workloads
from natkeeper.core.model import SubnetId

HERE, THERE = SubnetId("subnet-a"), SubnetId("subnet-b")


def interface(kind: str = "interface", **told: Any) -> Presence:
    return Presence("eni-1", HERE, kind, **told)


@pytest.mark.parametrize(
    "presence",
    [
        Presence("i-1", HERE, INSTANCE),
        interface(description="arn:aws:ecs:us-east-1:123456789012:attachment/0"),  # a task
        interface("lambda", description="AWS Lambda VPC ENI-job-0"),
        interface(requester="amazon-rds", description="RDSNetworkInterface"),
        interface("branch"),
        interface("something_new"),
        interface("transit_gateway"),  # other VPCs' traffic comes in through it
        interface("gateway_load_balancer_endpoint"),
        interface("vpc_endpoint", tags=frozenset({"natkeeper:workload"})),
        interface(in_use=False, tags=frozenset({"natkeeper:workload"})),
    ],
)
def test_what_may_open_connections_counts(presence: Presence) -> None:
    assert counts(presence)


@pytest.mark.parametrize(
    "presence",
    [
        interface(in_use=False),
        interface(attached=True),  # its instance is listed while it runs
        interface("vpc_endpoint"),
        interface("network_load_balancer"),
        interface("natGateway"),
        interface(requester="amazon-elb", description="ELB app/web/0"),
        interface(description="EFS mount target for fs-0"),
        interface("lambda", tags=frozenset({"natkeeper:ignore"})),
        Presence("i-1", HERE, INSTANCE, tags=frozenset({"natkeeper:ignore", "natkeeper:workload"})),
    ],
)
def test_what_only_answers_or_does_nothing_does_not(presence: Presence) -> None:
    assert not counts(presence)


def test_each_is_told_once_and_only_in_its_subnets() -> None:
    found = (
        Presence("i-1", HERE, INSTANCE),
        Presence("i-1", HERE, INSTANCE),
        Presence("i-2", THERE, INSTANCE),
    )

    assert workloads(found, (HERE,)) == ("i-1",)
    assert workloads(found, ()) == ()
