"""docs/first-deploy.md names only what exists: it will be followed once, under pressure, by copying."""

from __future__ import annotations

import re

import pytest

from node.pack import sources
from tests.template.cfn import ROOT, Stack, template
from tests.template.stacks import TUTORIAL, of_type

PAGE = (ROOT / "docs" / "first-deploy.md").read_text()
STACK = Stack({**TUTORIAL.given, "NotificationEmail": "me@example.com"})
# AWS's own words, which look like names of ours.
AWS = {
    "AccessDenied",
    "AssociateAddress",
    "Association",
    "CloudTrailEvent",
    "ENABLED",
    "OnFailure",
    "Online",
    "PrivateIpAddress",
    "PublicIpAddress",
    "ReplaceRoute",
    "RequestLimitExceeded",
    "SentTimestamp",
    "UnauthorizedOperation",
}
PATH = re.compile(r"(?:docs|events|layers|lab|tests|functions)/[\w./-]+|\b[A-Z]+\.md\b")


def sids() -> set[str]:
    """The names of all statements."""
    roles = of_type("AWS::IAM::Role").values()
    policies = [policy for role in roles for policy in role["Properties"]["Policies"]]
    statements = [s for policy in policies for s in policy["PolicyDocument"]["Statement"]]
    return {(s["Fn::If"][1] if "Fn::If" in s else s)["Sid"] for s in statements}


def ours() -> set[str]:
    """The names that the template gives: parameters, outputs, resources, statements."""
    parts = ("Parameters", "Outputs", "Resources")
    return {name for part in parts for name in template()[part]} | sids()


def named() -> set[str]:
    """Names of functions, alarms and log groups of a stack that is called natkeeper."""
    keys = ("FunctionName", "AlarmName", "LogGroupName")
    found = [r.get("Properties", {}).get(key) for r in STACK.resources().values() for key in keys]
    return {str(name).removeprefix("/aws/lambda/") for name in found if name}


def test_every_name_in_code_is_in_the_template_or_is_a_word_of_aws() -> None:
    words = {w for code in re.findall(r"`([^`\n]+)`", PAGE) for w in re.findall(r"^[A-Z][A-Za-z0-9]+$", code)}

    assert len(words & ours()) > 5
    assert words - ours() <= AWS, words - ours() - AWS


def test_every_output_that_is_asked_for_is_shown_by_this_deployment() -> None:
    asked = set(re.findall(r"\$\(out ([A-Za-z0-9]+)\)", PAGE))

    assert len(asked) > 5
    assert asked <= STACK.outputs().keys()


def test_every_parameter_that_is_set_exists() -> None:
    lines = re.findall(r"--parameter-overrides ([^`\n]+)", PAGE)
    given = {name for line in lines for name in re.findall(r"\b([A-Z]\w+)=", line)}

    assert given
    assert given <= template()["Parameters"].keys()


def test_every_function_log_and_alarm_has_that_name() -> None:
    logs = {f"natkeeper-{name}" for name in re.findall(r"\bsaid ([a-z]+)", PAGE)}
    written = set(re.findall(r"(?:--alarm-name |/aws/lambda/|`)(natkeeper-[a-z][a-z-]*[a-z])\b", PAGE))

    assert logs | written
    assert (logs | written) <= named()


@pytest.mark.parametrize("path", sorted(set(PATH.findall(PAGE))))
def test_every_file_that_is_named_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_unit_that_is_stopped_is_one_that_the_node_has() -> None:
    units = re.findall(r"systemctl stop (\S+?)[;`]", PAGE)
    carried = {path.rpartition("/")[2] for path in sources()}

    assert units
    assert all(f"{unit}.service" in carried for unit in units)
