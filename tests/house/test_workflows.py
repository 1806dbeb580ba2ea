"""The workflows: what they run exists here, and nobody else's code in them can change under us."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from release.notes import notes
from release.version import version
from tests.house.makefile import TARGETS
from tests.template.cfn import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CHANGELOG = f"# Changelog\n\n## {version()}\n\n- New.\n\n## 0.0.1\n\n- Old.\n"


def workflow(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())
    return loaded


def commands(name: str) -> list[str]:
    """What a workflow runs, in its order."""
    steps = [step for job in workflow(name)["jobs"].values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_foreign_actions_are_pinned_to_a_commit(file: Any) -> None:
    used = re.findall(r"uses: (\S+)", file.read_text())

    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in used)


def test_every_check_is_the_ci_script_and_may_only_read() -> None:
    assert workflow("ci")["permissions"] == {"contents": "read"}
    assert commands("ci")[-1].split()[-1] == ".ci/run"


def test_a_release_is_made_by_targets_that_exist_and_compared_with_a_second_build() -> None:
    run = commands("release")

    assert {command.split()[1] for command in run if command.startswith("make ")} <= TARGETS
    assert run.count("make package") == 2
    assert "diff -r build/first build/package" in run[: [r.startswith("gh ") for r in run].index(True)]


def test_a_tag_tells_its_own_section() -> None:
    assert notes(CHANGELOG, f"v{version()}") == "- New."


def test_a_tag_of_another_version_and_a_version_without_a_section_are_refused() -> None:
    with pytest.raises(ValueError, match="tag v9 is not of version"):
        notes(CHANGELOG, "v9")
    with pytest.raises(ValueError, match="no section"):
        notes("# Changelog\n", f"v{version()}")
