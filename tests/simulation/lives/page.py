"""docs/reliability.md: its tables, and where they go. The words around them are written by hand."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.simulation.faults.baking import BAKING_FAULTS
from tests.simulation.faults.sleep import SLEEP_FAULTS
from tests.simulation.faults.standby import STANDBY_FAULTS
from tests.simulation.laws.catalogue import LAWS
from tests.simulation.life.ways import ALWAYS, PLAIN, WAYS
from tests.simulation.lives.live import Result

DOCUMENT = Path(__file__).parents[3] / "docs" / "reliability.md"
Kind = tuple[str, int, bool]
"""The way to run a stack, the number of zones, and whether it was storms."""
Gathered = Mapping[Kind, Result]
HEAD = (
    "| awake | zones | | lives | years | faults | runs killed | heals | instances | API calls | longest neglect "
    "| without a way out, a zone and year | the same, group of one | laws broken |"
)
GROUPS = {"sees": "about 5 min", "blind": "until a person comes", "none": "as natkeeper, or nothing"}


def table(gathered: Gathered) -> str:
    """A row for each way and number of zones."""
    lines = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    ways = list(WAYS)
    kinds = sorted(gathered, key=lambda kind: (ways.index(kind[0]), *kind[1:]))
    return "\n".join(lines + [_row(way, storm, gathered[way, zones, storm]) for way, zones, storm in kinds])


def _row(way: str, storm: bool, r: Result) -> str:
    share = 1 / (r.zones * r.years)
    down, rival = (f"{seconds * share:,.0f} s" for seconds in (r.down, r.rival_down))
    out = ("-", "-") if storm else (down, rival if way in (ALWAYS, PLAIN) else "-")
    cells = (
        way, r.zones, "storms" if storm else "years", r.lives, f"{r.years:,.3g}", f"{sum(r.faults.values()):,}",
        f"{r.killed:,}", f"{sum(r.heals.values()):,}", f"{r.launched:,}", f"{r.calls:,}",
        f"{r.longest_neglect:.0f} s", *out, len(r.violations),
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def summary(gathered: Gathered, seconds: float) -> str:
    """One line for people."""
    years = sum(r.years for r in gathered.values())
    broken = sum(len(r.violations) for r in gathered.values())
    return f"{years:,.1f} simulated years in {seconds:,.0f} s; laws broken: {broken}"


def faults(gathered: Gathered) -> str:
    """What struck, how often, and what is assumed."""
    struck: Counter[str] = sum((r.faults for r in gathered.values()), Counter())
    lines = ["| fault | a year | for each | group of one | rate | struck |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {f.name} | {f.year:g} | {'zone' if f.of_zone else 'stack'} | {GROUPS[f.group]} | {f.source} "
        f"| {struck[f.name]:,} |"
        for f in (*SLEEP_FAULTS, *BAKING_FAULTS, *STANDBY_FAULTS)
    ]
    return "\n".join(lines)


def laws() -> str:
    """The invariants, in their own words."""
    words = [inspect.cleandoc(law.__doc__ or "") for law in LAWS]
    names = [law.__name__ for law in LAWS]
    return "\n".join(f"- `{n}`: {' '.join(w.split())}" for n, w in zip(names, words, strict=True))


def write(gathered: Gathered, seconds: float) -> None:
    """Renews the generated parts of the page."""
    text = DOCUMENT.read_text()
    parts = {
        "soak": f"{table(gathered)}\n\n{summary(gathered, seconds)}.",
        "faults": faults(gathered),
        "laws": laws(),
    }
    for name, part in parts.items():
        text = between(text, name, part)
    DOCUMENT.write_text(text)


def between(text: str, name: str, part: str) -> str:
    """The text with what stands between two marks of that name renewed."""
    mark = f"<!-- {name} -->"
    before, _, rest = text.partition(mark)
    return f"{before}{mark}\n{part}\n{mark}{rest.partition(mark)[2]}"
