"""docs/aws-traps.md names the test that holds each trap; the few that no other file holds are here."""

from __future__ import annotations

import ast
import re

import pytest

from natkeeper.adapters.aws_errors import error_class
from natkeeper.core.errors import NotReadyError
from tests.template.cfn import ROOT, Stack
from tests.template.stacks import ALL, EVERYTHING, TUTORIAL, listed, statements

ROWS = [
    line
    for line in (ROOT / "docs" / "aws-traps.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| trap |")
]
ELSEWHERE = "only on Amazon Linux"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_each_trap_is_held_by_tests_that_exist(row: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
    assert named or ELSEWHERE in row
    for file, test in named:
        tree = ast.parse((ROOT / file).read_text())
        assert test in {f.name for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}, (file, test)


def test_the_list_is_the_whole_list() -> None:
    assert len(ROWS) >= 45


def test_an_instance_profile_that_is_not_known_yet_is_waited_for() -> None:
    # EC2's words some seconds after the profile was made; a wrong one would be told in the same words
    message = "Value (natkeeper-NodeProfile-1) for parameter iamInstanceProfile.name is invalid. "
    assert (
        error_class("InvalidParameterValue", f"{message}Invalid IAM Instance Profile name", 400)
        is NotReadyError
    )


def test_the_source_dest_check_is_set_on_the_interface() -> None:
    actions = {a for s in statements(EVERYTHING, "ReconcileRole") for a in listed(s["Action"])}
    assert "ec2:ModifyNetworkInterfaceAttribute" in actions
    assert "ec2:ModifyInstanceAttribute" not in actions


def test_the_test_hosts_subnet_is_given_in_one_place() -> None:
    host = TUTORIAL.properties("TestHostInstance")
    template = TUTORIAL.properties("TestHostLaunchTemplate")["LaunchTemplateData"]
    places = [
        "SubnetId" in host,
        any("SubnetId" in interface for interface in host.get("NetworkInterfaces", [])),
        "NetworkInterfaces" in template,
    ]
    assert places.count(True) == 1


@pytest.mark.parametrize("stack", ALL.values(), ids=ALL.keys())
def test_the_clean_up_is_told_the_same_subnets_and_addresses_as_the_controller(stack: Stack) -> None:
    told = stack.properties("Teardown")
    known = stack.properties("ReconcileFunction")["Environment"]["Variables"]
    new = stack.parameters["NetworkMode"] == "new"

    assert [a for a in known["ALLOCATION_IDS"].split(",") if a] == told["AllocationIds"]
    # In an existing network CloudFormation deletes no subnet, so none is waited for.
    assert told["PublicSubnetIds"] == (known["PUBLIC_SUBNET_IDS"].split(",") if new else [])


def test_the_controller_knows_of_an_update_before_the_clean_up_waits_for_it() -> None:
    assert "ReconcileFunction" in EVERYTHING.resources()["Teardown"]["DependsOn"]
