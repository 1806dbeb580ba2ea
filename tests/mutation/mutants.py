"""mutmut over `core/`, in a workspace of its own: nothing beside `build/` is written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
    return tuple(m for m in _results() if not modules or m.module in modules)


def run_again(children: int) -> tuple[Mutant, ...]:
    """Every mutant of the last whole run: those that survived it tested anew, by the tests as they are now,
    and those of functions that have changed since.

    Raises FileNotFoundError when there was none, and CalledProcessError as `run` does.
    """
    if not (WORKSPACE / "mutants").is_dir():
        raise FileNotFoundError(f"no run is kept in {WORKSPACE}: python -m tests.mutation first")
    survivors = [m.name for m in _results() if not m.is_killed]
    _copy()
    _mutmut("run", "--max-children", str(children))
    survivors = [m.name for m in _results() if not m.is_killed and m.name in survivors]
    if survivors:
        _mutmut("run", "--max-children", str(children), *survivors)
    return tuple(_results())


def _results() -> Iterator[Mutant]:
    listed = _mutmut("results", "--all", "true", capture=True)
    return (m for line in listed.splitlines() if (m := _mutant(line)))


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
    _copy()
    if modules:
        named = [f"natkeeper/core/*{module}.py" for module in modules]
        settings = WORKSPACE / "pyproject.toml"
        settings.write_text(re.sub("only_mutate = .*", f"only_mutate = {named}", settings.read_text()))


def _copy() -> None:
    folders = {"natkeeper": ROOT / "layers" / "natkeeper" / "natkeeper"}
    folders |= {name: ROOT / name for name in ("docs", "functions", "lab", "tests")}
    for name, folder in folders.items():
        shutil.copytree(
            folder, WORKSPACE / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
        )
    for name in ("template.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, WORKSPACE)


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
