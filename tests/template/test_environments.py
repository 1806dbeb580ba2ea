"""samconfig.toml's environments: stacks that CloudFormation takes, and that do what their names promise."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from samcli.cli.types import CfnParameterOverridesType

from tests.template.cfn import ROOT, Stack, template

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
ENVIRONMENTS = [name for name in CONFIG if name != "version"]


def deploys(environment: str) -> Any:
    return CONFIG[environment]["deploy"]["parameters"]


def stack(environment: str) -> Stack:
    given = deploys(environment).get("parameter_overrides", [])
    return Stack(CfnParameterOverridesType().convert(given, None, None))


def test_sam_deploy_asks_nothing() -> None:
    deploy = deploys("default")
    assert deploy["confirm_changeset"] is False
    assert deploy["fail_on_empty_changeset"] is False
    assert deploy["resolve_s3"] is True
    assert deploy["capabilities"] == "CAPABILITY_IAM"
    assert "region" not in deploy


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_deploys_as_the_others_do_into_a_stack_of_its_own(environment: str) -> None:
    shared = ("resolve_s3", "capabilities", "fail_on_empty_changeset")
    names = [CONFIG[name]["global"]["parameters"]["stack_name"] for name in ENVIRONMENTS]

    assert [deploys(environment)[key] for key in shared] == [deploys("default")[key] for key in shared]
    assert CONFIG[environment]["build"] == CONFIG["default"]["build"]
    assert deploys(environment)["s3_prefix"] == CONFIG[environment]["global"]["parameters"]["stack_name"]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cloudformation_takes_the_parameters_of_an_environment(environment: str) -> None:
    given = stack(environment)

    assert given.broken_rules() == []
    for name, value in given.given.items():
        parameter = template()["Parameters"][name]
        assert value in map(str, parameter.get("AllowedValues", [value]))
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), value)


def test_dev_sleeps_on_spot_and_costs_nothing_while_it_sleeps() -> None:
    parameters = stack("dev").parameters

    assert (parameters["Awake"], parameters["Market"]) == ("on-demand", "spot")
    assert (parameters["KeepAddress"], parameters["Dashboard"]) == ("false", "false")


def test_prod_has_two_zones_alarms_and_asks_before_it_changes_anything() -> None:
    resources = stack("prod").resources().values()

    assert deploys("prod")["confirm_changeset"] is True
    assert len([r for r in resources if r["Type"] == "AWS::EC2::EIP"]) == 2
    assert [r for r in resources if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert stack("prod").parameters["GatewayMetrics"] == "alarms"
