"""Each parameter of both templates takes what is right, refuses what cannot be, and is explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.template.cfn import FLEET, TEMPLATE, template
from tests.template.values import BAD, FLEET_BAD, FLEET_GOOD, GOOD, Values

PARAMETERS = {path: template(path)["Parameters"] for path in (TEMPLATE, FLEET)}
EVERY = [(path, name) for path, parameters in PARAMETERS.items() for name in parameters]
FORWARDS = [f"PortForward{number}" for number in range(1, 5)]
TRIED = {TEMPLATE: (GOOD.keys() & BAD.keys()) | set(FORWARDS), FLEET: FLEET_GOOD.keys() & FLEET_BAD.keys()}


def _each(*several: tuple[Path, Values]) -> list[tuple[Path, str, str]]:
    return [(path, name, value) for path, of in several for name, values in of.items() for value in values]


def label(value: object) -> str | None:
    return value.name if isinstance(value, Path) else None


@pytest.mark.parametrize(("path", "name", "value"), _each((TEMPLATE, GOOD), (FLEET, FLEET_GOOD)), ids=label)
def test_a_right_value_is_taken(path: Path, name: str, value: str) -> None:
    assert re.search(PARAMETERS[path][name]["AllowedPattern"], value)


@pytest.mark.parametrize(("path", "name", "value"), _each((TEMPLATE, BAD), (FLEET, FLEET_BAD)), ids=label)
def test_a_wrong_value_is_refused(path: Path, name: str, value: str) -> None:
    assert not re.search(PARAMETERS[path][name]["AllowedPattern"], value)


@pytest.mark.parametrize(("path", "name"), EVERY, ids=label)
def test_every_parameter_is_held_explained_and_in_one_group_of_the_console(path: Path, name: str) -> None:
    parameter = PARAMETERS[path][name]
    held = parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}
    groups = template(path)["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert len(parameter["Description"]) <= 120
    assert held, f"{name} takes anything"
    assert [name in group["Parameters"] for group in groups].count(True) == 1
    if "AllowedPattern" in held:
        assert parameter["ConstraintDescription"]
        assert re.fullmatch(r"\^.*\$", parameter["AllowedPattern"])
        assert name in TRIED[path]


@pytest.mark.parametrize(("path", "name"), EVERY, ids=label)
def test_every_default_is_allowed_so_a_deployment_asks_nothing(path: Path, name: str) -> None:
    parameter: dict[str, Any] = PARAMETERS[path][name]
    default = str(parameter["Default"])

    assert re.search(parameter.get("AllowedPattern", ""), default)
    assert default in [str(v) for v in parameter.get("AllowedValues", [default])]


@pytest.mark.parametrize("path", PARAMETERS, ids=label)
def test_no_parameter_uses_a_type_that_refuses_to_be_empty(path: Path) -> None:
    assert {p["Type"] for p in PARAMETERS[path].values()} <= {"String", "Number"}


@pytest.mark.parametrize("path", PARAMETERS, ids=label)
def test_no_group_names_what_is_no_parameter(path: Path) -> None:
    groups = template(path)["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(PARAMETERS[path])


def test_all_port_forwards_have_one_pattern() -> None:
    assert len({PARAMETERS[TEMPLATE][name]["AllowedPattern"] for name in FORWARDS}) == 1
