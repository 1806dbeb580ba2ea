"""The mutation check itself: what it complains of, and that its list of survivors speaks of today's core."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.mutation.explained import LIST, complaints, explanations
from tests.mutation.mutants import Change, Mutant
from tests.mutation.page import Run, killed_share, measured, measured_again, page, table

CORE = Path(__file__).parents[2] / "layers" / "natkeeper" / "natkeeper" / "core"
EXPLAINED = explanations(LIST.read_text())
ONE = Change("rules", "lost", "a < b", "a <= b")
RUN = Run(date(2026, 3, 14), 2, 12.4, 3.21)
OTHER = Change("view", "View.kept", "x", "")
ENTRY = '[[survivor]]\nmodule = "rules"\nfunction = "lost"\nwas = "a < b"\nbecomes = "a <= b"\nwhy = "{}"\n'


def mutant(status: str, module: str = "rules") -> Mutant:
    return Mutant("", module, "lost", status)


def sources(module: str) -> Iterator[tuple[str, str]]:
    """Each function of the modules of this name by its qualified name, on one line."""
    for text in (file.read_text() for file in CORE.rglob(f"{module}.py")):
        for outer in ast.parse(text).body:
            for f in outer.body if isinstance(outer, ast.ClassDef) else [outer]:
                if isinstance(f, ast.FunctionDef):
                    name = f"{outer.name}.{f.name}" if isinstance(outer, ast.ClassDef) else f.name
                    yield name, " ".join((ast.get_source_segment(text, f) or "").split())


@pytest.mark.parametrize("change", EXPLAINED, ids=lambda c: f"{c.module}.{c.function}")
def test_an_explained_survivor_speaks_of_lines_that_are_there(change: Change) -> None:
    assert change.was in dict(sources(change.module))[change.function]


def test_a_survivor_that_nobody_explained_is_complained_of() -> None:
    (complaint,) = complaints([ONE, OTHER], {OTHER: "why"}, ["rules", "view"])

    assert "survives unexplained: rules.lost" in complaint


def test_an_explanation_that_explains_nothing_is_complained_of_where_it_was_looked_for() -> None:
    assert complaints([], {ONE: "why", OTHER: "why"}, ["rules"]) == [
        "explained, but does not survive: rules.lost\n    - a < b\n    + a <= b"
    ]


def test_everything_explained_is_no_complaint() -> None:
    assert complaints([ONE], {ONE: "why"}, ["rules"]) == []


def test_an_explanation_needs_a_reason_and_is_given_once() -> None:
    assert explanations(ENTRY.format("because")) == {ONE: "because"}
    for bad in (ENTRY.format(" "), ENTRY.format("because") * 2):
        with pytest.raises(ValueError, match=r"rules\.lost: a < b: explain it, and once"):
            explanations(bad)


def test_only_a_failing_or_endless_test_kills() -> None:
    judged = [
        mutant(s)
        for s in ("killed", "timeout", "segfault", "survived", "no tests", "suspicious", "not checked")
    ]

    assert [m.is_killed for m in judged] == [True] * 3 + [False] * 4
    assert killed_share(judged) == pytest.approx(3 / 7)
    assert killed_share([]) == 0


def test_the_page_counts_by_module_and_names_every_explanation() -> None:
    mutants = [mutant("killed"), mutant("survived"), mutant("killed", "view")]
    text = page(mutants, {ONE: "Because."}, measured(RUN))

    assert (
        "| `rules` | 2 | 1 | 1 | 50.0 |\n| `view` | 1 | 1 | 0 | 100.0 |\n| **all** | 3 | 2 | 1 | 66.7 |"
        in text
    )
    assert table(mutants) in text
    assert "14 March 2026 with 2 process(es): 12 minutes by the clock, 3.2 minutes of processor time." in text
    assert "- `rules.lost`: `a < b` → `a <= b`. Because." in text


def test_a_second_run_of_the_survivors_is_told_beside_the_run_of_all() -> None:
    once = measured_again(page([], {}, measured(RUN)), 7)

    assert once == f"{measured(RUN)} Tests were added then: of its survivors 7 are left."
    assert measured_again(page([], {}, once), 0).endswith(
        "time. Tests were added then: of its survivors 0 are left."
    )
