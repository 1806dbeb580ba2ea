"""The reader of commands is no kinder than the AWS CLI."""

from __future__ import annotations

import pytest

from tests.template.aws_cli import commands, read

TAG = 'aws ec2 create-tags --resources "$TABLE" rtb-2 --tags Key=natkeeper:hold,Value='


def test_a_command_is_read_as_the_call_that_it_is() -> None:
    call = read(TAG, {"TABLE": "rtb-1"})

    assert (call.service, call.operation) == ("ec2", "CreateTags")
    tags = [{"Key": "natkeeper:hold", "Value": ""}]
    assert call.parameters == {"Resources": ["rtb-1", "rtb-2"], "Tags": tags}


def test_a_filter_has_every_value_that_a_comma_separates() -> None:
    call = read("aws ec2 describe-vpcs --filters Name=vpc-id,Values=vpc-1,vpc-2 --query 'Vpcs[].VpcId'", {})

    assert call.parameters == {"Filters": [{"Name": "vpc-id", "Values": ["vpc-1", "vpc-2"]}]}
    assert call.query == "Vpcs[].VpcId"


def test_a_command_that_waits_asks_what_its_waiter_asks() -> None:
    call = read("aws ec2 wait nat-gateway-deleted --nat-gateway-ids nat-1", {})

    assert (call.operation, call.waiter) == ("DescribeNatGateways", "nat_gateway_deleted")
    assert call.parameters == {"NatGatewayIds": ["nat-1"]}


def test_an_option_without_a_value_is_a_yes() -> None:
    call = read("aws ec2 associate-address --allow-reassociation --allocation-id eipalloc-1", {})

    assert call.parameters == {"AllocationId": "eipalloc-1", "AllowReassociation": True}


@pytest.mark.parametrize(
    "wrong",
    [
        "aws ec2 create-tag --resources rtb-1",
        "aws ec2 create-tags --resource rtb-1",
        "aws ec2 create-tags --resources rtb-1",
        "aws ec2 create-tags --resources rtb-1 --tags Name=a,Value=b",
        "aws ec2 create-tags --resources rtb-1 --tags Key=a,Value= --no-cli-pager",
        "aws ec2 create-tags --resources $TABLE --tags Key=a,Value=b",
        "aws ec2 wait nat-gateway-gone --nat-gateway-ids nat-1",
        "aws ec2 associate-address --allow-reassociation true --allocation-id eipalloc-1",
    ],
)
def test_what_the_cli_refuses_is_refused(wrong: str) -> None:
    with pytest.raises((AssertionError, StopIteration, KeyError)):
        read(wrong, {})


def test_the_commands_of_a_heading_are_those_of_its_blocks_and_whole() -> None:
    one = "aws ec2 a \\\n  --b > c.json\nsam build\nexport D=$(aws ec2 d --e)"
    page = f"\n## One\n```\n{one}\n```\n## Two\n```\naws f\n```\n"

    assert [" ".join(line.split()) for line in commands(page, "One")] == ["aws ec2 a --b", "aws ec2 d --e"]
    assert len(list(commands(page))) == 3
