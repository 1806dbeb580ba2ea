"""A release: the same bytes in every build, and launched from a bucket of one's own, by CloudFormation's API
as a launch link uses it, without SAM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.local_aws.aws import LocalAws
from lab.stage.deployment import come_to_rest
from lab.stage.stack_view import StackView
from release.package import PREFIX, package, template_name
from release.package import STACK as STACK_TEMPLATE
from tests.integration.test_package import build_all
from tests.life.account import inventory, leftovers
from tests.life.conftest import PARAMETERS, PATIENCE

BUCKET, STACK = "releases-of-mine", "launched"
GIVEN = {**PARAMETERS, "AssetBucket": BUCKET, "ZoneCount": "1", "InstanceTypes": "t4g.nano"}
WAITER = {"Delay": 1, "MaxAttempts": int(PATIENCE)}


@pytest.fixture(scope="module")
def bucket(aws: LocalAws, built: Path) -> str:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for name, content in package({STACK_TEMPLATE: built}).items():
        s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=content)
    return f"{aws.endpoint}/{BUCKET}/{PREFIX}/{template_name()}"


def test_a_launched_stack_heals_and_leaves_nothing(aws: LocalAws, bucket: str) -> None:
    cloudformation: Any = aws.client("cloudformation")
    before = inventory(aws)

    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=bucket,
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in GIVEN.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig=WAITER)
    view = StackView(aws, STACK)

    come_to_rest(view, PATIENCE)
    cloudformation.delete_stack(StackName=STACK)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig=WAITER)
    assert not leftovers(before, inventory(aws))


def test_two_builds_in_two_folders_and_regions_are_equal_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = package(build_all(tmp_path / "first"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")

    assert package(build_all(tmp_path / "again")) == first
