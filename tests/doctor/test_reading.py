"""What the doctor asks AWS: it only reads, and what it is not told is never a mistake."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from natkeeper import bootstrap
from natkeeper.core.doctor.asked import Asked
from natkeeper.core.doctor.checks import CHECKS, examine
from natkeeper.core.doctor.findings import Occasion, Verdict
from natkeeper.core.doctor.network import vpc_of
from natkeeper.core.model import Unread
from natkeeper.doctor.request import asked_for
from tests.doctor.region import Built, build_vpc

READS = ("Describe", "Get", "List")


@dataclass
class Watched:
    """Stands where `bootstrap` finds boto3: notes each call, and denies some of them."""

    denied: frozenset[str] = frozenset()
    everything: bool = False
    calls: list[str] = field(default_factory=list)

    def client(self, service: str, **options: Any) -> Any:
        made: Any = boto3.client(service, **options)  # type: ignore[call-overload]
        made.meta.events.register("before-parameter-build", self._saw)
        return made

    def _saw(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        if self.everything or model.name in self.denied:
            words = {"Error": {"Code": "UnauthorizedOperation", "Message": "You are not authorized."}}
            raise ClientError(words, model.name)  # type: ignore[arg-type]


def calls_for(asked: Asked, occasion: Occasion, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls by which it reads what the checks of this occasion need."""
    watched = Watched()
    monkeypatch.setattr(bootstrap, "boto3", watched)
    bootstrap.survey().take(asked, occasion)
    return watched.calls


@pytest.mark.parametrize("occasion", Occasion)
def test_it_only_reads(vpc: Built, occasion: Occasion, monkeypatch: pytest.MonkeyPatch) -> None:
    vpc.gateway()
    calls = calls_for(asked_for(vpc.parameters()), occasion, monkeypatch)

    assert calls
    assert not [call for call in calls if not call.startswith(READS)]


def test_a_region_is_read_by_as_many_calls_however_many_vpcs_it_has(
    vpc: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for number in range(1, 4):
        calls = calls_for(asked_for(vpc.parameters()), Occasion.BEFORE, monkeypatch)
        counts.append(len([call for call in calls if call != "DescribeVpcAttribute"]))
        build_vpc(vpc.ec2, second=number)

    assert counts == [counts[0]] * 3
    assert counts[0] < 20


@pytest.mark.parametrize("brought", ["", "eipalloc-0123456789abcdef0"])
def test_a_proposal_reads_addresses_only_where_some_come_along(
    vpc: Built, brought: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_for(vpc.parameters(ExistingAllocationIds=brought))
    calls = calls_for(asked, Occasion.DEPLOYMENT, monkeypatch)

    about_them = {"DescribeAddresses", "DescribeNatGateways", "DescribeInstances"}
    assert about_them.intersection(calls) == (about_them if brought else set())


@pytest.mark.parametrize("keeps", ["true", "false"])
def test_a_stack_that_keeps_addresses_is_looked_at_for_what_became_of_them(
    vpc: Built, keeps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_for(vpc.parameters(KeepAddress=keeps), "natkeeper")
    calls = calls_for(asked, Occasion.DEPLOYMENT, monkeypatch)

    assert ("DescribeAddresses" in calls) is (keeps == "true")


def test_whose_an_address_is_stands_in_its_tags(vpc: Built) -> None:
    tags: dict[str, dict[str, str]] = {
        "theirs": {},
        "zone's": {"natkeeper:stack": "natkeeper"},
        "lent": {"natkeeper:stack": "natkeeper", "natkeeper:role": "last-resort"},
        "stays": {"natkeeper:retained": "natkeeper"},
    }
    made = {vpc.ec2.allocate_address(Domain="vpc")["AllocationId"]: name for name in tags}
    for allocation, name in made.items():
        pairs: Any = [{"Key": key, "Value": value} for key, value in tags[name].items()]
        if pairs:
            vpc.ec2.create_tags(Resources=[allocation], Tags=pairs)
    read = bootstrap.survey().region.addresses()

    assert {made[e.allocation]: (e.stack, e.lent, e.retained_by) for e in read if e.allocation in made} == {
        "theirs": ("", False, ""),
        "zone's": ("natkeeper", False, ""),
        "lent": ("natkeeper", True, ""),
        "stays": ("", False, "natkeeper"),
    }


@pytest.mark.parametrize("occasion", Occasion)
def test_who_may_read_nothing_finds_nothing_wrong(
    vpc: Built, occasion: Occasion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "boto3", Watched(everything=True))
    asked = asked_for(vpc.parameters(LastResort="nat-gateway"), "natkeeper")
    findings = examine(bootstrap.survey().take(asked, occasion), asked, occasion)

    assert {f.check.name for f in findings if f.verdict is not Verdict.UNREAD} <= {"parameters"}
    assert all(
        "UnauthorizedOperation" in f.unread or "not looked at" in f.unread for f in findings if f.unread
    )


@pytest.mark.parametrize("call", [
    "DescribeVpcs", "DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls", "DescribeImages",
    "DescribeInstanceTypes", "GetParameters", "DescribeVpcAttribute", "DescribeNatGateways",
])  # fmt: skip
def test_one_refusal_hides_no_other_part_and_invents_nothing(
    vpc: Built, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "boto3", Watched(denied=frozenset((call,))))
    asked = asked_for(vpc.parameters())
    findings = examine(bootstrap.survey().take(asked, Occasion.BEFORE), asked, Occasion.BEFORE)

    assert not [f for f in findings if f.verdict is Verdict.WRONG]
    assert [f for f in findings if f.verdict is Verdict.OK]


def test_what_gateways_carried_is_the_sum_of_both_directions(vpc: Built) -> None:
    gateway, now = vpc.gateway(), datetime.now(UTC)
    watch: Any = boto3.client("cloudwatch")
    names = ("BytesInFromSource", "BytesInFromDestination", "BytesOutToDestination")
    watch.put_metric_data(
        Namespace="AWS/NATGateway",
        MetricData=[
            {"MetricName": name, "Value": 100.0, "Timestamp": now.replace(hour=0, minute=0),
             "Dimensions": [{"Name": "NatGatewayId", "Value": gateway}]}
            for name in names
        ],
    )  # fmt: skip
    facts = bootstrap.survey().take(asked_for({}), Occasion.BEFORE)

    assert not isinstance(facts.carried, Unread)
    assert sum(facts.carried[gateway]) == 200.0


def test_without_a_named_vpc_it_is_that_of_the_subnets(vpc: Built) -> None:
    asked = asked_for(vpc.parameters(ExistingVpcId=""))

    assert vpc_of(bootstrap.survey().take(asked, Occasion.RUNNING), asked) == vpc.id


def test_every_check_says_what_it_looks_at_why_and_when() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(check.looks_at and check.why and check.occasions for check in CHECKS)
