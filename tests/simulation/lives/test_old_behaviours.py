"""The list of old behaviours: complete, and each can still be put back; the table in the docs has a row for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.lives.old_behaviours import ALL, Old
from tests.simulation.lives.page import DOCUMENT

NUMBERS = {str(number) for number in range(1, 31)} | {f"r0{number}" for number in (1, 2, 3, 4, 5, 7)}
TESTS = Path(__file__).parents[2]


def test_each_fault_that_was_found_is_there() -> None:
    assert {old.number.rstrip("d") for old in ALL} == NUMBERS


@pytest.mark.parametrize("old", ALL, ids=lambda old: old.number)
def test_it_can_be_put_back_and_is_found_by_something_that_exists(old: Old) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if old.back:
            old.back(patch)
    assert old.back or old.tests
    text = "".join(file.read_text() for file in TESTS.rglob("*.py"))
    assert [
        name for name in old.tests if f"def {name}(" not in text and not list(TESTS.rglob(f"{name}.py"))
    ] == []


def test_the_page_has_a_row_for_each() -> None:
    table = DOCUMENT.read_text().split("<!-- regressions -->")[1]

    assert [line.split("|")[1].split(":")[0].strip() for line in table.splitlines()[3:] if line] == [
        o.number for o in ALL
    ]
