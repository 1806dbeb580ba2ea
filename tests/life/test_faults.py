"""The product on the local AWS, as a user meets it: `sam deploy`, faults on real packets, `sam delete`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.ec2.clock import wait_until
from lab.experiments.execution import play
from lab.experiments.sleep_experiments import EXPERIMENTS
from lab.packets.corner import refusal
from lab.report.run import Run
from lab.stage.deployment import STACK, delete
from lab.stage.narrator import narrator
from lab.stage.stage import Stage, staged

PATIENCE = 60.0
PAUSE = 0.5  # seconds: whoever looks at the whole stage asks AWS five times, and reads all traffic
LOOSE = 5.0  # seconds: two cores are shared with other tests; make lab-bench measures
UNHURRIED = 20.0  # seconds: in a shorter minute probes overlap, and fail thrice before a repair is through


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[Stage]:
    """The template as it is, built by its own functions and come to rest, with a private host that talks."""
    reason = refusal()
    if reason:
        pytest.skip(f"the kernel grants no network namespaces: {reason}")
    logs = tmp_path_factory.mktemp("logs")
    with staged(logs, narrator(), built, pace="quick", minute=5, DrainSeconds="1") as made:
        yield made
        assert made.aws.control.refusals() == []


def played(stage: Stage, name: str) -> Run:
    """Plays a fault from rest and asserts that it was healed."""
    run = play(stage, EXPERIMENTS[name], narrator())
    assert run.healed is not None, f"{name}: {stage.zones()}"
    return run


def test_a_terminated_node_is_covered_by_the_neighbour_and_replaced_and_the_port_forward_goes_along(
    stage: Stage,
) -> None:
    assert stage.forward_works()
    run = played(stage, "terminate")

    assert 0 < run.outage_seconds < LOOSE
    assert len(run.addresses) == 1, "the zone's address travels to the neighbour that covers it"
    assert wait_until(stage.forward_works, PATIENCE, PAUSE)


def test_a_planned_replacement_loses_almost_nothing_and_no_connection_whose_client_speaks(
    stage: Stage,
) -> None:
    run = played(stage, "replace")

    assert run.outage_seconds < LOOSE
    assert run.flows.speaks_alive == run.flows.speaks > 0


def test_flushed_rules_come_back_without_any_call_to_aws(stage: Stage) -> None:
    run = played(stage, "flush-rules")

    assert run.outage_seconds < LOOSE
    assert not [m for m in run.moments if m.lane == "decision"]
    assert (run.flows.speaks_alive, run.flows.listens_alive) == (run.flows.speaks, run.flows.listens)


@pytest.fixture
def unwatched(stage: Stage) -> Iterator[None]:
    """Nodes do not watch each other, so no neighbour covers before a node is repaired."""
    stage.update(PeerWatch="false")
    yield
    stage.update(PeerWatch="true")


@pytest.mark.usefixtures("unwatched")
def test_forwarding_comes_back_over_run_command_when_the_guard_is_dead(stage: Stage) -> None:
    assert wait_until(stage.at_rest, PATIENCE, PAUSE)
    node = stage.zones()[0].instance
    stage.aws.control.minute(UNHURRIED)
    stage.aws.control.fault(node, "guard-dead")
    stage.aws.control.fault(node, "forwarding-off")

    assert wait_until(lambda: not stage.quiet_since(1.0), PATIENCE, PAUSE)
    repaired = wait_until(lambda: stage.quiet_since(2.0), PATIENCE, PAUSE)
    stage.aws.control.minute(stage.minute)
    assert repaired
    assert stage.zones()[0].instance == node
    sent = [c for c in stage.aws.control.calls() if c["action"] == "SendCommand" and c["function"]]
    assert sent


def test_a_hung_node_is_replaced_though_events_are_lost_doubled_and_out_of_order(stage: Stage) -> None:
    assert wait_until(stage.at_rest, PATIENCE * 2, PAUSE)
    before = stage.zones()[0].instance
    stage.aws.control.delivery(loss=0.3, duplicate=0.3, reorder=2.0, seed=7)
    stage.aws.control.fault(before, "hang")
    stage.aws.control.impair(before, seconds_ago=120)  # AWS takes so long to be sure

    assert wait_until(lambda: stage.zones()[0].instance not in ("", before), PATIENCE * 2, PAUSE)
    assert wait_until(stage.at_rest, PATIENCE * 2, PAUSE)
    stage.aws.control.delivery()


def test_a_zone_is_put_to_sleep_by_an_event_and_wakes_on_the_same_node_without_a_launch(stage: Stage) -> None:
    run = played(stage, "sleep-by-wish")
    (stop,) = [m for m in run.moments if m.lane == "call" and m.text.startswith("StopInstances")]
    here = f" in {stage.zones()[0].zone}"  # alone, the other zone may want a second opinion meanwhile
    decided = {m.text.split()[0] for m in run.moments if m.lane == "decision" and here in m.text}

    assert run.lost
    assert min(run.lost_udp) >= stop.at
    assert decided == {"StopNode", "SetCpuCredits", "StartNode"}  # unlimited for the boot that will come


def test_deleting_the_stack_leaves_nothing(stage: Stage) -> None:
    stage.stop_traffic()
    delete(stage.aws)
    ec2 = stage.aws.client("ec2")

    assert stage.view.nodes() == {}
    assert ec2.describe_addresses()["Addresses"] == []
    groups = [g["GroupName"] for g in ec2.describe_security_groups()["SecurityGroups"]]
    assert not [name for name in groups if STACK in name]
