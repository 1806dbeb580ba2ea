"""The table of all faults: what several runs of each have in common, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

from dacite import from_dict

from lab.report.duration import in_words
from lab.report.run import OURS, PLAIN, Run, from_json, to_json
from lab.report.tables import safe, table

HEADINGS = (
    "what was broken",
    "runs",
    "packets lost",
    "outage",
    "noticed after",
    "then repaired in",
    "long connections that live: speaking",
    "only listening",
    "address seen outside",
    "a rival meanwhile",
    "AWS calls",
    "promise",
    "kept",
    "measured",
)
COLUMNS = """\
**Packets lost**: UDP packets of the private host that had no answer; median of the runs, then the worst run.

**Outage**: the seconds without an answer, from the first lost packet to the next answered one, all stretches
of a run together; median, then the worst run. This is what an application notices, whoever is to blame.

**Noticed after**: from the fault to natkeeper's first decision to do something, or to the guard's repair on
the node; median. It holds the time that AWS takes to tell of the fault.

**Then repaired in**: from there until everything is as it should be again; median of the runs that healed.
Often far longer than the outage: a neighbour's node carries the packets meanwhile.

**Long connections that live**: TCP connections opened before the fault that still carried data at the end, of
all runs together. Those whose client speaks find the way back by themselves when the public address is kept;
those whose client only listens are counted apart, because nothing tells the new node of them.

**Address seen outside**: whether the server outside saw the private host's packets and new connections come
from one public address all the time, from before the fault until after its healing; else from how many, and
in how many runs. Where an allow-list names the address, a change is an outage that no packet here shows.

**A rival meanwhile**: the same fault, with the same delays, where an auto-scaling group of one keeps a node
that attaches a fixed interface at boot, as fck-nat documents it (lab/rival): outage, long connections that
speak and that only listen, as in the columns before.

**AWS calls**: made from the fault until it was healed; mean of the runs.

**Promise**: what the run is held to, and in how many runs it was kept.

**Measured**: the day of the last run. One fault can be measured again by itself; the others' rows stay.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """Several runs of one fault with the same zones and timings. Times in seconds."""

    fault: str
    title: str
    zones: int
    timings: str
    runs: int
    lost_median: float
    lost_worst: int
    outage_median: float
    outage_worst: float
    detection: float | None
    repair: float | None
    healed: int
    speaks_alive: int
    speaks: int
    listens_alive: int
    listens: int
    calls: float
    promise: str
    kept: int
    spoilt: int
    measured: str
    changed: int | None = None
    """Runs in which the address seen outside changed; None when that was not looked at."""
    addresses: int = 1
    """The most of them in one run."""
    by: str = OURS
    """Who was to heal it."""


def summarise(runs: Iterable[Run]) -> list[Row]:
    """Returns a row for every fault, zones and timings, in the order in which they first came."""
    groups: dict[tuple[str, str, int, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.by, run.fault, run.zones, run.timings), []).append(run)
    return [_row(group) for group in groups.values()]


def _row(runs: Sequence[Run]) -> Row:
    first = runs[0]
    outages = [run.outage_seconds for run in runs]
    return Row(
        fault=first.fault,
        title=first.title,
        zones=first.zones,
        timings=first.timings,
        runs=len(runs),
        lost_median=median(run.lost for run in runs),
        lost_worst=max(run.lost for run in runs),
        outage_median=median(outages),
        outage_worst=max(outages),
        detection=_median(run.detection for run in runs),
        repair=_median(run.repair for run in runs),
        healed=sum(run.healed is not None for run in runs),
        speaks_alive=sum(run.flows.speaks_alive for run in runs),
        speaks=sum(run.flows.speaks for run in runs),
        listens_alive=sum(run.flows.listens_alive for run in runs),
        listens=sum(run.flows.listens for run in runs),
        calls=mean(run.calls for run in runs),
        promise=first.promise,
        kept=sum(run.kept for run in runs),
        spoilt=sum(run.spoilt for run in runs),
        measured=f"{datetime.fromtimestamp(max(run.struck for run in runs), UTC):%Y-%m-%d}",
        changed=sum(run.changed for run in runs),
        addresses=max(len(set(run.addresses)) for run in runs),
        by=first.by,
    )


