"""Accounts unlike ours: tags that an organisation demands, a plan without the smallest types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from functions.reconcile.handler import handler as reconcile
from tests.integration.cloud import REGION, SCHEDULE, Cloud, cloud

EXTRA = {"team": "net", "cost-center": "42"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with cloud(monkeypatch, zones=1) as surroundings:
        yield surroundings


def tags(found: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags") or found.get("TagSet") or []}


def test_all_that_a_launch_makes_has_the_extra_tags_beside_ours(aws: Cloud) -> None:
    aws.settle()
    (node,) = aws.instances()
    interface = node["NetworkInterfaces"][0]["NetworkInterfaceId"]
    volume = node["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    made = [
        node,
        aws.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0],
        aws.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0],
    ]
    for one in made:
        assert EXTRA.items() <= tags(one).items()
        assert tags(one)["natkeeper:stack"] == "natkeeper"


def test_a_spot_request_has_them_too(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET", "spot")
    aws.environment["MARKET"] = "spot"
    aws.settle()
    (request,) = (call for call in aws.recorded if call.action == "ec2:RunInstances")
    given = {one["ResourceType"]: one["Tags"] for one in request.parameters["TagSpecifications"]}

    assert EXTRA.items() <= tags({"Tags": given["spot-instances-request"]}).items()


def test_a_free_plan_account_gets_the_first_type_that_it_may_have(aws: Cloud) -> None:
    aws.world.faults.ineligible.add("t4g.nano")
    aws.settle()

    assert [node["InstanceType"] for node in aws.instances()] == ["t4g.micro"]
    assert told(aws) == []


def test_when_no_type_may_be_had_a_person_hears_why_of_each(aws: Cloud) -> None:
    aws.world.faults.ineligible.update(("t4g.nano", "t4g.micro"))
    aws.world.faults.no_capacity.add("t4g.small")
    reconcile(SCHEDULE, None)

    (text,) = told(aws)
    for reason in ("t4g.nano", "t4g.micro", "not eligible for Free Tier", "sufficient t4g.small capacity"):
        assert reason in text


def told(aws: Cloud) -> list[str]:
    topic = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[aws.environment["TOPIC_ARN"]]
    return [str(notice[1]) for notice in topic.sent_notifications]
