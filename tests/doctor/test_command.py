"""`python -m doctor`: what a person sees before anything is deployed, and what a machine reads."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from doctor import __main__ as command
from doctor.terminal import plain
from natkeeper import bootstrap
from natkeeper.adapters.sts_identity import StsIdentity
from tests.doctor.region import Built
from tests.doctor.test_reading import Watched
from tests.resources import intel_image


def carried(gateway: str, gigabytes: float) -> None:
    """The gateway processed this on one day of the last month."""
    watch: Any = boto3.client("cloudwatch")
    data = {"MetricName": "BytesInFromDestination", "Value": gigabytes * 2**30,
            "Timestamp": datetime.now(UTC) - timedelta(days=3),
            "Dimensions": [{"Name": "NatGatewayId", "Value": gateway}]}  # fmt: skip
    watch.put_metric_data(Namespace="AWS/NATGateway", MetricData=[data])


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["doctor", *words])
    command.main()
    return capsys.readouterr().out


def of(vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What is said of the VPC, as JSON."""
    (told,) = json.loads(run(monkeypatch, capsys, "--json", "--vpc", vpc.id, *words))["vpcs"]
    return told


def test_the_line_to_paste_deploys_what_the_checks_find_right(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(2):
        vpc.gateway(number)
    told = of(vpc, monkeypatch, capsys)
    words = shlex.split(told["deploy"])
    given = dict(word.split("=", 1) for word in words[words.index("--parameter-overrides") + 1 :])

    assert words[:2] == ["sam", "deploy"]
    wanted = {"NetworkMode": "existing", **vpc.parameters()}
    assert {name: set(text.split(",")) for name, text in given.items()} == {
        name: set(text.split(",")) for name, text in wanted.items()
    }
    assert {check["verdict"] for check in told["checks"]} == {"ok"}


def test_the_cost_is_that_of_the_gateways_and_their_gigabytes(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    carried(vpc.gateway(), 100.0)
    told = of(vpc, monkeypatch, capsys)

    assert told["gigabytes_in_30_days"] == 100.0
    cost = told["cost_in_30_days"]
    assert cost["nat_gateways"]["dollars"] == 720 * (0.045 + 0.005) + 100 * 0.045
    assert not cost["nat_gateways"]["estimate"]
    assert cost["natkeeper"]["estimate"]
    assert cost["saved_dollars"] == pytest.approx(
        cost["nat_gateways"]["dollars"] - cost["natkeeper"]["dollars"], abs=0.011
    )


@pytest.mark.parametrize(("gigabytes", "types"), [
    (1.0, None), (300.0, "t4g.micro,t4g.small"), (700.0, "c6gn.medium,c7gn.medium"),
    (50_000.0, "c7gn.medium"),
])  # fmt: skip
def test_the_type_has_room_for_the_busiest_day(
    vpc: Built,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gigabytes: float,
    types: str | None,
) -> None:
    carried(vpc.gateway(), gigabytes)
    words = shlex.split(of(vpc, monkeypatch, capsys)["deploy"])

    assert next((w.split("=")[1] for w in words if w.startswith("InstanceTypes=")), None) == types


def test_each_table_is_told_with_what_serves_it_now(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = vpc.gateway()
    image = intel_image(vpc.ec2)
    made = vpc.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=vpc.public[1])
    instance = made["Instances"][0]
    route = {"DestinationCidrBlock": "0.0.0.0/0", "InstanceId": instance["InstanceId"]}
    vpc.ec2.create_route(RouteTableId=vpc.tables[1], **route)
    alone = vpc.table()
    vpc.subnet("us-east-1a", "10.0.77.0/24", alone)
    told = of(vpc, monkeypatch, capsys)
    served = {table["id"]: (table["served_by"], table["target"]) for table in told["route_tables"]}

    assert served[vpc.tables[0]] == ("NAT gateway", gateway)
    assert served[vpc.tables[1]] == ("instance", instance["InstanceId"])
    assert served[alone] == ("nothing", "")
    assert served[vpc.public_table][0] == "internet gateway"
    assert alone not in told["deploy"], "what has no way out may have none on purpose"
    assert any(alone in remark for remark in told["remarks"])


def test_where_nothing_leads_out_all_is_proposed_with_a_word_of_caution(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = of(vpc, monkeypatch, capsys)

    assert all(table in told["deploy"] for table in vpc.tables)
    assert told["cost_in_30_days"] is None
    assert any("take out of the line what should have none" in remark for remark in told["remarks"])


def test_where_natkeeper_serves_already_nothing_is_proposed(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    image = intel_image(vpc.ec2)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "natkeeper:stack", "Value": "mine"}]}]
    node = vpc.ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, SubnetId=vpc.public[0], TagSpecifications=tags
    )["Instances"][0]["InstanceId"]
    route = {"DestinationCidrBlock": "0.0.0.0/0", "InstanceId": node}
    vpc.ec2.create_route(RouteTableId=vpc.tables[0], **route)
    told = of(vpc, monkeypatch, capsys)

    assert told["deploy"] is None
    assert ("natkeeper", f"stack mine, {node}") in [
        (t["served_by"], t["target"]) for t in told["route_tables"]
    ]


