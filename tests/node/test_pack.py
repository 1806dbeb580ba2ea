"""What the template carries is what lies in node/, always in the same bytes."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import pack
from tests.fuzz.hostile import fuzzed
from tests.node.template_script import node_script, raw_script
from tests.template.cfn import TEMPLATE

SOURCES = sorted(file for folder in ("core", "system") for file in (pack.HERE / folder).glob("*.py"))
PROGRAMS = pack.programs(pack.sources())
LOOK_INSIDE = re.compile(r"^ +# To read them: (.+)$", re.MULTILINE)


def carried(script: str, folder: Path, python: str = sys.executable) -> dict[str, str]:
    """Returns the programs in user data, path to text, as its own lines unpack them with this Python."""
    found = re.search(r"^python3 (.*?^END$)", script, re.DOTALL | re.MULTILINE)
    assert found
    unpack = f"new={folder}\n{python} -W error {found[1]}"
    subprocess.run(["bash", "-ec", unpack], capture_output=True, text=True, check=True)
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}


def test_the_template_carries_what_lies_in_node(tmp_path: Path) -> None:
    assert raw_script() == pack.user_data(PROGRAMS), "run `make node`"
    assert carried(node_script(), tmp_path) == PROGRAMS


@fuzzed(4)
@given(st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=500))
def test_any_text_is_unpacked_as_it_was_packed(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = text.replace(pack.PART, "").replace("\r", "")
        script = pack.user_data({"file": text})
        assert carried(script, Path(folder)) == {"file": text}


def test_packing_again_gives_the_same_bytes_and_leaves_the_template_as_it_is() -> None:
    assert pack.archive(PROGRAMS) == pack.archive(dict(reversed(PROGRAMS.items())))
    text = TEMPLATE.read_text()
    assert pack.filled(text, pack.user_data(PROGRAMS)) == text


def test_the_template_tells_how_to_look_inside() -> None:
    (command,) = LOOK_INSIDE.findall(TEMPLATE.read_text())
    done = subprocess.run(
        ["bash", "-c", command], cwd=TEMPLATE.parent, capture_output=True, text=True, check=True
    )
    assert all(text in done.stdout for text in PROGRAMS.values())


def test_no_name_is_shortened_but_of_locals_for_whoever_reads_a_traceback() -> None:
    for file in SOURCES:
        written = _names(file.read_text())
        assert _names(pack.bare(file.read_text())) == written, file


def _names(source: str) -> set[str]:
    """Of functions and classes, and of what a module holds."""
    module = ast.parse(source)
    found = {each.name for each in ast.walk(module) if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    assigned = [target for each in module.body if isinstance(each, ast.Assign) for target in each.targets]
    return found | {n.id for each in assigned for n in ast.walk(each) if isinstance(n, ast.Name)}


def test_nothing_is_left_for_readers_alone() -> None:
    assert pack.bare('"""Why."""\n\n# What.\nX = 1\n"""How."""\n') == "X=1"
    assert pack.bare("#!/bin/sh\n# Why.\nexec true # so\n", ".sh") == "#!/bin/sh\nexec true # so\n"


@pytest.mark.parametrize("file", [*SOURCES, pack.HERE / "__main__.py"], ids=lambda f: f.stem)
def test_every_module_is_python_of_3_9(file: Path) -> None:
    ast.parse(file.read_text(), feature_version=(3, 9))


def oldest_python() -> str:
    """Returns a Python 3.9, as Amazon Linux 2023 has it; nothing where this machine has none that runs."""
    found = shutil.which("python3.9")
    runs = found and not subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode
    return found if found and runs else ""


def test_every_module_that_is_carried_is_imported_by_python_3_9(tmp_path: Path) -> None:
    python = oldest_python() or pytest.skip("this machine has no Python 3.9")
    assert carried(node_script(), tmp_path, python) == PROGRAMS
    names = ", ".join(f"node.{file.parent.name}.{file.stem}" for file in SOURCES if file.stem != "__init__")
    code = f"import sys; sys.path.insert(0, '{tmp_path}'); import {names}"
    subprocess.run([python, "-I", "-S", "-W", "error", "-c", code], check=True)


def test_the_programs_need_nothing_but_the_standard_library_and_one_another() -> None:
    named = {
        (each.module or "") if isinstance(each, ast.ImportFrom) else each.names[0].name
        for text in (text for path, text in PROGRAMS.items() if path.endswith(".py"))
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.Import | ast.ImportFrom)
    }
    tops = {name.split(".")[0] for name in named}
    assert tops <= {*sys.stdlib_module_names, "node"}


def test_the_pure_part_touches_nothing() -> None:
    touching = re.compile(r"import (os|sys|socket|subprocess|time|pathlib)|open\(|node\.system")
    assert not [file for file in (pack.HERE / "core").glob("*.py") if touching.search(file.read_text())]


def test_the_controller_does_not_know_the_node_for_they_ship_apart() -> None:
    layers = (TEMPLATE.parent / "layers").rglob("*.py")
    assert not [
        file for file in layers if re.search(r"^(from|import) node\b", file.read_text(), re.MULTILINE)
    ]
