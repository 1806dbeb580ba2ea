"""Clients of the EC2 side: where VPCs, instances and documents really are."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_ssm import SSMClient

ACCOUNT = "123456789012"
REGION = "us-east-1"


def endpoint() -> str:
    """Returns the EC2 side's URL. Raises KeyError when the launcher has not set it."""
    return os.environ["NATKEEPER_EC2_ENDPOINT"]


def _client(service: str) -> Any:
    session: Any = boto3
    return session.client(
        service,
        endpoint_url=endpoint(),
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        # lab/ec2/corrections/calls.py leaves these calls out of its record.
        config=Config(user_agent_extra="natkeeper-lab"),
    )


@functools.cache
def ec2() -> EC2Client:
    """Returns EC2."""
    return _client("ec2")  # type: ignore[no-any-return]


@functools.cache
def ssm() -> SSMClient:
    """Returns SSM's documents and Run Command."""
    return _client("ssm")  # type: ignore[no-any-return]


@functools.cache
def iam() -> IAMClient:
    """Returns the EC2 side's IAM, which holds nothing but instance profiles."""
    return _client("iam")  # type: ignore[no-any-return]


def tags_of(identifiers: list[str]) -> dict[str, dict[str, str]]:
    """Returns the tags of EC2 resources, by resource id."""
    found: dict[str, dict[str, str]] = {identifier: {} for identifier in identifiers}
    if identifiers:
        answer = ec2().describe_tags(Filters=[{"Name": "resource-id", "Values": identifiers}])
        for tag in answer["Tags"]:
            found[tag["ResourceId"]][tag["Key"]] = tag["Value"]
    return found
