"""A spot instance says what it is, cannot be stopped, and is taken two minutes after a warning."""

from __future__ import annotations

from typing import Any

import pytest

from lab.ec2 import spot

from .conftest import Cloud

ON_SPOT: Any = {
    "InstanceMarketOptions": {
        "MarketType": "spot",
        "SpotOptions": {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"},
    }
}
WARNING, REBALANCE = "EC2 Spot Instance Interruption Warning", "EC2 Instance Rebalance Recommendation"


def happened(cloud: Cloud) -> list[str]:
    """What was told of since the last time."""
    told = [str(event.detail.get("state", event.detail_type)) for event in cloud.events]
    cloud.events.clear()
    return told


@pytest.fixture
def node(cloud: Cloud) -> str:
    """A running spot instance of which nothing is told any more."""
    made = cloud.running(**ON_SPOT)
    cloud.events.clear()
    return made


def test_a_spot_instance_shows_its_kind_and_its_request(cloud: Cloud, node: str) -> None:
    found = cloud.instance(node)
    assert found["InstanceLifecycle"] == "spot"
    assert found["SpotInstanceRequestId"].startswith("sir-")


def test_an_instance_on_demand_shows_neither(cloud: Cloud) -> None:
    found = cloud.instance(cloud.running())
    assert "InstanceLifecycle" not in found
    assert "SpotInstanceRequestId" not in found


def test_the_instance_of_a_one_time_request_cannot_be_stopped(cloud: Cloud, node: str, refused: Any) -> None:
    with refused("UnsupportedOperation"):
        cloud.ec2.stop_instances(InstanceIds=[node])
    assert cloud.state(node) == "running"
    assert happened(cloud) == []


def test_a_warning_comes_first_and_the_end_after_its_time(cloud: Cloud, node: str) -> None:
    cloud.world.timings.change(interruption=120, shutting_down=10)
    spot.interrupt(cloud.world, node)
    cloud.clock.advance(119)
    assert cloud.state(node) == "running"
    assert happened(cloud) == [WARNING]

    cloud.clock.advance(1)
    assert happened(cloud) == ["shutting-down"]
    cloud.clock.advance(10)
    assert happened(cloud) == ["terminated"]


def test_the_warning_is_the_one_that_the_user_guide_shows(cloud: Cloud, node: str) -> None:
    spot.interrupt(cloud.world, node)
    warning = cloud.events[0].envelope()
    assert (warning["source"], warning["detail-type"]) == ("aws.ec2", WARNING)
    assert warning["detail"] == {"instance-id": node, "instance-action": "terminate"}
    assert warning["resources"] == [f"arn:aws:ec2:us-east-1a:instance/{node}"]


def test_who_was_taken_shows_that_it_was_spot(cloud: Cloud, node: str) -> None:
    spot.interrupt(cloud.world, node)
    cloud.clock.advance(300)
    assert cloud.state(node) == "terminated"
    assert cloud.instance(node)["StateReason"]["Code"] == "Server.SpotInstanceTermination"


def test_who_was_ended_before_by_its_user_is_not_taken_again(cloud: Cloud, node: str) -> None:
    spot.interrupt(cloud.world, node)
    cloud.ec2.terminate_instances(InstanceIds=[node])
    cloud.clock.advance(300)
    assert happened(cloud) == [WARNING, "shutting-down", "terminated"]
    assert cloud.instance(node)["StateReason"]["Code"] == "Client.UserInitiatedShutdown"


def test_a_recommendation_is_all_that_happens(cloud: Cloud, node: str) -> None:
    spot.recommend(cloud.world, node)
    cloud.clock.advance(300)
    assert cloud.state(node) == "running"
    assert happened(cloud) == [REBALANCE]


@pytest.mark.parametrize("what", [spot.interrupt, spot.recommend])
def test_only_a_spot_instance_that_lives_can_be_taken(cloud: Cloud, node: str, what: Any) -> None:
    on_demand = cloud.running()
    cloud.ec2.terminate_instances(InstanceIds=[node])
    for instance in (on_demand, node, "i-0123456789abcdef0"):
        with pytest.raises(ValueError, match=f"{instance} is no spot instance that lives"):
            what(cloud.world, instance)


def test_spot_without_room_is_refused_in_its_own_words_and_on_demand_is_not(cloud: Cloud) -> None:
    cloud.world.faults.no_capacity = {"spot t4g.nano"}
    with pytest.raises(Exception, match=r"\(InsufficientInstanceCapacity\).*no Spot capacity available"):
        cloud.launch(**ON_SPOT)
    assert cloud.launch()


def test_a_disk_that_has_booted_before_is_up_sooner(cloud: Cloud) -> None:
    cloud.world.timings.change(boot=20, restart=10)
    node = cloud.running()
    cloud.ec2.stop_instances(InstanceIds=[node])
    cloud.clock.advance(60)
    booted: list[str] = []
    cloud.guest.booted = booted.append  # type: ignore[assignment, method-assign]
    cloud.ec2.start_instances(InstanceIds=[node])
    cloud.clock.advance(cloud.world.timings.pending + 10)
    assert booted == [node]
