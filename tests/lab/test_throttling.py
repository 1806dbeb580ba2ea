"""The functions' calls are refused as too many, in each service's own words, and nobody else's are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lab.ec2.throttling import Throttle
from lab.local_aws.aws import LocalAws

from .conftest import Cloud, _session

ONCE = Config(retries={"total_max_attempts": 1})
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    ],
}
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}],
}


def as_function(service: str, config: Config = ONCE) -> Any:
    """Returns a client with a temporary key, as functions have."""
    session: Any = _session()
    return session.client(
        service,
        aws_access_key_id="ASIA0123456789ABCDEF",
        aws_secret_access_key="secret",
        aws_session_token="token",
        config=config,
    )


def answers(call: Any, times: int) -> list[Any]:
    """Returns the error's code and HTTP status of each of several calls, or None for an accepted one."""
    found: list[Any] = []
    for _ in range(times):
        try:
            call()
        except ClientError as error:
            found.append(
                (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
            )
        else:
            found.append(None)
    return found


def test_ec2_refuses_so_many_calls_and_no_more(cloud: Cloud) -> None:
    cloud.world.faults.throttle = Throttle(2)
    limit = ("RequestLimitExceeded", 503)
    assert answers(as_function("ec2").describe_vpcs, 3) == [limit, limit, None]


def test_ssm_refuses_in_its_own_words(cloud: Cloud) -> None:
    cloud.world.faults.throttle = Throttle(1)
    assert answers(as_function("ssm").list_documents, 2) == [("ThrottlingException", 400), None]


def test_only_the_actions_asked_for_are_refused(cloud: Cloud) -> None:
    cloud.world.faults.throttle = Throttle(1, frozenset({"DescribeSubnets"}))
    ec2 = as_function("ec2")
    assert answers(ec2.describe_vpcs, 1) == [None]
    assert answers(ec2.describe_subnets, 1) == [("RequestLimitExceeded", 503)]


def test_the_accounts_own_key_is_never_refused(cloud: Cloud) -> None:
    cloud.world.faults.throttle = Throttle(5)
    assert answers(cloud.ec2.describe_vpcs, 1) == [None]
    assert cloud.world.faults.throttle.left == 5


def test_a_refused_call_changes_nothing_and_is_recorded(cloud: Cloud) -> None:
    interface = cloud.interface_of(cloud.running())
    cloud.route_to(interface)
    told: list[str] = []
    cloud.world.changed.append(lambda: told.append("changed"))
    cloud.world.faults.throttle = Throttle(1)
    with pytest.raises(ClientError):
        as_function("ec2").delete_route(RouteTableId=cloud.table, DestinationCidrBlock="0.0.0.0/0")
    assert cloud.default_route() is not None
    assert told == []
    found = next(call for call in cloud.world.calls if call["action"] == "DeleteRoute")
    assert (found["status"], found["function"], found["about"]["RouteTableId"]) == (503, True, cloud.table)


def test_boto3s_own_tries_use_up_the_count(cloud: Cloud) -> None:
    cloud.world.faults.throttle = Throttle(2)
    patient = as_function("ec2", Config(retries={"mode": "standard", "max_attempts": 3}))
    assert answers(patient.describe_vpcs, 1) == [None]
    assert [call["status"] for call in cloud.world.calls[-3:]] == [503, 503, 200]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """Both processes."""
    with LocalAws(tmp_path_factory.mktemp("logs")) as found:
        yield found


def assumed(aws: LocalAws) -> Any:
    """Returns an EC2 client of a role that may describe VPCs."""
    iam, name = aws.client("iam"), "reader"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=json.dumps(READ))
    keys = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="throttled")["Credentials"]
    session: Any = _session()
    return session.client(
        "ec2",
        endpoint_url=aws.endpoint,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=ONCE,
    )


def test_through_the_gateway_a_role_is_refused_and_the_account_is_not(aws: LocalAws) -> None:
    ec2 = assumed(aws)
    aws.control.throttle(1, "DescribeVpcs")
    assert answers(aws.client("ec2").describe_vpcs, 1) == [None]
    assert answers(ec2.describe_vpcs, 2) == [("RequestLimitExceeded", 503), None]
    assert [call["status"] for call in aws.control.calls() if call["function"]] == [503, 200]


def test_the_pace_and_the_delivery_are_set_from_outside(aws: LocalAws) -> None:
    assert aws.control.pace("published")["launch"] == 1.4
    assert aws.control.pace("quick")["launch"] == 0
    aws.control.delivery(loss=1)
    aws.control.emit("aws.ec2", "Lost", {"instance-id": "i-1"})
    aws.control.delivery()
    assert "lost on purpose: Lost" in Path(aws.logs / "ec2.log").read_text()
    with pytest.raises(ValueError, match="between 0 and 1"):
        aws.control.delivery(loss=2)
    with pytest.raises(ValueError, match="unknown pace"):
        aws.control.pace("slow")
