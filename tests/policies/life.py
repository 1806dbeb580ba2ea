"""A stack's whole life on corrected moto, through the handlers: all that they ever ask AWS for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.doctor import handler as examining
from functions.picture.handler import handler as picture
from functions.probe.handler import handler as probe
from functions.reconcile.handler import handler as reconcile
from functions.report.handler import handler as report
from functions.teardown import handler as teardown
from natkeeper import bootstrap
from natkeeper import probe as probing
from natkeeper.core.policy import Policy
from natkeeper.core.remembering import forgetting
from tests.integration.cloud import Cloud, Context, cloud
from tests.policies.recorder import Call
from tests.template.cfn import PSEUDO, ROOT
from tests.unit.test_choices import choices

TABLES = "PRIVATE_ROUTE_TABLE_IDS"
SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def live(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], list[Call]]:
    """The functions' environment, and the calls from the first sweep to the stack's deletion."""
    # The wall clock stands still beside the lab's: a run asks once, and nobody waits for a drain.
    monkeypatch.setattr(probing, "RUN", timedelta(seconds=probing.ROUND))
    with cloud(monkeypatch) as aws:
        monkeypatch.setenv("DRAIN_SECONDS", "0")
        gateway = _adopt(aws)
        _grow(aws, monkeypatch)
        _repair(aws)
        _hear(aws)
        _obey(aws)
        _lose(aws)
        _rest(aws)
        _bake(aws)
        _account(monkeypatch)
        _examine(aws, monkeypatch)
        assert "2 zones served" in picture({"widgetContext": {}}, None)
        assert picture(SCHEDULE, None).startswith("told")
        _resort(aws, monkeypatch)
        _end(aws, monkeypatch, gateway)
        return aws.environment, aws.recorded


def _minutes(aws: Cloud, count: int = 4) -> None:
    for _ in range(count):
        reconcile(SCHEDULE, None)
        aws.clock.advance(30)
        probe(SCHEDULE, None)
        aws.clock.advance(30)


def _adopt(aws: Cloud) -> str:
    """One of the route tables led to a NAT gateway before there was a stack."""
    subnet, table = (aws.environment[name].split(",")[0] for name in ("PUBLIC_SUBNET_IDS", TABLES))
    address = aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = aws.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    gateway = str(made["NatGateway"]["NatGatewayId"])
    aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)
    return gateway


def _grow(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room a minute ago, so a person is told; then launches, checks off, addresses, routes, evidence."""
    aws.world.faults.no_capacity.update(("t4g.nano", "t4g.micro", "t4g.small"))
    with monkeypatch.context() as earlier:
        earlier.setattr(bootstrap, "utc_now", lambda: datetime.now(UTC) - timedelta(minutes=1))
        bootstrap.desk.cache_clear()
        reconcile(SCHEDULE, None)
    bootstrap.desk.cache_clear()
    aws.world.faults.no_capacity.clear()
    aws.clock.advance(600)
    _minutes(aws)
    assert len(aws.default_routes()) == 2


def _repair(aws: Cloud) -> None:
    """A node loses its rules: the probe says so, and the repair document is sent."""
    aws.world.guest.fault(aws.instances()[0]["InstanceId"], "flush-rules")
    _minutes(aws)


def _hear(aws: Cloud) -> None:
    """A node says that the other is silent, and then the other of it: a link broke."""
    one, other = (node["InstanceId"] for node in aws.instances())
    event = json.loads((ROOT / "events" / "peer-silent.json").read_text())
    place, now = event["source"].rpartition("/")[0], datetime.now(UTC)
    for reporter, about in ((other, one), (one, other)):
        said = {**event["detail"], "about": about, "since": f"{now:%Y-%m-%dT%H:%M:%S}.000Z"}
        source, time = f"{place}/{reporter}", f"{now:%Y-%m-%dT%H:%M:%SZ}"
        reconcile({**event, "source": source, "time": time, "detail": said}, None)


def _obey(aws: Cloud) -> None:
    """A retirement called off, a pause and its end, and a node replaced by order: fenced, drained, ended."""
    _retire(aws)
    _say("Pause", minutes=5)
    _say("Resume")
    _say("Replace", zone=aws.instances()[0]["Placement"]["AvailabilityZone"])
    _minutes(aws, 8)


def _retire(aws: Cloud) -> None:
    """AWS Health announces that a node's hardware will be retired, and takes that back."""
    text = (ROOT / "events" / "health-retirement.json").read_text()
    event = json.loads(text.replace("i-0123456789abcdef0", aws.instances()[0]["InstanceId"]))
    reconcile(event, None)
    event["detail"]["statusCode"] = "closed"
    reconcile(event, None)


def _say(kind: str, **detail: Any) -> None:
    now = datetime.now(UTC).isoformat()
    event = {"source": "natkeeper", "detail-type": kind, "time": now}
    reconcile({**event, "detail": {"stack": "natkeeper", **detail}}, None)


def _lose(aws: Cloud) -> None:
    """A node dies, its routes lead nowhere, another covers."""
    aws.ec2.terminate_instances(InstanceIds=[aws.instances()[0]["InstanceId"]])
    _minutes(aws)
    assert len(aws.instances()) == 2


def _rest(aws: Cloud) -> None:
    """Both zones sleep by a person's wish, and wake again."""
    _say("Sleep")
    _minutes(aws)
    assert {node["State"]["Name"] for node in aws.instances()} == {"stopped"}
    _say("Automatic")
    _minutes(aws)
    assert {node["State"]["Name"] for node in aws.instances()} == {"running"}


