"""mutmut over `core/`, in a workspace of its own: nothing beside `build/` is written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKSPACE = ROOT / "build" / "mutation"
KILLED = ("killed", "timeout", "segfault")
_RESULT = re.compile(
    r" +(?P<name>natkeeper\.core\.(?:\w+\.)?(?P<module>\w+)\.x[_ǁ](?P<function>\S+)__mutmut_\d+): "
    r"(?P<status>.+)"
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function, and whether a test noticed."""

    name: str  # mutmut's
    module: str
    function: str
    status: str

    @property
    def is_killed(self) -> bool:
        """Whether a test failed, or never came to an end."""
        return self.status in KILLED


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant changes: by text, so that it is known again when lines move."""

    module: str
    function: str
    was: str
    becomes: str


def run(modules: Sequence[str], children: int) -> tuple[Mutant, ...]:
    """Every mutant of these modules of the core (none named: of all), tested.

    Raises CalledProcessError when mutmut could not run: its own words are on the screen.
    """
    _stage(modules)
    patterns = [f"natkeeper.core.*{module}.x*" for module in modules]
    _mutmut("run", "--max-children", str(children), *patterns)
    listed = _mutmut("results", "--all", "true", capture=True)
    found = (_mutant(line) for line in listed.splitlines())
    return tuple(m for m in found if m and (not modules or m.module in modules))


def change(mutant: Mutant) -> Change:
    """The lines that a mutant takes away and puts in."""
    lines = _mutmut("show", mutant.name, capture=True).splitlines()
    hunks = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return Change(mutant.module, mutant.function, _joined(hunks, "-"), _joined(hunks, "+"))


def _stage(modules: Sequence[str]) -> None:
    """A flat copy, for mutmut takes the path of a file for the name of its module. Named modules are changed
    alone."""
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    WORKSPACE.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "layers" / "natkeeper" / "natkeeper", WORKSPACE / "natkeeper", ignore=ignored)
    for folder in ("docs", "functions", "lab", "tests"):
        shutil.copytree(ROOT / folder, WORKSPACE / folder, ignore=ignored)
    shutil.copy(ROOT / "template.yaml", WORKSPACE)
    settings = (ROOT / "pyproject.toml").read_text()
    if modules:
        named = [f"natkeeper/core/*{module}.py" for module in modules]
        settings = re.sub("only_mutate = .*", f"only_mutate = {named}", settings)
    (WORKSPACE / "pyproject.toml").write_text(settings)


def _mutmut(*arguments: str, capture: bool = False) -> str:
    # The workspace's own natkeeper, and compiled tests: each mutant imports them anew.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}
    done = subprocess.run(
        [Path(sys.executable).parent / "mutmut", *arguments],
        cwd=WORKSPACE,
        env=environment,
        check=True,
        text=True,
        stdout=subprocess.PIPE if capture else None,
    )
    return done.stdout or ""


def _mutant(line: str) -> Mutant | None:
    found = _RESULT.fullmatch(line)
    if found is None:
        return None
    return Mutant(found["name"], found["module"], found["function"].replace("ǁ", "."), found["status"])


def _joined(hunks: Sequence[str], sign: str) -> str:
    return " ".join(line[1:].strip() for line in hunks if line[0] == sign)
