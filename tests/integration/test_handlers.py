"""The handlers as Lambda calls them, on corrected moto: the calls' shapes, no proof that a NAT heals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import StateReason

from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from functions.report.handler import handler as report
from functions.teardown import handler as teardown
from natkeeper import bootstrap
from natkeeper.adapters.cloudformation_reply import Request
from natkeeper.environment import SettingsError
from natkeeper.teardown import LeftoversError
from tests.integration.cloud import REGION, SCHEDULE, Cloud, Context, cloud
from tests.integration.envelopes import EVENTS, envelopes


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with cloud(monkeypatch) as surroundings:
        yield surroundings


def test_a_stack_is_built_and_comes_to_rest(aws: Cloud) -> None:
    aws.settle()
    instances = aws.instances()
    interfaces = {i["NetworkInterfaces"][0]["NetworkInterfaceId"] for i in instances}

    assert len(instances) == 2
    assert not any(i["NetworkInterfaces"][0]["SourceDestCheck"] for i in instances)
    assert {route["NetworkInterfaceId"] for route in aws.default_routes().values()} == interfaces
    holders = {a["NetworkInterfaceId"] for a in aws.ec2.describe_addresses()["Addresses"]}
    assert holders == interfaces


def test_a_terminated_node_is_covered_and_replaced(aws: Cloud) -> None:
    aws.settle()
    lost = aws.instances()[0]["InstanceId"]
    aws.ec2.terminate_instances(InstanceIds=[lost])
    aws.settle()

    assert lost not in [i["InstanceId"] for i in aws.instances()]
    assert len({r["NetworkInterfaceId"] for r in aws.default_routes().values()}) == 2


def test_a_report_is_sent_to_a_person_when_asked_for(aws: Cloud) -> None:
    aws.settle()
    (event,) = envelopes(EVENTS / "orders" / "report.json")
    told = report(event, None)["summary"]

    ((subject, text),) = aws.notices()
    assert subject.startswith("natkeeper: ")
    assert text == told
    assert "t4g.nano instances" in told
    assert reconcile(event, None)["summary"] == "ignored: refused: a report is the report function's work"


def test_the_day_that_is_over_is_written_down_by_the_daily_run(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.settle()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(bootstrap, "utc_now", lambda: tomorrow)
    bootstrap.accountant.cache_clear()

    assert "HoursOn" in report(SCHEDULE, None)["summary"]
    assert report(SCHEDULE, None)["summary"] == "nothing to write down"
    before = len(bootstrap.accountant().store.load().evidence)
    assert before == 2  # and no sweep reads what was written


def test_a_dry_run_writes_nothing(aws: Cloud) -> None:
    aws.settle()
    zone = aws.instances()[0]["Placement"]["AvailabilityZone"]
    detail = {"stack": "natkeeper", "zone": zone, "dry_run": True}
    aws.world.calls.clear()
    told = reconcile({"source": "natkeeper", "detail-type": "Failover", "detail": detail}, None)

    assert "point route" in told["summary"]
    assert {call["action"][:8] for call in aws.world.calls} == {"Describe"}


def test_a_calm_sweep_of_three_zones_makes_six_calls_to_ec2_and_ssm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with cloud(monkeypatch, zones=3) as aws:
        aws.settle()
        aws.world.calls.clear()
        reconcile(SCHEDULE, None)
        probe(SCHEDULE, None)

        actions = [call["action"] for call in aws.world.calls]
        # The sweep's reads run side by side, so their order is any; the probe's come one after the other.
        assert sorted(actions[:4]) == [
            "DescribeAddresses",
            "DescribeInstanceStatus",
            "DescribeInstances",
            "DescribeRouteTables",
        ]
        assert actions[4:] == ["SendCommand", "ListCommandInvocations"]


def test_full_instance_types_are_told_to_a_person(aws: Cloud) -> None:
    aws.world.faults.no_capacity.update(("t4g.nano", "t4g.micro", "t4g.small"))
    reconcile(SCHEDULE, None)

    assert [subject for subject, _ in aws.notices()] == [
        "natkeeper: refused in us-east-1a",
        "natkeeper: refused in us-east-1b",
    ]


def test_why_ec2_takes_launches_back_is_told_to_a_person_once(aws: Cloud) -> None:
    reason = StateReason("The KMS key provided is in an incorrect state", "Client.InvalidKMSKey.InvalidState")
    launched = set()
    for _ in range(8):
        reconcile(SCHEDULE, None)
        launched |= {instance["InstanceId"] for instance in aws.instances()}
        aws.ec2.terminate_instances(InstanceIds=sorted(launched))
        aws.clock.advance(60)
        for reservation in ec2_backends[DEFAULT_ACCOUNT_ID][REGION].reservations.values():
            for instance in reservation.instances:
                instance.state_reason = reason

    told = [
        text for _, text in aws.notices() if "Client.InvalidKMSKey.InvalidState: The KMS key provided" in text
    ]
    assert len(told) == 2  # a zone each
    assert len(launched) <= 8


def test_a_stranger_event_makes_no_call(aws: Cloud) -> None:
    detail = {"instance-id": "i-0ffffffffffffffff", "state": "stopped"}
    event = {"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": detail}
    aws.world.calls.clear()

    assert reconcile(event, None)["summary"].startswith("ignored")
    assert probe(event, None)["summary"].startswith("ignored")
    assert aws.world.calls == []


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What CloudFormation was told."""
    told: list[dict[str, str]] = []

    def answer(request: Request, error: str = "") -> None:
        told.append({"id": request.physical_id, "error": error})

    monkeypatch.setattr(teardown, "answer", answer)
    return told