def _bake(aws: Cloud) -> None:
    """An image is made in what is taken for a calm hour, tried, and one that nobody needs is dropped; another
    and a snapshot are left for the end."""
    with pytest.MonkeyPatch.context() as calm:
        calm.setattr(forgetting, "HOUR", timedelta(0))
        _minutes(aws, 4)
        aws.clock.advance(300)
        _minutes(aws, 6)
        for number in range(2):
            _make_by_hand(aws, number)
        calm.setattr(Policy, "image_look", timedelta(0))
        _minutes(aws, 3)
    assert len(aws.ec2.describe_images(Owners=["self"])["Images"]) == 2
    assert len(aws.instances()) == 2


def _make_by_hand(aws: Cloud, number: int) -> None:
    tags = [{"Key": "natkeeper:stack", "Value": "natkeeper"}]
    kinds = [{"ResourceType": kind, "Tags": tags} for kind in ("image", "snapshot")]
    node = aws.instances()[number]
    aws.ec2.create_image(InstanceId=node["InstanceId"], Name=f"by hand {number}", TagSpecifications=kinds)
    volume = node["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    aws.ec2.create_snapshot(VolumeId=volume, TagSpecifications=kinds[1:])


def _resort(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """All nodes are lost, and there is no room: each zone gets a NAT gateway, which goes when a node serves.
    Then it happens again, and the gateways are there when the stack is deleted."""
    monkeypatch.setenv("LAST_RESORT", "nat-gateway")
    monkeypatch.setenv("ALLOCATION_IDS", "")
    for hours in (1, 2):
        _at(monkeypatch, timedelta(hours=hours))
        aws.world.faults.no_capacity.update(("t4g.nano", "t4g.micro", "t4g.small"))
        aws.ec2.terminate_instances(InstanceIds=[node["InstanceId"] for node in aws.instances()])
        _minutes(aws, 6)
        assert len(_gateways(aws)) == 2
        assert {r.get("NatGatewayId") for r in aws.default_routes().values()} == set(_gateways(aws))
        if hours == 1:
            aws.world.faults.no_capacity.clear()
            _at(monkeypatch, timedelta(hours=hours, minutes=10))
            _minutes(aws, 8)
            assert _gateways(aws) == []
    aws.world.faults.no_capacity.clear()
    _at(monkeypatch, timedelta(hours=2, minutes=10))
    reconcile(SCHEDULE, None)  # nodes boot beside the gateways when the stack is deleted
    aws.clock.advance(30)
    _hold_an_address(aws)


def _hold_an_address(aws: Cloud) -> None:
    address = aws.environment["ALLOCATION_IDS"].split(",")[0]
    interface = aws.instances()[0]["NetworkInterfaces"][0]["NetworkInterfaceId"]
    aws.ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)


def _at(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    """The functions' clock is so far ahead."""
    monkeypatch.setattr(bootstrap, "utc_now", lambda: datetime.now(UTC) + later)
    for built in (bootstrap.desk, bootstrap.prober, bootstrap.demolition):
        built.cache_clear()


def _gateways(aws: Cloud) -> list[str]:
    """The stack's, not the one that somebody else has."""
    filters: Any = [
        {"Name": "tag:natkeeper:stack", "Values": ["natkeeper"]},
        {"Name": "state", "Values": ["pending", "available"]},
    ]
    return [g["NatGatewayId"] for g in aws.ec2.describe_nat_gateways(Filters=filters)["NatGateways"]]


def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day is over and is written down; a person asks what was saved."""
    with monkeypatch.context() as tomorrow:
        now = datetime.now(UTC) + timedelta(days=1)
        tomorrow.setattr(bootstrap, "utc_now", lambda: now)
        assert "HoursOn" in report(SCHEDULE, None)["summary"]
        (asked,) = json.loads((ROOT / "events" / "orders" / "report.json").read_text())
        event = {"source": asked["Source"], "detail-type": asked["DetailType"]}
        assert "This has cost" in report({**event, "detail": json.loads(asked["Detail"])}, None)["summary"]


def _examine(aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person asks what is wrong, in a region without public access; then an update is checked."""
    aws.world.internet_block = "block-ingress"
    monkeypatch.setattr(examining, "answer", lambda *_, **__: None)
    assert "block public access" in examining.handler({"source": "natkeeper"}, None)["summary"]
    update = json.loads((ROOT / "events" / "doctor-update.json").read_text())
    brought = aws.ec2.allocate_address(Domain="vpc")["AllocationId"]
    chosen = {"InstanceTypes": "t3.nano", "ExistingAllocationIds": brought}
    update["ResourceProperties"]["Choices"] = choices(chosen)
    update["StackId"] = PSEUDO["AWS::StackId"]
    assert examining.handler(update, None)["summary"] == "the parameters fit"  # moto has no such stack


def _end(aws: Cloud, monkeypatch: pytest.MonkeyPatch, gateway: str) -> None:
    """CloudFormation updates the stack, which keeps what it has, and deletes it: routes are given back."""
    monkeypatch.setattr(teardown, "answer", lambda *_, **__: None)
    update = json.loads((ROOT / "events" / "teardown-update.json").read_text())
    has = {"PublicSubnetIds": "PUBLIC_SUBNET_IDS", "AllocationIds": "ALLOCATION_IDS"}
    update["ResourceProperties"] |= {key: aws.environment[name].split(",") for key, name in has.items()}
    assert teardown.handler(update, Context)["summary"] == "freed 0 addresses"
    teardown.handler(json.loads((ROOT / "events" / "teardown-delete.json").read_text()), Context)
    assert aws.instances() == []
    assert _gateways(aws) == []
    assert aws.ec2.describe_images(Owners=["self"])["Images"] == []
    assert [route["NatGatewayId"] for route in aws.default_routes().values()] == [gateway]
