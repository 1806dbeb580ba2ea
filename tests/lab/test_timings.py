"""How long things take, and what is written down and told of them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.config import Config

from lab.ec2.corrections.calls import LAB_AGENT
from lab.ec2.timings import PUBLISHED, Timings, pace

from .conftest import Cloud, _session


def seconds(action: Any) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def test_the_quick_pace_lets_no_call_wait() -> None:
    quick = pace("quick")
    assert (quick.api, quick.launch, quick.propagation, quick.event) == (0, 0, 0, 0)


def test_nothing_at_the_published_pace_is_quicker_than_in_tests() -> None:
    quick, published = vars(Timings()), vars(PUBLISHED)
    assert all(published[name] >= quick[name] for name in quick)


def test_a_published_node_is_up_within_what_is_reported_for_amazon_linux() -> None:
    assert 30 <= PUBLISHED.boot + PUBLISHED.packages <= 60


def test_changing_a_pace_changes_no_other() -> None:
    pace("published").change(boot=1)
    assert pace("published").boot == PUBLISHED.boot == 20


def test_a_pace_that_nobody_knows_is_named() -> None:
    with pytest.raises(ValueError, match="published, quick"):
        pace("slow")


@pytest.mark.parametrize(("wrong", "word"), [({"boots": 1}, "boots"), ({"boot": -1}, "below zero: boot")])
def test_an_impossible_delay_is_named_and_nothing_changes(wrong: dict[str, float], word: str) -> None:
    timings = Timings()
    with pytest.raises(ValueError, match=word):
        timings.change(pending=9, **wrong)
    assert timings == Timings()


def test_a_number_of_checks_stays_a_whole_number() -> None:
    timings = Timings()
    timings.change(status_failures=3.0)
    assert repr(timings.status_failures) == "3"


def test_a_call_takes_its_time_but_not_for_the_lab_itself(cloud: Cloud) -> None:
    cloud.world.timings.change(api=0.5)
    ours = _session().client("ec2", config=Config(user_agent_extra=LAB_AGENT))
    assert seconds(cloud.ec2.describe_vpcs) >= 0.5
    assert seconds(ours.describe_vpcs) < 0.5


def test_a_launch_takes_a_time_of_its_own(cloud: Cloud) -> None:
    cloud.world.timings.change(launch=0.5)
    assert seconds(cloud.launch) >= 0.5
    assert seconds(cloud.ec2.describe_vpcs) < 0.5


def test_an_address_s_association_takes_a_time_of_its_own(cloud: Cloud) -> None:
    interface = cloud.interface_of(cloud.running())
    allocation = cloud.ec2.allocate_address(Domain="vpc")["AllocationId"]
    cloud.world.timings.change(association=0.5)
    call: Any = {"AllocationId": allocation, "NetworkInterfaceId": interface}
    assert seconds(lambda: cloud.ec2.associate_address(**call)) >= 0.5
    assert seconds(cloud.ec2.describe_vpcs) < 0.5


def test_two_calls_wait_at_the_same_time(cloud: Cloud) -> None:
    cloud.world.timings.change(api=0.5)
    with ThreadPoolExecutor(2) as two:
        began = time.monotonic()
        for waiting in [two.submit(cloud.ec2.describe_vpcs) for _ in range(2)]:
            waiting.result()
        assert time.monotonic() - began < 0.9


def test_a_call_is_recorded_with_its_beginning_its_end_and_what_it_was_about(cloud: Cloud) -> None:
    interface = cloud.interface_of(node := cloud.running())
    cloud.world.timings.change(api=0.1)
    began = time.time()
    cloud.route_to(interface)
    cloud.ec2.terminate_instances(InstanceIds=[node])
    created, terminated = cloud.world.calls[-2:]
    assert began <= created["time"] <= created["ended"] - 0.1
    assert created["about"] == {
        "RouteTableId": cloud.table,
        "DestinationCidrBlock": "0.0.0.0/0",
        "NetworkInterfaceId": interface,
    }
    assert terminated["about"] == {"InstanceIds": [node]}


def test_a_command_is_recorded_with_its_instance(cloud: Cloud) -> None:
    node = cloud.running()
    cloud.ssm.send_command(DocumentName=cloud.probe_document(), InstanceIds=[node])
    assert cloud.world.calls[-1]["about"] == {"InstanceIds": [node]}


def test_an_observer_is_told_of_accepted_changes_only(cloud: Cloud, refused: Any) -> None:
    told: list[bool] = []
    lock: Any = cloud.world.lock
    cloud.world.changed.append(lambda: told.append(lock._is_owned()))
    cloud.ec2.describe_vpcs()
    with refused("InvalidRouteTableID.NotFound"):
        cloud.ec2.delete_route(RouteTableId="rtb-0123456789abcdef0", DestinationCidrBlock="0.0.0.0/0")
    assert told == []
    cloud.launch()
    assert told == [True]


def test_an_observer_is_told_when_time_alone_changes_a_state(cloud: Cloud) -> None:
    states: list[str] = []
    node = cloud.launch()
    cloud.world.changed.append(lambda: states.append(cloud.state(node)))
    cloud.clock.advance(cloud.world.timings.pending)
    assert states == ["running"]
