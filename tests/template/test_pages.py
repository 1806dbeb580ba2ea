"""Template, settings and docs agree."""

from __future__ import annotations

import json
import re

import pytest

from tests.template.cfn import ROOT, template
from tests.template.orders_page import OPERATIONS, operations_page
from tests.template.pages import (
    PARAMETERS,
    READERS,
    SECURITY,
    WIDEST,
    parameters_page,
    read_by_settings,
    security_page,
)
from tests.template.stacks import ROLES


@pytest.mark.parametrize("function", READERS)
def test_the_template_sets_exactly_the_variables_that_the_settings_read(function: str) -> None:
    shared = template()["Globals"]["Function"]["Environment"]["Variables"].keys()
    own = WIDEST.properties(f"{function}Function")["Environment"]["Variables"].keys()
    told = {name for name in (*shared, *own) if not name.startswith("POWERTOOLS_")}

    assert told == read_by_settings(function)


def test_the_parameters_page_is_current() -> None:
    assert PARAMETERS.read_text() == parameters_page(), "run `make docs`"


def test_the_security_page_is_current() -> None:
    assert SECURITY.read_text() == security_page(), "run `make docs`"


@pytest.mark.parametrize("role", ROLES)
def test_the_security_page_lists_every_statement_under_whatever_parameters_it_is_there(role: str) -> None:
    section = SECURITY.read_text().partition(f"\n## {role}\n")[2].partition("\n## ")[0]
    statements = set(re.findall(r'"Sid": "(\w+)"', json.dumps(template()["Resources"][role])))

    assert statements
    assert {sid for sid in statements if f"| {sid} |" not in section} == set()


def test_the_grammar_of_orders_is_current() -> None:
    assert OPERATIONS.read_text() == operations_page(), "run `make docs`"


def test_the_runbook_knows_every_alarm() -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text()
    alarms = [r for r in WIDEST.resources().values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    names = [alarm["Properties"]["AlarmName"].removeprefix("natkeeper") for alarm in alarms]

    assert names
    assert not [name for name in names if f"{name}`" not in runbook]
