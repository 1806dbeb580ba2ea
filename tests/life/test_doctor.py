"""`python -m doctor` and the doctor's function on the local AWS: VPCs that are broken each in their own way,
each mistake found, none invented, nothing written, and in what time."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.ec2.clock import wait_until
from lab.local_aws.aws import ROOT, LocalAws
from lab.stage.deployment import come_to_rest, delete, deploy
from lab.stage.stack_view import StackView
from tests.doctor import broken
from tests.doctor.region import ANYWHERE, Built, build_vpc
from tests.life.account import inventory, leftovers
from tests.life.conftest import PARAMETERS, PATIENCE

BEFORE, FUNCTION = 20.0, 10.0  # seconds: so long may a look take before a deployment, and by the function
ADDRESSES = "L-0263D0A3"
READING = ("Describe", "Get", "List")
PUBLIC, ACLS, BLOCK = "way out of the public subnets", "network ACLs", "block public access"


@dataclass(frozen=True)
class Look:
    """What one run of the command said, how it ended, and how long it took."""

    told: Mapping[str, Any]
    code: int
    seconds: float

    @property
    def vpc(self) -> Mapping[str, Any]:
        """What is said of the one VPC."""
        (vpc,) = self.told["vpcs"]
        return dict(vpc)

    @property
    def given(self) -> set[str]:
        """The checks that find the given parameters wrong."""
        return _wrong(self.told["parameters"])

    @property
    def own(self) -> set[str]:
        """The checks that find the account wrong, or the stack that the doctor itself proposes."""
        return _wrong([*self.told["account"], *self.vpc["checks"]])


def _wrong(checks: list[Any]) -> set[str]:
    return {check["check"] for check in checks if check["verdict"] == "wrong"}


def addresses_are_used_up(aws: LocalAws, _: Built) -> Iterator[None]:
    there = len(aws.client("ec2").describe_addresses()["Addresses"])
    aws.control.quota(ADDRESSES, there + 1)
    yield
    aws.control.quota(ADDRESSES, 200)


def internet_is_blocked(aws: LocalAws, _: Built) -> Iterator[None]:
    aws.control.block("block-bidirectional")
    yield
    aws.control.block("off")


BROKEN: Mapping[broken.Break, tuple[set[str], set[str]]] = {
    broken.public_subnet_is_private: ({PUBLIC}, set()),
    broken.two_public_subnets_of_a_zone: ({"one public subnet a zone"}, set()),
    broken.public_table_as_private: ({"private route tables"}, set()),
    broken.table_of_another_vpc: ({"route tables"}, set()),
    broken.range_of_the_pods_is_left_out: ({"ranges"}, set()),
    broken.public_subnet_is_full: ({"room in the public subnets"}, set()),
    broken.no_name_server: ({"name server"}, {"name server"}),
    broken.answers_are_dropped: ({ACLS}, {ACLS}),
}
"""With what the parameters get wrong, and what is wrong with any stack, also the one that is proposed."""
ACCOUNTS = {addresses_are_used_up: "address quota", internet_is_blocked: BLOCK}


@pytest.fixture(scope="module", autouse=True)
def roomy(aws: LocalAws) -> None:
    """An account that has asked for the addresses of so many gateways."""
    aws.control.quota(ADDRESSES, 200)


@pytest.fixture
def vpc(aws: LocalAws) -> Built:
    """A healthy one of two zones, each with a NAT gateway."""
    made = build_vpc(aws.client("ec2"))
    for number in range(2):
        made.gateway(number)
    return made


def look(aws: LocalAws, *words: str) -> Look:
    """Runs the command; nothing of the account may be different afterwards, nor may anything be tried."""
    before, began = inventory(aws), time.time()
    done = subprocess.run(
        [sys.executable, "-m", "doctor", "--json", *words],
        cwd=ROOT, env={**os.environ, **aws.environment()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.time() - began
    calls = [call["action"] for call in aws.control.calls(began)]
    print(f"python -m doctor {shlex.join(words)[:60]}: {seconds:.1f} s, {len(calls)} calls of EC2 and SSM")
    assert not done.stderr
    assert calls
    assert [action for action in calls if not action.startswith(READING)] == []
    assert leftovers(before, inventory(aws)) == {}
    assert seconds < BEFORE
    return Look(json.loads(done.stdout), done.returncode, seconds)


def asked(vpc: Built, **changed: str) -> list[str]:
    """The words that ask for what a stack with these parameters would meet."""
    given = {"NetworkMode": "existing", **vpc.parameters(**changed)}
    return ["--parameters", *(f"{name}={value}" for name, value in given.items())]


def test_of_a_healthy_vpc_everything_is_read_and_nothing_is_wrong(aws: LocalAws, vpc: Built) -> None:
    seen = look(aws, *asked(vpc))
    checks = [*seen.told["account"], *seen.told["parameters"], *seen.vpc["checks"]]

    assert seen.code == 0
    assert {check["verdict"] for check in checks} == {"ok"}
    assert len(seen.told["parameters"]) == len(seen.told["account"]) + len(seen.vpc["checks"])
    assert seen.vpc["nat_gateways"]
    assert set(vpc.tables) == set(_parameter(seen, "ExistingPrivateRouteTableIds"))


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: change.__name__)
def test_each_mistake_is_found_and_nothing_else(aws: LocalAws, vpc: Built, change: broken.Break) -> None:
    seen = look(aws, *asked(vpc, **change(vpc)))

    assert (seen.given, seen.own) == BROKEN[change]
    assert seen.code == 1


@pytest.mark.parametrize("change", ACCOUNTS, ids=lambda change: change.__name__)
def test_what_is_wrong_with_the_account_is_found_and_nothing_else(
    aws: LocalAws, vpc: Built, change: Any
) -> None:
    broken_now = change(aws, vpc)
    next(broken_now)
    seen = look(aws, *asked(vpc))
    list(broken_now)

    assert (seen.given, seen.own) == ({ACCOUNTS[change]}, {ACCOUNTS[change]})
    assert seen.code == 1


def test_a_table_that_another_stack_serves_is_told_with_its_owner_and_proposed_to_nobody(
    aws: LocalAws, vpc: Built
) -> None:
    node = _node_of_another_stack(vpc)
    vpc.ec2.replace_route(RouteTableId=vpc.tables[0], DestinationCidrBlock=ANYWHERE, InstanceId=node)
    seen = look(aws, "--vpc", vpc.id)
    (table,) = [table for table in seen.vpc["route_tables"] if table["id"] == vpc.tables[0]]

    assert (table["served_by"], table["target"]) == ("natkeeper", f"stack elsewhere, {node}")
    assert _parameter(seen, "ExistingPrivateRouteTableIds") == [vpc.tables[1]]
    assert any(f"serves {vpc.tables[0]} already" in remark for remark in seen.vpc["remarks"])
    assert seen.own == set()


def test_a_vpc_that_is_not_there_is_told_and_is_an_error(aws: LocalAws) -> None:
    seen = look(aws, "--vpc", "vpc-0fffffffffffffff0")

    assert seen.code == 1
    assert seen.told["could_not_be_read"] == "there is no VPC vpc-0fffffffffffffff0 in us-east-1"


def test_the_function_finds_a_healthy_stack_healthy_and_then_what_somebody_broke(
    aws: LocalAws, built: Path, vpc: Built
) -> None:
    given = {**PARAMETERS, "NetworkMode": "existing", **vpc.parameters()}
    deploy(aws, "examined", built, **given)
    view = StackView(aws, "examined", vpc.tables)
    come_to_rest(view, PATIENCE)
    aws.control.minute(600)  # no sweep and no probe beside it, whose calls would be counted
    assert wait_until(lambda: not aws.control.calls(time.time() - 10), PATIENCE, 1)
    # Of all settings those that a process starts with: ministack keeps a warm one over any other.
    aws.client("lambda").update_function_configuration(FunctionName="examined-doctor", MemorySize=640)
    before = cold_starts(aws)
    healthy = examination(aws)
    assert cold_starts(aws) == before + 1, "it is a first call that was measured"
    broken.answers_are_dropped(vpc)
    ill = examination(aws)

    assert healthy.startswith("Stack examined in us-east-1: ")
    assert "0 wrong, 0 could not be read" in healthy
    assert [line.split(":")[1].strip() for line in ill.splitlines() if line.startswith("wrong:")] == [ACLS]
    delete(aws, "examined")


def examination(aws: LocalAws) -> str:
    """What the function says when it is called; nothing is written by that."""
    began = time.time()
    answer = aws.client("lambda").invoke(FunctionName="examined-doctor")
    seconds = time.time() - began
    calls = [call["action"] for call in aws.control.calls(began)]
    print(f"examined-doctor: {seconds:.1f} s, {len(calls)} calls of EC2 and SSM")
    assert calls
    assert [action for action in calls if not action.startswith(READING)] == []
    assert seconds < FUNCTION
    return str(json.loads(answer["Payload"].read())["summary"])


def cold_starts(aws: LocalAws) -> int:
    """How many processes of the function have been started."""
    return (aws.logs / "aws.log").read_text().count("worker spawned for examined-doctor ")


def _parameter(seen: Look, name: str) -> list[str]:
    """What the proposed line gives a parameter."""
    words = (word.partition("=") for word in shlex.split(seen.vpc["deploy"]))
    return next(value.split(",") for key, _, value in words if key == name)


def _node_of_another_stack(vpc: Built) -> str:
    arm = [{"Name": "architecture", "Values": ["arm64"]}]
    image = vpc.ec2.describe_images(Filters=arm)["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "natkeeper:stack", "Value": "elsewhere"}]}]
    made = vpc.ec2.run_instances(
        ImageId=image, InstanceType="t4g.nano", MinCount=1, MaxCount=1, SubnetId=vpc.public[0],
        TagSpecifications=tags,
    )  # fmt: skip
    return str(made["Instances"][0]["InstanceId"])
