"""The architecture page lists what there is: every decision, every folder of the core."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def test_every_decision_is_listed_once_in_order_under_its_number() -> None:
    decisions = sorted(path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    record = PAGE.partition("## Decisions on record")[2]
    listed = re.findall(r"\[ADR (\d+)\]\(adr/(\S+\.md)\) [^·\n]+", record)

    assert [file for _, file in listed] == decisions
    assert [int(file[:4]) for _, file in listed] == [int(number) for number, _ in listed]


def test_every_folder_of_the_core_is_told() -> None:
    core = ROOT / "layers" / "natkeeper" / "natkeeper" / "core"
    folders = {path.parent.name for path in core.glob("*/__init__.py")}

    assert folders
    assert set(re.findall(r"^\| `core/(\w+)/` \|", PAGE, re.MULTILINE)) == folders
