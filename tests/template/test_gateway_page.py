"""docs/gateway.md names for each line what shows it; the tests that it names exist."""

from __future__ import annotations

import ast
import re

import pytest

from tests.template.cfn import ROOT

PAGE = (ROOT / "docs" / "gateway.md").read_text()
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "shown by" not in line]
VERDICTS = ("same", "better", "on purpose", "limit")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_each_line_has_its_verdict_and_what_shows_it(row: str) -> None:
    _, _, _, verdict, shown, _ = (cell.strip() for cell in row.split("|"))

    assert verdict.startswith(VERDICTS)
    assert shown or verdict == "limit"
    for file, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row):
        tree = ast.parse((ROOT / file).read_text())
        assert test in {f.name for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}, (file, test)


def test_every_test_of_the_gateways_behaviour_stands_on_the_page() -> None:
    tree = ast.parse((ROOT / "tests" / "node" / "test_as_the_gateway.py").read_text())
    tests = [f.name for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.name.startswith("test_")]

    assert [test for test in tests if test not in PAGE] == []
