"""Random faults in any order: the world comes to rest, and no law is broken on the way."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from natkeeper.core.intake.triggers import Hint
from natkeeper.core.model import Doom, DoomKind, InstanceId, Lifecycle, Node, Outcome
from tests.stack import Stack, settled

FLUSHED = (
    '{"natkeeper": 1, "checks": {"interface": true, "forwarding": false, '
    '"rules": false, "guard": true, "egress": false}}'
)
FAULTS = (
    "terminate",
    "stop",
    "hang",
    "flush",
    "route lost",
    "hijack",
    "check",
    "address",
    "doom",
    "failover",
    "update",
    "forget",
)


def strike(stack: Stack, fault: str, zone: int) -> None:
    """Does one thing to the zone's serving node, or to its route and address."""
    table, allocation = stack.layout.tables[zone], stack.layout.allocations[zone]
    aws = stack.aws
    if fault == "route lost":
        aws.routes[table] = replace(aws.routes[table], target=None)
    elif fault == "hijack":
        aws.routes[table] = replace(aws.routes[table], target="eni-foreign")
    elif fault == "address":
        aws.holders[allocation] = None
    elif fault == "update":
        stack.update(stack.policy.template_version + 1)
    elif fault == "forget":
        stack.store.records = replace(stack.store.records, memory=type(stack.store.records.memory)())
    elif node := stack.serving(zone):
        strike_node(stack, fault, node)


def strike_node(stack: Stack, fault: str, node: InstanceId) -> None:
    aws = stack.aws
    match fault:
        case "terminate":
            aws.terminate(node)
        case "stop":
            aws.change(node, lifecycle=Lifecycle.STOPPED)
        case "hang":
            aws.reports[node] = None
            aws.change(node, impaired_since=stack.clock())
        case "flush":
            aws.reports[node] = FLUSHED
        case "check":
            aws.change(node, source_dest_check=True)
        case "doom":
            stack.desk.handle(Hint("doom", (node,), Doom(DoomKind.REBALANCE, stack.clock())))
        case "failover":
            stack.order("Failover", instance=node)


def well(stack: Stack) -> dict[InstanceId, Node]:
    """Nodes that answer that all is well."""
    probed = stack.store.records.evidence
    return {
        n.id: n
        for n in stack.living()
        if n.lifecycle is Lifecycle.RUNNING
        and n.id in probed
        and probed[n.id][-1].outcome is Outcome.PASSED
        and n.id not in stack.aws.reports
    }


@example(zones=1, faults=[("doom", 0, 0), ("update", 0, 1), ("update", 0, 0)])  # three nodes, none fit
@example(zones=2, faults=[("hang", 0, 1), ("hang", 0, 1), ("update", 0, 0)])  # two zones wait in a ring
@example(zones=2, faults=[("failover", 1, 0), ("update", 0, 0)])  # each zone waits for the other
@settings(max_examples=60, deadline=None)
@given(
    zones=st.integers(1, 3),
    faults=st.lists(st.tuples(st.sampled_from(FAULTS), st.integers(0, 2), st.integers(0, 3)), max_size=6),
)
def test_after_any_faults_the_world_comes_to_rest(zones: int, faults: list[tuple[str, int, int]]) -> None:
    stack = settled(zones)
    for fault, zone, minutes in faults:
        strike(stack, fault, zone % zones)
        stack.settle(minutes)
    for _ in range(75):  # an open breaker takes an hour
        stack.minute()

    assert [stack.serving(number) is not None for number in range(zones)] == [True] * zones
    assert len(stack.living()) == zones
    assert all(node.id in well(stack) for node in stack.living())
    assert stack.sweep() == "nothing to do"


@settings(max_examples=50, deadline=None)
@given(
    fault=st.sampled_from(FAULTS),
    zone=st.integers(0, 1),
    lost=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_lost_sweeps_only_delay(fault: str, zone: int, lost: list[bool]) -> None:
    stack = settled(2)
    strike(stack, fault, zone)
    for is_lost in lost:
        stack.aws.advance(60)
        if not is_lost:
            stack.minute()
    stack.settle(20)

    assert stack.sweep() == "nothing to do"
    assert len(stack.living()) == 2
