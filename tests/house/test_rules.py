"""House rules, as tests: what reviewers would otherwise have to remember."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from natkeeper.core.actions import Action
from tests.unit.core.decision_table import DOCUMENT

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "natkeeper" / "natkeeper"
PRODUCT = [PACKAGE, *(ROOT / name for name in ("functions", "node", "release", "doctor"))]
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 260, 30


def python_files(*folders: Path) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


def functions(file: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield node


def body_lines(function: ast.FunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0


def relative(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", python_files(*PRODUCT, ROOT / "lab"), ids=relative)
def test_files_and_functions_stay_small(file: Path) -> None:
    long = {f.name: body_lines(f) for f in functions(file) if body_lines(f) > LINES_OF_A_FUNCTION}

    assert len(file.read_text().splitlines()) <= LINES_OF_A_FILE
    assert not long


def public_functions(file: Path) -> Iterator[ast.FunctionDef]:
    """Functions of the module and methods of its public classes; a Protocol's verbs are told by the class."""
    for node in ast.parse(file.read_text()).body:
        protocol = isinstance(node, ast.ClassDef) and any(ast.unparse(b) == "Protocol" for b in node.bases)
        public_class = isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not protocol
        for f in node.body if isinstance(node, ast.ClassDef) and public_class else [node]:
            if isinstance(f, ast.FunctionDef) and not f.name.startswith("_"):
                yield f


@pytest.mark.parametrize("file", python_files(*PRODUCT), ids=relative)
def test_every_module_and_public_function_says_what_it_does(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text()))
    assert not [f.name for f in public_functions(file) if not ast.get_docstring(f)]


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {part for file in tracked() for part in (file.stem, *file.relative_to(ROOT).parts[:-1])}

    assert not names & FORBIDDEN_NAMES


def test_handlers_stay_thin() -> None:
    for handler in (ROOT / "functions").glob("*/handler.py"):
        assert len(handler.read_text().splitlines()) <= 40
        assert "boto3" not in handler.read_text()


def test_only_adapters_and_bootstrap_know_boto3() -> None:
    package = PRODUCT[0]
    knowing = {
        relative(file)
        for file in python_files(package)
        if re.search(r"^(import|from) (boto3|botocore)", file.read_text(), re.MULTILINE)
        and "adapters" not in file.parts
    }

    roots = ("bootstrap", "fleet_bootstrap")
    assert knowing == {f"layers/natkeeper/natkeeper/{root}.py" for root in roots}


def test_the_core_reads_no_clock_and_touches_nothing() -> None:
    for file in python_files(PRODUCT[0] / "core"):
        text = file.read_text()
        assert not re.search(r"\.now\(|utcnow|time\.time|import (os|logging|random|socket)", text), file


def test_the_decision_table_shows_every_action() -> None:
    page = DOCUMENT.read_text()

    assert all(action.__name__ in page for action in get_args(Action))


def test_no_file_names_a_path_of_this_machine_or_a_registry() -> None:
    home = str(Path.home()) + "/"
    places = (str(ROOT.parent) + "/", home, "pypi" + ".org", "/opt" + "/pypi")
    for file in tracked():
        if file.is_file() and file.suffix not in (".png",):
            text = file.read_text()
            assert not [place for place in places if len(place) > 3 and place in text], file
