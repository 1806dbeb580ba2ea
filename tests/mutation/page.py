"""docs/mutation.md: what was measured, and the survivors with their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.mutation.mutants import Change, Mutant

HEAD = """# Mutation check of the core

Written by `make mutation`. mutmut changes one thing in one function of `core/` (a comparison, an argument,
a constant, a text) and runs the unit tests that reach this function; a change that no test notices
survives. The command fails when less than 99 % are killed, when a survivor is not explained in
`tests/mutation/explained.toml`, and when an explanation there explains nothing any more. An explanation is
known by module, function and the text of the changed lines, so that it stays when lines move.

```
make mutation                                                # all of core/, and this page; takes long
.venv-mutation/bin/python -m tests.mutation rules view       # these modules only; the page stays as it is
.venv-mutation/bin/python -m tests.mutation --again          # what survived the last run of all, by new tests
cd build/mutation                                            # where the last run is kept
../../.venv-mutation/bin/mutmut show natkeeper.core.decision.rules.x_lost__mutmut_1  # one mutant, as a diff
```

Every module in `core/` is included as soon as it lies there. Not mutated, because mutmut changes functions
only: constants of a module or class (`RULES`, `COUNTED`, the defaults of `Policy`), properties, and what
stands in annotations. Used are the tests in `tests/unit`, Hypothesis with 20 fixed examples, without
`test_convergence.py` and the random lives of `test_sleep.py`: a mutant must die of a sentence about
behaviour, not of random faults.

**Text is behaviour** where somebody reads it or something matches it: reasons, errors, notices and their
keys. Those of the planner are held word for word by the decision table, the others by tests beside them.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One whole run: when, with how many processes, and how long: minutes by the clock and of processor."""

    on: date
    children: int
    minutes: float
    processor: float


def table(mutants: Sequence[Mutant]) -> str:
    """A row a module, and their sum."""
    modules = sorted({m.module for m in mutants})
    rows = [_row(f"`{name}`", [m for m in mutants if m.module == name]) for name in modules]
    head = "| module | mutants | killed | survived | killed, % |\n|---|--:|--:|--:|--:|"
    return "\n".join([head, *rows, _row("**all**", mutants)])


def killed_share(mutants: Sequence[Mutant]) -> float:
    """The share that tests killed, from 0 to 1; 0 when there are none."""
    return sum(m.is_killed for m in mutants) / len(mutants) if mutants else 0.0


def measured(run: Run) -> str:
    """The line that tells of a run of all."""
    return (
        f"Measured on {run.on:%d %B %Y} with {run.children} process(es): {run.minutes:.0f} minutes by the "
        f"clock, {run.processor:.1f} minutes of processor time."
    )


def measured_again(before: str, survivors: int) -> str:
    """The line of the page `before`, and how many survive after a second run of those that did then."""
    line = next(line for line in before.splitlines() if line.startswith("Measured on"))
    return f"{line.partition(' Tests were')[0]} Tests were added then: of its survivors {survivors} are left."


def page(mutants: Sequence[Mutant], explained: Mapping[Change, str], measured: str) -> str:
    """The whole page."""
    entries = _entries(explained.items())
    return f"{HEAD}\n{measured}\n\n{table(mutants)}\n\n## Survivors, explained\n\n{entries}\n"


def _entries(explained: Iterable[tuple[Change, str]]) -> str:
    entries = [
        f"- `{c.module}.{c.function}`: `{c.was}` → `{c.becomes or '(gone)'}`. {why}" for c, why in explained
    ]
    return "\n".join(entries) or "None."


def _row(name: str, mutants: Sequence[Mutant]) -> str:
    killed = sum(m.is_killed for m in mutants)
    share = 100 * killed_share(mutants)
    return f"| {name} | {len(mutants)} | {killed} | {len(mutants) - killed} | {share:.1f} |"
