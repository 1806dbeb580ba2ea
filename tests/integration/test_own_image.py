"""An image of the stack's own, through the handlers: it comes to be, and a calm stack asks little of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from natkeeper import bootstrap
from natkeeper.core.policy import Policy
from tests.integration.cloud import Cloud, cloud
from tests.resources import intel_image

SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
MOST_CALLS = 6


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A stack of one zone that is awake on demand, for an instance there, and lives in its own time."""
    with cloud(monkeypatch, zones=1) as surroundings:
        start, clock = bootstrap.utc_now(), surroundings.clock
        monkeypatch.setattr(bootstrap, "utc_now", lambda: start + timedelta(seconds=clock.now))
        monkeypatch.setenv("AWAKE", "on-demand")
        surroundings.environment["AWAKE"] = "on-demand"
        for made in (bootstrap.desk, bootstrap.prober):
            made.cache_clear()
        give_work(surroundings)
        yield surroundings


def give_work(aws: Cloud) -> None:
    """Somebody's instance in the private subnet."""
    (table,) = aws.environment["PRIVATE_ROUTE_TABLE_IDS"].split(",")
    found = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"]
    subnet = next(each["SubnetId"] for each in found if "SubnetId" in each)
    image = intel_image(aws.ec2)
    aws.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t3.nano")


def minute(aws: Cloud) -> Counter[str]:
    """The calls of a sweep to EC2 and SSM, a minute before the next."""
    aws.clock.advance(60)
    probe(SCHEDULE, None)
    aws.world.calls.clear()
    reconcile(SCHEDULE, None)
    return Counter(call["action"] for call in aws.world.calls)


def minutes(aws: Cloud, number: int) -> list[Counter[str]]:
    return [minute(aws) for _ in range(number)]


def test_no_calm_sweep_makes_more_than_six_calls_also_when_it_looks_at_the_images(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes(aws, 85)
    (image,) = aws.ec2.describe_images(Owners=["self"])["Images"]
    assert image["State"] == "available"
    monkeypatch.setattr(Policy, "image_look", timedelta(minutes=7))
    monkeypatch.setattr(Policy, "base_look", timedelta(minutes=5))
    calm = minutes(aws, 20)

    assert max(sweep.total() for sweep in calm) == MOST_CALLS
    assert sum(calm, Counter())["DescribeImages"] >= 2
    assert sum(calm, Counter())["GetParameters"] >= 2
    assert {name for sweep in calm for name in sweep if not name.startswith(("Describe", "Get"))} == set()
