"""docs/adopt.md will be followed by copying, on a network that carries traffic."""

from __future__ import annotations

import re

import pytest

from natkeeper.adapters.ec2_network import HOLD
from natkeeper.adapters.ec2_survey import RETAINED
from tests.template.aws_cli import commands, read
from tests.template.cfn import ROOT, template

PAGE = (ROOT / "docs" / "adopt.md").read_text()
SHELL = dict(re.findall(r"\b([A-Z_]+)=([^\s$]+)", "\n".join(re.findall(r"^export .*", PAGE, re.MULTILINE))))


@pytest.mark.parametrize("command", list(commands(PAGE)))
def test_every_command_is_one_that_aws_knows(command: str) -> None:
    call = read(command, {"ADDRESS_A": "eipalloc-0123456789abcdef0", **SHELL})

    assert call.service in ("ec2", "cloudformation")


def test_every_parameter_and_output_that_is_set_or_named_exists() -> None:
    lines = "".join(re.findall(r"--parameter-overrides(.*?)```", PAGE, re.DOTALL))
    named = re.findall(r"\b([A-Z][a-z]\w+)=", lines) + re.findall(r"`([A-Z][a-z]+[A-Z]\w+)(?:=\w+)?`", PAGE)

    assert len(named) > 6
    assert set(named) <= template()["Parameters"].keys() | template()["Outputs"].keys()


def test_the_tags_are_those_that_are_looked_for() -> None:
    assert set(re.findall(r"natkeeper:[a-z-]+", PAGE)) - {"natkeeper:stack"} == {HOLD, RETAINED}
