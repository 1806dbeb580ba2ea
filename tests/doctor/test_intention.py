"""`python -m doctor --parameters ...`: would what a person means to deploy do?"""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from doctor import __main__ as command
from doctor.intention import Intention
from tests.doctor.broken import answers_are_dropped, public_table_as_private
from tests.doctor.region import ANYWHERE, Built, build_vpc


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs the command with these words. Returns what was printed, and how it ended."""

    def words_to_said(*words: str) -> tuple[str, int]:
        monkeypatch.setattr(sys, "argv", ["doctor", *words])
        code = 0
        try:
            command.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return said.out + said.err, code

    return words_to_said


def given(vpc: Built, **changed: str) -> list[str]:
    parameters = {"NetworkMode": "existing", **vpc.parameters(**changed)}
    return ["--parameters", *(f"{name}={value}" for name, value in parameters.items())]


def wrong(checks: list[Any]) -> list[str]:
    return [check["check"] for check in checks if check["verdict"] == "wrong"]


def test_parameters_that_would_do_are_told_so_and_are_no_error(vpc: Built, run: Any) -> None:
    build_vpc(vpc.ec2, second=7)
    said, code = run("--json", *given(vpc))
    told = json.loads(said)

    assert code == 0
    assert told["parameters"]
    assert wrong(told["parameters"]) == []
    assert [listed["vpc"] for listed in told["vpcs"]] == [vpc.id], "the VPC that is named, and no other"


def test_a_mistake_in_the_parameters_is_an_error_though_the_vpc_is_sound(vpc: Built, run: Any) -> None:
    said, code = run("--json", *given(vpc, **public_table_as_private(vpc)))
    told = json.loads(said)

    assert code == 1
    assert wrong(told["parameters"]) == ["private route tables"]
    assert wrong(told["vpcs"][0]["checks"]) == []


def test_without_parameters_nothing_is_said_of_any_and_a_finding_is_no_error(vpc: Built, run: Any) -> None:
    answers_are_dropped(vpc)
    said, code = run("--json")
    told = json.loads(said)
    (of_it,) = [listed for listed in told["vpcs"] if listed["vpc"] == vpc.id]

    assert (told["parameters"], code) == ([], 0)
    assert wrong(of_it["checks"]) == ["network ACLs"]


def test_a_person_sees_them_in_a_table_of_their_own(vpc: Built, run: Any) -> None:
    said, code = run(*given(vpc, **public_table_as_private(vpc)))

    assert code == 1
    assert "The parameters that you gave" in said
    assert "name only the tables of private subnets in ExistingPrivateRouteTableIds" in said


def test_a_vpc_that_is_named_and_not_there_is_told_by_both(vpc: Built, run: Any) -> None:
    said, code = run("--json", *given(vpc, ExistingVpcId="vpc-0fffffffffffffff0"))
    told = json.loads(said)

    assert code == 1
    assert told["could_not_be_read"] == "there is no VPC vpc-0fffffffffffffff0 in us-east-1"
    assert "VPC" in wrong(told["parameters"])


def test_who_keeps_no_address_needs_no_room_for_any(vpc: Built, run: Any) -> None:
    checks = [json.loads(run("--json", *given(vpc, KeepAddress=keep))[0]) for keep in ("true", "false")]
    names = [{check["check"] for check in told["parameters"]} for told in checks]

    assert names[0] - names[1] == {"address quota"}


def test_types_that_do_not_fit_the_image_are_refused_wherever_they_are_named(vpc: Built, run: Any) -> None:
    said, code = run(*given(vpc, InstanceTypes="t3.nano"))

    assert code == 2
    assert "InstanceTypes has t3.nano" in said


def test_ranges_that_are_none_are_refused_with_the_types_at_once(vpc: Built, run: Any) -> None:
    said, code = run(*given(vpc, InstanceTypes="t3.nano", PrivateCidrs="10.0.0.0/16,10.0.0.0/33,mine"))

    assert code == 2
    assert "InstanceTypes has t3.nano" in said
    assert "PrivateCidrs has 10.0.0.0/33, mine: it should be ranges like 10.0.0.0/16" in said


def test_a_word_that_is_no_parameter_is_refused(vpc: Built, run: Any) -> None:
    said, code = run("--parameters", "ExistingVpcId")

    assert code == 2
    assert "'ExistingVpcId' is no Name=value" in said


@pytest.mark.parametrize(("count", "zones"), [({}, 2), ({"ZoneCount": "3"}, 3), ({"ZoneCount": "1"}, 1)])
def test_a_new_network_has_the_zones_that_are_counted(count: dict[str, str], zones: int) -> None:
    meant = Intention(count)

    assert meant.asked.zones == zones
    assert meant.vpcs == ()


def test_of_an_existing_one_the_public_subnets_count() -> None:
    subnets = "subnet-0123456789abcdef0,subnet-0123456789abcdef1,subnet-0123456789abcdef2"

    assert Intention({"ExistingPublicSubnetIds": subnets, "ZoneCount": "2"}).asked.zones == 3


def test_a_table_that_another_natkeeper_stack_serves_is_told_unless_it_is_the_one_that_is_meant(
    vpc: Built, run: Any
) -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "natkeeper:stack", "Value": "elsewhere"}]}]
    arm = [{"Name": "architecture", "Values": ["arm64"]}]
    image = vpc.ec2.describe_images(Filters=arm)["Images"][0]["ImageId"]
    launched = vpc.ec2.run_instances(
        ImageId=image,
        InstanceType="t4g.nano",
        MinCount=1,
        MaxCount=1,
        SubnetId=vpc.public[0],
        TagSpecifications=tags,
    )["Instances"][0]
    route = {"DestinationCidrBlock": ANYWHERE, "InstanceId": launched["InstanceId"]}
    vpc.ec2.create_route(RouteTableId=vpc.tables[0], **route)

    said, code = run("--json", *given(vpc))
    told = json.loads(said)["parameters"]
    assert code == 1
    assert wrong(told) == ["other stacks"]
    assert "served by natkeeper stack elsewhere" in said
    said, code = run("--json", "--stack", "elsewhere", *given(vpc))
    assert (wrong(json.loads(said)["parameters"]), code) == ([], 0)


def test_a_standby_is_a_second_node_in_each_zone() -> None:
    assert Intention({"Standby": "zone"}).asked.nodes_per_zone == 2
    assert Intention({"Standby": "none"}).asked.nodes_per_zone == 1
    assert Intention({}).asked.nodes_per_zone == 1