def test_a_zone_without_a_public_subnet_is_told(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vpc.subnet("us-east-1c", "10.0.77.0/24", vpc.tables[0])
    told = of(vpc, monkeypatch, capsys)

    assert any(remark.startswith("us-east-1c would be served across zones") for remark in told["remarks"])


def test_a_person_sees_tables_costs_and_a_line_that_is_whole(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    carried(vpc.gateway(), 10.0)
    monkeypatch.setenv("COLUMNS", "80")
    shown = run(monkeypatch, capsys, "--vpc", vpc.id)

    assert "1 NAT gateway processed 10.0 GB in 30 days" in shown
    assert "could not be read" in shown  # the account's plan: moto has none
    assert f"sam deploy --stack-name natkeeper-{vpc.id[-8:]} --region us-east-1" in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("sam deploy")]
    assert line.endswith(f"PrivateCidrs={vpc.range}")


def test_a_vpc_that_is_not_there_is_told(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--vpc", vpc.id, "--vpc", "vpc-0typo")

    with pytest.raises(SystemExit, match="1"):
        run(monkeypatch, capsys, *words)
    assert "there is no VPC vpc-0typo in us-east-1" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="1"):
        run(monkeypatch, capsys, "--json", *words)
    told = json.loads(capsys.readouterr().out)
    assert (told["could_not_be_read"], len(told["vpcs"])) == ("there is no VPC vpc-0typo in us-east-1", 1)


def test_what_another_account_shares_is_told_with_the_line(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(StsIdentity, "account", lambda _: "210987654321")
    told = of(vpc, monkeypatch, capsys)
    (check,) = [check for check in told["checks"] if check["verdict"] == "wrong"]

    assert check["check"] == "VPC"
    assert "belongs to account 123456789012" in check["mistakes"][0]["what"]


def test_names_that_others_gave_neither_move_the_terminal_nor_are_read_as_markup(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "\x9b2J[red]a:key:b\u202e"  # of the control characters XML brings only those above 127
    vpc.ec2.create_tags(Resources=[vpc.id], Tags=[{"Key": "Name", "Value": name}])
    shown = run(monkeypatch, capsys, "--vpc", vpc.id)

    assert not {"\x9b", "\u202e"} & set(shown)
    assert "?2J[red]a:key:b?" in shown
    assert plain("\x1b[31m") == "?[31m"


def test_of_another_type_than_the_accounts_the_checks_are_not_left_out(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    carried(vpc.gateway(), 300.0)
    told = of(vpc, monkeypatch, capsys)
    looked_at = {check["check"]: check["looked_at"] for check in told["checks"]}

    assert looked_at["instance types"] == "t4g.micro, t4g.small"
    assert "vCPU quota" not in looked_at


@pytest.mark.parametrize("call", ["DescribeNatGateways", "DescribeInstances", "GetMetricData"])
def test_who_may_read_half_sees_that_half(
    vpc: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], call: str
) -> None:
    vpc.gateway()
    monkeypatch.setattr(bootstrap, "boto3", Watched(denied=frozenset((call,))))
    told = of(vpc, monkeypatch, capsys)

    assert told["could_not_be_read"] == ""
    assert {table["id"] for table in told["route_tables"]} >= {vpc.public_table, *vpc.tables}
    assert "could not be read" in run(monkeypatch, capsys, "--vpc", vpc.id)


@pytest.mark.parametrize(
    "words",
    [("--image", "/own/image"), ("--types", "t3.nano"), ("--types", "t4g.nano", "--image", "/x86_64")],
)
def test_types_that_the_deployment_would_refuse_for_the_image_are_proposed_to_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "argv", ["doctor", *words])
    with pytest.raises(SystemExit, match="2"):
        command.main()

    assert "InstanceTypes" in capsys.readouterr().err


def test_without_a_region_a_person_is_told_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(sys, "argv", ["doctor", "--profile", "nobody-has-this-profile"])
    with pytest.raises(SystemExit):
        command.main()

    assert "Give --region or --profile" in capsys.readouterr().err