def renew(old: Iterable[Row], new: Sequence[Row], order: Sequence[str]) -> list[Row]:
    """Returns the new rows and those old ones whose faults have no new one, in the order of their faults;
    what is not in `order` is no fault any more."""
    renewed = {(row.fault, row.by) for row in new}
    rows = [*new, *(row for row in old if (row.fault, row.by) not in renewed)]
    return sorted((r for r in rows if r.fault in order), key=lambda row: order.index(row.fault))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def markdown(
    rows: Sequence[Row], *, timings: Mapping[str, tuple[float, str]], how: str, notes: Sequence[str]
) -> str:
    """Returns the page: `timings` maps a latency to its seconds and source, `how` says what was run."""
    latencies = [(name, in_words(seconds), source) for name, (seconds, source) in timings.items()]
    said = "\n".join(f"- {safe(note)}" for note in notes)
    return f"""# Outage

What packets notice when something breaks, measured and written by `make lab-bench`.

A private host sends a UDP packet every 10 ms, opens TCP connections and holds long ones, through the NAT
that natkeeper runs. Something is broken on purpose, and the packets without an answer are counted.

{table(HEADINGS, _lines(rows))}

## How to read it

{COLUMNS}
## How to repeat it

    make lab-bench
    make lab-bench FAULTS="terminate stop"    # only these

{safe(how)}

{said}

## The latencies in force

No AWS account was involved. What AWS takes its time for waits here for as long as its source says; the rest
is as fast as the machine.

{table(("latency", "set to", "source"), latencies)}
"""


def _lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    rivals = {row.fault: row for row in rows if row.by != OURS}
    return [_cells(row, rivals.get(row.fault)) for row in rows if row.by == OURS]


def _cells(row: Row, rival: Row | None) -> tuple[str, ...]:
    zones = "1 zone" if row.zones == 1 else f"{row.zones} zones"
    return (
        f"{row.title} (`{row.fault}`, {zones}, {row.timings})",
        str(row.runs),
        f"{row.lost_median:,g}, worst {row.lost_worst:,}" if row.lost_worst else "0",
        f"{in_words(row.outage_median)}, worst {in_words(row.outage_worst)}" if row.outage_worst else "none",
        in_words(row.detection),
        _repair(row),
        f"{row.speaks_alive:,} of {row.speaks:,}" if row.speaks else "-",
        f"{row.listens_alive:,} of {row.listens:,}" if row.listens else "-",
        _address(row),
        _outage(rival) if rival else "-",
        f"{round(row.calls, 1):g}",
        row.promise,
        f"{row.kept} of {row.runs}",
        row.measured,
    )


def _outage(rival: Row) -> str:
    flows = f"{rival.speaks_alive:,} of {rival.speaks:,}; {rival.listens_alive:,} of {rival.listens:,}"
    if rival.healed < rival.runs:
        return f"not healed in {rival.runs - rival.healed} of {rival.runs}; {flows}"
    return f"{in_words(rival.outage_median)}, worst {in_words(rival.outage_worst)}; {flows}"


def _address(row: Row) -> str:
    if row.changed is None:
        return "-"
    return f"{row.addresses} in {row.changed} of {row.runs}" if row.changed else "never changes"


def _repair(row: Row) -> str:
    if row.healed == row.runs:
        return in_words(row.repair)
    missing = f"not healed in {row.runs - row.healed} of {row.runs}"
    return missing if row.repair is None else f"{in_words(row.repair)}; {missing}"


def store(runs: Iterable[Run], path: Path) -> None:
    """Writes the runs as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([to_json(run) for run in runs], indent=1) + "\n")


def load(path: Path) -> list[Run]:
    """Returns the runs of `store`. Raises OSError, ValueError or DaciteError when they cannot be read."""
    return [from_json(run) for run in json.loads(path.read_text())]


def store_rows(rows: Iterable[Row], path: Path) -> None:
    """Writes the rows as JSON."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def load_rows(path: Path) -> list[Row]:
    """Returns the rows of `store_rows`, none when there is no such file. Raises ValueError or DaciteError
    when they cannot be read."""
    rows = json.loads(path.read_text()) if path.exists() else []
    return [from_dict(Row, row, PLAIN) for row in rows]