def custom_resource(kind: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"teardown-{kind}.json").read_text())
    return event


def test_deleting_the_stack_leaves_nothing_that_the_controller_made(
    aws: Cloud, answers: list[dict[str, str]]
) -> None:
    aws.settle()
    teardown.handler(custom_resource("delete"), Context)

    assert aws.instances() == []
    assert aws.default_routes() == {}
    assert not any(a.get("AssociationId") for a in aws.ec2.describe_addresses()["Addresses"])
    assert [answer["error"] for answer in answers] == [""]
    reconcile(SCHEDULE, None)
    assert aws.instances() == []


def present(aws: Cloud, kind: str) -> dict[str, Any]:
    """The file's event, for the subnets and addresses of this stack."""
    event = custom_resource(kind)
    event["ResourceProperties"]["PublicSubnetIds"] = aws.environment["PUBLIC_SUBNET_IDS"].split(",")
    event["ResourceProperties"]["AllocationIds"] = aws.environment["ALLOCATION_IDS"].split(",")
    return event


@pytest.mark.parametrize("kind", ["create", "update"])
def test_creation_and_an_update_that_leaves_nothing_out_are_answered_and_touch_nothing(
    aws: Cloud, answers: list[dict[str, str]], kind: str
) -> None:
    aws.settle()
    aws.world.calls.clear()
    teardown.handler(present(aws, kind), Context)

    assert [answer["error"] for answer in answers] == [""]
    assert all(call["action"].startswith("Describe") for call in aws.world.calls)


def test_a_failed_deletion_is_answered_too(
    aws: Cloud, answers: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_ROUTE_TABLE_IDS", "nonsense")

    with pytest.raises(SettingsError, match="PRIVATE_ROUTE_TABLE_IDS"):
        teardown.handler(custom_resource("delete"), Context)
    assert "PRIVATE_ROUTE_TABLE_IDS is 'nonsense'" in answers[0]["error"]


def test_a_request_that_nobody_knows_is_answered_with_a_failure(
    aws: Cloud, answers: list[dict[str, str]]
) -> None:
    aws.settle()
    teardown.handler({**custom_resource("delete"), "RequestType": "Wish"}, Context)

    assert "RequestType should be Create, Update or Delete" in answers[0]["error"]
    assert len(aws.instances()) == 2


def test_an_update_keeps_the_physical_id_so_that_nothing_is_deleted_for_it(
    aws: Cloud, answers: list[dict[str, str]]
) -> None:
    teardown.handler(present(aws, "create"), Context)
    teardown.handler({**present(aws, "update"), "PhysicalResourceId": answers[0]["id"]}, Context)

    assert answers[0]["id"] == answers[1]["id"]


def test_a_resource_whose_creation_never_ended_can_be_deleted(
    aws: Cloud, answers: list[dict[str, str]]
) -> None:
    event = custom_resource("delete")
    del event["PhysicalResourceId"]
    teardown.handler(event, Context)

    assert answers == [{"id": "Teardown-natkeeper", "error": ""}]


def test_a_clean_up_that_has_no_time_left_says_so_instead_of_nothing(
    aws: Cloud, answers: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.settle()
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", staticmethod(lambda: 59_000))

    with pytest.raises(LeftoversError):
        teardown.handler(custom_resource("delete"), Context)
    assert "delete the stack again" in answers[0]["error"]


def test_a_wrong_environment_is_told_whole_and_no_call_is_made(
    aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAIN_SECONDS", "soon")
    monkeypatch.delenv("TOPIC_ARN")
    aws.world.calls.clear()

    with pytest.raises(SettingsError, match=r"TOPIC_ARN is not set[\s\S]*DRAIN_SECONDS is 'soon'"):
        reconcile(SCHEDULE, None)
    assert aws.world.calls == []
